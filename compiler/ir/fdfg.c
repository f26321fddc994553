/* SPDX-License-Identifier: MIT */
#include "compiler/ir/fdfg.h"

#include <inttypes.h>
#include <string.h>

const struct gs_fdfg *gs_fdfg_open(struct gs_graph *graph,
				   const struct gs_bound_node *binding)
{
	struct gs_fdfg *f = binding->node->open;
	unsigned i, l;

	if (f)
		return f;
	f = gs_graph_alloc(graph, sizeof(*f));
	if (!f)
		return NULL;
	f->binding = binding;
	f->num_ops = binding->num_stmts;
	for (i = 0; i < f->num_ops; i++) {
		const struct gs_bound_stmt *s = &binding->stmt[i];

		f->op[i] = (struct gs_fdfg_op){ .stmt = s, .points = 1 };
		for (l = 0; l < s->num_vars; l++)
			f->op[i].points *=
				(uint64_t)binding->var[s->var[l]].extent;
	}
	binding->node->open = f;
	return f;
}

static int64_t at_point(const struct gs_affine *a, const int64_t *index)
{
	int64_t sum = a->c;
	unsigned v;

	for (v = 0; v < GS_MAX_VARS; v++)
		sum += a->coef[v] * index[v];
	return sum;
}

bool gs_fdfg_scalar(const struct gs_fdfg *fdfg, unsigned op, uint64_t point,
		    struct gs_fdfg_scalar *out)
{
	const struct gs_bound_stmt *s = op < fdfg->num_ops ? fdfg->op[op].stmt :
							     NULL;
	int64_t index[GS_MAX_VARS] = { 0 };
	unsigned l, a, d;

	if (!s || point >= fdfg->op[op].points)
		return false;
	for (l = s->num_vars; l-- > 0;) {
		const uint64_t extent =
			(uint64_t)fdfg->binding->var[s->var[l]].extent;

		index[s->var[l]] = (int64_t)(point % extent);
		point /= extent;
	}
	*out = (struct gs_fdfg_scalar){ .fn = s->fn, .num_args = s->num_args };
	out->dst.operand = s->dst.operand;
	for (d = 0; d < GS_CL_MAX_DIMS; d++)
		out->dst.sub[d] = at_point(&s->dst.sub[d], index);
	for (a = 0; a < s->num_args; a++) {
		out->arg[a].operand = s->arg[a].operand;
		out->arg[a].imm = s->arg[a].imm;
		for (d = 0; d < GS_CL_MAX_DIMS; d++)
			out->arg[a].sub[d] = at_point(&s->arg[a].sub[d], index);
	}
	return true;
}

/* A span as the codelet has it: by its name, for what its tile begins with and how far into it */
static struct gs_affine by_name(const struct gs_bound_node *b,
				const struct gs_affine *a)
{
	struct gs_affine named = *a;
	unsigned v, k;

	for (v = 0; v < b->num_vars; v++) {
		const struct gs_bound_span *s = b->var[v].span;

		for (k = 0; s && k < b->num_vars; k++)
			named.coef[k] -= a->coef[v] * s->value.coef[k];
		named.c -= s ? a->coef[v] * s->value.c : 0;
	}
	return named;
}

static void print_affine(const struct gs_bound_node *b,
			 const struct gs_affine *whole, FILE *out)
{
	const struct gs_affine named = by_name(b, whole), *a = &named;
	const char *plus = "";
	unsigned v;

	for (v = 0; v < b->num_vars; v++) {
		if (!a->coef[v])
			continue;
		if (a->coef[v] == 1)
			fprintf(out, "%s%s", plus, b->var[v].name);
		else
			fprintf(out, "%s%" PRId64 "*%s", plus, a->coef[v],
				b->var[v].name);
		plus = "+";
	}
	if (a->c || !*plus)
		fprintf(out, "%s%" PRId64, a->c < 0 ? "" : plus, a->c);
}

static void print_ref(const struct gs_bound_node *b,
		      const struct gs_bound_ref *ref, FILE *out)
{
	const struct gs_cl_operand *o;
	unsigned d;

	if (ref->operand < 0) {
		fprintf(out, "%" PRId32, ref->imm);
		return;
	}
	o = b->operand[ref->operand].decl;
	fprintf(out, "%s[", o->name);
	for (d = 0; d < o->num_dims; d++) {
		fputs(d ? "," : "", out);
		if (!strcmp(o->dim[d], GS_CL_LANE))
			fputs("@", out);
		else
			print_affine(b, &ref->sub[d], out);
	}
	fputs("]", out);
}

static void print_element(const struct gs_bound_node *b, int operand,
			  const int64_t *sub, int32_t imm, FILE *out)
{
	const struct gs_cl_operand *o;
	unsigned d;

	if (operand < 0) {
		fprintf(out, "%" PRId32, imm);
		return;
	}
	o = b->operand[operand].decl;
	fputs(o->name, out);
	for (d = 0; d < o->num_dims; d++)
		fprintf(out, "%c%" PRId64, d ? ',' : '[', sub[d]);
	fputs("]", out);
}

static void print_scalar(const struct gs_fdfg *fdfg,
			 const struct gs_fdfg_scalar *s, bool result, FILE *out)
{
	const struct gs_bound_node *b = fdfg->binding;
	unsigned a;

	fputs("  ", out);
	if (result) {
		print_element(b, s->dst.operand, s->dst.sub, s->dst.imm, out);
		fputs(" = ", out);
	}
	fprintf(out, "%s(", s->fn->name);
	for (a = 0; a < s->num_args; a++) {
		fputs(a ? ", " : "", out);
		print_element(b, s->arg[a].operand, s->arg[a].sub,
			      s->arg[a].imm, out);
	}
	fputs(")\n", out);
}

void gs_fdfg_print_stmt(const struct gs_bound_node *b,
			const struct gs_bound_stmt *s, FILE *out)
{
	unsigned a;

	print_ref(b, &s->dst, out);
	fprintf(out, " = %s(", s->fn->name);
	for (a = 0; a < s->num_args; a++) {
		fputs(a ? ", " : "", out);
		print_ref(b, &s->arg[a], out);
	}
	if (s->decl->shift)
		fprintf(out, ", >>%u", s->shift);
	fputs(")", out);
}

static void print_op(const struct gs_fdfg *fdfg, unsigned i, FILE *out)
{
	const struct gs_bound_stmt *s = fdfg->op[i].stmt;
	const struct gs_bound_node *b = fdfg->binding;
	unsigned l;

	fprintf(out, "for");
	for (l = 0; l < s->num_vars; l++)
		fprintf(out, "%s %s<%s=%" PRId64, l ? "," : "",
			b->var[s->var[l]].name, s->decl->loop[l].extent,
			b->var[s->var[l]].extent);
	fprintf(out, " {%" PRIu64 "}: ", fdfg->op[i].points);
	gs_fdfg_print_stmt(b, s, out);
	fputc('\n', out);
}

void gs_fdfg_dump(const struct gs_fdfg *fdfg, FILE *out)
{
	struct gs_fdfg_scalar scalar;
	unsigned i;

	fprintf(out, "  %s = %s (codelet %s)\n",
		fdfg->binding->node->output[0]->name, fdfg->binding->node->op,
		fdfg->binding->cl->name);
	for (i = 0; i < fdfg->num_ops; i++) {
		fputs("    ", out);
		print_op(fdfg, i, out);
		if (!gs_fdfg_scalar(fdfg, i, 0, &scalar))
			continue;
		fputs("    ", out);
		print_scalar(fdfg, &scalar, false, out);
	}
}

void gs_fdfg_remark(const struct gs_fdfg *fdfg, uint64_t scalars, FILE *out)
{
	struct gs_fdfg_scalar scalar;
	uint64_t p;
	unsigned i;

	fprintf(out, "# codelet %s\n", fdfg->binding->cl->name);
	for (i = 0; i < fdfg->num_ops; i++) {
		fputs("# ", out);
		print_op(fdfg, i, out);
		for (p = 0; p < scalars; p++) {
			if (!gs_fdfg_scalar(fdfg, i, p, &scalar))
				break;
			fputs("# ", out);
			print_scalar(fdfg, &scalar, true, out);
		}
		if (scalars && p < fdfg->op[i].points)
			fprintf(out, "#   ... and %" PRIu64 " more\n",
				fdfg->op[i].points - p);
	}
}
