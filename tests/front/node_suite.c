/* SPDX-License-Identifier: MIT */
#include "tests/front/node_suite.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/import/onnx.h"

#define DATA "/usr/share/libonnx-testdata/data/node" /* or $ONNX_TESTDATA */
#define MAX_TESTS 4096
#define MAX_SKIPS 512 /* of any list */

struct skips {
	char *name[MAX_SKIPS], *reason[MAX_SKIPS];
	bool seen[MAX_SKIPS];
	size_t num;
};

static const char *data_dir(void)
{
	const char *dir = getenv("ONNX_TESTDATA");

	return dir ? dir : DATA;
}

void node_why(struct node_test *t, const char *fmt, ...)
{
	va_list args;

	if (*t->why)
		return;
	va_start(args, fmt);
	vsnprintf(t->why, sizeof(t->why), fmt, args);
	va_end(args);
}

void node_report(void *ctx, enum gs_severity severity, const char *text)
{
	if (severity == GS_DIAG_ERROR)
		node_why(ctx, "%s", text);
}

/* ---- the model ----------------------------------------------------------- */

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

Onnx__TensorProto *node_data_file(const struct node_test *t, unsigned set,
				  const char *kind, size_t index)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s/test_data_set_%u/%s_%zu.pb",
		 data_dir(), t->name, set, kind, index);
	return node_read_tensor(path);
}

uint8_t *node_pack(const struct node_test *t, size_t *size)
{
	uint8_t *data;

	*size = onnx__model_proto__get_packed_size(t->model);
	data = malloc(*size + 1);
	if (data)
		onnx__model_proto__pack(t->model, data);
	return data;
}

int32_t node_elem_type(const Onnx__ValueInfoProto *info)
{
	const Onnx__TypeProto *type = info->type;

	return type && type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ?
		       type->tensor_type->elem_type :
		       0;
}

static bool becomes_constant(const struct node_suite *suite,
			     const Onnx__GraphProto *graph, size_t index)
{
	const int own =
		suite->is_parameter ? suite->is_parameter(graph, index) : -1;

	return own < 0 ? is_parameter(graph, index,
				      node_elem_type(graph->input[index])) :
			 own;
}

/* The model with its parameters; other inputs stay in @t->input. */
static bool run_set(const struct node_suite *suite, struct node_test *t,
		    unsigned set)
{
	Onnx__GraphProto *graph = t->model->graph;
	size_t i, own = graph->n_initializer;

	for (i = 0; i < graph->n_input; i++) {
		Onnx__TensorProto *in = node_data_file(t, set, "input", i);

		if (!in && !i)
			return false;
		t->input[i] = in;
		if (in && becomes_constant(suite, graph, i) &&
		    !add_initializer(graph, graph->input[i]->name, in))
			t->input[i] = NULL;
	}
	suite->run(suite->ctx, t, set);
	for (i = 0; i < graph->n_input; i++)
		if (t->input[i])
			onnx__tensor_proto__free_unpacked(t->input[i], NULL);
	while (graph->n_initializer > own)
		onnx__tensor_proto__free_unpacked(
			graph->initializer[--graph->n_initializer], NULL);
	return true;
}

static bool standard_domain(const Onnx__ModelProto *model)
{
	size_t i;

	for (i = 0; i < model->n_opset_import; i++)
		if (model->opset_import[i]->domain &&
		    *model->opset_import[i]->domain)
			return false;
	return true;
}

/* False when the test is none of the suite's */
static bool run_test(const struct node_suite *suite, struct node_test *t)
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
	mine = t->model->graph && t->model->graph->n_node &&
	       t->model->graph->n_input <= GS_MAX_IO &&
	       standard_domain(t->model) && suite->select(suite->ctx, t);
	raise_opset(t->model);
	if (mine && !t->model->graph->n_input)
		suite->run(suite->ctx, t, 0);
	else
		while (mine && run_set(suite, t, set))
			set++;
	if (mine && t->model->graph->n_input && !set)
		node_why(t, "there is no data set");
	onnx__model_proto__free_unpacked(t->model, NULL);
	return mine;
}

/* ---- skips --------------------------------------------------------------- */

static int read_skips(const char *path, size_t max, struct skips *skips)
{
	char line[512], *colon;
	FILE *file = fopen(path, "r");

	if (!file) {
		printf("Bail out! %s cannot be read\n", path);
		return -1;
	}
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#' || *line == '\n')
			continue;
		colon = strchr(line, ':');
		if (!colon || strlen(colon) < 5 || skips->num >= max ||
		    skips->num == MAX_SKIPS) {
			printf("Bail out! %s: over %zu lines, or no reason: %s",
			       path, max, line);
			fclose(file);
			return -1;
		}
		*colon = 0;
		colon[strcspn(colon + 1, "\n") + 1] = 0;
		skips->name[skips->num] = strdup(line);
		skips->reason[skips->num++] = strdup(colon + 2);
	}
	fclose(file);
	return 0;
}

static void free_skips(struct skips *skips)
{
	while (skips->num > 0) {
		free(skips->name[--skips->num]);
		free(skips->reason[skips->num]);
	}
}

static const char *find_skip(struct skips *skips, const char *name)
{
	size_t i;

	for (i = 0; i < skips->num; i++)
		if (!strcmp(skips->name[i], name)) {
			skips->seen[i] = true;
			return skips->reason[i];
		}
	return NULL;
}

/* ---- all ----------------------------------------------------------------- */

void node_tap(struct node_suite *suite, const char *name, const char *why)
{
	const bool bad = why && *why;

	suite->bad += bad;
	printf("%sok %u - %s\n", bad ? "not " : "", ++suite->num, name);
	if (bad)
		printf("# %s\n", why);
}

static void judge(struct node_suite *suite, struct node_test *t,
		  struct skips *others)
{
	const bool pass = !*t->why;
	const bool other = !pass && !t->skip && find_skip(others, t->name);

	suite->skipped += t->skip != NULL;
	suite->excused += other;
	if (t->skip && pass)
		node_tap(suite, t->name, "passes, but is in the list of skips");
	else
		node_tap(suite, t->name, t->skip || other ? NULL : t->why);
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

static bool is_wanted(const char *name, char **names, size_t num)
{
	size_t i;

	for (i = 0; i < num; i++)
		if (!strcmp(names[i], name))
			return true;
	return !num;
}

static void run_all(struct node_suite *suite, struct skips *skips,
		    struct skips *others, char **names, size_t num_names)
{
	static char *all[MAX_TESTS];
	const size_t num = list_tests(all);
	size_t i;

	for (i = 0; i < num; i++) {
		struct node_test t = { .name = all[i] };

		if (is_wanted(t.name, names, num_names)) {
			t.skip = find_skip(skips, t.name);
			if (run_test(suite, &t))
				judge(suite, &t, others);
		}
		free(all[i]);
	}
}

int node_suite_run(struct node_suite *suite, const char *skips_path,
		   char **names, size_t num_names)
{
	static struct skips skips, others;
	size_t absent = 0, i;

	if (read_skips(skips_path, suite->max_skips, &skips) ||
	    (suite->others && read_skips(suite->others, MAX_SKIPS, &others)))
		return 2;
	run_all(suite, &skips, &others, names, num_names);
	for (i = 0; i < skips.num; i++)
		absent += !skips.seen[i];
	if (!num_names && suite->num)
		printf("# %u tests are in the list of skips, %u in another; %zu lines are of another version of ONNX\n",
		       suite->skipped, suite->excused, absent);
	free_skips(&skips);
	free_skips(&others);
	if (suite->num || num_names)
		return 0;
	puts("1..0 # SKIP the package libonnx-testdata is not installed");
	return 77;
}
