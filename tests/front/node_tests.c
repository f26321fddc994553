/* SPDX-License-Identifier: MIT */
/*
 * ONNX's tests of its operators against the float evaluation:
 *
 *	node-tests SKIPS [NAME...]
 *
 * All tests of Debian's libonnx-testdata, or those named, whose operators the
 * front end evaluates. Inputs that are parameters become constants of the
 * model, so that folding is tested with it. SKIPS lists tests that cannot pass,
 * one a line, "NAME: reason"; one that passes all the same fails. Prints TAP.
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/import/onnx.h"
#include "compiler/passes/eval.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"
#include "tests/front/node_data.h"

#define DATA "/usr/share/libonnx-testdata/data/node" /* or $ONNX_TESTDATA */
#define MAX_TESTS 4096
#define MAX_SKIPS 155 /* the list must not grow */
#define RTOL 1e-5f
#define ATOL 1e-6f

struct test {
	const char *name;
	Onnx__ModelProto *model;
	Onnx__TensorProto *input[GS_MAX_IO];
	char why[1024]; /* of the first failure */
};

struct skips {
	char *name[MAX_SKIPS];
	bool seen[MAX_SKIPS];
	size_t num;
};

static const char *data_dir(void)
{
	const char *dir = getenv("ONNX_TESTDATA");

	return dir ? dir : DATA;
}

static void why(struct test *t, const char *text)
{
	if (!*t->why)
		snprintf(t->why, sizeof(t->why), "%s", text);
}

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	if (severity == GS_DIAG_ERROR)
		why(ctx, text);
}

/* ---- selection ----------------------------------------------------------- */

static bool evaluated(const Onnx__ModelProto *model)
{
	const Onnx__GraphProto *graph = model->graph;
	size_t i;

	for (i = 0; i < model->n_opset_import; i++)
		if (model->opset_import[i]->domain &&
		    *model->opset_import[i]->domain)
			return false;
	for (i = 0; i < graph->n_node; i++) {
		const char *op = graph->node[i]->op_type;

		if (!gs_eval_knows(op) && !gs_fold_knows(op) &&
		    strcmp(op, "Constant"))
			return false;
	}
	return graph->n_node > 0;
}

/* Operators of older sets are the same in set 7, the first that is imported. */
static void raise_opset(Onnx__ModelProto *model)
{
	size_t i;

	for (i = 0; i < model->n_opset_import; i++)
		if (model->opset_import[i]->version < GS_OPSET_MIN)
			model->opset_import[i]->version = GS_OPSET_MIN;
}

/* Inputs that are parameters: all but the first, and whatever is no float */
static bool is_parameter(const Onnx__GraphProto *graph, size_t index,
			 int32_t type)
{
	static const char *const ops[] = { "Clip",   "Dropout",	 "Pad",
					   "Resize", "Upsample", NULL };
	size_t i;

	if (type != 1)
		return strcmp(graph->node[0]->op_type, "MaxPool") != 0;
	for (i = 0; index && ops[i]; i++)
		if (!strcmp(graph->node[0]->op_type, ops[i]))
			return true;
	return graph->n_node == 1 && !strcmp(graph->node[0]->op_type, "Range");
}

static int add_initializer(Onnx__GraphProto *graph, const char *name,
			   Onnx__TensorProto *tensor)
{
	Onnx__TensorProto **list = realloc(
		graph->initializer, (graph->n_initializer + 1) * sizeof(*list));

	if (!list)
		return -1;
	graph->initializer = list;
	list[graph->n_initializer++] = tensor;
	free(tensor->name);
	tensor->name = strdup(name);
	return tensor->name ? 0 : -1;
}

/* ---- one data set -------------------------------------------------------- */

static Onnx__TensorProto *data_file(const struct test *t, unsigned set,
				    const char *kind, size_t index)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s/test_data_set_%u/%s_%zu.pb",
		 data_dir(), t->name, set, kind, index);
	return node_read_tensor(path);
}

static struct gs_graph *import(struct test *t, struct gs_diag *diag)
{
	struct gs_graph *graph = NULL;
	uint8_t *data;
	size_t size;

	size = onnx__model_proto__get_packed_size(t->model);
	data = malloc(size);
	if (!data)
		return NULL;
	onnx__model_proto__pack(t->model, data);
	gs_import_onnx(data, size, NULL, &graph, diag);
	free(data);
	return graph;
}

static bool close_to(float a, float b)
{
	return a == b || (isnan(a) && isnan(b)) ||
	       fabsf(a - b) <= ATOL + RTOL * fabsf(b);
}

static void compare(struct test *t, const struct gs_tensor *tensor,
		    const float *got, const struct node_data *want)
{
	char text[256], a[128], b[128];
	size_t i;

	if (!gs_shape_equal(&tensor->shape, &want->shape) ||
	    gs_onnx_elem_type(want->type) != tensor->type) {
		snprintf(text, sizeof(text), "'%s' is %s %s, expected %s %s",
			 tensor->name, gs_dtype_name(tensor->type),
			 gs_shape_format(&tensor->shape, a, sizeof(a)),
			 gs_dtype_name(gs_onnx_elem_type(want->type)),
			 gs_shape_format(&want->shape, b, sizeof(b)));
		why(t, text);
		return;
	}
	for (i = 0; i < want->num; i++) {
		if (close_to(got[i], want->value[i]))
			continue;
		snprintf(text, sizeof(text),
			 "'%s' has %.9g at %zu, expected %.9g", tensor->name,
			 (double)got[i], i, (double)want->value[i]);
		why(t, text);
		return;
	}
}

static void check_outputs(struct test *t, unsigned set,
			  const struct gs_graph *graph,
			  const struct gs_eval *eval)
{
	unsigned i;

	for (i = 0; i < graph->num_outputs; i++) {
		const struct gs_tensor *out = graph->output[i];
		Onnx__TensorProto *proto = data_file(t, set, "output", i);
		struct node_data want;

		if (!proto || !node_data_get(proto, &want)) {
			why(t, "the expected output cannot be read");
		} else {
			compare(t, out, gs_eval_values(eval, out), &want);
			node_data_free(&want);
		}
		if (proto)
			onnx__tensor_proto__free_unpacked(proto, NULL);
	}
}

static void load_inputs(struct test *t, const struct gs_graph *graph,
			const struct gs_eval *eval)
{
	const Onnx__GraphProto *proto = t->model->graph;
	struct node_data in;
	size_t i;

	for (i = 0; i < proto->n_input; i++) {
		const struct gs_tensor *to =
			gs_graph_find_tensor(graph, proto->input[i]->name);

		if (!t->input[i] || !to)
			continue;
		if (!node_data_get(t->input[i], &in) ||
		    in.num != (size_t)gs_shape_elems(&to->shape)) {
			why(t, "an input cannot be read");
			return;
		}
		memcpy(gs_eval_data(eval, to), in.value,
		       in.num * sizeof(*in.value));
		node_data_free(&in);
	}
}

static void run_graph(struct test *t, unsigned set)
{
	struct gs_diag diag = { .report = report, .ctx = t };
	struct gs_graph *graph = import(t, &diag);
	struct gs_eval *eval = NULL;

	if (graph && !gs_pass_shapes(graph, &diag))
		eval = gs_eval_create(graph, &diag);
	if (eval) {
		load_inputs(t, graph, eval);
		gs_eval_run(eval);
		check_outputs(t, set, graph, eval);
	} else {
		why(t, "failed without a message");
	}
	gs_eval_destroy(eval);
	gs_graph_destroy(graph);
}

/* The model with its parameters; other inputs stay in @t->input. */
static bool run_set(struct test *t, unsigned set)
{
	Onnx__GraphProto *graph = t->model->graph;
	size_t i, own = graph->n_initializer;

	for (i = 0; i < graph->n_input; i++) {
		Onnx__TensorProto *in = data_file(t, set, "input", i);

		if (!in && !i)
			return false;
		t->input[i] = in;
		if (in && is_parameter(graph, i, in->data_type) &&
		    !add_initializer(graph, graph->input[i]->name, in))
			t->input[i] = NULL;
	}
	run_graph(t, set);
	for (i = 0; i < graph->n_input; i++)
		if (t->input[i])
			onnx__tensor_proto__free_unpacked(t->input[i], NULL);
	while (graph->n_initializer > own)
		onnx__tensor_proto__free_unpacked(
			graph->initializer[--graph->n_initializer], NULL);
	return true;
}

/* ---- all ----------------------------------------------------------------- */

/* False when the test is of operators that are not evaluated */
static bool run_test(struct test *t)
{
	char path[4096];
	uint8_t *data;
	unsigned set = 0;
	size_t size;
	bool mine;

	snprintf(path, sizeof(path), "%s/%s/model.onnx", data_dir(), t->name);
	data = node_read_file(path, &size);
	if (!data)
		return false;
	t->model = onnx__model_proto__unpack(NULL, size, data);
	free(data);
	if (!t->model)
		return false;
	mine = t->model->graph && t->model->graph->n_input <= GS_MAX_IO &&
	       evaluated(t->model);
	raise_opset(t->model);
	if (mine && !t->model->graph->n_input)
		run_graph(t, 0);
	else
		while (mine && run_set(t, set))
			set++;
	if (mine && t->model->graph->n_input && !set)
		why(t, "there is no data set");
	onnx__model_proto__free_unpacked(t->model, NULL);
	return mine;
}

static int read_skips(const char *path, struct skips *skips)
{
	char line[512], *colon;
	FILE *file = fopen(path, "r");

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#' || *line == '\n')
			continue;
		colon = strchr(line, ':');
		if (!colon || strlen(colon) < 5 || skips->num == MAX_SKIPS) {
			printf("Bail out! %s: over %d lines, or no reason: %s",
			       path, MAX_SKIPS, line);
			fclose(file);
			return -1;
		}
		*colon = 0;
		skips->name[skips->num++] = strdup(line);
	}
	fclose(file);
	return 0;
}

static bool is_skipped(struct skips *skips, const char *name)
{
	size_t i;

	for (i = 0; i < skips->num; i++)
		if (!strcmp(skips->name[i], name))
			return skips->seen[i] = true;
	return false;
}

static int judge(struct test *t, struct skips *skips, unsigned *num)
{
	bool skip = is_skipped(skips, t->name), pass = !*t->why;

	if (skip && pass)
		why(t, "passes, but is in the list of skips");
	printf("%sok %u - %s\n", pass != skip ? "" : "not ", ++*num, t->name);
	if (pass == skip)
		printf("# %s\n", t->why);
	return pass == skip;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list_tests(char **names)
{
	DIR *dir = opendir(data_dir());
	struct dirent *entry;
	size_t num = 0;

	while (dir && num < MAX_TESTS && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			names[num++] = strdup(entry->d_name);
	if (dir)
		closedir(dir);
	qsort(names, num, sizeof(*names), by_name);
	return num;
}

int main(int argc, char **argv)
{
	static char *names[MAX_TESTS];
	static struct skips skips;
	size_t num_names, absent = 0, i, k;
	unsigned num = 0;
	int bad = 0;

	if (argc < 2 || read_skips(argv[1], &skips))
		return 2;
	num_names = list_tests(names);
	if (!num_names) {
		puts("1..0 # SKIP the package libonnx-testdata is not installed");
		return 77;
	}
	for (i = 0; i < num_names; i++) {
		struct test t = { .name = names[i] };
		bool wanted = argc == 2;

		for (k = 2; k < (size_t)argc; k++)
			wanted |= !strcmp(argv[k], t.name);
		if (wanted && run_test(&t))
			bad += judge(&t, &skips, &num);
		free(names[i]);
	}
	for (i = 0; i < skips.num; i++) {
		absent += !skips.seen[i];
		free(skips.name[i]);
	}
	if (argc == 2)
		printf("# %zu of %zu skips are of another version of ONNX\n",
		       absent, skips.num);
	printf("1..%u\n", num);
	return bad ? 1 : 0;
}
