/* SPDX-License-Identifier: MIT */
/* What the tests of the front end share. Failures are cmocka failures. */
#ifndef GS_TEST_FRONT_UTIL_H
#define GS_TEST_FRONT_UTIL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "compiler/import/onnx.h"
#include "compiler/passes/passes.h"
#include "tests/unit/onnx_builder.h"

/** Two arguments: the number of these extents, and an array of them */
#define DIMS(...)                                                   \
	sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), \
		(const int64_t[])                                   \
	{                                                           \
		__VA_ARGS__                                         \
	}

/** Collects what is reported. */
struct log {
	struct gs_diag diag;
	char text[4096];
	unsigned warnings;
};

struct gs_diag *log_init(struct log *log);

/** How far a model is taken */
enum stage { IMPORTED, SHAPED, SIMPLE, FUSED };

/** tests/models/ops/@name@suffix, in a static buffer */
const char *ops_path(const char *name, const char *suffix);
/** Names of all models in tests/models/ops that need no rules of codelets; NULL-terminated, static */
const char *const *ops_names(void);

uint8_t *read_file(const char *path, size_t *size);
/** With --shape x=1x20 for symbolic_batch; fails when anything is reported. */
struct gs_graph *load_file(const char *path, enum stage stage);
struct gs_graph *load_op(const char *name, enum stage stage);
/** The first pass that fails is reported to @diag; 0 or its result */
int run_passes(struct gs_graph *graph, enum stage stage, struct gs_diag *diag);
/** Pack, import and run the passes, then b_fini(). */
int load_built(struct builder *b, enum stage stage, struct gs_graph **graph,
	       struct log *log);
/** The same of a model that is taken; fails with what is reported. */
struct gs_graph *built(struct builder *b, enum stage stage);

/** One error was reported, with these words. */
void expect_error(int ret, const struct log *log, const char *want);
/** The model, packed and freed, is refused at @stage or before. */
void refuse_built(struct builder *b, enum stage stage, const char *want);
/** x [1,2,4,4] -> Conv w [3,2,1,1] -> y */
void small_conv(struct builder *b);

/** float32 file of @tensor of the model; @kind "in", "calib" or "expect" */
float *load_values(const struct gs_graph *graph, const char *model,
		   const struct gs_tensor *tensor, const char *kind,
		   size_t *num);

/** Ranges from NAME.calib.npy, then gs_pass_quantize() */
void quantize_op(struct gs_graph *graph, const char *model);

#endif /* GS_TEST_FRONT_UTIL_H */
