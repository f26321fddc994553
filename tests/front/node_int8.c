/* SPDX-License-Identifier: MIT */
/*
 * ONNX's tests of its operators on the simulated device:
 *
 *	node-int8 CODELETS README SKIPS OTHERS [NAME...]
 *
 * All tests, or those named, of operators that are compiled: each is calibrated
 * with its own inputs, compiled for the default machine and run by both
 * executors, which must agree. Tests of other numbers run with float32 in their
 * place. A result may differ from the float model, given inputs and weights as 8
 * bits have them, by what its layers round, and that one from the expected
 * output by what 8 bits cost: see @tolerances.
 *
 * SKIPS lists tests that cannot pass, OTHERS those of the float evaluation,
 * which the front end refuses. Each operator that README says works must have
 * a test that ran on the device. Prints TAP.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/passes/eval.h"
#include "compiler/passes/util.h"
#include "genesys/genesys.h"
#include "tests/front/node_adapt.h"
#include "tests/front/node_suite.h"

#define MAX_SKIPS 14 /* the list must not grow */
#define MIN_RAN \
	339 /* tests of ONNX 1.12, the smaller set, make the device work */
#define MAX_OPS 128
#define NOISE 1e-3 /* of a step: float32 here and there */

/* ---- tolerances, in steps of the result ---------------------------------- */

/* One rounding is half a step, and codelets may lose 1/16 beside it. */
#define ROUNDING 0.5625

/*
 * What only moves or selects values rounds nothing; others round once for each
 * layer that computes, and once at least. In models of several nodes each may
 * be scaled by those behind it. Rounding an input costs half a step of its own,
 * times the slope of the operator.
 */
#define SLOPE 2 /* of nodes behind one */

static const struct tolerance {
	double cost;
	bool exact;
	const char *ops[24];
} tolerances[] = {
	{ 0.5,
	  true,
	  { "DepthToSpace", "Dropout", "Expand", "Flatten", "Gather",
	    "GlobalMaxPool", "Identity", "MaxPool", "ReduceMax", "ReduceMin",
	    "Reshape", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile",
	    "Transpose", "Unsqueeze" } },
	{ 0.5, false, { "Concat", "Pad", "Max", "Min" } },
	{ 2.5, false, { "Erf", "Exp", "Sqrt", "Pow" } },
	{ 6, false, { "Log" } },
	/* To the next integer, where the input is on the other side of one */
	{ 64, false, { "Ceil", "Floor", "Round" } },
};
static const struct tolerance others = { .cost = 1.5 };

static const struct tolerance *tolerance_of(const char *op)
{
	size_t i, k;

	for (i = 0; i < sizeof(tolerances) / sizeof(tolerances[0]); i++)
		for (k = 0; k < 24 && tolerances[i].ops[k]; k++)
			if (!strcmp(op, tolerances[i].ops[k]))
				return &tolerances[i];
	return &others;
}

/* ---- state --------------------------------------------------------------- */

struct op {
	char name[32];
	unsigned tests; /* that ran on the device */
};

struct int8 {
	struct gs_device *dev;
	struct gs_codelet_lib lib;
	struct op op[MAX_OPS];
	unsigned num_ops, ran, views, as_float;
	bool replaced; /* float32 for other numbers in this test */
};

/* A data set of a test */
struct run {
	struct int8 *s;
	struct node_test *t;
	struct gs_diag diag;
	struct node_data in[GS_MAX_IO]; /* of @t->input; no values: a parameter */
	struct gs_calib calib[GS_MAX_IO];
	size_t num_calib;
	struct gs_model *model;
	struct gs_binding bind[2][GS_MAX_IO]; /* inputs, outputs */
	uint32_t num[2];
	bool worked; /* the machine did more than end */
};

/* ---- selection ----------------------------------------------------------- */

static bool is_implemented(struct int8 *s, const char *op)
{
	return gs_lower_knows(op) || gs_codelet_knows(&s->lib, op) ||
	       gs_op_is_structural(op) || !strcmp(op, "Upsample");
}

static bool compiled(void *ctx, struct node_test *t)
{
	static const char *const free_of_data[] = { "Constant", "Shape", "Size",
						    NULL };
	const Onnx__GraphProto *graph = t->model->graph;
	struct int8 *s = ctx;
	bool any = false;
	size_t i, k;

	for (i = 0; i < graph->n_node; i++) {
		const char *op = graph->node[i]->op_type;
		const bool known = is_implemented(s, op);

		for (k = 0; !known && free_of_data[k]; k++)
			if (!strcmp(op, free_of_data[k]))
				break;
		if (!known && !free_of_data[k])
			return false;
		any |= known;
	}
	s->replaced = any && node_use_float(t->model);
	return any;
}

/* ---- compile ------------------------------------------------------------- */

static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	struct run *r = ctx;

	(void)graph;
	(void)diag;
	*calib = r->calib;
	*num = r->num_calib;
	return 0;
}

static bool read_inputs(struct run *r)
{
	const Onnx__GraphProto *graph = r->t->model->graph;
	size_t i;

	for (i = 0; i < graph->n_input; i++) {
		if (!r->t->input[i])
			continue;
		if (!node_data_get(r->t->input[i], &r->in[i])) {
			node_why(r->t, "input %zu cannot be read", i);
			return false;
		}
		r->calib[r->num_calib++] =
			(struct gs_calib){ .name = graph->input[i]->name,
					   .data = r->in[i].value,
					   .samples = 1,
					   .num_values = r->in[i].num };
	}
	return true;
}

static bool compile(struct run *r)
{
	const struct gs_compile_opts opts = { .codelets = &r->s->lib,
					      .calibrate = calibrate,
					      .calibrate_ctx = r,
					      .plain = true };
	struct gs_compiled out;
	size_t size;
	uint8_t *data = node_pack(r->t, &size);
	int ret;

	if (!data)
		return false;
	ret = gs_compile(data, size, &opts, GS_GOAL_MODEL, &out, &r->diag);
	free(data);
	if (!ret && gs_load_model_mem(r->s->dev, out.model, out.model_bytes,
				      NULL, &r->model)) {
		node_why(r->t, "%s", gs_last_error());
		ret = -1;
	}
	gs_compile_free(&out);
	return !ret;
}

/* ---- device -------------------------------------------------------------- */

static struct node_data *find_input(struct run *r, const char *name)
{
	const Onnx__GraphProto *graph = r->t->model->graph;
	size_t i;

	for (i = 0; i < graph->n_input; i++)
		if (!strcmp(graph->input[i]->name, name))
			return &r->in[i];
	return NULL;
}

/* What the device's -128 stands for in a model with integers; false: it has real values */
static bool lowest_integer(const Onnx__ValueInfoProto *info, double *lowest)
{
	const int32_t type = node_elem_type(info);

	*lowest = type == 3 ? -128 : 0;
	return type == 2 || type == 3;
}

/* The real value of integer @q */
static float real_value(const struct gs_tensor_info *info, double lowest,
			float q)
{
	return info->scale *
	       (float)((double)q - lowest - 128 - info->zero_point);
}

/* Input @index by name, in the order of the ONNX file */
static const Onnx__ValueInfoProto *input_info(const struct run *r,
					      const char *name)
{
	const Onnx__GraphProto *graph = r->t->model->graph;
	size_t i;

	for (i = 0; i + 1 < graph->n_input; i++)
		if (!strcmp(graph->input[i]->name, name))
			break;
	return graph->input[i];
}

static void give_values(const struct run *r, const struct gs_tensor_info *info,
			const struct node_data *in, float *to)
{
	double lowest;
	const bool ints = lowest_integer(input_info(r, info->name), &lowest);
	size_t k;

	for (k = 0; k < in->num; k++)
		to[k] = ints ? real_value(info, lowest, in->value[k]) :
			       in->value[k];
}

static bool bind(struct run *r, bool output, uint32_t i)
{
	struct gs_tensor_info info = { .size = sizeof(info) };
	const struct node_data *in;
	void *data;

	if (output ? gs_model_output(r->model, i, &info) :
		     gs_model_input(r->model, i, &info))
		return false;
	data = calloc(1, info.float_bytes + 1);
	in = output ? NULL : find_input(r, info.name);
	if (data && in && in->num == info.elems)
		give_values(r, &info, in, data);
	r->bind[output][i] = (struct gs_binding){ .index = i,
						  .type = GS_FLOAT32,
						  .data = data,
						  .bytes = info.float_bytes };
	return data && (output || (in && in->num == info.elems));
}

static bool bind_all(struct run *r)
{
	uint32_t i;
	int out;

	r->num[0] = gs_model_num_inputs(r->model);
	r->num[1] = gs_model_num_outputs(r->model);
	for (out = 0; out < 2; out++)
		for (i = 0; i < r->num[out]; i++)
			if (!bind(r, out, i)) {
				node_why(r->t, "%s %u does not fit the data",
					 out ? "output" : "input", i);
				return false;
			}
	return true;
}

static bool infer(struct run *r, uint32_t executor, struct gs_stats *stats)
{
	const struct gs_infer_opts opts = { .size = sizeof(opts),
					    .executor = executor };

	if (!gs_infer(r->model, r->bind[0], r->num[0], r->bind[1], r->num[1],
		      &opts, stats))
		return true;
	node_why(r->t, "%s", gs_last_error());
	return false;
}

/* Both executors must agree; results are those of the fast one. */
static bool execute(struct run *r)
{
	struct gs_stats stats = { .size = sizeof(stats) };
	float *first[GS_MAX_IO];
	uint32_t i;
	bool good = infer(r, GS_EXECUTOR_REFERENCE, &stats), same = true;

	for (i = 0; i < r->num[1]; i++) {
		first[i] = r->bind[1][i].data;
		r->bind[1][i].data = calloc(1, r->bind[1][i].bytes + 1);
		good &= r->bind[1][i].data != NULL;
	}
	good = good && infer(r, GS_EXECUTOR_FAST, &stats);
	for (i = 0; i < r->num[1]; i++) {
		same &= !good || !memcmp(first[i], r->bind[1][i].data,
					 r->bind[1][i].bytes);
		free(first[i]);
	}
	if (!same)
		node_why(r->t, "the two executors disagree");
	r->worked = stats.sa_tiles || stats.simd_tiles;
	return good && same;
}

/* ---- the float model ----------------------------------------------------- */

static void widen(const struct gs_binding *in, float *min, float *max)
{
	const float *values = in->data;
	size_t i;

	for (i = 0; i < in->bytes / sizeof(*values); i++) {
		*min = fminf(*min, values[i]);
		*max = fmaxf(*max, values[i]);
	}
}

/* Inputs have 255 steps for their range; those that are compared, for all ranges. */
static bool is_fine(struct run *r, uint32_t index,
		    const struct gs_tensor_info *info)
{
	const Onnx__GraphProto *graph = r->t->model->graph;
	float min = 0.0f, max = 0.0f;
	bool compared = false;
	uint32_t i;

	for (i = 0; i < graph->n_node; i++)
		compared |= !strcmp(graph->node[i]->op_type, "Equal");
	for (i = 0; i < r->num[0]; i++)
		if (i == index || compared)
			widen(&r->bind[0][i], &min, &max);
	if (info->scale <= 1.001f * (max - min) / 255.0f || max == min)
		return true;
	node_why(r->t, "input '%s' has scale %g for %g to %g", info->name,
		 (double)info->scale, (double)min, (double)max);
	return false;
}

/* Inputs as the device sees them */
static bool load_rounded(struct run *r, const struct gs_graph *graph,
			 const struct gs_eval *eval)
{
	struct gs_tensor_info info = { .size = sizeof(info) };
	double lowest;
	uint32_t i;
	size_t k;

	for (i = 0; i < r->num[0]; i++) {
		const float *from = r->bind[0][i].data;
		const struct gs_tensor *t;
		float *to;

		if (gs_model_input(r->model, i, &info))
			return false;
		t = gs_graph_find_tensor(graph, info.name);
		to = t ? gs_eval_data(eval, t) : NULL;
		if (to && lowest_integer(input_info(r, info.name), &lowest)) {
			memcpy(to, find_input(r, info.name)->value,
			       info.float_bytes);
			continue;
		}
		if (!is_fine(r, i, &info))
			return false;
		for (k = 0; to && k < info.elems; k++)
			to[k] = info.scale *
				fmaxf(fminf(rintf(from[k] / info.scale),
					    (float)(127 - info.zero_point)),
				      (float)(-128 - info.zero_point));
	}
	return true;
}

/* ---- comparison ---------------------------------------------------------- */

/* Nodes that are one layer are rounded one after the other: codelet A+B. */
static unsigned roundings(const char *note)
{
	unsigned num = 1;

	for (; *note && *note != ':'; note++)
		num += *note == '+';
	return num;
}

static unsigned computing_layers(const struct gs_model *model)
{
	static const char *const moving[] = { "Move", "Copy", "Fill", NULL };
	struct gs_layer_info info = { .size = sizeof(info) };
	unsigned num = 0;
	uint32_t i, k;

	for (i = 0; !gs_model_layer(model, i, &info); i++) {
		for (k = 0; moving[k] && strcmp(info.op, moving[k]);)
			k++;
		num += moving[k] ? 0 : roundings(info.note);
	}
	return num;
}

/* @cost: of all nodes; the result is what the layers round. */
static double allowed(const struct run *r, double *cost)
{
	const Onnx__GraphProto *graph = r->t->model->graph;
	const unsigned layers = computing_layers(r->model);
	const double rounding = ROUNDING * (layers ? layers : 1);
	unsigned nodes = 0;
	bool exact = true;
	size_t i;

	*cost = 0;
	for (i = 0; i < graph->n_node; i++) {
		const char *op = graph->node[i]->op_type;
		const struct tolerance *one = tolerance_of(op);

		if (!strcmp(op, "Constant") || !strcmp(op, "Cast"))
			continue;
		exact &= one->exact;
		*cost += one->cost;
		nodes++;
	}
	if (nodes > 1)
		*cost *= SLOPE;
	return exact ? 0 : rounding * (nodes > 1 ? SLOPE : 1);
}

static void compare(struct run *r, uint32_t index, const float *model,
		    const struct node_data *want)
{
	const float *got = r->bind[1][index].data;
	struct gs_tensor_info info = { .size = sizeof(info) };
	double off, cost, max_cost, max_off = allowed(r, &max_cost);
	double worst_off = 0, worst_cost = 0, lowest;
	const bool ints =
		lowest_integer(r->t->model->graph->output[index], &lowest);
	size_t i;

	if (gs_model_output(r->model, index, &info) ||
	    info.elems != want->num) {
		node_why(r->t, "output %u has %zu values, expected are %zu",
			 index, (size_t)info.elems, want->num);
		return;
	}
	for (i = 0; i < want->num; i++) {
		const float low = info.scale * (float)(-128 - info.zero_point);
		const float high = info.scale * (float)(127 - info.zero_point);
		const float given = ints ? real_value(&info, lowest, model[i]) :
					   model[i];
		const float right =
			ints ? real_value(&info, lowest, want->value[i]) :
			       want->value[i];
		const float x = fmaxf(fminf(given, high), low);

		off = fabs((double)(got[i] - x) / (double)info.scale);
		cost = fabs((double)(x - right) / (double)info.scale);
		worst_off = fmax(worst_off, off);
		worst_cost = fmax(worst_cost, cost);
		if (off <= max_off + NOISE && cost <= max_cost + NOISE)
			continue;
		node_why(
			r->t,
			"output %u has %g at %zu; the float model of 8-bit inputs gives %g (%.3f steps away), expected is %g (%.3f more)",
			index, (double)got[i], i, (double)model[i], off,
			(double)want->value[i], cost);
	}
	if (getenv("NODE_VERBOSE"))
		printf("# %s %s: %.3f, then %.3f steps of %g\n",
		       r->t->model->graph->node[0]->op_type, r->t->name,
		       worst_off, worst_cost, (double)info.scale);
}

static void compare_all(struct run *r, unsigned set,
			const struct gs_graph *graph,
			const struct gs_eval *eval)
{
	uint32_t i;

	for (i = 0; i < r->num[1]; i++) {
		Onnx__TensorProto *proto =
			node_data_file(r->t, set, "output", i);
		struct node_data want;

		if (proto && node_data_get(proto, &want)) {
			compare(r, i, gs_eval_values(eval, graph->output[i]),
				&want);
			node_data_free(&want);
		} else {
			node_why(r->t, "the expected output cannot be read");
		}
		if (proto)
			onnx__tensor_proto__free_unpacked(proto, NULL);
	}
}

static void check(struct run *r, unsigned set)
{
	const struct gs_op_rules rules = gs_codelet_rules(&r->s->lib);
	struct gs_graph *graph = NULL;
	struct gs_eval *eval = NULL;
	size_t size;
	uint8_t *data;

	node_round_weights(r->t->model->graph);
	data = node_pack(r->t, &size);
	if (data && !gs_import_onnx(data, size, NULL, &graph, &r->diag)) {
		graph->rules = &rules;
		if (!gs_pass_shapes(graph, &r->diag))
			eval = gs_eval_create(graph, &r->diag);
	}
	free(data);
	if (eval && load_rounded(r, graph, eval)) {
		gs_eval_run(eval);
		compare_all(r, set, graph, eval);
	}
	if (!eval)
		node_why(r->t, "the float model fails without a message");
	gs_eval_destroy(eval);
	gs_graph_destroy(graph);
}

/* ---- one data set -------------------------------------------------------- */

static void count(struct run *r)
{
	const Onnx__GraphProto *graph = r->t->model->graph;
	struct int8 *s = r->s;
	unsigned k;
	size_t i;

	if (!r->worked) {
		s->views++;
		return;
	}
	s->ran++;
	s->as_float += s->replaced;
	for (i = 0; i < graph->n_node; i++) {
		const char *op = graph->node[i]->op_type;

		for (k = 0; k < s->num_ops && strcmp(s->op[k].name, op);)
			k++;
		if (k == MAX_OPS)
			continue;
		snprintf(s->op[k].name, sizeof(s->op[k].name), "%s", op);
		s->num_ops += k == s->num_ops;
		s->op[k].tests++;
	}
}

static void run_set(void *ctx, struct node_test *t, unsigned set)
{
	struct run r = { .s = ctx,
			 .t = t,
			 .diag = { .report = node_report, .ctx = t } };
	uint32_t i;

	if (read_inputs(&r) && compile(&r) && bind_all(&r) && execute(&r))
		check(&r, set);
	else
		node_why(t, "failed without a message");
	if (!*t->why && !set)
		count(&r);
	for (i = 0; i < GS_MAX_IO; i++) {
		free(r.bind[0][i].data);
		free(r.bind[1][i].data);
		node_data_free(&r.in[i]);
	}
	gs_model_free(r.model);
}

/* ---- what README says ---------------------------------------------------- */

static void check_op(struct node_suite *suite, const char *op)
{
	const struct int8 *s = suite->ctx;
	char name[128];
	unsigned k;

	for (k = 0; k < s->num_ops && strcmp(s->op[k].name, op);)
		k++;
	snprintf(name, sizeof(name), "README: %s works: %u tests", op,
		 k < s->num_ops ? s->op[k].tests : 0);
	node_tap(suite, name,
		 k < s->num_ops ? NULL : "no test of it ran on the device");
}

/* Words with a capital between "Works:" and "other operators are refused" */
static void check_readme(struct node_suite *suite, const char *path)
{
	size_t size;
	uint8_t *file = node_read_file(path, &size);
	char *text = (char *)file, *at, *end = NULL;

	if (file) {
		text[size] = 0;
		text = strstr(text, "\nWorks: ");
		end = text ? strstr(text, "other operators are refused") : NULL;
	}
	node_tap(suite, "README lists operators",
		 end ? NULL : "its list was not found");
	for (at = end ? text + strlen("\nWorks: ") : NULL; at && at < end;) {
		const size_t len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "abcdefghijklmnopqrstuvwxyz"
					      "0123456789-_");
		const char after = at[len];

		at[len] = 0;
		if (len > 1 && isupper((unsigned char)*at))
			check_op(suite, at);
		at[len] = after;
		at += len ? len : 1;
	}
	free(file);
}

static int prepare(struct int8 *s, const char *codelets)
{
	if (gs_codelet_load_dir(codelets, &s->lib, NULL)) {
		printf("Bail out! no codelets in %s\n", codelets);
		return -1;
	}
	if (!gs_device_open("sim", &s->dev))
		return 0;
	printf("Bail out! %s\n", gs_last_error());
	return -1;
}

int main(int argc, char **argv)
{
	static struct int8 s;
	struct node_suite suite = { .select = compiled,
				    .is_parameter = node_is_weight,
				    .run = run_set,
				    .ctx = &s,
				    .max_skips = MAX_SKIPS };
	int ret = 2;

	if (argc < 5)
		return 2;
	suite.others = argv[4];
	if (!prepare(&s, argv[1]))
		ret = node_suite_run(&suite, argv[3], argv + 5,
				     (size_t)argc - 5);
	if (!ret && argc == 5) {
		check_readme(&suite, argv[2]);
		node_tap(&suite, "tests that ran on the device",
			 s.ran < MIN_RAN ? "there are fewer than once" : NULL);
	}
	gs_codelet_lib_free(&s.lib);
	gs_device_close(s.dev);
	if (ret)
		return ret;
	printf("# %u tests ran on the device, %u of them with float32 for other numbers; %u more pass and leave it nothing to do\n",
	       s.ran, s.as_float, s.views);
	printf("1..%u\n", suite.num);
	return suite.bad ? 1 : 0;
}
