/* SPDX-License-Identifier: MIT */
/* gsc: the compiler as a command. All work is done by the library, compiler/compile.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/ir/fdfg.h"
#include "compiler/tools/gsc_args.h"
#include "hw-model/isa/file.h"
#include "runtime/support/npy.h"

#define MAX_MODEL_BYTES ((size_t)2 << 30)

struct gsc {
	struct gsc_args args;
	struct gs_arch arch;
	struct gs_calib calib[GSC_MAX_CALIB];
	float *samples[GSC_MAX_CALIB];
	unsigned num_kept; /**< files of --keep-intermediates */
	bool keep_failed;
	bool dumped; /**< --dump-after named a pass that ran */
};

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	static const char *const prefix[] = { "note", "warning", "error" };

	(void)ctx;
	fprintf(stderr, "gsc: %s: %s\n", prefix[severity], text);
}

/* ---- calibration data ---- */

static double meta_number(const struct gs_graph *graph, const char *key,
			  double fallback)
{
	unsigned i;

	for (i = 0; i < graph->num_meta; i++)
		if (!strcmp(graph->meta[i].key, key))
			return strtod(graph->meta[i].value, NULL);
	return fallback;
}

/* Floats are taken as they are; bytes are pixels, scaled as the model says. */
static float *to_floats(const struct gs_npy *npy, const struct gs_graph *graph)
{
	const bool pixels = npy->type == GS_NPY_U8;
	const double scale = pixels ? meta_number(graph, "input.scale", 1) : 1;
	const double mean = pixels ? meta_number(graph, "input.mean", 0) : 0;
	float *out = malloc(npy->elems * sizeof(*out));
	size_t i;

	for (i = 0; out && i < npy->elems; i++)
		out[i] = (float)((gs_npy_get(npy, i) - mean) * scale);
	return out;
}

static const struct gs_tensor *find_input(const struct gs_graph *graph,
					  const char *name)
{
	unsigned i;

	if (!name)
		return graph->num_inputs == 1 ? graph->input[0] : NULL;
	for (i = 0; i < graph->num_inputs; i++)
		if (!strcmp(graph->input[i]->name, name))
			return graph->input[i];
	return NULL;
}

/*
 * Samples along the first axis: behind it stand the dimensions of the input
 * behind its first, dimensions of 1 aside.
 */
static bool stacks(const struct gs_npy *npy, const struct gs_shape *shape)
{
	unsigned i = 1, d = 1;

	while (i < npy->rank || d < shape->rank) {
		if (i < npy->rank && npy->dim[i] == 1)
			i++;
		else if (d < shape->rank && shape->dim[d] == 1)
			d++;
		else if (i == npy->rank || d == shape->rank ||
			 npy->dim[i++] != shape->dim[d++])
			return false;
	}
	return true;
}

static int load_calib(struct gsc *g, unsigned i, const struct gs_graph *graph,
		      struct gs_diag *diag)
{
	const struct gsc_calib_arg *arg = &g->args.calib[i];
	const struct gs_tensor *input = find_input(graph, arg->name);
	const int64_t elems = input ? gs_shape_elems(&input->shape) : 0;
	struct gs_npy npy;
	char err[512], shape[128];
	int ret;

	if (!input)
		return arg->name ?
			       gs_error(diag, -EINVAL,
					"the model has no input '%s'",
					arg->name) :
			       gs_error(
				       diag, -EINVAL,
				       "the model has %u inputs: --calibrate needs NAME=FILE",
				       graph->num_inputs);
	ret = gs_npy_read(arg->path, &npy, err, sizeof(err));
	if (ret)
		return gs_error(diag, ret, "%s", err);
	if (!npy.elems || npy.elems % (size_t)elems ||
	    !stacks(&npy, &input->shape)) {
		ret = gs_error(
			diag, -EINVAL,
			"%s: %zu values are not samples of input '%s' (%s) along the first axis",
			arg->path, npy.elems, input->name,
			gs_shape_format(&input->shape, shape, sizeof(shape)));
	} else {
		g->samples[i] = to_floats(&npy, graph);
		g->calib[i] =
			(struct gs_calib){ .name = input->name,
					   .data = g->samples[i],
					   .samples = npy.elems / (size_t)elems,
					   .num_values = npy.elems };
		if (!g->samples[i])
			ret = gs_error(diag, -ENOMEM, "out of memory");
	}
	gs_npy_free(&npy);
	return ret;
}

static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	struct gsc *g = ctx;
	unsigned i;
	int ret = 0;

	for (i = 0; i < g->args.num_calib && !ret; i++)
		ret = load_calib(g, i, graph, diag);
	*calib = g->calib;
	*num = g->args.num_calib;
	return ret;
}

/* ---- dumps ---- */

static void dump(FILE *out, struct gs_graph *graph, struct gs_bound_node *first)
{
	const struct gs_bound_node *b;

	gs_graph_dump(graph, out);
	if (first)
		fputs("opened:\n", out);
	for (b = first; b; b = b->next) {
		const struct gs_fdfg *f = gs_fdfg_open(graph, b);

		if (f)
			gs_fdfg_dump(f, out);
	}
}

static FILE *open_kept(struct gsc *g, const char *name)
{
	char path[4400];
	FILE *f;

	snprintf(path, sizeof(path), "%s.d", g->args.output);
	if (mkdir(path, 0777) && errno != EEXIST)
		goto fail;
	snprintf(path, sizeof(path), "%s.d/%s", g->args.output, name);
	f = fopen(path, "w");
	if (f)
		return f;
fail:
	fprintf(stderr, "gsc: error: %s: %s\n", path, strerror(errno));
	g->keep_failed = true;
	return NULL;
}

static void keep_graph(struct gsc *g, const char *pass, struct gs_graph *graph,
		       struct gs_bound_node *first)
{
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "%02u-%s.txt", g->num_kept++, pass);
	f = open_kept(g, name);
	if (!f)
		return;
	dump(f, graph, first);
	if (fclose(f))
		g->keep_failed = true;
}

static void after_pass(void *ctx, const char *pass, struct gs_graph *graph,
		       struct gs_bound_node *first)
{
	struct gsc *g = ctx;

	if (g->args.dump_after && !strcmp(g->args.dump_after, pass)) {
		dump(stdout, graph, first);
		g->dumped = true;
	}
	if (g->args.keep && !g->keep_failed)
		keep_graph(g, pass, graph, first);
}

static void print_layers(const struct gs_program *p, FILE *out)
{
	uint32_t i;

	fprintf(out, "%-28s %-14s %6s %6s  %s\n", "layer", "operator", "blocks",
		"words", "codelet: tiles");
	for (i = 0; i < p->num_layers; i++)
		fprintf(out, "%-28s %-14s %6u %6u  %s\n", p->layer[i].name,
			p->layer[i].op, p->layer[i].num_blocks,
			p->layer[i].num_words, p->layer[i].note);
	fprintf(out,
		"code %u words, parameters %" PRIu64
		" bytes, constants %" PRIu64 " bytes, activations %" PRIu64
		" bytes",
		p->num_words, p->param_bytes, p->const_bytes, p->act_bytes);
	if (p->own_bytes > p->act_bytes)
		fprintf(out, " of %" PRIu64 ", the others shared",
			p->own_bytes);
	fputc('\n', out);
}

/* The code before relocation, as assembly text with a comment at each layer. */
static void keep_program(struct gsc *g, const struct gs_program *p)
{
	FILE *f = open_kept(g, "program.s");
	uint32_t layer = 0, i;
	struct gs_insn insn;
	char text[96];

	for (i = 0; f && i < p->num_words; i++) {
		if (layer < p->num_layers && p->layer[layer].first_word == i) {
			fprintf(f, "# %s (%s), %s\n", p->layer[layer].name,
				p->layer[layer].op, p->layer[layer].note);
			layer++;
		}
		if (gs_isa_decode(p->code[i], GS_ENC_SYNC_INST, &insn))
			continue;
		gs_isa_format(&insn, text, sizeof(text));
		fprintf(f, "%s\n", text);
	}
	if (f && fclose(f))
		g->keep_failed = true;
	f = open_kept(g, "machine.txt");
	if (f) {
		struct gs_acg acg;

		gs_acg_init(&acg, &p->arch);
		gs_acg_dump(&acg, f);
		if (fclose(f))
			g->keep_failed = true;
	}
	f = open_kept(g, "layers.txt");
	if (!f)
		return;
	print_layers(p, f);
	if (fclose(f))
		g->keep_failed = true;
}

/* ---- main ---- */

static int load_arch(struct gsc *g)
{
	char err[GS_ARCH_ERR_SIZE];
	int ret;

	g->arch = *gs_arch_default();
	if (!g->args.arch)
		return 0;
	ret = gs_arch_load(g->args.arch, &g->arch, err);
	if (ret)
		fprintf(stderr, "gsc: error: %s\n", err);
	return ret;
}

static int write_output(struct gsc *g, const struct gs_compiled *c)
{
	const bool qdq = g->args.goal == GS_GOAL_QDQ;
	const int ret = gs_file_write(g->args.output,
				      (const char *)(qdq ? c->qdq : c->model),
				      qdq ? c->qdq_bytes : c->model_bytes);

	if (ret)
		fprintf(stderr, "gsc: error: %s: %s\n", g->args.output,
			strerror(-ret));
	return ret;
}

static int check_output(const struct gsc *g)
{
	if (g->args.dump_after && !g->dumped) {
		fprintf(stderr,
			"gsc: error: pass %s is not on the way to this output (--emit)\n",
			g->args.dump_after);
		return -EINVAL;
	}
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	fprintf(stderr, "gsc: error: standard output: %s\n", strerror(errno));
	return -EIO;
}

static int compile_file(struct gsc *g, const char *data, size_t size)
{
	const struct gs_compile_opts opts = {
		.arch = &g->arch,
		.codelet_dir = g->args.codelets,
		.shape = g->args.shape,
		.num_shapes = g->args.num_shapes,
		.calibrate = g->args.num_calib ? calibrate : NULL,
		.calibrate_ctx = g,
		.after_pass = after_pass,
		.after_pass_ctx = g,
	};
	struct gs_diag diag = { .report = report };
	struct gs_compiled c;
	int ret = gs_compile(data, size, &opts, g->args.goal, &c, &diag);

	if (!ret && g->args.keep && g->args.goal == GS_GOAL_MODEL)
		keep_program(g, &c.program);
	if (!ret && g->args.verbose && g->args.goal == GS_GOAL_MODEL)
		print_layers(&c.program, stdout);
	if (!ret)
		ret = write_output(g, &c);
	gs_compile_free(&c);
	ret = ret ? ret : g->keep_failed ? -EIO : 0;
	return ret ? ret : check_output(g);
}

int main(int argc, char **argv)
{
	struct gsc *g = calloc(1, sizeof(*g));
	char *data = NULL;
	size_t size = 0, i;
	int ret;

	if (!g) {
		fputs("gsc: error: out of memory\n", stderr);
		return 1;
	}
	ret = gsc_parse_args(argc, argv, &g->args);
	if (ret >= 0)
		goto out;
	ret = load_arch(g) ? 1 : 0;
	if (ret)
		goto out;
	ret = gs_file_read(g->args.model, MAX_MODEL_BYTES, &data, &size);
	if (ret)
		fprintf(stderr, "gsc: error: %s: %s\n", g->args.model,
			strerror(-ret));
	else
		ret = compile_file(g, data, size);
	ret = ret ? 1 : 0;
	free(data);
out:
	for (i = 0; i < GSC_MAX_CALIB; i++)
		free(g->samples[i]);
	free(g);
	return ret;
}
