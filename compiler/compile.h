/* SPDX-License-Identifier: MIT */
/*
 * The compiler as a library: an ONNX model in, a model file out.
 */
#ifndef GS_COMPILE_H
#define GS_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/codegen/codegen.h"
#include "compiler/codelets/rules.h"
#include "compiler/emit/program.h"
#include "compiler/import/onnx.h"
#include "compiler/passes/layer_order.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/quant_report.h"
#include "compiler/schedule/decision.h"

/** Grains finer than operators, see fdfg.h */
enum gs_open {
	GS_OPEN_NONE,
	GS_OPEN_MAPS, /**< maps and reductions */
	GS_OPEN_SCALARS, /**< and their scalar operations, the first GS_OPEN_MOST of each */
};

#define GS_OPEN_MOST 4096

struct gs_compile_opts {
	const struct gs_arch *arch; /**< NULL: gs_arch_default() */
	const char *codelet_dir; /**< directory of *.cdlt files */
	/** Codelets loaded already, which stay the caller's and are only read; NULL: codelet_dir's. */
	const struct gs_codelet_lib *codelets;
	const struct gs_shape_override *shape;
	size_t num_shapes;
	/** Metadata besides that of the model; the same key counts here. */
	const struct gs_meta *meta;
	size_t num_meta;
	/**
	 * Calibration samples, called once the inputs' shapes are known. Returns 0 and fills
	 * *calib and *num, whose memory stays with the callee and is read until "quantize" is
	 * done, with @verify until the end, or -errno after reporting. NULL: none.
	 */
	int (*calibrate)(void *ctx, const struct gs_graph *graph,
			 const struct gs_calib **calib, size_t *num,
			 struct gs_diag *diag);
	void *calibrate_ctx;
	/** Each operator as if it was alone: channels are not equalized, biases not corrected. */
	bool plain;
	struct gs_calib_method method; /**< how calibration chooses ranges */
	/**
	 * Called after quantization with what each layer lost (NULL: none is measured).
	 * Returns 0, or -errno after reporting.
	 */
	int (*quant_report)(void *ctx, const struct gs_quant_report *report,
			    struct gs_diag *diag);
	void *quant_report_ctx;
	/** What is decided about layers, and what tiles may take; NULL: nothing. */
	const struct gs_schedule *schedule;
	/**
	 * Called after each pass (may be NULL); @first is NULL before binding. After "import"
	 * the bytes of the ONNX file are not read any more and may be freed.
	 */
	void (*after_pass)(void *ctx, const char *pass, struct gs_graph *graph,
			   struct gs_bound_node *first);
	void *after_pass_ctx;
	/** Not NULL: *@own_model is the model, from malloc(); it may become the compiler's, then it is NULL. */
	void **own_model;
	const char *file; /**< name of the model in messages; NULL: "model" */
	/** Pass a text or drawing shows the result of; NULL: gs_compile_emitted(). */
	const char *until;
	const char *const *disabled; /**< names of passes to leave out */
	unsigned num_disabled;
	/** Of GS_GOAL_FDFG, from pass bind on: what nodes open into, as remarks. */
	enum gs_open open;
	const char *open_layer; /**< only of this node; NULL: of all */
	/** Evaluate a sample after each pass up to lower, and compare: semantics.h. */
	bool verify;
};

/** What a compilation produced; gs_compile_free() it. */
struct gs_compiled {
	struct gs_codelet_lib
		loaded; /**< codelets of codelet_dir, which the layers refer to */
	struct gs_op_rules
		rules; /**< of the codelets, for operators the front end does not know */
	struct gs_graph *graph;
	struct gs_planned *
		plan; /**< the layers and their tilings, in order of execution */
	unsigned num_layers;
	struct gs_layer_order
		layer_order; /**< what their order saves; zeros: the pass did not run */
	struct gs_program program;
	uint8_t *model; /**< the model file */
	size_t model_bytes;
	uint8_t *qdq; /**< the quantized model as ONNX, when asked for */
	size_t qdq_bytes;
	/** Of each layer of @program, in order: what was decided, names in the memory of @graph. */
	struct gs_decision *decision;
	unsigned num_decisions;
	char *text; /**< the graph as text or drawing, when asked for */
	size_t text_bytes;
};

enum gs_compile_goal {
	GS_GOAL_MODEL, /**< a model file */
	GS_GOAL_QDQ, /**< only the quantized ONNX model */
	GS_GOAL_FDFG, /**< only the graph, as fdfg_text.h writes it */
	GS_GOAL_DOT, /**< a drawing of it for Graphviz */
	GS_GOAL_SVG, /**< a picture of it */
};

/**
 * gs_compile() - compile a model
 * @model: an ONNX file, or the text of a graph (fdfg_text.h), which goes on
 *	behind the pass it was written after, but not later than at "bind"
 * @out: also to be freed after an error
 * Reentrant; equal inputs give equal bytes. Returns 0 or -errno after one
 * error, at least, was reported.
 */
int gs_compile(const void *model, size_t size,
	       const struct gs_compile_opts *opts, enum gs_compile_goal goal,
	       struct gs_compiled *out, struct gs_diag *diag);

void gs_compile_free(struct gs_compiled *out);

/** What there is to know of a pass */
struct gs_pass_info {
	const char *name;
	bool optional; /**< results are right without it too */
	const char *about; /**< one line */
};

/** gs_compile_pass() - the i-th pass, NULL after the last */
const struct gs_pass_info *gs_compile_pass(unsigned i);

/** gs_compile_emitted() - the pass @goal shows the graph after, when nothing else is asked for; NULL: not a graph */
const char *gs_compile_emitted(enum gs_compile_goal goal);

#endif /* GS_COMPILE_H */
