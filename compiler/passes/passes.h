/* SPDX-License-Identifier: MIT */
/*
 * The passes of the front end, in the order they run. Each returns 0 or a
 * negative errno after it reported why.
 */
#ifndef GS_PASSES_H
#define GS_PASSES_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/ir/ir.h"

/**
 * gs_pass_support() - every operator can be compiled, or one message lists all that cannot
 * @known: does the codelet library have @op; NULL: ask for what the front end can evaluate
 */
int gs_pass_support(struct gs_graph *graph,
		    bool (*known)(void *ctx, const char *op), void *ctx,
		    struct gs_diag *diag);

/** gs_op_is_structural() - needs no codelet: later passes remove it, or make it another operator */
bool gs_op_is_structural(const char *op);

/**
 * gs_pass_shapes() - infer the shape of every tensor, give parameters one form
 *
 * Nodes whose inputs are constants (and Shape, Size) are evaluated and removed,
 * so that computed shapes are known. Outputs of a node that nothing uses are
 * dropped; only Split keeps more than one.
 *
 * Parameters are attributes afterwards, always there, whatever the operator set;
 * inputs are data. Axes are counted from the front. In the order of names:
 *
 * AveragePool	as Conv without group; count_include_pad; pads_over: what of the
 *		pads only ceil_mode added, where it must not be counted
 * Clip		min, max (-FLT_MAX, FLT_MAX: no limit)
 * Concat	axis
 * Conv		kernel_shape, strides, dilations, pads (top, left, bottom, right;
 *		one value or two of pads for a row), group
 * ConvTranspose  as Conv, output_padding
 * DepthToSpace	blocksize, mode
 * DequantizeLinear  axis, where there is more than one scale; inputs stay
 * Elu		alpha
 * Expand	none: the output's shape tells
 * Flatten	axis
 * Gather	axis; the indices stay, a constant
 * HardSigmoid	alpha, beta
 * HardSwish	alpha, beta: 1 and 0 in a model, see gs_pass_hard(); and inputs, see
 *		gs_pass_equalize()
 * LeakyRelu	alpha
 * MaxPool	as Conv without group
 * Pad		pads (before each axis, behind each axis), mode, value
 * QuantizeLinear  axis, where there is more than one scale; inputs stay
 * ReduceMean	and others: axes (ascending), keepdims; noop_with_empty_axes where
 *		there are none
 * Resize	and Upsample, which becomes Resize: scales, sizes (of each axis), mode,
 *		coordinate_transformation_mode, nearest_mode
 * Slice	starts (>= 0), steps, both of each axis
 * Softmax	axis
 * Split	axis, split
 * Tile		repeats
 * Transpose	perm
 */
int gs_pass_shapes(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_check_shapes() - shapes and types of results are still those the operators give
 *
 * @lowered: the graph has been through gs_pass_lower()
 * @where: begins the message: a pass, or a file
 * At any stage from gs_pass_shapes() on. 0, or -errno after reporting the node.
 */
int gs_check_shapes(const struct gs_graph *graph, bool lowered,
		    const char *where, struct gs_diag *diag);

/**
 * gs_pass_qdq() - take over the scales of a model that is quantized already
 *
 * A pair QuantizeLinear, DequantizeLinear vanishes; its tensor has that scale
 * and zero point from here on (gs_quant is valid). A second, different pair
 * becomes a Clip without bounds. Constants have had theirs since
 * gs_pass_shapes(). Results of operators that only move elements get the scale
 * of the input, or the other way round where that has none.
 */
int gs_pass_qdq(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_fold() - evaluate nodes whose inputs are constants
 *
 * What shapes are computed of has been evaluated by gs_pass_shapes(); this is for what
 * became constant since. Results that are too large are an error.
 */
int gs_pass_fold(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_constants() - bring weights into one form
 *
 * Gemm and MatMul have a constant B of shape [OC, K], attribute transB = 1, and
 * no transA, alpha or beta; C of Gemm, where there is one, has shape [OC].
 * Weights and biases of Conv and the four parameters of BatchNormalization are
 * float32 constants.
 */
int gs_pass_constants(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_decompose() - operators in terms of those that have codelets
 *
 * Operators of single values have the form of gs_pass_pointwise_node(),
 * reductions and Softmax that of gs_pass_axes_node().
 */
int gs_pass_decompose(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_simplify() - remove nodes that do not compute
 *
 * Results of Flatten, Reshape, Squeeze and Unsqueeze become views; Identity,
 * Dropout and reshapes to the same shape vanish, unless they make a graph
 * output, which becomes a view.
 */
int gs_pass_simplify(struct gs_graph *graph, struct gs_diag *diag);

/** gs_pass_pads() - Pads of zeros that only Convs read become pads of these */
int gs_pass_pads(struct gs_graph *graph, struct gs_diag *diag);

/** gs_pass_dead() - drop nodes and tensors nobody uses */
int gs_pass_dead(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_cse() - compute common subexpressions once
 *
 * Nodes of one operator, equal attributes and equal inputs, constants by their
 * elements, whose results have equal scales; results of the model are computed
 * by the node they are of.
 */
int gs_pass_cse(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_hard() - recognise HardSigmoid and HardSwish spelled out
 *
 * A value that constants scale and shift and others bound to 0 and 1 becomes
 * HardSigmoid; its product with the value it is made of HardSwish, which has
 * alpha and beta here: alpha HardSwish(x) + beta. Values on the way must have no
 * scale of their own.
 */
int gs_pass_hard(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_affine() - fold what scales and shifts channels into the Conv,
 * ConvTranspose or Gemm before it
 *
 * BatchNormalization, Add, Sub, Mul and Div with a constant, one after the
 * other; and the line of HardSigmoid, of which Clip is left. Only where it is
 * the one use of that result, which has no scale of its own; else it stays.
 */
int gs_pass_affine(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_fuse() - make nodes a part of the one before them
 *
 * Relu, Clip and LeakyRelu become the activation of a node whose codelets apply
 * it, also through views; an Add of equal shapes the last input of a Conv or
 * Gemm (gs_node.residual). They must be the only use of its result, which must
 * not be quantized yet.
 */
int gs_pass_fuse(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_order() - decide the order of dimensions of every activation and node
 *
 * Convolutions and pools take NCHW, matrix products NHWC; see order.c.
 */
int gs_pass_order(struct gs_graph *graph, struct gs_diag *diag);

/** True when an operator takes its activations in one order only. */
bool gs_order_is_wanted(const struct gs_node *node);

/** True when gs_pass_lower() replaces nodes of this operator. */
bool gs_lower_knows(const char *op);

/**
 * gs_pass_lower() - turn what moves elements into views, windows and nodes Move
 * @lanes: of the SIMD unit
 *
 * Afterwards every node has a codelet, every activation it reads or writes has
 * memory of its own or is a window (@part), in the order the node takes.
 */
int gs_pass_lower(struct gs_graph *graph, uint32_t lanes, struct gs_diag *diag);

/** Samples for one graph input, stacked along its first axis. */
struct gs_calib {
	const char *name; /**< of the graph input */
	const float *data; /**< NULL: @read gives one sample at a time */
	size_t samples;
	size_t num_values; /**< floats of all: samples x elements of the input */
	/** Sample @sample to @to; 0, or -errno after reporting. */
	int (*read)(const struct gs_calib *calib, size_t sample, float *to,
		    struct gs_diag *diag);
	void *ctx; /**< of who reads */
};

/**
 * gs_pass_calibrate() - run the float model over samples and record ranges
 * @calib: one for every graph input, with equal numbers of samples; num 0: a
 *         warning is given and noise in [0, 1) is used
 *
 * Sets min <= 0 <= max of every activation; of those that have a scale already,
 * what it can represent. When all have one, noise is not needed. A value that is not finite is an
 * error that names tensor and sample.
 */
int gs_pass_calibrate(struct gs_graph *graph, const struct gs_calib *calib,
		      size_t num, struct gs_diag *diag);

/** How calibration chooses the range of an activation */
enum gs_calib_kind {
	GS_CALIB_DEFAULT, /**< GS_CALIB_MSE of data of 4 bits, else GS_CALIB_MINMAX */
	GS_CALIB_MINMAX, /**< all values that were seen */
	GS_CALIB_PERCENTILE, /**< all but the rarest */
	GS_CALIB_MSE, /**< that of the least squared error */
};

struct gs_calib_method {
	enum gs_calib_kind kind;
	double percent; /**< of the values that stay, 50 to 100; 0: GS_CALIB_PERCENT */
	unsigned levels; /**< steps of an activation; 0: those of the machine's data */
};

#define GS_CALIB_PERCENT 99.99

/**
 * gs_pass_ranges() - shrink observed ranges as @method says
 * @calib, @num: as for gs_pass_calibrate(), which ran before
 *
 * After channels are equalized. The model's outputs, what has a scale already and
 * constants keep theirs. Takes as long as calibration does; nothing with
 * GS_CALIB_MINMAX.
 */
int gs_pass_ranges(struct gs_graph *graph, const struct gs_calib *calib,
		   size_t num, const struct gs_calib_method *method,
		   struct gs_diag *diag);

/**
 * gs_pass_equalize() - use all steps of an activation for each of its channels
 *
 * After calibration. Channels of small ranges are multiplied by a constant where
 * a Conv, ConvTranspose, Gemm or HardSwish computes them and divided by it where
 * such a node reads them; the float results stay. HardSwish has two more inputs
 * then, of a value for each channel: a (alpha HardSwish(g x) + beta).
 */
int gs_pass_equalize(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_pass_parts() - give what is taken apart by channels a convolution for each part
 *
 * A Conv (of one group) or Gemm whose result is read by Slices and Splits along
 * channels only, directly or behind operators that work channel by channel,
 * where a part's observed range is at most half of the whole's.
 */
int gs_pass_parts(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_weight_scale() - of @num weights, a channel, of which none is above @max in magnitude
 * What bounds none of them; with GS_DT_I4 the one of the least squared error.
 */
double gs_weight_scale(const float *w, int64_t num, double max,
		       enum gs_dtype type);

/** Largest integer of a bias: leaves the accumulator room for the products */
#define GS_BIAS_LIMIT (1 << 30)

/**
 * gs_pass_quantize() - choose int8 representations
 *
 * Scales that gs_pass_qdq() found stay.
 * Activations: one scale and zero point, views and results of MaxPool those of
 * their source. Weights of Conv, Gemm and MatMul: one scale per output channel
 * on axis 0; biases int32 at scale input x weight. A constant that is an
 * operand of Add (or another operator without weights) is an activation whose
 * qdata is set. A constant used in two ways is duplicated. Parameters of
 * BatchNormalization stay float.
 */
int gs_pass_quantize(struct gs_graph *graph, struct gs_diag *diag);

/**
 * gs_float_eval() - one inference in float32, at any stage after gs_pass_shapes()
 * @inputs, @outputs: in the order of the graph's, each of the tensor's elements
 */
int gs_float_eval(const struct gs_graph *graph, const float *const *inputs,
		  float *const *outputs, struct gs_diag *diag);

#endif /* GS_PASSES_H */
