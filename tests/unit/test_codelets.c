/* SPDX-License-Identifier: MIT */
/*
 * Codelets: the scanner, the parser with all it refuses, and expressions.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/eval.h"
#include "compiler/codelets/lex.h"
#include "tests/unit/codelet_util.h"

/* One line, so that what follows stands in line 2. */
#define HEAD "codelet c { operator Relu;\n"
#define HEAD_X HEAD "input x[N, H, W, C];\n"
#define HEAD_XY                                                  \
	"codelet c { operator Relu; input x[N, H, W, C]; output" \
	" y[N, H, W, C]; temp t[N, @] in VMEM1; const k[C];\n"
#define MOVES "transfer x: DRAM -> VMEM1; transfer y: VMEM2 -> DRAM;\n"
#define LOOP "loop n < N, h < H, col < W, c < C { y = move(x); }\n"
#define WHOLE HEAD_XY MOVES LOOP "}\n"

static int parse(const char *text, size_t len, struct gs_codelet **cl,
		 struct report *r)
{
	return gs_codelet_parse("t.cdlt", text, len, cl, report_init(r));
}

static struct gs_codelet *parse_good(const char *text)
{
	struct gs_codelet *cl;
	struct report r;

	if (parse(text, strlen(text), &cl, &r))
		fail_msg("%s", r.text);
	assert_int_equal(r.num, 0);
	return cl;
}

/* One message, which has @says. */
static void check_refused(const char *text, size_t len, const char *says)
{
	struct gs_codelet *cl = (void *)&cl;
	struct report r;

	assert_int_equal(parse(text, len, &cl, &r), -EINVAL);
	assert_null(cl);
	assert_int_equal(r.num, 1);
	assert_says(r.text, says);
}

/* ---- scanner ------------------------------------------------------------- */

static void test_tokens(void **state)
{
	static const char text[] = "a_1 <= 12.5 # rest\n\t\"b c\" @ ->x";
	struct gs_lexer lex;

	(void)state;
	gs_lex_init(&lex, text, strlen(text));
	assert_int_equal(lex.token, GS_TK_NAME);
	assert_true(gs_lex_is(&lex, "a_1"));
	assert_false(gs_lex_is(&lex, "a_"));
	assert_false(gs_lex_is(&lex, "a_12"));
	gs_lex_next(&lex);
	assert_true(gs_lex_is(&lex, "<="));
	assert_int_equal(lex.column, 5);
	gs_lex_next(&lex);
	assert_int_equal(lex.token, GS_TK_NUMBER);
	assert_true(lex.number == 12.5);
	gs_lex_next(&lex);
	assert_int_equal(lex.token, GS_TK_STRING);
	assert_int_equal(lex.len, 3);
	assert_int_equal(lex.line, 2);
	assert_int_equal(lex.column, 2);
	gs_lex_next(&lex);
	assert_true(gs_lex_is(&lex, "@"));
	gs_lex_next(&lex);
	assert_true(gs_lex_is(&lex, "->"));
	gs_lex_next(&lex);
	assert_true(gs_lex_is(&lex, "x"));
	gs_lex_next(&lex);
	assert_int_equal(lex.token, GS_TK_END);
	gs_lex_next(&lex);
	assert_int_equal(lex.token, GS_TK_END);
}

static void test_bad_tokens(void **state)
{
	static const char *const bad[] = { "$",	   "\x80",   "1a",
					   "1.5x", "\"open", "\"line\nbreak\"",
					   "&",	   "|" };
	struct gs_lexer lex;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		gs_lex_init(&lex, bad[i], strlen(bad[i]));
		assert_int_equal(lex.token, GS_TK_BAD);
		gs_lex_next(&lex);
		assert_int_equal(lex.token, GS_TK_BAD);
	}
}

/* ---- what the parser refuses --------------------------------------------- */

static const struct {
	const char *text, *says;
} refused[] = {
	/* clang-format off */
	/* frame */
	{ "", "t.cdlt:1:1: expected 'codelet', found the end" },
	{ "# only a comment", "t.cdlt:1:17: expected 'codelet', found the end" },
	{ "codelets c", "t.cdlt:1:1: expected 'codelet', found 'codelets'" },
	{ "codelet {", "t.cdlt:1:9: expected the codelet's name, found '{'" },
	{ "codelet c operator", "t.cdlt:1:11: expected '{', found 'operator'" },
	{ HEAD "import x;",
	  "t.cdlt:2:1: expected a declaration (operator, attr, shape, quantize, float, "
	  "move, order, input, output, weight, const, temp, let, set, drop, require, row, transfer, span or loop), "
	  "found 'import'" },
	{ HEAD "\t  $", "t.cdlt:2:4: expected a declaration" },
	{ HEAD, "t.cdlt:2:1: expected a declaration" },
	{ WHOLE "x", "expected the end of the file, found 'x'" },
	{ "codelet c {}", "a codelet needs an operator, one output and a loop" },
	{ HEAD "}", "a codelet needs an operator, one output and a loop" },
	{ HEAD_XY MOVES "}", "a codelet needs an operator, one output and a loop" },
	{ HEAD_XY MOVES "output z[N]; transfer z: VMEM1 -> DRAM;\n" LOOP "}",
	  "a codelet needs an operator, one output and a loop" },
	{ HEAD_XY "transfer x: DRAM -> VMEM1;\n" LOOP "}", "operand 'y' has no transfer" },
	/* operators and attributes */
	{ HEAD "operator ;", "t.cdlt:2:10: expected an ONNX operator, found ';'" },
	{ HEAD "operator A B;", "t.cdlt:2:12: expected ';', found 'B'" },
	{ HEAD "operator A, B, C, D;", "t.cdlt:2:19: more than 4 operators" },
	{ HEAD "attr 3;", "t.cdlt:2:6: expected an attribute, found '3'" },
	{ HEAD "attr a[0];", "attribute length must be 1..8" },
	{ HEAD "attr a[9];", "attribute length must be 1..8" },
	{ HEAD "attr a[n];", "t.cdlt:2:8: expected a number, found 'n'" },
	{ HEAD "attr a[2 = 3;", "t.cdlt:2:10: expected ']', found '='" },
	{ HEAD "attr a = b;", "t.cdlt:2:10: expected a number, found 'b'" },
	{ HEAD "attr a = - b;", "t.cdlt:2:12: expected a number, found 'b'" },
	{ HEAD "attr a 3;", "t.cdlt:2:8: expected ';', found '3'" },
	/* operands */
	{ HEAD "input [N];", "t.cdlt:2:7: expected an operand, found '['" },
	{ HEAD "input x;", "t.cdlt:2:9: expected a declaration" },
	{ HEAD "weight x[];", "t.cdlt:2:10: expected an extent, 1 or @, found ']'" },
	{ HEAD "input x[N, 2];", "t.cdlt:2:12: expected an extent, 1 or @, found '2'" },
	{ HEAD "input x[N C];", "t.cdlt:2:11: expected ']', found 'C'" },
	{ HEAD "input x[A, B, C, D, E, F, G];", "t.cdlt:2:27: more than 6 dimensions" },
	{ HEAD_X "input x[N];", "t.cdlt:3:7: operand declared twice, found 'x'" },
	{ HEAD_X "row x[N] = 1;", "t.cdlt:3:5: operand declared twice, found 'x'" },
	{ HEAD "input x[N] border max;", "t.cdlt:2:19: expected 'zero', found 'max'" },
	{ HEAD "output x[N] optional;", "t.cdlt:2:13: expected ';', found 'optional'" },
	{ HEAD "output y[N] like 3;", "t.cdlt:2:18: expected an input, found '3'" },
	{ HEAD "input x[N, C] broadcast;", "'x' has 2 dimensions, to broadcast it needs 4" },
	{ HEAD "const k[N, C] broadcast;", "'k' has 2 dimensions, to broadcast it needs 1" },
	{ HEAD "weight w[N] broadcast;", "expected ';', found 'broadcast'" },
	{ HEAD "const k[N] border zero;", "t.cdlt:2:12: expected ';', found 'border'" },
	{ HEAD "temp t[N];", "t.cdlt:2:10: expected 'in', found ';'" },
	{ HEAD "temp t[N] in L1;", "t.cdlt:2:14: expected a memory (DRAM, IBUF, WBUF, BBUF, OBUF, VMEM1, VMEM2)" },
	/* definitions */
	{ HEAD "let = 1;", "t.cdlt:2:5: expected a name, found '='" },
	{ HEAD "let a 1;", "t.cdlt:2:7: expected '=', found '1'" },
	{ HEAD "let a = 1", "t.cdlt:2:10: expected ';', found the end" },
	{ HEAD "require 1;", "t.cdlt:2:10: expected ':', found ';'" },
	{ HEAD "require 1 : no;", "t.cdlt:2:13: expected the reason in quotes, found 'no'" },
	{ HEAD "require 1 : \"no", "t.cdlt:2:13: expected the reason in quotes" },
	{ HEAD "row r[N];", "t.cdlt:2:9: expected '=', found ';'" },
	{ HEAD "row r[N] = 1 pad;", "t.cdlt:2:17: expected a number, a name or '(', found ';'" },
	/* expressions */
	{ HEAD "let a = ;", "t.cdlt:2:9: expected a number, a name or '(', found ';'" },
	{ HEAD "let a = 1 +;", "t.cdlt:2:12: expected a number, a name or '(', found ';'" },
	{ HEAD "let a = (1;", "t.cdlt:2:11: expected ')', found ';'" },
	{ HEAD "let a = f(1;", "t.cdlt:2:12: expected ')', found ';'" },
	{ HEAD "let a = b[1;", "t.cdlt:2:12: expected ']', found ';'" },
	{ HEAD "let a = f();", "t.cdlt:2:11: expected a number, a name or '(', found ')'" },
	{ HEAD "let a = f(1, 2, 3, 4);", "'f' takes at most 3 arguments" },
	{ HEAD "let a = b ? 1;", "t.cdlt:2:14: expected ':', found ';'" },
	{ HEAD "let a = b ? 1 : ;", "t.cdlt:2:17: expected a number, a name or '(', found ';'" },
	{ HEAD "let a = 1x;", "t.cdlt:2:9: expected a number, a name or '('" },
	{ HEAD "let a = \"b\";", "t.cdlt:2:9: expected a number, a name or '(', found 'b'" },
	/* spans */
	{ HEAD "span = 1;", "t.cdlt:2:6: expected a loop variable, found '='" },
	{ HEAD "span a 1;", "t.cdlt:2:8: expected '=', found '1'" },
	{ HEAD "span a = p + k;", "t.cdlt:2:15: expected 'over', found ';'" },
	{ HEAD "span a = p + k over p < P;", "t.cdlt:2:26: expected ',', found ';'" },
	{ HEAD "span a = p + k over p, k;", "t.cdlt:2:22: expected '<', found ','" },
	{ HEAD "span a = p + k over p < P, k < K within 1;", "t.cdlt:2:42: expected ',', found ';'" },
	{ HEAD "span a = p over p < P, k < K; span b = p over p < P, k < K; span c = p over p < P, k < K;"
	       "span d = p over p < P, k < K; span e", "more than 4 spans" },
	{ HEAD_XY MOVES "loop n {", "t.cdlt:3:8: expected '<', found '{'" },
	/* transfers */
	{ HEAD_XY "transfer 1;", "t.cdlt:2:10: expected an operand, found '1'" },
	{ HEAD_XY "transfer z: DRAM -> VMEM1;", "transfer of an unknown operand" },
	{ HEAD_XY "transfer x DRAM;", "t.cdlt:2:12: expected ':', found 'DRAM'" },
	{ HEAD_XY "transfer x: DRAM, VMEM1;", "t.cdlt:2:17: expected '->', found ','" },
	{ HEAD_XY "transfer x: disk -> VMEM1;", "t.cdlt:2:13: expected a memory" },
	{ HEAD_XY "transfer x: VMEM1 -> DRAM;", "'x' must move from DRAM" },
	{ HEAD_XY "transfer x: DRAM -> DRAM;", "'x' must move from DRAM" },
	{ HEAD_XY "transfer y: DRAM -> VMEM1;", "'y' must move to DRAM" },
	{ HEAD_XY "transfer t: DRAM -> VMEM1;", "'t' cannot have this transfer" },
	{ HEAD_XY "transfer k: DRAM -> VMEM1;", "'k' cannot have this transfer" },
	{ HEAD_XY MOVES "transfer x: DRAM -> VMEM2;", "'x' cannot have this transfer" },
	/* statements */
	{ HEAD_XY "loop 1 < N {", "t.cdlt:2:6: expected a loop variable, found '1'" },
	{ HEAD_XY "loop n = N {", "t.cdlt:2:8: expected '<', found '='" },
	{ HEAD_XY "loop n < N, n < N {", "loop 'n' comes twice" },
	{ HEAD_XY "loop n < 4 {", "t.cdlt:2:10: expected an extent, found '4'" },
	{ HEAD_XY "loop n < N y", "t.cdlt:2:12: expected '{', found 'y'" },
	{ HEAD_XY "loop n < N, {", "t.cdlt:2:13: expected a loop variable, found '{'" },
	{ HEAD_XY "loop n < N { 3 = move(x); }", "expected an operand on the left of '='" },
	{ HEAD_XY "loop n < N { z = move(x); }", "t.cdlt:2:16: expected an operand on the left of '=', found '='" },
	{ HEAD_XY "loop n < N { y move(x); }", "t.cdlt:2:16: expected '=', found 'move'" },
	{ HEAD_XY "loop n < N { y = x; }", "no function 'x' on this machine" },
	{ HEAD_XY "loop n < N { y = 3; }", "t.cdlt:2:18: expected a function, found '3'" },
	{ HEAD_XY "loop n < N { y = fma(x); }", "no function 'fma' on this machine" },
	{ HEAD_XY "loop n < N { y = move x; }", "t.cdlt:2:23: expected '(', found 'x'" },
	{ HEAD_XY "loop n < N { y = move(x, x); }", "t.cdlt:2:24: expected ')', found ','" },
	{ HEAD_XY "loop n < N { y = add(x); }", "t.cdlt:2:23: expected ',', found ')'" },
	{ HEAD_XY "loop n < N { y = add(x + 1, x); }", "t.cdlt:2:24: expected ',', found '+'" },
	{ HEAD_XY "loop n < N { y = cast8(x); }", "t.cdlt:2:25: expected ',', found ')'" },
	{ HEAD_XY "loop n < N { y = macc(x, x, 1); }", "the first argument of macc must be its destination" },
	{ HEAD_XY "loop n < N { y = move(x[n]); }", "'x' has 4 dimensions" },
	{ HEAD_XY "loop n < N { y = move(x[n, n, n, n, n]); }", "'x' has 4 dimensions" },
	{ HEAD_XY "loop n < N { y = move(t[n, n]); }", "t.cdlt:2:28: expected '@', found 'n'" },
	{ HEAD_XY "loop n < N { y = move(x)", "t.cdlt:2:25: expected ';', found the end" },
	{ HEAD_XY "loop n < N { y = move(x);", "found the end" },
	{ HEAD_XY "loop n < N { if relu y = move(x);", "t.cdlt:2:17: expected '(', found 'relu'" },
	{ HEAD_XY "loop n < N { if (relu y = move(x);", "t.cdlt:2:23: expected ')', found 'y'" },
	/* clang-format on */
};

static void test_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_refused(refused[i].text, strlen(refused[i].text),
			      refused[i].says);
}

/* Every text that is cut off anywhere is refused with one message. */
static void test_cut_off(void **state)
{
	const size_t whole = strlen(WHOLE) - 1; /* without the last newline */
	struct gs_codelet *cl;
	struct report r;
	size_t len;

	(void)state;
	for (len = 0; len < whole; len++) {
		assert_int_equal(parse(WHOLE, len, &cl, &r), -EINVAL);
		assert_int_equal(r.num, 1);
		assert_says(r.text, "t.cdlt:");
	}
	gs_codelet_free(parse_good(WHOLE));
}

static void test_control_characters(void **state)
{
	static const char nul[] = HEAD "\0";

	(void)state;
	check_refused(nul, sizeof(nul), "t.cdlt:2:1: expected a declaration");
	check_refused(HEAD "\x1b[31m;", strlen(HEAD) + 6, "found '?'");
	/* blanks of all kinds, and no newline at the end */
	gs_codelet_free(parse_good(HEAD_XY "\r\n\t\v\f" MOVES LOOP "}#"));
}

/* ---- limits -------------------------------------------------------------- */

/* @head, @num times @item with "%u" replaced by its number, @tail */
static char *repeat(const char *head, unsigned num, const char *item,
		    const char *tail)
{
	const size_t size =
		strlen(head) + num * (strlen(item) + 12) + strlen(tail) + 1;
	char *text = malloc(size), *p = text;
	unsigned i;

	assert_non_null(text);
	p += sprintf(p, "%s", head);
	for (i = 0; i < num; i++) {
		const char *mark = strstr(item, "%u");

		if (mark)
			p += sprintf(p, "%.*s%u%s", (int)(mark - item), item, i,
				     mark + 2);
		else
			p += sprintf(p, "%s", item);
	}
	sprintf(p, "%s", tail);
	return text;
}

static void check_limit(const char *head, unsigned max, const char *item,
			const char *tail, const char *says)
{
	char *good = repeat(head, max, item, tail);
	char *bad = repeat(head, max + 1, item, tail);

	gs_codelet_free(parse_good(good));
	check_refused(bad, strlen(bad), says);
	free(good);
	free(bad);
}

#define REST MOVES LOOP "}"

static void test_limits(void **state)
{
	(void)state;
	check_limit(HEAD_XY, GS_CL_MAX_ATTRS, "attr a%u;", REST,
		    "more than 12 attributes");
	check_limit(HEAD_XY, GS_CL_MAX_OPERANDS - 4, "const o%u[C];", REST,
		    "more than 24 operands");
	check_limit(HEAD_XY, GS_CL_MAX_DEFS, "let a%u = 1;", REST,
		    "more than 64 definitions");
	check_limit(HEAD_XY MOVES, GS_CL_MAX_STATEMENTS,
		    "loop n < N { y = move(0); }\n", "}",
		    "more than 64 statements");
	check_limit(HEAD_XY MOVES "loop n < N", GS_CL_MAX_LOOPS - 1,
		    ", v%u < C", "{ y = move(0); } }", "more than 10 loops");
}

static void test_nesting(void **state)
{
	/* Every kind of nesting, far beyond what the stack would hold. */
	static const char *const item[] = {
		"(",	    "-",   "!",	  "-!",	  "f(",	  "a[", "1 ^ ",
		"1 ? 2 : ", "1?(", "1+(", "1 + ", "1 * ", "1<", "1&&1||"
	};
	struct gs_codelet *cl;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(item) / sizeof(item[0]); i++) {
		char *text = repeat(HEAD "let a = ", 200000, item[i], "1;");

		check_refused(text, strlen(text), "nested more than 64 deep");
		free(text);
	}
	/* What people write is not refused. */
	cl = parse_good(
		HEAD_XY
		"let a = ((((((((((1))))))))));\n"
		"let b = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15;\n"
		"let d = a ? 1 : b ? 2 : a ? 3 : b ? 4 : 5;\n"
		"let e = - - - -!!!!1 ^ 2 ^ 3 ^ 4;\n" REST);
	gs_codelet_free(cl);
}

/* ---- what the parser makes ----------------------------------------------- */

static void test_shipped(void **state)
{
	static const char *const ops[] = { "Add",     "BatchNormalization",
					   "Conv",    "Copy",
					   "Gemm",    "MatMul",
					   "MaxPool", "Relu",
					   "Softmax" };
	struct gs_codelet_lib lib;
	const struct gs_codelet *c;
	unsigned num = 0;
	size_t i;

	(void)state;
	load_library(&lib);
	for (c = lib.first; c; c = c->next, num++)
		if (c->next)
			assert_true(strcmp(c->file, c->next->file) < 0);
	assert_true(num >= 9);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		assert_true(gs_codelet_knows(&lib, ops[i]));
	assert_false(gs_codelet_knows(&lib, "Hardmax"));
	assert_false(gs_codelet_knows(&lib, "Con"));
	gs_codelet_lib_free(&lib);
	assert_null(lib.first);
}

static void test_directory(void **state)
{
	char path[] = "/tmp/test_codelets.XXXXXX", file[64];
	struct gs_codelet_lib lib;
	struct report r;
	FILE *f;

	(void)state;
	assert_int_equal(gs_codelet_load_dir("/nonexistent", &lib,
					     report_init(&r)),
			 -ENOENT);
	assert_says(r.text, "codelet directory /nonexistent: No such file");
	assert_non_null(mkdtemp(path));
	assert_int_equal(gs_codelet_load_dir(path, &lib, report_init(&r)),
			 -ENOENT);
	assert_says(r.text, ": no *.cdlt file");
	snprintf(file, sizeof(file), "%s/b.cdlt", path);
	f = fopen(file, "w");
	assert_non_null(f);
	fputs("codelet {", f);
	fclose(f);
	assert_int_equal(gs_codelet_load_dir(path, &lib, report_init(&r)),
			 -EINVAL);
	assert_says(r.text, "/b.cdlt:1:9: expected the codelet's name");
	assert_null(lib.first);
	remove(file);
	remove(path);
}

static void test_codelet(void **state)
{
	struct gs_codelet *c = parse_good(
		"codelet c { operator A, B;\n"
		"attr axis = -1; attr pads[4];\n"
		"input x[N, H, W, C] border min; const k[C] optional;\n"
		"output y[N, H, 1, C] like x; temp t[N, @] in VMEM2;\n"
		"row r[C] = 3 pad 4; require 1 : \"why\";\n" MOVES
		"transfer r: DRAM -> VMEM2;\n"
		"loop n < N, c < C reduce h < H {\n"
		"if (1) y = macc(y, x[n, 2 * h, 0, c], 7);\ny = cast8(y, 5); } }");
	const struct gs_cl_statement *s = c->stmt;

	(void)state;
	assert_string_equal(c->name, "c");
	assert_string_equal(c->file, "t.cdlt");
	assert_int_equal(c->num_ops, 2);
	assert_string_equal(c->op[1], "B");
	assert_true(c->attr[0].has_fallback && c->attr[0].fallback == -1);
	assert_true(!c->attr[1].has_fallback && c->attr[1].num == 4);
	assert_int_equal(c->num_operands, 5);
	assert_int_equal(c->operand[0].border, GS_CL_BORDER_MIN);
	assert_int_equal(c->operand[0].mem, GS_ACG_VMEM1);
	assert_true(c->operand[1].optional);
	assert_true(c->operand[2].like);
	assert_string_equal(c->operand[2].dim[2], "1");
	assert_int_equal(c->operand[2].mem, GS_ACG_VMEM2);
	assert_string_equal(c->operand[3].dim[1], GS_CL_LANE);
	assert_non_null(c->operand[4].pad);
	assert_int_equal(c->num_defs, 2);
	assert_string_equal(c->def[1].text, "why");
	assert_int_equal(c->num_stmts, 2);
	assert_int_equal(s[0].num_loops, 3);
	assert_true(s[0].loop[2].reduce && !s[0].loop[1].reduce);
	assert_int_equal(s[0].num_args, 3);
	assert_int_equal(s[0].arg[1].num_subs, 4);
	assert_int_equal(s[0].arg[2].operand, -1);
	assert_non_null(s[0].cond);
	assert_non_null(s[1].shift);
	assert_int_equal(s[1].line, 10);
	gs_codelet_free(c);
}

/* ---- expressions --------------------------------------------------------- */

struct scope {
	struct gs_scope ev;
	struct gs_bound_node b;
	struct gs_acg acg;
	struct gs_bound_operand *operand;
	struct gs_codelet *cl;
	char why[256];
};

#define EVAL_HEAD                                                        \
	"codelet c { operator Relu; input x[N, H, W, C]; const k[C, D];" \
	" const q[C] optional; output y[N, H, W, C];"                    \
	" transfer x: DRAM -> VMEM1; transfer y: VMEM2 -> DRAM;"         \
	" loop n < N { y = move(0); }"

static struct gs_value vector(struct gs_graph *g, const char *text)
{
	struct gs_value v = { gs_graph_alloc_array(g, 8, sizeof(double)), 0 };
	char *end;

	assert_non_null(v.v);
	while (*text) {
		v.v[v.num++] = strtod(text, &end);
		text = *end ? end + 1 : end;
	}
	return v;
}

/* A node Softmax of x [2, 5, 4, 3] with constant k [3, 2], and some names. */
static void scope_init(struct scope *s, const char *expr, bool quantized)
{
	struct gs_graph *g = new_graph();
	char text[1024];

	memset(s, 0, sizeof(*s));
	snprintf(text, sizeof(text), EVAL_HEAD "\nlet v = %s; }", expr);
	s->cl = parse_good(text);
	gs_acg_init(&s->acg, gs_arch_default());
	add_activation(g, "x", "2x3x5x4", 0.5, -3);
	add_activation(g, "y", "2x3x5x4", 0.25, 7);
	add_weight(g, "k", "3x2");
	s->b.node = add_node(g, "Softmax", "x k", "y");
	s->b.cl = s->cl;
	s->b.num_operands = 4;
	s->b.operand[0].tensor = gs_graph_find_tensor(g, "x");
	s->b.operand[1].tensor = gs_graph_find_tensor(g, "k");
	s->b.operand[3].tensor = gs_graph_find_tensor(g, "y");
	for (unsigned i = 0; i < 4; i++)
		s->b.operand[i].decl = &s->cl->operand[i];
	s->b.var[0].name = "i";
	s->b.var[1].name = "j";
	s->b.num_vars = 2;
	s->ev = (struct gs_scope){ .graph = g,
				   .scratch = g->arena,
				   .binding = &s->b,
				   .acg = &s->acg,
				   .quantized = quantized,
				   .why = s->why };
	assert_int_equal(gs_scope_define_scalar(&s->ev, "five", 5), 0);
	assert_int_equal(gs_scope_define(&s->ev, "v3", vector(g, "1 -2 3")), 0);
	assert_int_equal(gs_scope_define(&s->ev, "v2", vector(g, "10 20")), 0);
}

static void scope_fini(struct scope *s)
{
	gs_graph_destroy(s->ev.graph);
	gs_codelet_free(s->cl);
}

static const struct {
	const char *expr, *value;
} values[] = {
	{ "1 + 2 * 3", "7" },
	{ "(1 + 2) * 3", "9" },
	{ "8 - 4 - 2", "2" },
	{ "8 / 4 / 2", "1" },
	{ "7 / 2", "3.5" },
	{ "2 ^ 3 ^ 2", "512" },
	{ "-2 ^ 2", "-4" },
	{ "2 ^ -1", "0.5" },
	{ "2 * 3 ^ 2", "18" },
	{ "- - 3", "3" },
	{ "!0 + !5", "1" },
	{ "1.25 * 4", "5" },
	{ "1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2", "1" },
	{ "1 == 1 && 1 != 2", "1" },
	{ "1 < 2 == 1", "1" },
	{ "0 && 0 || 1", "1" },
	{ "1 || 0 && 0", "1" },
	{ "1 + 1 == 2 ? 3 : 4", "3" },
	{ "0 ? 1 : 0 ? 2 : 3", "3" },
	{ "1 ? 0 ? 1 : 2 : 3", "2" },
	{ "1 ? 5 : nowhere", "5" }, /* what is not chosen is not evaluated */
	{ "five - 1", "4" },
	{ "v3", "1 -2 3" },
	{ "v3 + 1", "2 -1 4" },
	{ "1 - v3", "0 3 -2" },
	{ "v3 * v3", "1 4 9" },
	{ "-v3", "-1 2 -3" },
	{ "v3 > 0", "1 0 1" },
	{ "v3[0] + v3[2]", "4" },
	{ "v3[five - 4]", "-2" },
	{ "v3[iota(2) + 1]", "-2 3" },
	{ "inverse(mod(iota(3) + 1, 3))", "2 0 1" },
	{ "mod(v3, 2)", "1 0 1" },
	{ "mod(-1, 3)", "2" },
	{ "count(v3)", "3" },
	{ "count(iota(0))", "0" },
	{ "iota(0) + 1", "" }, /* of no values, none */
	{ "every(v3) + 2 * every(v3 > 0) + 4 * every(iota(0))", "5" },
	{ "join(v3, iota(0), join(7, iota(2)))", "1 -2 3 7 0 1" },
	{ "join(iota(0))", "" },
	{ "put(v3, iota(2) + 1, -v3[iota(2)])", "1 -1 2" },
	{ "put(v3, 0, 9)", "9 -2 3" },
	{ "put(v3, iota(2), 8)", "8 8 3" },
	{ "put(v3, iota(0), v3[iota(0)])", "1 -2 3" },
	{ "axis(v3 - 2, 6)", "5 2 1" },
	{ "axis(iota(0), 0)", "" },
	{ "broadcast(join(4, 1), join(3, 1, 5))", "3 4 5" },
	{ "broadcast(iota(0), 7)", "7" },
	{ "broadcast(iota(0), iota(0))", "" },
	{ "sin(0) + cos(0)", "1" },
	{ "max(v3)", "3" },
	{ "min(v3)", "-2" },
	{ "max(v3, 0)", "1 0 3" },
	{ "min(4, 2, 3)", "2" },
	{ "max(0, v3, 2)", "2 2 3" },
	{ "abs(v3)", "1 2 3" },
	{ "round(2.5) + round(-2.5)", "0" }, /* half away from zero */
	{ "floor(-1.5)", "-2" },
	{ "ceil(-1.5)", "-1" },
	{ "log2(8)", "3" },
	{ "sqrt(16)", "4" },
	{ "exp(0)", "1" },
	{ "scale(x)", "0.5" },
	{ "zero(x)", "-3" },
	{ "zero(y) / scale(y)", "28" },
	{ "int(k)", "-8 -7 -6 -5 -4 -3" },
	{ "round(100 * data(k))", "-8 -7 -6 -5 -4 -3" },
	{ "sum(k)", "-15 -11 -7" },
	{ "sumabs(k)", "15 11 7" },
	{ "round(100 * scale(k))", "1 1 1" },
	{ "int(q)", "0" }, /* left out */
	{ "has(k) + 2 * has(q)", "1" },
	{ "is_channel(x, 1)", "1" },
	{ "is_channel(x, -3)", "1" },
	{ "is_channel(x, 3)", "0" },
};

static void test_values(void **state)
{
	struct scope s;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct gs_value want, got;

		scope_init(&s, values[i].expr, true);
		want = vector(s.ev.graph, values[i].value);
		got = gs_scope_eval(&s.ev, s.cl->def[0].expr);
		assert_string_equal(s.why, "");
		assert_false(s.ev.undefined);
		assert_int_equal(got.num, want.num);
		for (k = 0; k < got.num; k++)
			if (got.v[k] != want.v[k])
				fail_msg("%s is %g", values[i].expr, got.v[k]);
		scope_fini(&s);
	}
}

static const struct {
	const char *expr, *says;
} faults[] = {
	{ "nowhere", "t.cdlt:2:9: unknown name 'nowhere'" },
	{ "1 + nowhere", "t.cdlt:2:13: unknown name 'nowhere'" },
	{ "v3 + v2", "t.cdlt:2:12: vectors of 3 and 2 elements" },
	{ "max(v3, v2)", "vectors of 3 and 2 elements" },
	{ "v3[3]", "t.cdlt:2:9: index 3 of 'v3' is outside 0..2" },
	{ "v3[-1]", "index -1 of 'v3' is outside 0..2" },
	{ "v3[0 / 0]", "index" },
	{ "v3[0, 1]", "index" },
	{ "nowhere[0]", "unknown name 'nowhere'" },
	{ "v3[v3]", "index -2 of 'v3' is outside 0..2" },
	{ "inverse(v3)", "t.cdlt:2:9: expected 0 to 2, each once" },
	{ "inverse(repeat(iota(2), 2))", "expected 0 to 3, each once" },
	{ "mod(1)", "t.cdlt:2:9: mod takes two arguments" },
	{ "iota(-1)", "t.cdlt:2:9: iota of -1 values" },
	{ "iota(0 / 0)", "iota of " },
	{ "iota(1, 2)", "t.cdlt:2:9: iota takes a count" },
	{ "max(iota(0))", "t.cdlt:2:9: max of no values" },
	{ "v3 + iota(0)", "vectors of 3 and 0 elements" },
	{ "iota(0) ? 1 : 2", "t.cdlt:2:9: expected one number, found 0" },
	{ "v3[iota(0)] + v3", "vectors of 0 and 3 elements" },
	{ "put(v3, 3, 1)", "t.cdlt:2:9: of 3 elements there is no 3" },
	{ "put(v3, 0.5, 1)", "of 3 elements there is no 0.5" },
	{ "put(v3, -1, 1)", "of 3 elements there is no -1" },
	{ "put(v3, iota(3), iota(2))", "2 values for 3 places" },
	{ "put(v3, 1)", "put takes a list, places and values" },
	{ "axis(6, 6)", "axis 6 is not one of a tensor of rank 6" },
	{ "axis(-7, 6)", "axis -7 is not one of a tensor of rank 6" },
	{ "axis(0.5, 6)", "axis 0.5 is not one" },
	{ "axis(0, 0 / 0)", "axis 0 is not one" },
	{ "axis(join(1, -5), 6)", "axis 1 is given twice" },
	{ "broadcast(join(4, 2), join(3, 5))", "4x2 does not spread to 3x5" },
	{ "dims(five)", "'dims' takes an operand" },
	{ "v3 ? 1 : 2", "t.cdlt:2:9: expected one number, found 3" },
	{ "tan(1)", "t.cdlt:2:9: no function 'tan'" },
	{ "scale(1)", "'scale' takes an operand" },
	{ "scale(five)", "'scale' takes an operand" },
	{ "scale(q)", "'q' has no scale" },
	{ "sum(x)", "'x' must be a constant" },
	{ "data(x)", "'x' must be a constant" },
	{ "is_channel(x)", "is_channel takes an operand and an axis" },
	{ "is_channel(1, 1)", "takes an operand" },
};

static void test_faults(void **state)
{
	struct scope s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct gs_value got;

		scope_init(&s, faults[i].expr, true);
		got = gs_scope_eval(&s.ev, s.cl->def[0].expr);
		assert_int_equal(got.num, 0);
		assert_int_not_equal(s.ev.err, 0);
		assert_says(s.why, faults[i].says);
		assert_says(s.why, "t.cdlt:2:");
		/* The first problem stays. */
		gs_scope_eval(&s.ev, s.cl->def[0].expr);
		assert_says(s.why, faults[i].says);
		scope_fini(&s);
	}
}

/* Before calibration what needs a scale is undefined, not wrong. */
static void test_undefined(void **state)
{
	static const char *const expr[] = { "scale(x)", "zero(x) + 1", "sum(k)",
					    "int(k)" };
	struct scope s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(expr) / sizeof(expr[0]); i++) {
		scope_init(&s, expr[i], false);
		gs_scope_eval(&s.ev, s.cl->def[0].expr);
		assert_int_equal(s.ev.err, 0);
		assert_true(s.ev.undefined);
		scope_fini(&s);
	}
	scope_init(&s, "max(data(k))", false);
	gs_scope_eval(&s.ev, s.cl->def[0].expr);
	assert_false(s.ev.undefined);
	scope_fini(&s);
}

static void test_names(void **state)
{
	struct scope s;
	unsigned i, num;

	(void)state;
	scope_init(&s, "1", true);
	assert_null(gs_scope_find(&s.ev, "six"));
	/* The latest definition of a name counts. */
	assert_int_equal(gs_scope_define_scalar(&s.ev, "five", 6), 0);
	assert_true(gs_scope_find(&s.ev, "five")->v[0] == 6);
	num = s.ev.num_named;
	for (i = num; i < GS_EVAL_MAX_NAMES; i++)
		assert_int_equal(gs_scope_define_scalar(&s.ev, "n", i), 0);
	assert_int_not_equal(gs_scope_define_scalar(&s.ev, "n", 0), 0);
	scope_fini(&s);
}

/* ---- subscripts ---------------------------------------------------------- */

static const struct {
	const char *expr;
	int64_t c, i, j;
} subscripts[] = {
	{ "3", 3, 0, 0 },
	{ "i", 0, 1, 0 },
	{ "i + j", 0, 1, 1 },
	{ "2 * i + 3 * j - 1", -1, 2, 3 },
	{ "i * v3[2] - five", -5, 3, 0 },
	{ "(i + j) * 2 + i", 0, 3, 2 },
	{ "i - i", 0, 0, 0 },
	{ "2 * (3 * (i + 1))", 6, 6, 0 },
	{ "max(v3) + j", 3, 0, 1 },
};

static void test_affine(void **state)
{
	struct gs_affine a;
	struct scope s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(subscripts) / sizeof(subscripts[0]); i++) {
		scope_init(&s, subscripts[i].expr, true);
		assert_int_equal(gs_scope_affine(&s.ev, s.cl->def[0].expr, &a),
				 0);
		assert_int_equal(a.c, subscripts[i].c);
		assert_int_equal(a.coef[0], subscripts[i].i);
		assert_int_equal(a.coef[1], subscripts[i].j);
		scope_fini(&s);
	}
}

static void test_affine_faults(void **state)
{
	static const struct {
		const char *expr, *says;
	} bad[] = {
		{ "i * j", "t.cdlt:2:11: product of two loop variables" },
		{ "i / 2", "unknown name 'i'" },
		{ "1 / 2", "subscripts need integers, found 0.5" },
		{ "2 ^ 31", "subscripts need integers" },
		{ "0 / 0", "subscripts need integers" },
		{ "v3", "expected one number, found 3" },
		{ "m", "unknown name 'm'" },
	};
	struct gs_affine a;
	struct scope s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		scope_init(&s, bad[i].expr, true);
		assert_int_not_equal(
			gs_scope_affine(&s.ev, s.cl->def[0].expr, &a), 0);
		assert_says(s.why, bad[i].says);
		scope_fini(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_bad_tokens),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_codelet),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_undefined),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_affine),
		cmocka_unit_test(test_affine_faults),
	};

	return cmocka_run_group_tests_name("codelets", tests, NULL, NULL);
}
