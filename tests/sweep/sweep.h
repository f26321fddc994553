/* SPDX-License-Identifier: MIT */
/*
 * Random operators of random shapes on random machines: compiled, run by every
 * executor and compared with plain loops.
 */
#ifndef GS_TESTS_SWEEP_H
#define GS_TESTS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler/codelets/codelet.h"
#include "genesys/arch.h"
#include "tests/unit/onnx_builder.h"

#define SW_RANK 6
#define SW_IN 4 /* activations of a case */
#define SW_OUT 4

struct sw_shape {
	unsigned rank;
	int64_t dim[SW_RANK];
};

/** A constant of the model. */
struct sw_const {
	struct sw_shape shape;
	float *v; /**< NULL: there is none */
};

/** What follows the operator and is fused into it. */
enum sw_act { SW_ACT_NONE, SW_ACT_RELU, SW_ACT_CLIP, SW_ACT_LEAKY };

/** One operator, drawn from a seed; members an operator has no use for are 0. */
struct sw_case {
	uint64_t random;
	const struct sw_op *op;
	const struct sw_shape *given; /**< of input 0, or NULL: it is drawn */
	struct sw_chain *chain; /**< several operators, each a case of its own */
	struct gs_arch arch;
	unsigned num_in, num_out;
	struct sw_shape in[SW_IN], out[SW_OUT]; /**< @out as ONNX defines it */
	float low[SW_IN], high[SW_IN]; /**< of the calibration */
	bool within; /**< the device's inputs stay between low and high */
	struct sw_const w, b; /**< weights and bias, or constant operands */
	bool const_first; /**< operand 0 is the constant, input 0 is operand 1 */
	bool rounded_const; /**< even if it is one value for each channel */
	bool residual; /**< the last input is added to the result */
	enum sw_act act;
	float act_low,
		act_high; /**< bounds of Clip; act_low: slope of LeakyRelu */

	/* Windows, rows and columns; of a row (rank 3) the rows are 1. */
	int64_t kernel[2], stride[2], dilation[2], out_pad[2];
	int64_t pad[4]; /**< top, left, bottom, right */
	int64_t group;
	bool ceil, count_pads;

	/* Others */
	int64_t axis;
	int64_t list[2 * SW_RANK]; /**< perm, starts, pads, parts, axes ... */
	int64_t step[SW_RANK];
	unsigned num_list;
	const char *mode, *coordinates, *rounding;
	float alpha, beta; /**< also the value of Pad, the exponent of Pow */
	bool keep; /**< keepdims */
};

/** A quantized activation: real = scale x (q - zero). */
struct sw_tensor {
	const struct sw_shape *shape;
	size_t num;
	float scale;
	int32_t zero;
	int8_t *q;
	double *real; /**< inputs: of q; results: before they are quantized */
};

/** An operator: how it is drawn, written as ONNX, and what it computes. */
struct sw_op {
	const char *name; /**< in reports */
	const char *onnx; /**< operator type */
	/** False: try again, these shapes are not possible */
	bool (*draw)(struct sw_case *c);
	/** The node, which reads x0, x1 ..., w, b and gives @out */
	void (*build)(struct builder *b, const struct sw_case *c,
		      const char *out);
	/** The results as real numbers, from the inputs' integers */
	void (*eval)(const struct sw_case *c, const struct sw_tensor *in,
		     struct sw_tensor *out);
	/**
	 * The integers the documented arithmetic of @codelet gives, into out->q.
	 * False: it does not say. NULL: never
	 */
	bool (*exact)(const struct sw_case *c, const char *codelet,
		      const struct sw_tensor *in, struct sw_tensor *out);
	/** Results are among the inputs' values: with equal scales nothing is rounded */
	bool keeps;
	bool whole; /**< results are integers */
	bool by_axis; /**< a result is rounded once for each axis that changes */
};

extern const struct sw_op sw_ops[];
extern const size_t sw_num_ops;

/** Of data and weights of the machines: 8, or 4 (SWEEP_BITS) */
extern int sw_bits;

static inline int sw_low(void)
{
	return -(1 << (sw_bits - 1));
}

static inline int sw_high(void)
{
	return -sw_low() - 1;
}

/* ---- random.c -------------------------------------------------------------- */

/** 0 to @limit - 1 */
uint32_t sw_below(struct sw_case *c, uint32_t limit);
/** @low to @high, both possible */
int64_t sw_between(struct sw_case *c, int64_t low, int64_t high);
bool sw_chance(struct sw_case *c, unsigned percent);
float sw_real(struct sw_case *c, float low, float high);
const char *sw_pick(struct sw_case *c, const char *const *list, unsigned num);
/** Rows or columns: ones, primes, others */
int64_t sw_extent(struct sw_case *c, int64_t most);
/** Channels: the same, and around the extent of the array */
int64_t sw_channels(struct sw_case *c);
/** Batches, mostly 1 */
int64_t sw_batch(struct sw_case *c);
/** A calibrated range for input @i */
void sw_range(struct sw_case *c, unsigned i);
/** Values in [low, high) of a constant of this shape */
void sw_fill(struct sw_case *c, struct sw_const *k, float low, float high);
/** Relu, Clip or, with @leaky, LeakyRelu behind the operator; or nothing */
void sw_draw_act(struct sw_case *c, bool leaky);
/** A machine with an N x N array */
void sw_draw_machine(struct sw_case *c, uint32_t n);

/* ---- shapes ---------------------------------------------------------------- */

int64_t sw_elems(const struct sw_shape *s);
/** Indices of element @i in row-major order */
void sw_index(const struct sw_shape *s, int64_t i, int64_t *index);
/** Position of @index */
int64_t sw_offset(const struct sw_shape *s, const int64_t *index);
/** Position in @s of the element that spreads to @index of @to */
int64_t sw_spread(const struct sw_shape *s, const struct sw_shape *to,
		  const int64_t *index);
/** The shape both spread to; false: they do not fit */
bool sw_broadcast(const struct sw_shape *a, const struct sw_shape *b,
		  struct sw_shape *to);
char *sw_format(const struct sw_shape *s, char *buf, size_t size);

/* ---- build.c --------------------------------------------------------------- */

/** The model; to be freed */
uint8_t *sw_build(const struct sw_case *c, size_t *size);
void sw_build_window(struct builder *b, const struct sw_case *c,
		     const char *out);
/** A node of input 0 alone, and one of two operands */
void sw_build_unary(struct builder *b, const struct sw_case *c,
		    const char *out);
void sw_build_binary(struct builder *b, const struct sw_case *c,
		     const char *out);
/** Attributes and inputs of operators that move elements, and of ReduceMean */
void sw_build_move(struct builder *b, const struct sw_case *c, const char *out);

/** The nodes of a case: it reads x0, x1 ... and gives y0 ... */
void sw_build_node(struct builder *b, const struct sw_case *c);

/* ---- draw_*.c -------------------------------------------------------------- */

bool sw_draw_conv(struct sw_case *c);
bool sw_draw_grouped(struct sw_case *c);
bool sw_draw_depthwise(struct sw_case *c);
bool sw_draw_row_conv(struct sw_case *c);
bool sw_draw_residual(struct sw_case *c);
bool sw_draw_deconv(struct sw_case *c);
bool sw_draw_pool(struct sw_case *c);
bool sw_draw_global(struct sw_case *c);
bool sw_draw_gemm(struct sw_case *c);
bool sw_draw_matmul(struct sw_case *c);
bool sw_draw_mean(struct sw_case *c);
bool sw_draw_softmax(struct sw_case *c);
bool sw_draw_batchnorm(struct sw_case *c);
bool sw_draw_binary(struct sw_case *c);
bool sw_draw_equal(struct sw_case *c);
bool sw_draw_slopes(struct sw_case *c);
bool sw_draw_binary_const(struct sw_case *c);
bool sw_draw_unary(struct sw_case *c);
bool sw_draw_transpose(struct sw_case *c);
bool sw_draw_reshape(struct sw_case *c);
bool sw_draw_view(struct sw_case *c);
bool sw_draw_concat(struct sw_case *c);
bool sw_draw_split(struct sw_case *c);
bool sw_draw_slice(struct sw_case *c);
bool sw_draw_pad(struct sw_case *c);
bool sw_draw_expand(struct sw_case *c);
bool sw_draw_tile(struct sw_case *c);
bool sw_draw_gather(struct sw_case *c);
bool sw_draw_blocks(struct sw_case *c);
bool sw_draw_resize(struct sw_case *c);

/* ---- oracle_*.c ------------------------------------------------------------ */

typedef void sw_eval_fn(const struct sw_case *c, const struct sw_tensor *in,
			struct sw_tensor *out);
sw_eval_fn sw_eval_conv, sw_eval_deconv, sw_eval_gemm, sw_eval_pool,
	sw_eval_mean, sw_eval_softmax, sw_eval_batchnorm, sw_eval_binary,
	sw_eval_unary, sw_eval_move, sw_eval_resize;

bool sw_exact_conv(const struct sw_case *c, const char *codelet,
		   const struct sw_tensor *in, struct sw_tensor *out);
bool sw_exact_gemm(const struct sw_case *c, const char *codelet,
		   const struct sw_tensor *in, struct sw_tensor *out);

/** Round half to even of real / scale, plus zero point, saturated */
int8_t sw_quantize(double real, float scale, int32_t zero);
/** What follows the operator */
double sw_apply_act(const struct sw_case *c, double real);
/**
 * sw_act_error() - how far, in steps, a result may be off for what follows
 * @steps: of the result, without its zero point
 *
 * The slope of LeakyRelu is a multiple of 2^-16 (docs/quantization.md): it is off
 * by 2^-17, times the steps that were there before it.
 */
double sw_act_error(const struct sw_case *c, double steps);

/** How often a value is rounded on its way */
int sw_roundings(const struct sw_case *c);

/* ---- chain.c --------------------------------------------------------------- */

struct gs_tensor_info;

/** Two to six operators, each on results of those before it */
bool sw_draw_chain(struct sw_case *c);
void sw_build_chain(struct builder *b, const struct sw_case *c,
		    const char *out);
/** Judges every tensor that was seen; results are those of the device */
sw_eval_fn sw_eval_chain;
/** A gs_dump_fn; @ctx: the chain */
int sw_chain_see(void *ctx, const struct gs_tensor_info *info, int8_t *data);
/** Why a tensor on the way is wrong, or "" */
const char *sw_chain_failure(const struct sw_chain *chain);
void sw_chain_describe(const struct sw_chain *chain, FILE *out);
void sw_chain_free(struct sw_chain *chain);

/* ---- run.c ----------------------------------------------------------------- */

enum sw_verdict { SW_OK, SW_REFUSED, SW_FAILED };

/** What happened to a case. */
struct sw_outcome {
	enum sw_verdict verdict;
	char text[1024]; /**< why it was refused or failed */
	char codelet[64]; /**< of the layer of the operator, if there is one */
	char paths[512]; /**< codelets of all layers, each between two spaces */
	bool exact; /**< all results were compared with integers */
	int worst; /**< largest difference in steps */
	double off; /**< largest distance from the real number, in steps */
	bool joined; /**< nodes were joined to a layer */
	unsigned kernels; /**< runs of the fast executor */
};

/** @wrong: a result is changed before it is judged, as a check of the check */
void sw_run(struct sw_case *c, const struct gs_codelet_lib *codelets,
	    bool wrong, struct sw_outcome *out);
/** Draw case @number of @seed: operator and array follow from the number */
void sw_draw(struct sw_case *c, uint64_t seed, uint32_t number);
void sw_case_fini(struct sw_case *c);
/** One line: operator, shapes, parameters, machine */
void sw_describe(const struct sw_case *c, FILE *out);
/** The same without the machine */
void sw_describe_node(const struct sw_case *c, FILE *out);

/* ---- coverage.c ------------------------------------------------------------ */

struct sw_coverage;

/** NULL: out of memory */
struct sw_coverage *sw_coverage_create(void);
void sw_coverage_free(struct sw_coverage *cov);
/** A case that was compared */
void sw_coverage_count(struct sw_coverage *cov, const struct sw_case *c,
		       const struct sw_outcome *out);
/**
 * sw_coverage_extents() - whether the shapes were those that are hard
 * @each: cases of each operator. What was met too rarely is printed.
 */
bool sw_coverage_extents(const struct sw_coverage *cov, uint32_t each);
/** sw_coverage_paths() - the same of the codelets, all of which must have been met */
bool sw_coverage_paths(const struct sw_coverage *cov, uint32_t each,
		       const struct gs_codelet_lib *codelets);

#endif /* GS_TESTS_SWEEP_H */
