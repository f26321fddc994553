/* SPDX-License-Identifier: MIT */
#include "tests/unit/codelet_util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void collect(void *ctx, enum gs_severity severity, const char *text)
{
	struct report *r = ctx;
	const size_t len = strlen(r->text);

	(void)severity;
	r->num++;
	snprintf(r->text + len, sizeof(r->text) - len, "%s\n", text);
}

struct gs_diag *report_init(struct report *r)
{
	memset(r, 0, sizeof(*r));
	r->diag.report = collect;
	r->diag.ctx = r;
	return &r->diag;
}

void assert_says_at(const char *text, const char *part, const char *file,
		    int line)
{
	if (strstr(text, part))
		return;
	print_error("expected: %s\nfound:    %s\n", part, text);
	_fail(file, line);
}

const char *source_path(const char *path)
{
	static char buf[4096];
	const char *src = getenv("GS_SRC");

	if (path[0] == '/')
		return path;
	snprintf(buf, sizeof(buf), "%s/%s", src ? src : ".", path);
	return buf;
}

void load_library(struct gs_codelet_lib *lib)
{
	struct report r;
	const int ret = gs_codelet_load_dir(source_path("compiler/codelets"),
					    lib, report_init(&r));

	if (ret)
		fail_msg("%s", r.text);
}

const struct gs_codelet_lib *shared_library(void)
{
	static struct gs_codelet_lib lib;

	if (!lib.first)
		load_library(&lib);
	return &lib;
}

void library_of(const char *text, struct gs_codelet_lib *lib)
{
	struct report r;

	if (gs_codelet_parse("t.cdlt", text, strlen(text), &lib->first,
			     report_init(&r)))
		fail_msg("%s", r.text);
}

struct gs_graph *new_graph(void)
{
	struct gs_graph *g = gs_graph_create();

	assert_non_null(g);
	g->opset = 13;
	return g;
}

static struct gs_tensor *add_tensor(struct gs_graph *g, const char *name,
				    const char *shape)
{
	struct gs_shape s = { 0 };
	struct gs_tensor *t;
	char *end;

	while (*shape) {
		assert_true(s.rank < GS_MAX_RANK);
		s.dim[s.rank++] = strtol(shape, &end, 10);
		shape = *end ? end + 1 : end;
	}
	t = gs_graph_add_tensor(g, name, GS_DT_F32, &s);
	assert_non_null(t);
	t->shaped = true;
	return t;
}

static void *alloc(struct gs_graph *g, int64_t num, size_t size)
{
	void *p = gs_graph_alloc_array(g, (size_t)num, size);

	assert_non_null(p);
	return p;
}

static void set_quant(struct gs_graph *g, struct gs_tensor *t, unsigned num,
		      double scale, int zero)
{
	float *scales = alloc(g, num, sizeof(*scales));
	unsigned i;

	for (i = 0; i < num; i++)
		scales[i] = (float)scale;
	t->quant = (struct gs_quant){ .valid = true,
				      .type = GS_DT_I8,
				      .num_scales = num,
				      .scale = scales,
				      .zero_point = zero };
}

struct gs_tensor *add_activation(struct gs_graph *g, const char *name,
				 const char *shape, double scale, int zero)
{
	struct gs_tensor *t = add_tensor(g, name, shape);

	set_quant(g, t, 1, scale, zero);
	return t;
}

struct gs_tensor *add_weight(struct gs_graph *g, const char *name,
			     const char *shape)
{
	struct gs_tensor *t = add_tensor(g, name, shape);
	const int64_t num = gs_shape_elems(&t->shape);
	int8_t *q = alloc(g, num, 1);
	float *f = alloc(g, num, sizeof(*f));
	int64_t i;

	set_quant(g, t, (unsigned)t->shape.dim[0], 0.01, 0);
	for (i = 0; i < num; i++) {
		q[i] = (int8_t)(i % 17 - 8);
		f[i] = (float)(0.01 * q[i]);
	}
	t->qdata = q;
	t->data = f;
	return t;
}

/* A float constant with int32 values, as biases are */
static struct gs_tensor *add_bias(struct gs_graph *g, const char *name,
				  const char *shape)
{
	struct gs_tensor *t = add_tensor(g, name, shape);
	const int64_t num = gs_shape_elems(&t->shape);
	int32_t *q = alloc(g, num, sizeof(*q));
	float *f = alloc(g, num, sizeof(*f));
	int64_t i;

	set_quant(g, t, (unsigned)num, 0.001, 0);
	t->quant.type = GS_DT_I32;
	for (i = 0; i < num; i++) {
		q[i] = (int32_t)(i * 100 - 500);
		f[i] = (float)(0.001 * q[i]);
	}
	t->qdata = q;
	t->data = f;
	return t;
}

static struct gs_tensor *find(struct gs_graph *g, const char *name)
{
	struct gs_tensor *t = gs_graph_find_tensor(g, name);

	if (!t)
		fail_msg("the test has no tensor '%s'", name);
	return t;
}

struct gs_node *add_node(struct gs_graph *g, const char *op, const char *inputs,
			 const char *output)
{
	struct gs_node *node = gs_graph_add_node(g, NULL, op);
	char name[64];
	unsigned i = 0;
	int len;

	assert_non_null(node);
	while (sscanf(inputs, " %63s%n", name, &len) == 1) {
		gs_node_set_input(node, i++,
				  strcmp(name, "-") ? find(g, name) : NULL);
		inputs += len;
	}
	gs_node_set_output(node, 0, find(g, output));
	return node;
}

void set_ints(struct gs_graph *g, struct gs_node *node, const char *name,
	      const char *values)
{
	int64_t v[8];
	size_t num = 0;
	char *end;

	while (*values) {
		v[num++] = strtol(values, &end, 10);
		values = *end ? end + 1 : end;
	}
	assert_int_equal(gs_node_set_attr_ints(g, node, name, v, num), 0);
}

void fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	load_library(&f->lib);
	gs_acg_init(&f->acg, gs_arch_default());
	f->g = new_graph();
	report_init(&f->r);
}

void fixture_fini(struct fixture *f)
{
	gs_graph_destroy(f->g);
	gs_codelet_lib_free(&f->lib);
}

struct gs_bound_node *fixture_bind(struct fixture *f)
{
	if (gs_bind_graph(f->g, &f->lib, &f->acg, true, &f->first, &f->r.diag))
		fail_msg("%s", f->r.text);
	assert_int_equal(f->r.num, 0);
	return f->first;
}

unsigned find_var(const struct gs_bound_node *b, const char *name)
{
	unsigned i;

	for (i = 0; i < b->num_vars; i++)
		if (!strcmp(b->var[i].name, name))
			return i;
	fail_msg("no loop variable '%s'", name);
	return 0;
}

const struct gs_bound_operand *find_operand(const struct gs_bound_node *b,
					    const char *name)
{
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (!strcmp(b->operand[i].decl->name, name))
			return &b->operand[i];
	fail_msg("no operand '%s'", name);
	return NULL;
}

struct gs_node *make_conv(struct gs_graph *g)
{
	struct gs_node *node;

	add_activation(g, "x", "2x3x9x8", 0.5, -3);
	add_activation(g, "y", "2x20x5x9", 0.25, 7);
	add_weight(g, "w", "20x3x3x2");
	add_bias(g, "b", "20");
	node = add_node(g, "Conv", "x w b", "y");
	set_ints(g, node, "pads", "1 1 1 1");
	set_ints(g, node, "strides", "2 1");
	return node;
}
