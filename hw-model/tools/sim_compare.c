/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sim_compare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_csv.h"
#include "hw-model/tools/sim_files.h"
#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sim_result.h"
#include "runtime/support/column.h"

#define TOP 20
#define NAME_WIDTH 40

/* A layer of both, or of one: the other is NULL. */
struct pair {
	const struct sim_result_layer *side[2];
};

struct comparison {
	struct sim_result result[2];
	struct pair *pairs;
	size_t num;
};

/* ---- pairs ---------------------------------------------------------------------- */

static uint64_t cycles(const struct pair *p, unsigned side)
{
	return p->side[side] ? p->side[side]->cycles : 0;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

/* Those that change most first, then as in A, then as in B. */
static int by_change(const void *x, const void *y)
{
	const struct pair *p = x, *q = y;
	const uint64_t d = distance(cycles(p, 0), cycles(p, 1)),
		       e = distance(cycles(q, 0), cycles(q, 1));
	const unsigned side = !p->side[0] && !q->side[0];

	if (d != e)
		return d < e ? 1 : -1;
	if (!p->side[side] != !q->side[side])
		return p->side[side] ? -1 : 1;
	return p->side[side] < q->side[side] ? -1 :
					       p->side[side] > q->side[side];
}

static bool match(struct comparison *c)
{
	const struct sim_result *a = &c->result[0], *b = &c->result[1];
	const struct sim_result_layer **in_a = sim_result_sort(a),
				      **in_b = sim_result_sort(b);

	c->pairs = calloc(a->num + b->num + 1, sizeof(*c->pairs));
	if (in_a && in_b && c->pairs) {
		for (size_t i = 0; i < a->num; i++)
			c->pairs[c->num++] = (struct pair){
				{ &a->layers[i],
				  sim_result_find(in_b, b->num,
						  a->layers[i].name) }
			};
		for (size_t i = 0; i < b->num; i++)
			if (!sim_result_find(in_a, a->num, b->layers[i].name))
				c->pairs[c->num++] = (struct pair){
					{ NULL, &b->layers[i] }
				};
		qsort(c->pairs, c->num, sizeof(*c->pairs), by_change);
	} else {
		fputs("gs-sim: out of memory\n", stderr);
	}
	free(in_a);
	free(in_b);
	return c->num != 0;
}

/* ---- for people ----------------------------------------------------------------- */

static void print_numbers(uint64_t a, uint64_t b, bool has_ratio)
{
	char change[24];

	snprintf(change, sizeof(change), "%s%" PRIu64,
		 b < a ? "-" :
		 b > a ? "+" :
			 "",
		 distance(a, b));
	if (has_ratio && a)
		printf(" %7.3f", (double)b / (double)a);
	else
		printf(" %7s", "-");
	printf(" %12s", change);
}

static void print_limit(const struct sim_result_layer *layer)
{
	printf("%s%s%s", layer->limit, *layer->waits ? " waits: " : "",
	       layer->waits);
}

static void print_energy(const struct sim_result_layer *layer)
{
	if (layer)
		printf(" %9.3f", layer->energy_pj / 1e6);
	else
		printf(" %9s", "-");
}

static void print_pair(const struct pair *p, int width, bool energy)
{
	const struct sim_result_layer *a = p->side[0], *b = p->side[1];

	fputs("  ", stdout);
	gs_column_print(stdout, a ? a->name : b->name, width);
	printf(" %-12.12s", a ? a->op : b->op);
	for (unsigned s = 0; s < 2; s++)
		if (p->side[s])
			printf(" %11" PRIu64, p->side[s]->cycles);
		else
			printf(" %11s", "-");
	print_numbers(cycles(p, 0), cycles(p, 1), a && b);
	for (unsigned s = 0; energy && s < 2; s++)
		print_energy(p->side[s]);
	if (!a || !b)
		printf("  only in %c, ", a ? 'A' : 'B');
	else
		fputs("  ", stdout);
	print_limit(a ? a : b);
	if (a && b &&
	    (strcmp(a->limit, b->limit) || strcmp(a->waits, b->waits))) {
		fputs(" -> ", stdout);
		print_limit(b);
	}
	putchar('\n');
}

static void print_side(char letter, const char *path,
		       const struct sim_result *result)
{
	printf("%c: %s", letter, path);
	if (result->is_model)
		printf(" on %s, %s", result->sim.arch.name,
		       gs_timing_preset_name(result->sim.preset));
	printf(": %" PRIu64 " cycles", result->cycles);
	if (result->energy_table)
		printf(", %.3f uJ (%s)", result->energy_pj / 1e6,
		       result->energy_table);
	putchar('\n');
}

static void print(const struct comparison *c, const char *const path[2])
{
	const size_t shown = c->num < TOP ? c->num : TOP;
	const bool energy = c->result[0].energy_table &&
			    c->result[1].energy_table;
	int width = 5;

	print_side('A', path[0], &c->result[0]);
	print_side('B', path[1], &c->result[1]);
	if (energy &&
	    strcmp(c->result[0].energy_table, c->result[1].energy_table) != 0)
		puts("their energies are of different tables");
	for (size_t i = 0; i < shown; i++) {
		const struct pair *p = &c->pairs[i];
		const int len = gs_column_width(p->side[!p->side[0]]->name);

		if (len > width)
			width = len < NAME_WIDTH ? len : NAME_WIDTH;
	}
	printf("  %-*s %-12s %11s %11s %7s %12s%s  %s\n", width, "layer",
	       "operator", "cycles A", "cycles B", "B / A", "change",
	       energy ? "      uJ A      uJ B" : "", "limit");
	for (size_t i = 0; i < shown; i++)
		print_pair(&c->pairs[i], width, energy);
	if (c->num > shown)
		printf("  and %zu more that change less\n", c->num - shown);
	printf("  %-*s %-12s %11" PRIu64 " %11" PRIu64, width, "total", "",
	       c->result[0].cycles, c->result[1].cycles);
	print_numbers(c->result[0].cycles, c->result[1].cycles, true);
	if (energy)
		printf(" %9.3f %9.3f", c->result[0].energy_pj / 1e6,
		       c->result[1].energy_pj / 1e6);
	putchar('\n');
}

/* ---- for programs --------------------------------------------------------------- */

static void put_energy(FILE *out, const struct sim_result *result,
		       const struct sim_result_layer *layer)
{
	char text[SIM_NUMBER_SIZE];

	putc(',', out);
	if (layer && result->energy_table)
		fputs(sim_number(layer->energy_pj, text), out);
}

static void put_pair(FILE *out, const struct comparison *c,
		     const struct pair *p)
{
	const struct sim_result_layer *a = p->side[0], *b = p->side[1];
	const uint64_t from = cycles(p, 0), to = cycles(p, 1);

	sim_csv_put(out, a ? a->name : b->name);
	putc(',', out);
	sim_csv_put(out, a ? a->op : b->op);
	for (unsigned s = 0; s < 2; s++) {
		putc(',', out);
		if (p->side[s])
			fprintf(out, "%" PRIu64, p->side[s]->cycles);
	}
	putc(',', out);
	if (a && b && from)
		fprintf(out, "%.6f", (double)to / (double)from);
	fprintf(out, ",%s%" PRIu64, to < from ? "-" : "", distance(from, to));
	for (unsigned s = 0; s < 2; s++)
		fprintf(out, ",%s,%s", p->side[s] ? p->side[s]->limit : "",
			p->side[s] ? p->side[s]->waits : "");
	for (unsigned s = 0; s < 2; s++)
		put_energy(out, &c->result[s], p->side[s]);
	putc('\n', out);
}

static bool write_csv(const struct comparison *c, const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (out) {
		fputs("layer,operator,cycles_a,cycles_b,ratio,change,limit_a,"
		      "limit_a_waits_for,limit_b,limit_b_waits_for,"
		      "energy_a_pj,energy_b_pj\n",
		      out);
		for (size_t i = 0; i < c->num; i++)
			put_pair(out, c, &c->pairs[i]);
	}
	if (!out || ferror(out) | fclose(out))
		ret = -ENOMEM;
	else
		ret = gs_file_write(path, text, size);
	free(text);
	if (ret)
		fprintf(stderr, "gs-sim: %s: %s\n", sim_file_name(path),
			strerror(-ret));
	return !ret;
}

/* ---- sides ---------------------------------------------------------------------- */

static bool open_side(struct comparison *c, unsigned s, const char *path,
		      const struct sim_timing_options *both,
		      const struct sim_compare_side *side)
{
	const char *arch[2 * SIM_MAX_ARCH + 1] = { NULL };
	struct sim_timing_options options = *both;
	unsigned num = 0;

	for (const char *const *a = both->arch; *a; a++)
		arch[num++] = *a;
	for (unsigned i = 0; i < side->num_arch; i++)
		arch[num++] = side->arch[i];
	options.arch = arch;
	if (side->has_preset)
		options.preset = side->preset;
	if (!sim_result_open(&c->result[s], path, &options))
		return false;
	if (c->result[s].is_model || !(side->num_arch || side->has_preset))
		return true;
	fprintf(stderr,
		"gs-sim: %s: no model file, and what it says is not timed again "
		"with --%s-%c\n",
		path, side->num_arch ? "arch" : "preset", "ab"[s]);
	return false;
}

static bool check_models(const struct comparison *c,
			 const struct sim_timing_options *both,
			 const struct sim_compare_options *options)
{
	if (c->result[0].is_model || c->result[1].is_model ||
	    !(both->arch[0] || options->has_preset))
		return true;
	fprintf(stderr,
		"gs-sim: compare: --%s is for model files, and none is named\n",
		both->arch[0] ? "arch" : "preset");
	return false;
}

bool sim_compare(const char *const path[2],
		 const struct sim_timing_options *both,
		 const struct sim_compare_options *options)
{
	struct comparison c = { 0 };
	bool ok = open_side(&c, 0, path[0], both, &options->side[0]) &&
		  open_side(&c, 1, path[1], both, &options->side[1]) &&
		  check_models(&c, both, options) && match(&c);

	if (ok && !sim_is_stdout(both->csv))
		print(&c, path);
	if (ok && both->csv)
		ok = write_csv(&c, both->csv);
	free(c.pairs);
	sim_result_close(&c.result[0]);
	sim_result_close(&c.result[1]);
	return ok;
}
