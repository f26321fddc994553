/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/schedule_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/schedule/schedule_read.h"
#include "hw-model/arch/json_build.h"
#include "hw-model/arch/json_text.h"
#include "hw-model/isa/utf8.h"

typedef struct json_object json;

static json *names(const char *list)
{
	json *out = json_object_new_array();
	const char *end;

	for (; list && *list; list = *end ? end + 1 : end) {
		end = strchr(list, ',');
		end = end ? end : list + strlen(list);
		gs_json_push(out, json_object_new_string_len(
					  list, (int)(end - list)));
	}
	return out;
}

static json *pieces(const struct gs_planned *l, unsigned var)
{
	json *out = json_object_new_array();
	struct gs_piece piece[GS_MAX_PIECES];
	const unsigned num =
		gs_pieces(l->binding, var, l->tiling.tile[var], piece);
	unsigned i;

	for (i = 0; i < num; i++) {
		json *p = json_object_new_array();

		gs_json_push(p, gs_json_number(piece[i].count));
		gs_json_push(p, gs_json_number(piece[i].tile));
		gs_json_push(out, p);
	}
	return out;
}

static json *rows(const struct gs_planned *l, const struct gs_acg *acg)
{
	const struct gs_bound_node *b = l->binding;
	json *out = json_object_new_object();
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->mem != GS_ACG_DRAM)
			gs_json_put(out, b->operand[i].decl->name,
				    gs_json_number((int64_t)gs_plan_rows(
					    b, acg, &l->tiling, i)));
	return out;
}

static json *memories(const struct gs_planned *l, const struct gs_acg *acg)
{
	const struct gs_bound_node *b = l->binding;
	json *out = json_object_new_object();
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->mem != GS_ACG_DRAM)
			gs_json_put(
				out, b->operand[i].decl->name,
				gs_json_text(
					acg->mem[b->operand[i].decl->mem].name));
	return out;
}

/* What follows from the decisions */
static json *info(const struct gs_planned *l, const struct gs_acg *acg)
{
	const struct gs_bound_node *b = l->binding;
	json *out = json_object_new_object(), *extent, *piece;
	unsigned i;

	gs_json_put(out, "operator", gs_json_text(b->node->op));
	extent = json_object_new_object();
	piece = json_object_new_object();
	for (i = 0; i < l->tiling.num_order; i++) {
		const unsigned v = l->tiling.order[i];

		gs_json_put(extent, b->var[v].name,
			    gs_json_number(b->var[v].units));
		gs_json_put(piece, b->var[v].name, pieces(l, v));
	}
	gs_json_put(out, "extent", extent);
	gs_json_put(out, "pieces", piece);
	gs_json_put(out, "rows", rows(l, acg));
	gs_json_put(out, "cycles",
		    gs_json_number((int64_t)(l->tiling.cycles + 0.5)));
	return out;
}

static json *layer_json(const struct gs_planned *l, const struct gs_acg *acg)
{
	const struct gs_bound_node *b = l->binding;
	json *out = json_object_new_object(), *order, *tile;
	struct gs_decision d;
	unsigned i;

	gs_decision_of(b, &l->tiling, &d);
	gs_json_put(out, "name", gs_json_text(b->node->name));
	gs_json_put(out, "codelet", gs_json_text(b->cl->name));
	gs_json_put(out, "fused", names(b->node->fused));
	order = json_object_new_array();
	tile = json_object_new_object();
	for (i = 0; i < d.num_loops; i++) {
		gs_json_push(order, gs_json_text(d.loop[i].name));
		gs_json_put(tile, d.loop[i].name,
			    gs_json_number(d.loop[i].tile));
	}
	gs_json_put(out, "order", order);
	gs_json_put(out, "tile", tile);
	gs_json_put(out, "strips", gs_json_number(d.strips ? d.strips : 1));
	gs_json_put(out, "split", json_object_new_boolean(d.split));
	gs_json_put(out, "memory", memories(l, acg));
	gs_json_put(out, "info", info(l, acg));
	return out;
}

/*
 * Layers stand one a line, with a line for each of their fields: such a file is
 * read by people.
 */
static void print_layer(json *layer, FILE *out)
{
	const char *comma = "";

	json_object_object_foreach(layer, key, value) {
		fprintf(out, "%s\n      \"%s\": %s", comma, key,
			json_object_to_json_string_ext(
				value, JSON_C_TO_STRING_SPACED |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
		comma = ",";
	}
}

static void print(const struct gs_acg *acg, int effort,
		  const struct gs_planned *layer, unsigned num, FILE *out)
{
	char machine[GS_ARCH_JSON_SIZE];
	enum gs_acg_mem mem;
	unsigned i;
	json *o;

	gs_arch_format(&acg->arch, machine, sizeof(machine));
	fprintf(out,
		"{\n  \"version\": %d,\n  \"machine\": %s,\n  \"effort\": %d,\n  \"buffers\": {",
		GS_SCHEDULE_VERSION, machine, effort);
	for (mem = GS_ACG_FIRST_ROWS; mem <= GS_ACG_LAST_ROWS; mem++)
		fprintf(out, "%s \"%s\": %u",
			mem == GS_ACG_FIRST_ROWS ? "" : ",", acg->mem[mem].name,
			acg->mem[mem].rows);
	fputs(" },\n  \"layers\": [", out);
	for (i = 0; i < num; i++) {
		o = layer_json(&layer[i], acg);
		fputs(i ? ",\n    {" : "\n    {", out);
		print_layer(o, out);
		fputs("\n    }", out);
		json_object_put(o);
	}
	fputs("\n  ]\n}\n", out);
}

/* What is read back must be the name again. */
static int check_names(const struct gs_planned *layer, unsigned num,
		       struct gs_diag *diag)
{
	unsigned i;

	for (i = 0; i < num; i++) {
		const struct gs_node *node = layer[i].binding->node;
		const bool own = !gs_utf8_valid(node->name);

		if (own || (node->fused && !gs_utf8_valid(node->fused)))
			return gs_error(
				diag, -EINVAL,
				"node '%s' (%s): %s is not UTF-8, as names in a schedule must be",
				gs_json_quote(node->name).s, node->op,
				own ? "its name" :
				      "the name of a node fused with it");
	}
	return 0;
}

int gs_schedule_write(const struct gs_arch *arch,
		      const struct gs_schedule *limits,
		      const struct gs_planned *layer, unsigned num_layers,
		      char **text, size_t *len, struct gs_diag *diag)
{
	int ret = check_names(layer, num_layers, diag);
	FILE *out = ret ? NULL : open_memstream(text, len);
	struct gs_acg acg;

	if (!out)
		return ret ? ret : gs_error(diag, -ENOMEM, "out of memory");
	gs_acg_init(&acg, arch);
	gs_schedule_limit(limits, &acg, NULL);
	print(&acg, GS_DEFAULT_EFFORT + (limits ? limits->more_effort : 0),
	      layer, num_layers, out);
	return fclose(out) ? gs_error(diag, -ENOMEM, "out of memory") : 0;
}
