/* SPDX-License-Identifier: MIT */
#include "compiler/ir/fdfg_read.h"

#include <errno.h>
#include <string.h>

#include "compiler/ir/names.h"

/* ---- attributes ---------------------------------------------------------- */

/* Values of a list, which are counted before; the first bracket has been read. */
static size_t count_values(const struct gs_fdfg_lex *x)
{
	const char *p = x->tok.text;
	size_t num = 1;

	if (gs_fdfg_is(x, "]"))
		return 0;
	for (; p < x->end && *p != ']'; p++)
		num += *p == ',';
	return num;
}

static int read_list(struct gs_fdfg_reader *r, struct gs_attr *attr)
{
	struct gs_fdfg_lex *x = &r->x;
	int64_t *ints = NULL;
	float *floats = NULL;
	size_t i;
	int ret = gs_fdfg_expect(x, "[");

	if (ret)
		return ret;
	attr->num = count_values(x);
	if (gs_fdfg_at_float(x))
		attr->kind = GS_ATTR_FLOATS;
	if (attr->kind == GS_ATTR_FLOATS)
		attr->floats = floats = gs_graph_alloc_array(
			x->graph, attr->num, sizeof(*floats));
	else
		attr->ints = ints = gs_graph_alloc_array(x->graph, attr->num,
							 sizeof(*ints));
	if (!floats && !ints)
		return gs_fdfg_nomem(x);
	for (i = 0; i < attr->num && !ret; i++) {
		ret = i ? gs_fdfg_expect(x, ",") : 0;
		if (!ret && floats)
			ret = gs_fdfg_float(x, &floats[i]);
		else if (!ret)
			ret = gs_fdfg_int(x, INT64_MIN, INT64_MAX, &ints[i]);
	}
	return ret ? ret : gs_fdfg_expect(x, "]");
}

static int read_attr_tensor(struct gs_fdfg_reader *r, struct gs_attr *attr)
{
	struct gs_fdfg_lex *x = &r->x;
	struct gs_tensor *t = gs_graph_alloc(x->graph, sizeof(*t));
	const char *name = "";
	void *data = NULL;
	size_t num;
	int64_t elems = -1;
	int ret;

	if (!t)
		return gs_fdfg_nomem(x);
	attr->tensor = t;
	ret = gs_fdfg_string(x, &name);
	ret = ret ? ret : gs_fdfg_type(x, &t->type);
	ret = ret ? ret : gs_fdfg_shape(x, &t->shape, &t->shaped);
	t->name = name;
	if (ret)
		return ret;
	if (t->shaped)
		elems = gs_shape_elems(&t->shape);
	if (elems < 0)
		return gs_fdfg_error(x, NULL, "the tensor needs a shape");
	ret = gs_fdfg_expect(x, "data");
	ret = ret ? ret : gs_fdfg_array(x, t->type, elems, &data, &num);
	t->data = data;
	return ret;
}

static int read_value(struct gs_fdfg_reader *r, struct gs_attr *attr)
{
	struct gs_fdfg_lex *x = &r->x;
	int ret;

	if (x->tok.kind == GS_FDFG_STRING) {
		attr->kind = GS_ATTR_STRING;
		return gs_fdfg_string(x, &attr->s);
	}
	if (gs_fdfg_is(x, "[")) {
		attr->kind = GS_ATTR_INTS;
		return read_list(r, attr);
	}
	if (gs_fdfg_is(x, "floats") || gs_fdfg_is(x, "tensor") ||
	    gs_fdfg_is(x, "other")) {
		attr->kind = gs_fdfg_is(x, "floats") ? GS_ATTR_FLOATS :
			     gs_fdfg_is(x, "tensor") ? GS_ATTR_TENSOR :
						       GS_ATTR_OTHER;
		ret = gs_fdfg_next(x);
		if (ret || attr->kind == GS_ATTR_OTHER)
			return ret;
		return attr->kind == GS_ATTR_TENSOR ?
			       read_attr_tensor(r, attr) :
			       read_list(r, attr);
	}
	if (gs_fdfg_at_float(x)) {
		attr->kind = GS_ATTR_FLOAT;
		return gs_fdfg_float(x, &attr->f);
	}
	attr->kind = GS_ATTR_INT;
	return gs_fdfg_int(x, INT64_MIN, INT64_MAX, &attr->i);
}

static int read_attrs(struct gs_fdfg_reader *r, struct gs_node *node)
{
	struct gs_fdfg_lex *x = &r->x;
	int ret = gs_fdfg_next(x); /* the brace */

	while (!ret && !gs_fdfg_is(x, "}")) {
		struct gs_attr attr = { 0 };
		struct gs_fdfg_token at;

		if (node->num_attrs && (ret = gs_fdfg_expect(x, ",")))
			return ret;
		at = x->tok;
		ret = gs_fdfg_name(x, &attr.name);
		if (!ret && gs_node_attr(node, attr.name))
			return gs_fdfg_error(x, &at,
					     "there are two attributes '%s'",
					     attr.name);
		ret = ret ? ret : gs_fdfg_expect(x, "=");
		ret = ret ? ret : read_value(r, &attr);
		if (!ret && gs_node_set_attr(x->graph, node, &attr))
			ret = gs_fdfg_nomem(x);
	}
	return ret ? ret : gs_fdfg_next(x);
}

/* ---- what is fused, and lowering ----------------------------------------- */

static int read_move(struct gs_fdfg_reader *r, struct gs_node *node)
{
	struct gs_fdfg_lex *x = &r->x;
	struct gs_move *m = gs_graph_alloc(x->graph, sizeof(*m));
	int ret;

	if (!m)
		return gs_fdfg_nomem(x);
	node->move = m;
	ret = gs_fdfg_some_ints(x, m->extent, GS_MAX_RANK, 1, 1 << 30);
	ret = ret ? ret : gs_fdfg_expect(x, "from");
	ret = ret ? ret : gs_fdfg_access(r, &m->from);
	ret = ret ? ret : gs_fdfg_expect(x, "to");
	return ret ? ret : gs_fdfg_access(r, &m->to);
}

static int read_clip(struct gs_fdfg_reader *r, struct gs_node *node)
{
	struct gs_fdfg_lex *x = &r->x;
	int ret = gs_fdfg_expect(x, "[");

	node->activation = GS_ACT_CLIP;
	ret = ret ? ret : gs_fdfg_float(x, &node->act[0]);
	ret = ret ? ret : gs_fdfg_expect(x, ",");
	ret = ret ? ret : gs_fdfg_float(x, &node->act[1]);
	return ret ? ret : gs_fdfg_expect(x, "]");
}

static int read_leaky(struct gs_fdfg_reader *r, struct gs_node *node)
{
	node->activation = GS_ACT_LEAKY;
	return gs_fdfg_float(&r->x, &node->act[0]);
}

static int read_relu(struct gs_fdfg_reader *r, struct gs_node *node)
{
	(void)r;
	node->activation = GS_ACT_RELU;
	return 0;
}

static int read_residual(struct gs_fdfg_reader *r, struct gs_node *node)
{
	(void)r;
	node->residual = true;
	return 0;
}

static int read_domain(struct gs_fdfg_reader *r, struct gs_node *node)
{
	return gs_fdfg_string(&r->x, &node->domain);
}

static int read_fused(struct gs_fdfg_reader *r, struct gs_node *node)
{
	return gs_fdfg_string(&r->x, &node->fused);
}

static int read_order(struct gs_fdfg_reader *r, struct gs_node *node)
{
	node->has_order = true;
	return gs_fdfg_order(&r->x, &node->order);
}

static int read_fixed(struct gs_fdfg_reader *r, struct gs_node *node)
{
	node->fixed_order = true;
	return gs_fdfg_order(&r->x, &node->order);
}

static int read_inner(struct gs_fdfg_reader *r, struct gs_node *node)
{
	return gs_fdfg_name(&r->x, &node->axis_attr);
}

static int read_macs(struct gs_fdfg_reader *r, struct gs_node *node)
{
	int64_t v = 0;
	const int ret = gs_fdfg_int(&r->x, 0, INT64_MAX, &v);

	node->macs = (uint64_t)v;
	return ret;
}

static const struct {
	const char *name;
	int (*read)(struct gs_fdfg_reader *r, struct gs_node *node);
} fields[] = {
	{ "relu", read_relu },	 { "clip", read_clip },
	{ "leaky", read_leaky }, { "residual", read_residual },
	{ "fused", read_fused }, { "domain", read_domain },
	{ "order", read_order }, { "macs", read_macs },
	{ "move", read_move },	 { "fixed", read_fixed },
	{ "inner", read_inner },
};

static int read_fields(struct gs_fdfg_reader *r, struct gs_node *node)
{
	const size_t num = sizeof(fields) / sizeof(fields[0]);
	size_t i;
	int ret = 0;

	while (!ret) {
		for (i = 0; i < num && !gs_fdfg_is(&r->x, fields[i].name); i++)
			;
		if (i == num)
			break;
		ret = gs_fdfg_next(&r->x);
		ret = ret ? ret : fields[i].read(r, node);
	}
	return ret;
}

/* ---- nodes --------------------------------------------------------------- */

/* The node's own list, filled before its name is known to be the operator's */
struct ends {
	struct gs_tensor *tensor[GS_MAX_IO];
	bool own[GS_MAX_IO]; /* without '&' */
	unsigned num;
};

static int read_ends(struct gs_fdfg_reader *r, struct ends *e, bool outputs)
{
	struct gs_fdfg_lex *x = &r->x;
	struct gs_fdfg_token at;
	struct gs_tensor *t;
	int ret;

	for (;;) {
		if (e->num == GS_MAX_IO)
			return gs_fdfg_error(x, NULL,
					     "more than %d tensors of one node",
					     GS_MAX_IO);
		t = NULL;
		ret = gs_fdfg_accept(x, "-");
		if (ret > 0) {
			e->tensor[e->num++] = NULL;
		} else if (!ret) {
			ret = outputs ? gs_fdfg_accept(x, "&") : 0;
			e->own[e->num] = !ret;
			ret = ret < 0 ? ret : gs_fdfg_ref(r, &t, &at);
			if (!ret && outputs && e->own[e->num] && t->producer)
				return gs_fdfg_error(
					x, &at,
					"tensor '%s' is the result of '%s' already",
					t->name, t->producer->name);
			e->tensor[e->num++] = t;
		}
		if (ret < 0 || !gs_fdfg_is(x, ","))
			return ret < 0 ? ret : 0;
		ret = gs_fdfg_next(x);
		if (ret)
			return ret;
	}
}

static int add_node(struct gs_fdfg_reader *r, const char *name, const char *op,
		    const struct ends *out, const struct ends *in,
		    struct gs_node **node)
{
	struct gs_node *n = gs_graph_add_node(r->x.graph, name, op);
	unsigned i;

	*node = n;
	if (!n)
		return gs_fdfg_nomem(&r->x);
	memcpy(n->output, out->tensor, out->num * sizeof(n->output[0]));
	memcpy(n->input, in->tensor, in->num * sizeof(n->input[0]));
	n->num_outputs = out->num;
	n->num_inputs = in->num;
	for (i = 0; i < out->num; i++)
		if (out->tensor[i] && out->own[i])
			out->tensor[i]->producer = n;
	return 0;
}

int gs_fdfg_read_node(struct gs_fdfg_reader *r)
{
	struct gs_fdfg_lex *x = &r->x;
	const struct gs_fdfg_token at = x->tok;
	struct ends out = { .num = 0 }, in = { .num = 0 };
	const char *name = "", *op = "";
	struct gs_node *node;
	int ret = gs_fdfg_string(x, &name);

	if (!ret && (!*name || gs_names_get(x->graph->node_names, name)))
		return gs_fdfg_error(x, &at,
				     *name ? "there are two nodes '%s'" :
					     "the node has no name%s",
				     name);
	ret = ret ? ret : gs_fdfg_is(x, "=") ? 0 : read_ends(r, &out, true);
	ret = ret ? ret : gs_fdfg_expect(x, "=");
	ret = ret ? ret : gs_fdfg_name(x, &op);
	if (!ret && !*op)
		return gs_fdfg_error(x, NULL, "node '%s' has no operator",
				     name);
	ret = ret ? ret : gs_fdfg_expect(x, "(");
	ret = ret ? ret : gs_fdfg_is(x, ")") ? 0 : read_ends(r, &in, false);
	ret = ret ? ret : gs_fdfg_expect(x, ")");
	ret = ret ? ret : add_node(r, name, op, &out, &in, &node);
	if (!ret && gs_fdfg_is(x, "{"))
		ret = read_attrs(r, node);
	return ret ? ret : read_fields(r, node);
}
