/* SPDX-License-Identifier: MIT */
/*
 * The architecture covenant graph of machines that have all and of those that
 * lack something: what codelets make of them, and how it is drawn.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/acg/acg_draw.h"
#include "tests/unit/codelet_util.h"

static void acg_without(struct gs_acg *acg, const char *const *names)
{
	struct gs_arch arch = *gs_arch_default();

	for (; *names; names++) {
		const unsigned cap = gs_arch_cap_find(*names);

		assert_int_not_equal(cap, GS_CAP_COUNT);
		arch.lacks |= UINT64_C(1) << cap;
	}
	gs_acg_init(acg, &arch);
}

#define WITHOUT(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ---- binding ------------------------------------------------------------- */

/* An operator of one or two activations, bound: its codelet, or NULL and why not */
static const char *codelet_of(const char *op, unsigned inputs,
			      const char *const *lacks, char *why)
{
	static char name[64];
	struct gs_graph *g = new_graph();
	struct gs_bound_node *b = NULL;
	struct gs_node *node;
	struct gs_acg acg;
	struct report r;
	int ret;

	acg_without(&acg, lacks);
	add_activation(g, "a", "1x20", 0.02, 3);
	add_activation(g, "b", "1x20", 0.03, 4);
	add_activation(g, "y", "1x20", 1.0 / 256, -128);
	node = add_node(g, op, inputs > 1 ? "a b" : "a", "y");
	ret = gs_bind_node(g, node, shared_library(), &acg, true, &b, why,
			   report_init(&r));
	if (!ret)
		snprintf(name, sizeof(name), "%s", b->cl->name);
	else
		assert_int_equal(ret, -ENOTSUP);
	gs_graph_destroy(g);
	return ret ? NULL : name;
}

static void check_codelet(const char *op, unsigned inputs,
			  const char *const *lacks, const char *want)
{
	char why[256] = "";
	const char *got = codelet_of(op, inputs, lacks, why);

	if (!got)
		fail_msg("%s: %s", op, why);
	assert_string_equal(got, want);
}

static void check_refused(const char *op, unsigned inputs,
			  const char *const *lacks, const char *says)
{
	char why[256] = "";

	assert_null(codelet_of(op, inputs, lacks, why));
	assert_says(why, says);
}

/* Another codelet, where there is one that does without */
static void test_other_codelet(void **state)
{
	(void)state;
	check_codelet("Sigmoid", 1, WITHOUT("LN"), "sigmoid");
	check_codelet("Sigmoid", 1, WITHOUT("EXP"), "sigmoid_series");
	check_codelet("Softmax", 1, WITHOUT("EQUAL"), "softmax");
	check_codelet("Add", 2, WITHOUT("PERM_START"), "add");
}

/* Else what is lacking is named, with the place that needs it. */
static void test_refused(void **state)
{
	(void)state;
	check_refused(
		"Sigmoid", 1, WITHOUT("EXP", "DIV"),
		"sigmoid.cdlt:23:3: the machine lacks EXP, which 'exp' needs");
	check_refused("Tanh", 1, WITHOUT("EXP"),
		      "tanh.cdlt:23:3: the machine lacks EXP");
	check_refused(
		"Softmax", 1, WITHOUT("PERM_START SHUFFLE"),
		"the machine lacks PERM_START SHUFFLE, which 'spread' needs");
	check_refused("Softmax", 1, WITHOUT("PERM_START"),
		      "the machine lacks PERM_START, which 'spread' needs");
	check_refused(
		"Mul", 2, WITHOUT("LD_START VMEM2"),
		"mul.cdlt:7:8: the machine has no channel from DRAM to VMEM2 for 'b'");
	check_refused(
		"Sigmoid", 1, WITHOUT("ST_START VMEM2"),
		"sigmoid.cdlt:7:9: the machine has no channel from VMEM2 to DRAM for 'y'");
}

/* ---- the graph ----------------------------------------------------------- */

static void test_names(void **state)
{
	struct gs_acg acg;

	(void)state;
	gs_acg_init(&acg, gs_arch_default());
	assert_int_equal(gs_acg_find_mem("DRAM"), GS_ACG_DRAM);
	assert_int_equal(gs_acg_find_mem("VMEM2"), GS_ACG_VMEM2);
	assert_int_equal(gs_acg_find_mem("vmem2"), GS_ACG_NUM_MEMORIES);
	assert_int_equal(gs_acg_find_mem(""), GS_ACG_NUM_MEMORIES);
	assert_string_equal(gs_acg_mem_name(GS_ACG_OBUF), "OBUF");
	assert_string_equal(acg.mem[GS_ACG_IMM].name, "IMM");
}

static void test_channels(void **state)
{
	struct gs_acg acg;

	(void)state;
	gs_acg_init(&acg, gs_arch_default());
	assert_int_equal(acg.num_channels, 9);
	assert_non_null(gs_acg_find_channel(&acg, GS_ACG_DRAM, GS_ACG_OBUF));
	assert_int_equal(gs_acg_memory_bytes(&acg.mem[GS_ACG_IBUF]), 16 * 8192);
	acg_without(&acg, WITHOUT("LD OBUF", "LD_START VMEM1"));
	assert_int_equal(acg.num_channels, 7);
	assert_null(gs_acg_find_channel(&acg, GS_ACG_DRAM, GS_ACG_OBUF));
	assert_null(gs_acg_find_channel(&acg, GS_ACG_DRAM, GS_ACG_VMEM1));
	assert_non_null(gs_acg_find_channel(&acg, GS_ACG_OBUF, GS_ACG_DRAM));
	assert_string_equal(
		gs_acg_lacks(&acg, gs_acg_find_function("mac")) ? "lacks" : "",
		"");
}

static char *drawn(const struct gs_acg *acg,
		   void (*draw)(const struct gs_acg *acg, FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	draw(acg, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static unsigned count(const char *text, const char *part)
{
	unsigned num = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		num++;
	return num;
}

static void test_text(void **state)
{
	struct gs_acg acg;
	char *text;

	(void)state;
	gs_acg_init(&acg, gs_arch_default());
	text = drawn(&acg, gs_acg_dump);
	assert_says(
		text,
		"memory  WBUF   1048576 bytes:   256 banks x  2048 rows x  8 bits, double-buffered\n");
	assert_says(text, "channel PARAM  DRAM -> WBUF    512 bits a cycle\n");
	assert_int_equal(count(text, "channel "), 9);
	assert_int_equal(count(text, "lacks"), 0);
	free(text);
	acg_without(&acg, WITHOUT("EXP", "LD OBUF"));
	text = drawn(&acg, gs_acg_dump);
	assert_int_equal(count(text, " exp "), 0);
	assert_int_equal(count(text, "channel "), 8);
	assert_says(text, "lacks   EXP\nlacks   LD OBUF\n");
	free(text);
}

static void test_pictures(void **state)
{
	struct gs_acg acg;
	char *text;

	(void)state;
	acg_without(&acg, WITHOUT("EXP", "LD OBUF"));
	snprintf(acg.arch.name, sizeof(acg.arch.name), "a<b\"&\\");
	text = drawn(&acg, gs_acg_dot);
	assert_says(text, "a_b___: array 16 x 16");
	/* channels, and nine ways of the units to memories and back */
	assert_int_equal(count(text, " -> "), 8 + 10);
	assert_says(text, "DRAM -> IBUF [label=\"IBUF 512\"];");
	assert_int_equal(count(text, " exp "), 0);
	free(text);
	text = drawn(&acg, gs_acg_svg);
	assert_says(text, "<title>a_b___: array 16 x 16");
	assert_int_equal(count(text, "<rect"), 1 + 1 + 7 + 2);
	/* DRAM with six memories, and the units with theirs */
	assert_int_equal(count(text, "<line"), 6 + 8);
	assert_int_equal(count(text, "<text"), count(text, "</text>"));
	assert_says(text, "lacks: exp ");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_codelet),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_pictures),
	};

	return cmocka_run_group_tests_name("acg", tests, NULL, NULL);
}
