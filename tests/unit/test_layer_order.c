/* SPDX-License-Identifier: MIT */
/*
 * The order of layers: graphs whose order in the file is bad, against the best
 * of all orders; what they compute stays; orders from outside are followed, or
 * refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/compile_util.h"
#include "tests/unit/onnx_builder.h"

#define MOST 16 /* layers of a model */

/* ---- models -------------------------------------------------------------- */

/* How the branches of a model end */
enum end { MAXES, CONCAT, CONCAT_ODD };

static void add_conv(struct builder *b, unsigned from, unsigned to,
		     const char *in, const char *out, unsigned kernel)
{
	const int64_t pads[] = { kernel / 2, kernel / 2, kernel / 2,
				 kernel / 2 };
	char weights[32], inputs[64];

	snprintf(weights, sizeof(weights), "w_%s", out);
	snprintf(inputs, sizeof(inputs), "%s %s", in, weights);
	b_weights(b, weights, 4, (int64_t[]){ to, from, kernel, kernel });
	b_attr_ints(b, b_node(b, "Conv", inputs, out), "pads", 4, pads);
}

/*
 * Four Convs make much of x, one after the other: n00 to n03. Then four others
 * make little of that, n04 to n07, and the rest brings these together.
 */
static void source_branches(struct source *s, enum end end, unsigned kernel)
{
	const unsigned few = end == CONCAT_ODD ? 5 : 16;
	struct builder b;
	char from[16], to[16];
	unsigned i;

	b_init(&b, 13);
	b_input(&b, "x", 4, (int64_t[]){ 1, 16, 20, 20 });
	for (i = 0; i < 4; i++) {
		snprintf(to, sizeof(to), "wide%u", i);
		add_conv(&b, 16, 64, "x", to, 1);
	}
	for (i = 0; i < 4; i++) {
		snprintf(from, sizeof(from), "wide%u", i);
		snprintf(to, sizeof(to), "few%u", i);
		add_conv(&b, 64, few, from, to, kernel);
	}
	if (end == MAXES) {
		b_node(&b, "Max", "few0 few1", "max1");
		b_node(&b, "Max", "max1 few2", "max2");
		b_node(&b, "Max", "max2 few3", "all");
	} else {
		b_attr_int(&b,
			   b_node(&b, "Concat", "few0 few1 few2 few3", "all"),
			   "axis", 1);
	}
	add_conv(&b, end == MAXES ? few : 4 * few, 16, "all", "y", 1);
	b_output(&b, "y", 4, (int64_t[]){ 1, 16, 20, 20 });
	source_pack(s, &b);
}

static int compile_so(struct source *s, const struct gs_schedule *schedule,
		      bool without, struct gs_compiled *out, struct report *r)
{
	/* Weights are all equal: branches are not to become one, and each node is a layer. */
	static const char *const passes[] = { "cse", "fuse-chain",
					      "layer-order" };
	const struct gs_compile_opts opts = {
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = s,
		.schedule = schedule,
		.disabled = passes,
		.num_disabled = without ? 3 : 2,
	};

	return gs_compile(s->data, s->size, &opts, GS_GOAL_MODEL, out,
			  report_init(r));
}

/* What the layers compute in the order of the file */
static void result_as_given(struct source *s, struct result *out)
{
	struct gs_compiled c;
	struct report r;

	assert_int_equal(compile_so(s, NULL, true, &c, &r), 0);
	run_compiled(&c, out);
	gs_compile_free(&c);
}

/* ---- all orders there are ------------------------------------------------ */

/* Layers by number in the file, what they read of each other, what they make */
struct oracle {
	unsigned num;
	const struct gs_node *node[MOST];
	bool reads[MOST][MOST];
	unsigned slot[MOST]; /* that it writes to; layers may share one */
	uint64_t bytes[MOST]; /* of a slot; 0: not one that shares memory */
	uint64_t fixed;
};

static uint64_t lines(const struct gs_tensor *t)
{
	return (t->layout.bytes + 63) / 64 * 64;
}

static unsigned number_of(const struct gs_node *node)
{
	return (unsigned)atoi(node->name + 1);
}

static void ask(struct oracle *o, const struct gs_compiled *c)
{
	const struct gs_tensor *owner[MOST];
	const struct gs_node *n;
	unsigned i, k, p;

	*o = (struct oracle){ .fixed = lines(c->graph->input[0]) +
				       lines(c->graph->output[0]) };
	for (n = c->graph->node; n; n = n->next, o->num++) {
		assert_true(o->num < MOST && number_of(n) < MOST);
		o->node[number_of(n)] = n;
	}
	/* A Concat that is written in place has a number, but is no layer. */
	for (i = 0, k = 0; i < MOST; i++)
		if (o->node[i])
			o->node[k++] = o->node[i];
	for (i = 0; i < o->num; i++) {
		owner[i] = gs_tensor_owner(o->node[i]->output[0]);
		for (k = 0; k < i && owner[k] != owner[i]; k++)
			;
		o->slot[i] = k;
		o->bytes[i] = k == i && !owner[i]->is_output ? lines(owner[i]) :
							       0;
		for (k = 0; k < i; k++)
			for (p = 0; p < o->node[i]->num_inputs; p++)
				o->reads[i][k] |=
					gs_tensor_owner(o->node[i]->input[p]) ==
					owner[k];
	}
}

/* Alive in a layer: what it writes and reads, and what was made for layers to come. */
static uint64_t live_in(const struct oracle *o, const bool *done,
			unsigned layer)
{
	uint64_t live = 0;
	unsigned s, i, k;

	for (s = 0; s < o->num; s++) {
		bool begun = false, wanted = false;

		for (i = 0; i < o->num; i++) {
			if (o->slot[i] != s)
				continue;
			begun |= done[i] || i == layer;
			wanted |= !done[i];
			for (k = 0; k < o->num; k++)
				wanted |= o->reads[k][i] && !done[k];
		}
		live += begun && wanted ? o->bytes[s] : 0;
	}
	return live;
}

static uint64_t peak_of(const struct oracle *o, const unsigned *order)
{
	bool done[MOST] = { false };
	uint64_t peak = 0;
	unsigned i;

	for (i = 0; i < o->num; i++) {
		const uint64_t live = live_in(o, done, order[i]);

		peak = live > peak ? live : peak;
		done[order[i]] = true;
	}
	return peak;
}

/* Those that are above the best so far are left. */
static void try_all(const struct oracle *o, bool *done, unsigned num,
		    uint64_t peak, uint64_t *best)
{
	unsigned i, k;

	if (num == o->num)
		*best = peak;
	for (i = 0; i < o->num; i++) {
		const uint64_t live = live_in(o, done, i);
		bool ready = !done[i];

		for (k = 0; k < o->num; k++)
			ready &= done[k] || !o->reads[i][k];
		if (!ready || live >= *best || peak >= *best)
			continue;
		done[i] = true;
		try_all(o, done, num + 1, live > peak ? live : peak, best);
		done[i] = false;
	}
}

/* ---- orders that are found ----------------------------------------------- */

static void check_model(enum end end)
{
	unsigned given[MOST];
	bool done[MOST] = { false };
	struct gs_compiled with, without, again;
	uint64_t best = UINT64_MAX;
	struct oracle o;
	struct source s;
	struct report r;

	source_branches(&s, end, 1);
	assert_int_equal(compile_so(&s, NULL, false, &with, &r), 0);
	assert_int_equal(compile_so(&s, NULL, false, &again, &r), 0);
	assert_int_equal(compile_so(&s, NULL, true, &without, &r), 0);
	ask(&o, &with);
	for (unsigned i = 0; i < o.num; i++)
		given[i] = i;
	try_all(&o, done, 0, 0, &best);
	assert_true(best < peak_of(&o, given));
	assert_true(with.layer_order.changed);
	assert_int_equal(with.layer_order.taken, best + o.fixed);
	assert_int_equal(with.layer_order.least, best + o.fixed);
	assert_int_equal(with.program.act_bytes, best + o.fixed);
	assert_int_equal(with.layer_order.given, peak_of(&o, given) + o.fixed);
	assert_int_equal(without.program.act_bytes, with.layer_order.given);
	assert_false(without.layer_order.changed);
	check_same_model(&with, &again);
	check_alike(&without, &with, "branches", "in another order");
	gs_compile_free(&with);
	gs_compile_free(&without);
	gs_compile_free(&again);
	source_fini(&s);
}

static void test_branches(void **state)
{
	(void)state;
	check_model(MAXES);
}

/* Parts of a Concat are written where they belong, in any order. */
static void test_concat(void **state)
{
	(void)state;
	check_model(CONCAT);
}

static unsigned place_of(const struct gs_compiled *c, const char *layer)
{
	unsigned i;

	for (i = 0; i < c->num_layers; i++)
		if (!strcmp(c->plan[i].binding->node->name, layer))
			return i;
	fail_msg("there is no layer %s", layer);
	return 0;
}

/* Compile with layers in this order, those of no name left out. */
static int compile_listed(struct source *s, const char *const *name,
			  unsigned num, struct gs_compiled *out,
			  struct report *r)
{
	struct gs_decision d[MOST];
	const struct gs_schedule listed = { .decision = d,
					    .num_decisions = num,
					    .num_in_order = num };

	for (unsigned i = 0; i < num; i++)
		d[i] = (struct gs_decision){ .layer = name[i] };
	return compile_so(s, &listed, false, out, r);
}

/*
 * Parts that are no whole rows of lanes are written in their order, as each
 * repairs what the one before wrote behind its channels; and all efforts find
 * an order whose results are those of the file's.
 */
static void test_order_of_parts(void **state)
{
	struct gs_compiled c;
	struct result want;
	struct source s;
	struct report r;

	(void)state;
	source_branches(&s, CONCAT_ODD, 1);
	result_as_given(&s, &want);
	for (int e = 0; e <= GS_MAX_EFFORT; e++) {
		const struct gs_schedule effort = {
			.more_effort = e - GS_DEFAULT_EFFORT
		};

		assert_int_equal(compile_so(&s, &effort, false, &c, &r), 0);
		assert_int_equal(c.layer_order.changed, e > 0);
		assert_true(place_of(&c, "n04") < place_of(&c, "n05"));
		assert_true(place_of(&c, "n05") < place_of(&c, "n06"));
		assert_true(place_of(&c, "n06") < place_of(&c, "n07"));
		check_runs(&c, &want, "parts", "in another order");
		gs_compile_free(&c);
	}
	free(want.data);
	source_fini(&s);
}

/* That they need each other is what a list of layers shows. */
static void test_parts_listed(void **state)
{
	static const char *const back[] = { "n07", "n06", "n05", "n04" };
	struct gs_compiled c;
	struct result want;
	struct source s;
	struct report r;

	(void)state;
	source_branches(&s, CONCAT_ODD, 1);
	assert_int_equal(compile_listed(&s, back, 4, &c, &r), -EINVAL);
	assert_says(r.text, "schedule of n07: it needs layer n06 first");
	gs_compile_free(&c);
	source_fini(&s);
	source_branches(&s, CONCAT, 1);
	result_as_given(&s, &want);
	assert_int_equal(compile_listed(&s, back, 4, &c, &r), 0);
	assert_true(place_of(&c, "n07") < place_of(&c, "n04"));
	check_runs(&c, &want, "parts", "last part first");
	free(want.data);
	gs_compile_free(&c);
	source_fini(&s);
}

/* Layers that fill borders go with the one that writes the tensor. */
static void test_fills(void **state)
{
	struct gs_compiled with, without;
	unsigned fills = 0;
	struct source s;
	struct report r;

	(void)state;
	source_branches(&s, MAXES, 3);
	assert_int_equal(compile_so(&s, NULL, false, &with, &r), 0);
	assert_int_equal(compile_so(&s, NULL, true, &without, &r), 0);
	assert_int_equal(with.num_layers, without.num_layers);
	assert_true(with.program.act_bytes < without.program.act_bytes);
	for (unsigned i = 0; i + 1 < with.num_layers; i++) {
		const struct gs_node *n = with.plan[i].binding->node;
		const struct gs_node *next = with.plan[i + 1].binding->node;

		if (strcmp(n->op, "Fill"))
			continue;
		fills++;
		assert_ptr_equal(gs_tensor_owner(n->output[0]),
				 gs_tensor_owner(next->output[0]));
	}
	assert_true(fills >= 4);
	check_alike(&without, &with, "fills", "in another order");
	gs_compile_free(&with);
	gs_compile_free(&without);
	source_fini(&s);
}

/* Of models whose order is good nothing changes. */
static void test_kept(void **state)
{
	static const char *const path[] = {
		"tests/models/fashion_lenet.onnx",
		"tests/models/ops/memory_chain.onnx",
		"tests/models/ops/residual_block.onnx",
	};
	struct gs_compiled with, without;
	struct source s;
	struct report r;

	(void)state;
	for (unsigned i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		source_read(&s, path[i]);
		assert_int_equal(compile_so(&s, NULL, false, &with, &r), 0);
		assert_int_equal(compile_so(&s, NULL, true, &without, &r), 0);
		assert_false(with.layer_order.changed);
		assert_int_equal(with.layer_order.taken,
				 with.layer_order.given);
		assert_int_equal(with.layer_order.taken,
				 with.layer_order.least);
		assert_int_equal(with.program.act_bytes,
				 with.layer_order.taken);
		check_same_model(&with, &without);
		gs_compile_free(&with);
		gs_compile_free(&without);
		source_fini(&s);
	}
}

/* ---- orders from outside ------------------------------------------------- */

static void test_listed(void **state)
{
	static const char *const order[] = { "n03", "n07", "n00", "n01",
					     "n02", "n06", "n05", "n04",
					     "n08", "n09", "n10", "n11" };
	static const char *const some[] = { "n02", "n00", "n07" };
	struct gs_compiled c;
	struct result want;
	struct source s;
	struct report r;

	(void)state;
	source_branches(&s, MAXES, 1);
	result_as_given(&s, &want);
	assert_int_equal(compile_listed(&s, order, 12, &c, &r), 0);
	assert_int_equal(c.num_layers, 12);
	for (unsigned i = 0; i < 12; i++)
		assert_string_equal(c.decision[i].layer, order[i]);
	assert_true(c.layer_order.changed);
	check_runs(&c, &want, "branches", "as listed");
	gs_compile_free(&c);
	/* What is not listed is searched. */
	assert_int_equal(compile_listed(&s, some, 3, &c, &r), 0);
	assert_true(place_of(&c, "n02") < place_of(&c, "n00"));
	assert_true(place_of(&c, "n00") < place_of(&c, "n07"));
	assert_true(c.layer_order.taken < c.layer_order.given);
	check_runs(&c, &want, "branches", "some listed");
	gs_compile_free(&c);
	free(want.data);
	source_fini(&s);
}

static void test_illegal(void **state)
{
	static const struct {
		const char *name[3];
		const char *says;
	} bad[] = {
		{ { "n00", "n04", "n01" }, NULL },
		{ { "n04", "n01", "n00" },
		  "schedule of n04: it needs layer n00 first, which stands behind it" },
		{ { "n01", "n11", "n02" },
		  "schedule of n11: it needs layer n02 first, which stands behind it" },
		/* of a layer that is there twice the first place counts */
		{ { "n00", "n04", "n00" }, NULL },
		/* unknown ones have no place; what is wrong with them is told later */
		{ { "n08", "lunch", "n05" },
		  "schedule of n08: it needs layer n05 first, which stands behind it" },
	};
	struct gs_compiled c;
	struct source s;
	struct report r;

	(void)state;
	source_branches(&s, MAXES, 1);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const int ret = compile_listed(&s, bad[i].name, 3, &c, &r);

		assert_int_equal(ret, bad[i].says ? -EINVAL : 0);
		if (bad[i].says)
			assert_says(r.text, bad[i].says);
		assert_int_equal(r.num, bad[i].says != NULL);
		gs_compile_free(&c);
	}
	source_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_concat),
		cmocka_unit_test(test_order_of_parts),
		cmocka_unit_test(test_parts_listed),
		cmocka_unit_test(test_fills),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_illegal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
