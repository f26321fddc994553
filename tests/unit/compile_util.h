/* SPDX-License-Identifier: MIT */
/* Models compiled in this process and run on simulated devices. Failures are cmocka failures. */
#ifndef GS_TEST_COMPILE_UTIL_H
#define GS_TEST_COMPILE_UTIL_H

#include "compiler/compile.h"
#include "genesys/genesys.h"
#include "tests/unit/codelet_util.h"

#define MAX_MODELS 400

/** A model in memory, and the noise it is calibrated with */
struct source {
	uint8_t *data;
	size_t size;
	struct gs_calib calib[GS_MAX_IO];
	float *noise[GS_MAX_IO];
};

struct builder;

/** A model that was built, which ends it */
void source_pack(struct source *s, struct builder *b);
/** @path: below the source directory */
void source_read(struct source *s, const char *path);
/** Two convolutions with a batch of 3: outer loops over all dimensions */
void source_batch(struct source *s);
void source_fini(struct source *s);

/**
 * Paths below the source directory of the models that can be compiled; their
 * number, which is below @max
 */
unsigned list_models(char (*path)[128], unsigned max);

/** For gs_compile_opts, @ctx a struct source: noise in [-2, 2), always the same */
int calibrate_noise(void *ctx, const struct gs_graph *graph,
		    const struct gs_calib **calib, size_t *num,
		    struct gs_diag *diag);

/**
 * gs_compile() with noise for calibration; symbolic_batch gets its shape
 * @codelets: a directory, NULL: shared_library()
 */
int compile_with(struct source *s, const struct gs_arch *arch,
		 const char *codelets, struct gs_compiled *out,
		 struct report *r);
/** With the codelets of the compiler */
int compile(struct source *s, const struct gs_arch *arch,
	    struct gs_compiled *out, struct report *r);

/** One of hw-model/configs */
void load_arch(const char *name, struct gs_arch *arch);

/** A simulated device */
struct gs_device *open_device(const struct gs_arch *arch);

/** What the scheduler expects all layers to take */
double estimated_cycles(const struct gs_compiled *c);

/** Bytes of all outputs, one behind the other; data is the caller's to free */
struct result {
	int8_t *data;
	size_t bytes;
};

/** Noise of all int8 values through a model file; @what names it */
void run_model(const uint8_t *data, size_t size, const struct gs_arch *arch,
	       const char *what, struct result *out);
void run_compiled(const struct gs_compiled *c, struct result *out);
/** What the default machine computes */
void reference(struct source *s, struct result *out);
/** @b, of @model on @arch, has the bytes of @a. */
void check_same(const struct result *a, const struct result *b,
		const char *model, const char *arch);
/** The same but for @limit */
void check_near(const struct result *a, const struct result *b, int limit,
		const char *model, const char *arch);
/** @c computes the bytes of @want. */
void check_runs(const struct gs_compiled *c, const struct result *want,
		const char *model, const char *arch);
/** Both compute the same bytes. */
void check_alike(const struct gs_compiled *a, const struct gs_compiled *b,
		 const char *model, const char *arch);
/** Their model files are equal. */
void check_same_model(const struct gs_compiled *a, const struct gs_compiled *b);

#endif /* GS_TEST_COMPILE_UTIL_H */
