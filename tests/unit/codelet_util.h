/* SPDX-License-Identifier: MIT */
/* Codelets and quantized graphs made by hand, for tests. Failures are cmocka failures. */
#ifndef GS_TEST_CODELET_UTIL_H
#define GS_TEST_CODELET_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compiler/codelets/bind.h"
#include "compiler/codelets/codelet.h"
#include "compiler/ir/ir.h"

/** Collects what is reported, one message a line. */
struct report {
	struct gs_diag diag;
	char text[8192];
	unsigned num;
};

struct gs_diag *report_init(struct report *r);

/** The text has @part; else both are printed and the test fails. */
#define assert_says(text, part) assert_says_at(text, part, __FILE__, __LINE__)
void assert_says_at(const char *text, const char *part, const char *file,
		    int line);

/** Path below the source directory, in a static buffer */
const char *source_path(const char *path);

/** The codelets of the compiler */
void load_library(struct gs_codelet_lib *lib);

/** The same, loaded once and never freed, for gs_compile_opts */
const struct gs_codelet_lib *shared_library(void);

/** A library of one codelet */
void library_of(const char *text, struct gs_codelet_lib *lib);

struct gs_graph *new_graph(void);

/** Shapes are "1x3x8x8". An int8 activation */
struct gs_tensor *add_activation(struct gs_graph *g, const char *name,
				 const char *shape, double scale, int zero);

/** A float constant that is quantized with 0.01 for each first index; values -8 to 8 */
struct gs_tensor *add_weight(struct gs_graph *g, const char *name,
			     const char *shape);

/** @inputs: names of tensors, separated by spaces; "-" for one left out */
struct gs_node *add_node(struct gs_graph *g, const char *op, const char *inputs,
			 const char *output);

/** @values: "1 2 3" */
void set_ints(struct gs_graph *g, struct gs_node *node, const char *name,
	      const char *values);

/** x [2, 3, 9, 8], 20 kernels w of 3 x 2, bias b, strides 2 and 1, pads 1, to y */
struct gs_node *make_conv(struct gs_graph *g);

/** A graph, the codelets of the compiler and the default machine */
struct fixture {
	struct gs_codelet_lib lib;
	struct gs_acg acg;
	struct gs_graph *g;
	struct gs_bound_node *first;
	struct report r;
};

void fixture_init(struct fixture *f);
void fixture_fini(struct fixture *f);
/** Bind all nodes; fails when anything is reported. Returns the first. */
struct gs_bound_node *fixture_bind(struct fixture *f);

/** Index of a loop variable, and an operand, by name */
unsigned find_var(const struct gs_bound_node *b, const char *name);
const struct gs_bound_operand *find_operand(const struct gs_bound_node *b,
					    const char *name);

#endif /* GS_TEST_CODELET_UTIL_H */
