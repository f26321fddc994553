/* SPDX-License-Identifier: MIT */
/* What the cases must have met: extents, and ways through compiler and machine. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sweep/sweep.h"

#define MAX_PATHS 1024
/* Cases of an operator that the numbers below are for */
#define ROUND 30
/* One of so many cases of each operator, at least */
#define PRIME_SHARE 8
#define BELOW_SHARE 10

/*
 * How an operator becomes layers: the codelet, "view" where nothing is computed.
 * At least half of what 30 cases of the seeds 1 to 3 met; a path that is missing
 * in one of them is not listed.
 */
static const struct need {
	const char *op, *path; /* @op NULL: all operators together */
	uint32_t least;
} needs[] = {
	/* clang-format off */
	{ "Conv", "conv", 20 },
	{ "Conv-grouped", "conv", 8 },
	{ "Conv-grouped", "conv_diagonal", 1 },
	{ "Conv-grouped", "conv_grouped", 2 },
	{ "Conv-depthwise", "conv", 7 },
	{ "Conv-depthwise", "conv_diagonal", 1 },
	{ "Conv-depthwise", "conv_depthwise", 3 },
	{ "Conv-1d", "conv", 10 },
	{ "Conv-1d", "conv_depthwise", 1 },
	{ "Conv-residual", "conv", 20 },
	{ "ConvTranspose", "conv", 20 },
	{ "MaxPool", "maxpool", 20 },
	{ "AveragePool", "avgpool", 8 },
	{ "AveragePool", "avgpool_edges", 3 },
	{ "GlobalAveragePool", "global_avgpool", 20 },
	{ "GlobalMaxPool", "maxpool", 20 },
	{ "ReduceMean", "mean_channel", 6 },
	{ "ReduceMean", "avgpool", 1 },
	{ "ReduceMean", "global_avgpool", 3 },
	{ "ReduceMean", "move", 1 },
	{ "ReduceSum", "mean_channel", 20 },
	{ "ReduceSum", "move", 6 },
	{ "ReduceMax", "maxpool", 6 },
	{ "ReduceMax", "move", 2 },
	{ "ReduceMax", "max_channel", 6 },
	{ "ReduceMin", "move", 6 },
	{ "ReduceMin", "max_channel", 20 },
	{ "Gemm", "gemm", 20 },
	{ "MatMul", "gemm", 1 },
	{ "MatMul", "matmul", 11 },
	{ "Softmax", "softmax", 20 },
	{ "Softmax", "move", 2 },
	{ "BatchNormalization", "batchnorm", 20 },
	{ "Add", "add", 20 },
	{ "Add-const", "scale_shift", 7 },
	{ "Add-const", "add", 5 },
	{ "Sub", "add", 20 },
	{ "Sub-const", "sub_const", 1 },
	{ "Sub-const", "add", 6 },
	{ "Sub-const", "scale_shift", 2 },
	{ "Mul", "move", 1 },
	{ "Mul", "mul", 20 },
	{ "Mul-const", "scale_shift", 8 },
	{ "Mul-const", "mul", 5 },
	{ "Div", "div", 20 },
	{ "Div", "move", 1 },
	{ "Div-const", "div_const", 4 },
	{ "Div-const", "div", 5 },
	{ "Div-const", "scale_shift", 4 },
	{ "Max", "max", 20 },
	{ "Max", "move", 1 },
	{ "Max-const", "max", 6 },
	{ "Max-const", "max_const", 8 },
	{ "Min", "max", 20 },
	{ "Min-const", "max_const", 8 },
	{ "Min-const", "max", 5 },
	{ "Equal", "equal", 20 },
	{ "Relu", "relu", 20 },
	{ "Clip", "clip", 20 },
	{ "LeakyRelu", "leaky_relu", 20 },
	{ "PRelu", "leaky_relu", 20 },
	{ "PRelu-computed", "prelu", 20 },
	{ "Sigmoid", "sigmoid", 20 },
	{ "HardSigmoid", "hard_sigmoid", 20 },
	{ "HardSwish", "hard_swish", 20 },
	{ "Tanh", "tanh", 20 },
	{ "Exp", "exp", 20 },
	{ "Log", "log", 20 },
	{ "Sqrt", "sqrt", 20 },
	{ "Softplus", "softplus", 20 },
	{ "Reciprocal", "div_const", 20 },
	{ "Pow", "mul", 6 },
	{ "Pow", "sqrt", 5 },
	{ "Abs", "abs", 20 },
	{ "Neg", "abs", 20 },
	{ "Transpose", "view", 3 },
	{ "Transpose", "move", 8 },
	{ "Reshape", "view", 20 },
	{ "Flatten", "view", 20 },
	{ "Squeeze", "view", 20 },
	{ "Unsqueeze", "view", 20 },
	{ "Concat", "move_requantize", 7 },
	{ "Concat", "move", 8 },
	{ "Split", "move", 20 },
	{ "Slice", "move", 20 },
	{ "Slice", "view", 1 },
	{ "Pad", "move", 20 },
	{ "Pad", "fill", 7 },
	{ "Expand", "move", 10 },
	{ "Expand", "view", 2 },
	{ "Tile", "view", 2 },
	{ "Tile", "move", 9 },
	{ "Gather", "move", 20 },
	{ "DepthToSpace", "move", 20 },
	{ "SpaceToDepth", "move", 20 },
	{ "Resize-nearest", "move", 20 },
	{ "Resize-nearest", "view", 1 },
	{ "Resize-linear", "lerp", 20 },
	{ "Resize-linear", "move", 20 },
	/* Layers of more than one block, sums of more than one tile */
	{ NULL, "blocks", 50 },
	{ NULL, "reduction-parts", 8 },
	{ NULL, "copy", 0 }, /* in a few chains; of test_layout */
	/* of --plain-quantization never: see the pass equalize */
	{ NULL, "hard_swish_channels", 0 },
	/* clang-format on */
};

struct met {
	const struct sw_op *op;
	char path[64];
	uint32_t num;
};

struct extents {
	uint32_t prime, below;
};

struct sw_coverage {
	struct extents *op; /* by position in sw_ops */
	struct met met[MAX_PATHS];
	unsigned num_met;
};

struct sw_coverage *sw_coverage_create(void)
{
	struct sw_coverage *cov = calloc(1, sizeof(*cov));

	if (!cov)
		return NULL;
	cov->op = calloc(sw_num_ops, sizeof(*cov->op));
	if (cov->op)
		return cov;
	free(cov);
	return NULL;
}

void sw_coverage_free(struct sw_coverage *cov)
{
	free(cov->op);
	free(cov);
}

/* Primes that no array divides and no small tile: 5, 7, 11 ... */
static bool is_prime(int64_t n)
{
	int64_t d;

	for (d = 2; d * d <= n; d++)
		if (n % d == 0)
			return false;
	return n >= 5;
}

static void count_path(struct sw_coverage *cov, const struct sw_op *op,
		       const char *path)
{
	struct met *m = cov->met;

	while (m < cov->met + cov->num_met &&
	       (m->op != op || strcmp(m->path, path)))
		m++;
	if (m == cov->met + MAX_PATHS)
		return;
	if (m == cov->met + cov->num_met) {
		cov->num_met++;
		m->op = op;
		snprintf(m->path, sizeof(m->path), "%s", path);
	}
	m->num++;
}

void sw_coverage_count(struct sw_coverage *cov, const struct sw_case *c,
		       const struct sw_outcome *out)
{
	struct extents *e = &cov->op[c->op - sw_ops];
	bool prime = false, below = false;
	const char *at = out->paths;
	char path[64];
	unsigned i, d;
	int len;

	for (i = 0; i < c->num_in; i++) {
		const struct sw_shape *s = &c->in[i];

		for (d = 0; d < s->rank; d++)
			prime |= is_prime(s->dim[d]);
		/* Channels stand in lanes. */
		below |= s->rank > 1 && s->dim[1] < c->arch.array_n;
	}
	e->prime += prime;
	e->below += below;
	if (!*at)
		count_path(cov, c->op, "view");
	for (; sscanf(at, " %63s%n", path, &len) == 1; at += len)
		count_path(cov, c->op, path);
}

bool sw_coverage_extents(const struct sw_coverage *cov, uint32_t each)
{
	uint32_t prime = 0, below = 0;
	bool ok = true;
	size_t i;

	for (i = 0; i < sw_num_ops; i++) {
		const struct extents *e = &cov->op[i];

		prime += e->prime;
		below += e->below;
		if (e->prime >= each / PRIME_SHARE &&
		    e->below >= each / BELOW_SHARE)
			continue;
		printf("# %s: %" PRIu32 " cases with a prime extent, %" PRIu32
		       " with fewer channels than the array has, expected %" PRIu32
		       " and %" PRIu32 "\n",
		       sw_ops[i].name, e->prime, e->below, each / PRIME_SHARE,
		       each / BELOW_SHARE);
		ok = false;
	}
	printf("# %" PRIu32 " cases with a prime extent of 5 or more, %" PRIu32
	       " with fewer channels than the array has\n",
	       prime, below);
	return ok && prime >= each * sw_num_ops / 2 &&
	       below >= each * sw_num_ops / 3;
}

static uint32_t times_met(const struct sw_coverage *cov, const char *op,
			  const char *path)
{
	uint32_t num = 0;
	unsigned i;

	for (i = 0; i < cov->num_met; i++)
		if ((!op || !strcmp(cov->met[i].op->name, op)) &&
		    !strcmp(cov->met[i].path, path))
			num += cov->met[i].num;
	return num;
}

/* Whether a line for all operators says how often it must be met. */
/*
 * Codelets of functions of one value, which test_pointwise runs on all of its
 * inputs and a golden of tests/models/ops on tensors (codelet_rules,
 * pow_exponents, log_softmax, whole_numbers, waves), of two values with goldens
 * (truth, pow_elements), sigmoid_series, which only a machine without EXP
 * takes (test_acg), and convolutions with pools (test_fuse_pool). The sweep does
 * not draw their operators.
 */
static const char *const elsewhere[] = {
	"celu",
	"compare",
	"conv_add_maxpool",
	"conv_avgpool",
	"conv_maxpool",
	"elu",
	"elu_fine",
	"equal_scales",
	"erf",
	"floor",
	"gelu",
	"gelu_erf",
	"log_softmax",
	"logic",
	"mish",
	"not",
	"pow",
	"pow_channels",
	"pow_elements",
	"round",
	"selu",
	"shrink",
	"sigmoid_series",
	"sign",
	"sin",
	"softplus_fine",
	"softsign",
	"thresholded_relu",
};

static bool is_elsewhere(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (!strcmp(elsewhere[i], path))
			return true;
	return false;
}

static bool is_listed(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (!needs[i].op && !strcmp(needs[i].path, path))
			return true;
	return false;
}

bool sw_coverage_paths(const struct sw_coverage *cov, uint32_t each,
		       const struct gs_codelet_lib *codelets)
{
	const struct gs_codelet *c;
	bool ok = cov->num_met < MAX_PATHS;
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		const uint32_t num = times_met(cov, needs[i].op, needs[i].path);

		if (num >= needs[i].least * each / ROUND)
			continue;
		printf("# %s: %s was met %" PRIu32 " times, expected %" PRIu32
		       "\n",
		       needs[i].op ? needs[i].op : "all operators",
		       needs[i].path, num, needs[i].least * each / ROUND);
		ok = false;
	}
	for (c = codelets->first; c; c = c->next) {
		/* What moves elements becomes views and nodes Move. */
		if (c->rules.move.source || is_listed(c->name) ||
		    is_elsewhere(c->name) || times_met(cov, NULL, c->name))
			continue;
		printf("# codelet %s was never met\n", c->name);
		ok = false;
	}
	return ok;
}
