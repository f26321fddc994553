/* SPDX-License-Identifier: MIT */
/*
 * Functions of one and two int8 values: every input over a range of scales,
 * on the device, against double precision.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/rules.h"
#include "compiler/ir/ir.h"
#include "compiler/passes/passes.h"
#include "tests/unit/compile_util.h"
#include "tests/unit/graph_run.h"

/* The device rounds right but where the exact result is this near to a tie. */
#define TIE 0.06

struct bed {
	struct gs_codelet_lib lib;
	struct gs_arch arch;
	unsigned off; /* results next to the right one, near ties */
};

static int setup(void **state)
{
	static struct bed bed;

	bed = (struct bed){ 0 };
	load_library(&bed.lib);
	bed.arch = *gs_arch_default();
	*state = &bed;
	return 0;
}

static int teardown(void **state)
{
	gs_codelet_lib_free(&((struct bed *)*state)->lib);
	return 0;
}

/* Scale and zero point of a result whose values go from @low to @high */
static void quant_of(double low, double high, double *scale, int *zero)
{
	low = fmin(low, 0);
	high = fmax(high, 0);
	*scale = (double)(float)(high > low ? (high - low) / 255 : 1);
	*zero = (int)rint(-128 - low / *scale);
}

/* @real: the exact result in steps, zero point included */
static void check_within(struct bed *bed, double real, int got, double tie,
			 const char *what)
{
	const double clamped = fmin(fmax(real, -128), 127);
	const double from_tie = fabs(clamped - floor(clamped) - 0.5);
	const int want = (int)rint(clamped);

	if (got == want)
		return;
	if (abs(got - want) > 1 || from_tie > tie)
		fail_msg("%s: %d, expected %.4f", what, got, clamped);
	bed->off++;
}

static void check_value(struct bed *bed, double real, int got, const char *what)
{
	check_within(bed, real, got, TIE, what);
}

/* ---- one operand --------------------------------------------------------- */

typedef double real_fn(double x, double alpha, double beta);

struct unary {
	const char *op;
	real_fn *fn;
	double alpha, beta;
	double fixed_scale; /* of the result, or 0 */
	int fixed_zero;
	bool positive;
	double error; /* of the result itself, beside that in steps */
};

static double leaky(double x, double alpha, double beta)
{
	(void)beta;
	return x < 0 ? alpha * x : x;
}

/* A function without parameters */
#define OF_X(name, value)                                       \
	static double name(double x, double alpha, double beta) \
	{                                                       \
		(void)alpha;                                    \
		(void)beta;                                     \
		return value;                                   \
	}

OF_X(rectify, fmax(x, 0))

static double clip(double x, double low, double high)
{
	return fmin(fmax(x, low), high);
}

OF_X(sigmoid, 1 / (1 + exp(-x)))
OF_X(hyperbolic, tanh(x))

static double hard_sigmoid(double x, double alpha, double beta)
{
	return fmin(fmax(alpha * x + beta, 0), 1);
}

static double hard_swish(double x, double alpha, double beta)
{
	return alpha * x * hard_sigmoid(x, 1.0 / 6, 0.5) + beta;
}

OF_X(exponential, exp(x))

/* Zero has none: less than what the smallest step has */
OF_X(logarithm, log(fmax(x, 1e-4)))
OF_X(soft_plus, log1p(exp(x)))
OF_X(root, sqrt(fmax(x, 0)))
OF_X(magnitude, fabs(x))
OF_X(negative, -x)

static double exp_linear(double x, double alpha, double beta)
{
	(void)beta;
	return x > 0 ? x : alpha * expm1(x);
}

static double scaled_exp_linear(double x, double alpha, double beta)
{
	return beta * exp_linear(x, alpha, 0);
}

static double celu(double x, double alpha, double beta)
{
	(void)beta;
	return x > 0 ? x : alpha * expm1(x / alpha);
}

OF_X(soft_sign, x / (1 + fabs(x)))

static double threshold(double x, double alpha, double beta)
{
	(void)beta;
	return (float)x > (float)alpha ? x : 0;
}

static double shrink(double x, double alpha, double beta)
{
	return (float)x < -(float)alpha ? x + beta :
	       (float)x > (float)alpha	? x - beta :
					  0;
}

OF_X(mish, x *tanh(log1p(exp(x))))
OF_X(gelu, 0.5 * x * (1 + erf(x / sqrt(2))))

static double gelu_tanh(double x, double alpha, double beta)
{
	(void)alpha;
	(void)beta;
	const double z = 0.7978845608 * (x + 0.044715 * x * x * x);

	return 0.5 * x * (1 + tanh(z));
}

OF_X(sign_of, (x > 0) - (x < 0))

/* Of the float32 values that onnxruntime has: steps are not exact in binary. */
OF_X(round_down, floor((double)(float)x))
OF_X(round_up, ceil((double)(float)x))
OF_X(round_even, rint((double)(float)x))
OF_X(error_function, erf(x))
OF_X(sine, sin(x))
OF_X(cosine, cos(x))

/* Where the root of a negative number, or a division by zero, would be: 0, or much */
static double power(double x, double alpha, double beta)
{
	(void)beta;
	if (alpha < 0)
		x = fabs(x) < 1e-4 ? 1e-4 : x;
	return alpha == floor(alpha) ? pow(x, alpha) : pow(fmax(x, 0), alpha);
}

static const struct unary unaries[] = {
	{ "Relu", rectify, 0, 0, 0, 0, false, 0 },
	{ "LeakyRelu", leaky, 0.1, 0, 0, 0, false, 0 },
	{ "LeakyRelu", leaky, -0.3, 0, 0, 0, false, 0 },
	{ "LeakyRelu", leaky, 1.7, 0, 0, 0, false, 0 },
	{ "Clip", clip, 0, 6, 0, 0, false, 0 },
	{ "Clip", clip, -0.37, 0.51, 0, 0, false, 0 },
	{ "Clip", clip, -1e6, 0.51, 0, 0, false, 0 },
	{ "Sigmoid", sigmoid, 0, 0, 1.0 / 256, -128, false, 0 },
	{ "Sigmoid", sigmoid, 0, 0, 0, 0, false, 0 },
	{ "Tanh", hyperbolic, 0, 0, 1.0 / 128, 0, false, 0 },
	{ "Tanh", hyperbolic, 0, 0, 0, 0, false, 0 },
	{ "HardSigmoid", hard_sigmoid, 0.2, 0.5, 1.0 / 256, -128, false, 0 },
	{ "HardSigmoid", hard_sigmoid, -0.3, 0.6, 0, 0, false, 0 },
	{ "HardSwish", hard_swish, 1, 0, 0, 0, false, 0 },
	{ "HardSwish", hard_swish, 0.4, -0.55, 0, 0, false, 0 },
	{ "HardSwish", hard_swish, -4.7, 1.4, 0, 0, false, 0 },
	{ "Exp", exponential, 0, 0, 0, 0, false, 0 },
	{ "Log", logarithm, 0, 0, 0, 0, true, 0 },
	{ "Softplus", soft_plus, 0, 0, 0, 0, false, 0 },
	{ "Softplus", soft_plus, 0, 0, 3e-5, -128, false, 0 },
	{ "Softplus", soft_plus, 0, 0, 1e-8, -128, false, 0 },
	{ "Sqrt", root, 0, 0, 0, 0, true, 0 },
	{ "Abs", magnitude, 0, 0, 0, 0, false, 0 },
	{ "Neg", negative, 0, 0, 0, 0, false, 0 },
	{ "Elu", exp_linear, 1, 0, 0, 0, false, 0x3p-16 },
	{ "Elu", exp_linear, 0.3, 0, 0, 0, false, 0x3p-16 },
	{ "Selu", scaled_exp_linear, 1.6732632, 1.050701, 0, 0, false,
	  0x5p-16 },
	{ "Celu", celu, 1, 0, 0, 0, false, 0x3p-16 },
	{ "Celu", celu, 0.07, 0, 0, 0, false, 0x3p-16 },
	{ "Celu", celu, 20, 0, 0, 0, false, 20 * 0x3p-16 },
	{ "Softsign", soft_sign, 0, 0, 1.0 / 128, 0, false, 0x2p-16 },
	{ "ThresholdedRelu", threshold, 1, 0, 0, 0, false, 0 },
	{ "ThresholdedRelu", threshold, -0.7, 0, 0, 0, false, 0 },
	{ "Shrink", shrink, 0.5, 0, 0, 0, false, 0x2p-16 },
	{ "Shrink", shrink, 0.3, 0.2, 0, 0, false, 0x2p-16 },
	{ "Shrink", shrink, 1.3, -0.9, 0, 0, false, 0x2p-16 },
	{ "Mish", mish, 0, 0, 0, 0, false, 0xcp-16 },
	{ "Gelu", gelu_tanh, 0, 0, 0, 0, false, 0xcp-16 },
	{ "Gelu", gelu, 0, 0, 0, 0, false, 0xcp-16 },
	{ "Sign", sign_of, 0, 0, 1, 0, false, 0 },
	{ "Floor", round_down, 0, 0, 0, 0, false, 0 },
	{ "Ceil", round_up, 0, 0, 0, 0, false, 0 },
	{ "Round", round_even, 0, 0, 0, 0, false, 0 },
	{ "Erf", error_function, 0, 0, 1.0 / 128, 0, false, 0x8p-16 },
	{ "Erf", error_function, 0, 0, 0, 0, false, 0x8p-16 },
	{ "Sin", sine, 0, 0, 1.0 / 128, 0, false, 0x8p-16 },
	{ "Sin", sine, 0, 0, 0, 0, false, 0x8p-16 },
	{ "Cos", cosine, 0, 0, 1.0 / 128, 0, false, 0x8p-16 },
	{ "Cos", cosine, 0, 0, 0, 0, false, 0x8p-16 },
	{ "Pow", power, 3, 0, 0, 0, false, 0 },
	{ "Pow", power, 4, 0, 0, 0, false, 0 },
	{ "Pow", power, -1, 0, 0, 0, false, 0 },
	{ "Pow", power, -2, 0, 0, 0, false, 0 },
	{ "Pow", power, 1.5, 0, 0, 0, false, 0 },
	{ "Pow", power, 0.3, 0, 0, 0, false, 0 },
	{ "Pow", power, -0.5, 0, 0, 0, true, 0 },
	{ "Pow", power, 8, 0, 0, 0, false, 0 },
};

static void set_float(struct gs_graph *g, struct gs_node *node,
		      const char *name, double value)
{
	const struct gs_attr attr = { .name = name,
				      .kind = GS_ATTR_FLOAT,
				      .f = (float)value };

	assert_int_equal(gs_node_set_attr(g, node, &attr), 0);
}

static void all_values(int8_t value[256])
{
	int q;

	for (q = -128; q < 128; q++)
		value[q + 128] = (int8_t)q;
}

/* What the operator calls alpha and beta */
static void name_parameters(const struct unary *u, const char *names[2])
{
	static const struct {
		const char *op, *names[2];
	} own[] = {
		{ "Clip", { "min", "max" } },
		{ "Selu", { "alpha", "gamma" } },
		{ "Shrink", { "lambd", "bias" } },
	};
	size_t i;

	names[0] = "alpha";
	names[1] = "beta";
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(u->op, own[i].op))
			memcpy(names, own[i].names, sizeof(own[i].names));
}

/* Results of fine steps are x, which is exact, times a factor. */
static double error_of(const struct unary *u, double sx, int zx, double sy)
{
	const double most = 255 * sx, below = (zx + 128) * sx;

	if (u->fn == gelu || u->fn == gelu_tanh || u->fn == mish)
		return sy <= 0x1p-8 ? u->error * fmin(1, most) : u->error;
	if (u->fn == exp_linear && below <= 0.125)
		return sy < fmax(u->alpha, 1) * 0x1p-13 ? 0 : u->error;
	if (u->fn == celu && below / u->alpha <= 0.125)
		return sy < fmax(u->alpha, 1) * 0x1p-13 ? 0 : u->error;
	if (u->fn == scaled_exp_linear && below <= 0.125)
		return sy < u->alpha * u->beta * 0x1p-13 ? 0 : u->error;
	return u->error;
}

static void check_unary(struct bed *bed, const struct unary *u, double sx,
			int zx, double shrink)
{
	int8_t in[256], out[256];
	const int8_t *given = in;
	struct gs_graph *g;
	double low = INFINITY, high = -INFINITY, sy = u->fixed_scale;
	struct gs_node *node;
	const char *names[2];
	char what[128];
	int q, zy = u->fixed_zero;

	sx = (double)(float)sx;
	all_values(in);
	for (q = -128; q < 128; q++) {
		const double v = u->fn(sx * (q - zx), u->alpha, u->beta);

		low = fmin(low, v);
		high = fmax(high, v);
	}
	if (high > 1e30)
		return; /* an exponential beyond float32 */
	if (sy == 0)
		quant_of(low * shrink, high * shrink, &sy, &zy);
	if (u->fn == gelu || u->fn == gelu_tanh || u->fn == mish)
		sy = fmax(sy, 0x1.01p-14 * fmin(8, 256 * sx)); /* as well */
	if (u->fn == error_function)
		sy = fmax(sy, 0x1p-11);
	if (u->fn == hyperbolic || u->fn == soft_sign || u->fn == sine ||
	    u->fn == cosine)
		sy = fmax(sy, 0x1p-12); /* which its codelet requires */
	g = new_graph();
	graph_input(g, add_activation(g, "x", "1x256", sx, zx));
	graph_output(g, add_activation(g, "y", "1x256", sy, zy));
	add_float(g, "e", "1", &(const float){ (float)u->alpha });
	node = add_node(g, u->op, u->fn == power ? "x e" : "x", "y");
	name_parameters(u, names);
	set_float(g, node, names[0], u->alpha);
	set_float(g, node, names[1], u->beta);
	if (u->fn == gelu_tanh)
		assert_int_equal(gs_node_set_attr_string(g, node, "approximate",
							 "tanh"),
				 0);
	run_graph(g, &bed->lib, &bed->arch, &given, out);
	for (q = -128; q < 128; q++) {
		const double v = u->fn(sx * (q - zx), (double)(float)u->alpha,
				       (double)(float)u->beta);

		snprintf(what, sizeof(what),
			 "%s(%d) alpha %g beta %g, %g/%d to %g/%d", u->op, q,
			 u->alpha, u->beta, sx, zx, sy, zy);
		check_within(bed, v / sy + zy, out[q + 128],
			     TIE + error_of(u, sx, zx, sy) / sy, what);
	}
	gs_graph_destroy(g);
}

/* The rule "float" of its codelet means the same, where there is one. */
static unsigned check_meaning(struct bed *bed, const struct unary *u, double sx)
{
	const struct gs_op_rules rules = gs_codelet_rules(&bed->lib);
	struct gs_graph *g = new_graph();
	float x[256], y[256], *out = y;
	const float *in = x;
	const char *names[2];
	struct gs_node *node;
	struct report r;
	unsigned known;
	int q;

	graph_input(g, add_activation(g, "x", "1x256", sx, 0));
	graph_output(g, add_activation(g, "y", "1x256", 1, 0));
	node = add_node(g, u->op, "x", "y");
	name_parameters(u, names);
	set_float(g, node, names[0], u->alpha);
	set_float(g, node, names[1], u->beta);
	if (u->fn == gelu_tanh)
		gs_node_set_attr_string(g, node, "approximate", "tanh");
	g->opset = 20;
	g->rules = &rules;
	known = gs_rules_of(&bed->lib, node) != NULL;
	for (q = 0; q < 256; q++)
		x[q] = (float)(sx * (q - 128));
	if (known && (gs_pass_shapes(g, report_init(&r)) ||
		      gs_float_eval(g, &in, &out, &r.diag)))
		fail_msg("%s: %s", u->op, r.text);
	for (q = 0; q < 256 && known; q++) {
		const double want = u->fn((double)x[q], (double)(float)u->alpha,
					  (double)(float)u->beta);

		if (fabs((double)y[q] - want) > 1e-6 * (1 + fabs(want)))
			fail_msg("%s(%g) means %g, expected %g", u->op,
				 (double)x[q], (double)y[q], want);
	}
	gs_graph_destroy(g);
	return known;
}

static void test_meaning(void **state)
{
	unsigned known = 0;
	size_t u;

	for (u = 0; u < sizeof(unaries) / sizeof(unaries[0]); u++)
		known += check_meaning(*state, &unaries[u], 0.0625);
	assert_true(known > 10);
}

static void test_unary(void **state)
{
	static const double scale[] = { 2e-7,	0.00003, 0.0005, 0.0037, 0.0211,
					0.0942, 0.4,	 70,	 3e5 };
	static const int zero[] = { -128, -31, 0, 127 };
	size_t u, s, z;

	for (u = 0; u < sizeof(unaries) / sizeof(unaries[0]); u++)
		for (s = 0; s < sizeof(scale) / sizeof(scale[0]); s++)
			for (z = 0; z < sizeof(zero) / sizeof(zero[0]); z++) {
				const int zx = unaries[u].positive ? -128 :
								     zero[z];

				/* These are bounded near 0, see above. */
				if (scale[s] < 1e-4 &&
				    (unaries[u].fn == power ||
				     unaries[u].fn == logarithm))
					continue;
				check_unary(*state, &unaries[u], scale[s], zx,
					    1);
				/* half of the values saturate */
				check_unary(*state, &unaries[u], scale[s], zx,
					    0.4);
			}
}

/* A machine without a function has codelets that do without, as good. */
static void test_lacking(void **state)
{
	static const double scale[] = { 0.0005, 0.0037, 0.0211, 0.0942, 0.4 };
	static const int zero[] = { -128, -31, 0, 127 };
	static const struct {
		const char *op;
		unsigned cap;
	} lacking[] = { { "Sigmoid", GS_INSN_EXP } };
	struct bed *bed = *state;
	size_t i, u, s, z;

	for (i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++)
		for (u = 0; u < sizeof(unaries) / sizeof(unaries[0]); u++)
			for (s = 0; s < 5; s++)
				for (z = 0; z < 4; z++) {
					if (strcmp(unaries[u].op,
						   lacking[i].op))
						continue;
					load_arch("genesys_16x16", &bed->arch);
					bed->arch.lacks = UINT64_C(1)
							  << lacking[i].cap;
					check_unary(bed, &unaries[u], scale[s],
						    zero[z], 1);
				}
	load_arch("genesys_16x16", &bed->arch);
}

/* ---- two operands -------------------------------------------------------- */

struct binary {
	const char *op;
	double low,
		high; /* of the result, where it is not bounded by the operands' */
	unsigned pairs; /* 0: any operands; 1: all pairs; 2: of exponents up to 4 */
};

static const struct binary binaries[] = {
	{ "Add", 0, 0, 0 },
	{ "Sub", 0, 0, 0 },
	{ "Mul", 0, 0, 0 },
	{ "Div", -9, 7, 0 },
	{ "Max", 0, 0, 0 },
	{ "Min", 0, 0, 0 },
	{ "PRelu", 0, 0, 0 },
	{ "Less", 0, 1, 1 },
	{ "Greater", 0, 1, 1 },
	{ "LessOrEqual", 0, 1, 1 },
	{ "GreaterOrEqual", 0, 1, 1 },
	{ "Equal", 0, 1, 1 },
	{ "And", 0, 1, 1 },
	{ "Or", 0, 1, 1 },
	{ "Xor", 0, 1, 1 },
	{ "Pow", 0, 9, 2 },
	/* what bounds leave: any quotient but 0 saturates */
	{ "Div", -1e-4, 1e-5, 0 },
};

/* Scales are float32: what should be equal is not quite. */
static int compared(double a, double b)
{
	return fabs(a - b) < 1e-6 * fabs(a) ? 0 : (a > b) - (a < b);
}

/* Below zero by integers only, and 0 by what else; 1/0 saturates */
static double raised(double a, double b)
{
	const double whole = rint(b);

	if (a < 0 && fabs(b - whole) > 1.0 / 256)
		return 0;
	if (a == 0)
		return b < 0 ? 1e9 : b == 0;
	return pow(fabs(a), b) * (a < 0 && fmod(whole, 2) != 0 ? -1 : 1);
}

static double exact(const char *op, double a, double b)
{
	if (!strcmp(op, "Add"))
		return a + b;
	if (!strcmp(op, "Sub"))
		return a - b;
	if (!strcmp(op, "Mul"))
		return a * b;
	if (!strcmp(op, "Max"))
		return fmax(a, b);
	if (!strcmp(op, "Min"))
		return fmin(a, b);
	if (!strcmp(op, "PRelu"))
		return a < 0 ? a * b : a;
	if (!strcmp(op, "Less"))
		return compared(a, b) < 0;
	if (!strcmp(op, "Greater"))
		return compared(a, b) > 0;
	if (!strcmp(op, "LessOrEqual"))
		return compared(a, b) <= 0;
	if (!strcmp(op, "GreaterOrEqual"))
		return compared(a, b) >= 0;
	if (!strcmp(op, "Equal"))
		return compared(a, b) == 0;
	if (!strcmp(op, "And"))
		return a != 0 && b != 0;
	if (!strcmp(op, "Or"))
		return a != 0 || b != 0;
	if (!strcmp(op, "Xor"))
		return (a != 0) != (b != 0);
	if (!strcmp(op, "Pow"))
		return raised(a, b);
	return b != 0 ? a / b : a == 0 ? 0 : a > 0 ? 1e9 : -1e9;
}

/* An operand of a test: values of an activation, or of a constant */
struct side {
	struct gs_tensor *t;
	int8_t *q;
	double scale;
	int zero;
	bool real; /* a constant that is not quantized: the values are q * scale */
};

static double value_of(const struct side *s, int64_t i)
{
	return s->scale * (s->q[i] - (s->real ? 0 : s->zero));
}

/* Index of element @i of the result in an operand that broadcasts */
static int64_t operand_index(const struct gs_shape *y, const struct gs_shape *x,
			     int64_t i)
{
	int64_t index = 0, step = 1;
	unsigned d;

	for (d = 0; d < y->rank; d++) {
		const int64_t at = i % y->dim[y->rank - 1 - d];
		const int64_t ext = d < x->rank ? x->dim[x->rank - 1 - d] : 1;

		i /= y->dim[y->rank - 1 - d];
		index += ext == 1 ? 0 : at * step;
		step *= ext;
	}
	return index;
}

/* @kind: 'a' activation, 'q' quantized constant, 'f' float constant */
static void make_side(struct gs_graph *g, struct side *s, const char *name,
		      const char *shape, char kind, uint32_t *seed)
{
	float *real;
	int64_t i, num;

	s->scale = (double)(float)s->scale;
	s->t = add_activation(g, name, shape, s->scale, s->zero);
	s->real = kind == 'f';
	num = gs_shape_elems(&s->t->shape);
	s->q = gs_graph_alloc(g, (size_t)num);
	real = gs_graph_alloc_array(g, (size_t)num, sizeof(*real));
	assert_true(s->q && real);
	for (i = 0; i < num; i++) {
		*seed = *seed * 1664525u + 1013904223u;
		s->q[i] = (int8_t)(num == 256 ? i - 128 : *seed >> 24);
		if (s->q[i] == (s->real ? 0 : s->zero))
			s->q[i]++;
		real[i] = (float)value_of(s, i);
	}
	if (kind == 'a') {
		graph_input(g, s->t);
		return;
	}
	s->t->data = real;
	s->t->qdata = s->real ? NULL : s->q;
	s->t->quant.valid = !s->real;
}

static void result_range(const struct binary *op, const struct side *a,
			 const struct side *b, double *scale, int *zero)
{
	double low = op->low, high = op->high, v;
	int i;

	for (i = 0; i < 4 && op->high == 0; i++) {
		v = exact(op->op, a->scale * ((i & 1 ? 127 : -128) - a->zero),
			  b->scale * ((i & 2 ? 127 : -128) - b->zero));
		low = fmin(low, v);
		high = fmax(high, v);
	}
	quant_of(low, high, scale, zero);
}

static void check_binary(struct bed *bed, const struct binary *op,
			 const char *const shape[3], const char *kind,
			 struct side *a, struct side *b)
{
	struct gs_graph *g = new_graph();
	const int8_t *in[2];
	unsigned num_in = 0;
	struct gs_tensor *y;
	uint32_t seed = 5;
	double sy;
	char what[128];
	int64_t i, num;
	int8_t *out;
	int zy;

	make_side(g, a, "a", shape[0], kind[0], &seed);
	make_side(g, b, "b", shape[1], kind[1], &seed);
	result_range(op, a, b, &sy, &zy);
	y = add_activation(g, "y", shape[2], sy, zy);
	graph_output(g, y);
	add_node(g, op->op, "a b", "y");
	num = gs_shape_elems(&y->shape);
	out = gs_graph_alloc(g, (size_t)num);
	if (kind[0] == 'a')
		in[num_in++] = a->q;
	if (kind[1] == 'a')
		in[num_in++] = b->q;
	run_graph(g, &bed->lib, &bed->arch, in, out);
	for (i = 0; i < num; i++) {
		const double va =
			value_of(a, operand_index(&y->shape, &a->t->shape, i));
		const double vb =
			value_of(b, operand_index(&y->shape, &b->t->shape, i));

		snprintf(what, sizeof(what), "%s(%g, %g) of %s and %s (%s)",
			 op->op, va, vb, shape[0], shape[1], kind);
		check_value(bed, exact(op->op, va, vb) / sy + zy, out[i], what);
	}
	gs_graph_destroy(g);
}

/* All pairs of values: a row of the one, a column of the other. */
static void test_pairs(void **state)
{
	static const char *const shape[] = { "1x256", "256x1", "256x256" };
	static const double ratio[] = { 0.02, 1, 40 };
	static const int zero[] = { -128, 9, 127 };
	size_t op, r, z;

	for (op = 0; op < sizeof(binaries) / sizeof(binaries[0]); op++)
		for (r = 0; r < 3; r++)
			for (z = 0; z < 3; z++) {
				struct side a = { .scale = 0.013, .zero = -20 };
				struct side b = { .scale = 0.013 * ratio[r],
						  .zero = zero[z] };

				if (binaries[op].pairs && z != 1)
					continue;
				if (binaries[op].pairs == 2)
					b.scale = fmin(b.scale, 1.0 / 64);
				check_binary(*state, &binaries[op], shape, "aa",
					     &a, &b);
			}
}

static void test_broadcast(void **state)
{
	static const struct {
		const char *shape[3], *kind;
	} cases[] = {
		{ { "2x3x5x7", "2x3x5x7", "2x3x5x7" }, "aa" },
		{ { "2x20x5x7", "2x20x1x1", "2x20x5x7" }, "aa" },
		{ { "2x20x1x1", "1x20x5x7", "2x20x5x7" }, "aa" },
		{ { "1x20x5x7", "1x1x5x7", "1x20x5x7" }, "aa" },
		{ { "1x1x5x7", "1x20x1x1", "1x20x5x7" }, "aa" },
		{ { "1x1x5x1", "1x20x1x7", "1x20x5x7" }, "aa" },
		{ { "1x1x1x1", "2x20x5x7", "2x20x5x7" }, "aa" },
		{ { "1x1x5x1", "1x1x1x7", "1x1x5x7" }, "aa" },
		{ { "5x7x20", "20", "5x7x20" }, "aa" },
		{ { "3x1x20", "3x7x1", "3x7x20" }, "aa" },
		{ { "1x20x5x7", "1x20x5x7", "1x20x5x7" }, "aq" },
		{ { "1x20x5x7", "1x1x5x7", "1x20x5x7" }, "aq" },
		{ { "1x1x5x7", "1x20x1x1", "1x20x5x7" }, "aq" },
		{ { "1x20x1x7", "1x20x5x1", "1x20x5x7" }, "qa" },
		{ { "2x20x5x7", "20x1x1", "2x20x5x7" }, "af" },
		{ { "2x20x5x7", "1x20x1x1", "2x20x5x7" }, "aq" },
		{ { "2x20x5x7", "1x1", "2x20x5x7" }, "af" },
		{ { "4x33", "33", "4x33" }, "af" },
	};
	struct bed *bed = *state;
	static const char *const arch[] = { "genesys_16x16", "genesys_8x8",
					    "fpga4x4" };
	size_t i, k, op;

	for (k = 0; k < 3; k++)
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			for (op = 0; op < 7; op++) {
				struct side a = { .scale = 0.013, .zero = -20 };
				struct side b = { .scale = 0.02, .zero = 5 };

				load_arch(arch[k], &bed->arch);
				check_binary(bed, &binaries[op], cases[i].shape,
					     cases[i].kind, &a, &b);
			}
}

/* A constant in front: only where the order matters. */
static void test_constant_first(void **state)
{
	static const char *const shape[] = { "1x20x1x1", "2x20x5x7",
					     "2x20x5x7" };
	struct side a = { .scale = 0.013, .zero = -20 };
	struct side b = { .scale = 0.02, .zero = 5 };

	check_binary(*state, &binaries[1], shape, "fa", &a, &b);
	check_binary(*state, &binaries[3], shape, "fa", &a, &b);
	/* the last one, of tiny results */
	check_binary(*state,
		     &binaries[sizeof(binaries) / sizeof(binaries[0]) - 1],
		     shape, "fa", &a, &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unary),
		cmocka_unit_test(test_meaning),
		cmocka_unit_test(test_lacking),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_broadcast),
		cmocka_unit_test(test_constant_first),
	};

	return cmocka_run_group_tests_name("pointwise", tests, setup, teardown);
}
