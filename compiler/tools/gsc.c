/* SPDX-License-Identifier: MIT */
/* gsc: the compiler as a command. All work is done by the library, compiler/compile.h. */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/ir/fdfg.h"
#include "compiler/schedule/schedule_write.h"
#include "compiler/tools/gsc_acg.h"
#include "compiler/tools/gsc_args.h"
#include "compiler/tools/gsc_calib.h"
#include "compiler/tools/gsc_files.h"
#include "compiler/tools/gsc_layers.h"
#include "compiler/tools/gsc_meta.h"
#include "compiler/tools/gsc_quant.h"
#include "compiler/tools/gsc_report.h"
#include "hw-model/isa/file.h"
#include "runtime/support/column.h"
#include "runtime/support/progress.h"

#define MAX_MODEL_BYTES ((size_t)2 << 30)

struct gsc {
	void *model; /* the ONNX file, until it is imported */
	struct gsc_args args;
	struct gs_arch arch;
	struct gsc_meta meta;
	struct gsc_calib calib;
	struct gs_progress bar; /**< total 0: none */
	unsigned num_kept; /**< files of --keep-intermediates */
	bool keep_failed;
	bool begun; /**< the graph was read */
	uint64_t ran; /**< bit i: gs_compile_pass(i) did */
	bool dumped; /**< --dump-after named a pass that ran */
	bool sampled; /**< --calibrate was asked for */
	bool reported; /**< what --quant-report asks for was there */
};

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	static const char *const prefix[] = { "note", "warning", "error" };
	struct gsc *g = ctx;

	gs_progress_stop(&g->bar);
	fprintf(stderr, "gsc: %s: %s\n", prefix[severity], text);
}

/* ---- progress ---- */

static void show_layers(void *ctx, unsigned done, unsigned of)
{
	struct gsc *g = ctx;

	if (!g->bar.total)
		gs_progress_start(&g->bar, "scheduling layers", of, false);
	gs_progress_update(&g->bar, done);
}

/* Several passes run all samples, one after the other. */
static void show_samples(void *ctx, size_t sample, size_t num)
{
	struct gsc *g = ctx;

	if (!sample || !g->bar.total) {
		gs_progress_stop(&g->bar);
		gs_progress_start(&g->bar, "running samples", num, false);
	}
	gs_progress_update(&g->bar, sample);
}

static void end_progress(struct gsc *g)
{
	gs_progress_stop(&g->bar);
	g->bar.total = 0;
}

/* ---- calibration data ---- */

static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	struct gsc *g = ctx;
	int ret = g->meta.num ? gsc_meta_check(graph, diag) : 0;

	g->sampled = true;
	ret = ret ? ret : gsc_calib_load(&g->calib, &g->args, graph, diag);
	*calib = g->calib.calib;
	*num = g->calib.num;
	return ret;
}

static int write_quant_report(void *ctx, const struct gs_quant_report *report,
			      struct gs_diag *diag)
{
	struct gsc *g = ctx;
	const char *path = g->args.quant_report;
	const size_t len = strlen(path);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret;

	g->reported = true;
	end_progress(g);
	if (!out)
		return gs_error(diag, -ENOMEM, "out of memory");
	gsc_quant_print(report, len > 4 && !strcmp(path + len - 4, ".csv"),
			out);
	if (fclose(out)) {
		free(text);
		return gs_error(diag, -ENOMEM, "out of memory");
	}
	ret = gs_file_write(path, text, size);
	free(text);
	return ret ? gs_error(diag, ret, "%s: %s", path, strerror(-ret)) : 0;
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

	if (g->keep_failed)
		return NULL;
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

/* The first graph is the one that was read, after whatever pass it was written. */
static void note_pass(struct gsc *g, const char *pass)
{
	const struct gs_pass_info *p;
	unsigned i;

	for (i = 0; g->begun && (p = gs_compile_pass(i)); i++)
		if (!strcmp(p->name, pass))
			g->ran |= UINT64_C(1) << i;
	g->begun = true;
}

static void after_pass(void *ctx, const char *pass, struct gs_graph *graph,
		       struct gs_bound_node *first)
{
	struct gsc *g = ctx;

	end_progress(g);
	note_pass(g, pass);
	if (!strcmp(pass, "import")) {
		free(g->model);
		g->model = NULL;
	}
	if (!strcmp(pass, "quantize") && !g->args.verify)
		gsc_calib_free(&g->calib);
	if (g->args.dump_after && !strcmp(g->args.dump_after, pass)) {
		dump(stdout, graph, first);
		g->dumped = true;
	}
	if (g->args.keep)
		keep_graph(g, pass, graph, first);
}

static void print_layers(const struct gs_compiled *c, FILE *out)
{
	const struct gs_program *p = &c->program;
	int width = 28, ops = 14;
	uint32_t i;

	for (i = 0; i < p->num_layers; i++) {
		/* Of long names that the compiler made the end will do. */
		if (!strstr(p->layer[i].name, "/via/"))
			width = gs_column_fit(width, p->layer[i].name, 64);
		ops = gs_column_fit(ops, p->layer[i].op, 24);
	}
	fprintf(out, "%-*s %-*s %6s %6s  %s\n", width, "layer", ops, "operator",
		"blocks", "words", "codelet: tiles");
	for (i = 0; i < p->num_layers; i++) {
		gs_column_print(out, p->layer[i].name, width);
		putc(' ', out);
		gs_column_print(out, p->layer[i].op, ops);
		fprintf(out, " %6u %6u  %s\n", p->layer[i].num_blocks,
			p->layer[i].num_words,
			p->layer[i].note ? p->layer[i].note : "");
	}
	fprintf(out,
		"code %u words, parameters %" PRIu64
		" bytes, constants %" PRIu64 " bytes, activations %" PRIu64
		" bytes",
		p->num_words, p->param_bytes, p->const_bytes, p->act_bytes);
	if (p->own_bytes > p->act_bytes)
		fprintf(out, " of %" PRIu64 ", the others shared",
			p->own_bytes);
	if (c->layer_order.changed)
		fprintf(out, "; in the model's order of layers %" PRIu64,
			c->layer_order.given);
	fputc('\n', out);
}

/* The code before relocation, as assembly text with a comment at each layer. */
static void keep_program(struct gsc *g, const struct gs_compiled *c)
{
	const struct gs_program *p = &c->program;
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
	print_layers(c, f);
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

static int write_schedule(struct gsc *g, const struct gs_compiled *c)
{
	struct gs_diag diag = { .report = report, .ctx = g };
	char *text = NULL;
	size_t len = 0;
	int ret = gs_schedule_write(&g->arch, &g->args.knobs.schedule, c->plan,
				    c->num_layers, &text, &len, &diag);

	if (ret)
		return ret;
	ret = gs_file_write(g->args.output, text, len);
	if (ret)
		fprintf(stderr, "gsc: error: %s: %s\n", g->args.output,
			strerror(-ret));
	free(text);
	return ret;
}

static int write_output(struct gsc *g, const struct gs_compiled *c)
{
	const char *data = (const char *)c->model;
	size_t size = c->model_bytes;
	int ret;

	if (g->args.emit == GSC_EMIT_LAYERS)
		return gsc_layers_write(c, g->args.output);
	if (g->args.emit == GSC_EMIT_SCHEDULE)
		return write_schedule(g, c);
	if (g->args.goal == GS_GOAL_QDQ) {
		data = (const char *)c->qdq;
		size = c->qdq_bytes;
	} else if (c->text) {
		data = c->text;
		size = c->text_bytes;
	}
	ret = gs_file_write(g->args.output, data, size);
	if (ret)
		fprintf(stderr, "gsc: error: %s: %s\n", g->args.output,
			strerror(-ret));
	return ret;
}

static int flush_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	fprintf(stderr, "gsc: error: standard output: %s\n", strerror(errno));
	return -EIO;
}

/* Options that wait for a pass, which did not come */
static int check_used(const struct gsc *g)
{
	const char *pass, *idle = gsc_args_idle(&g->args, g->ran, &pass);

	/* As with the shapes of inputs, who looks at one pass after the other gives them always. */
	if (g->args.num_calib && !g->sampled)
		fputs("gsc: note: --calibrate: no samples are taken on the way to this output (--emit, --after)\n",
		      stderr);
	if (g->args.quant_report && !g->reported)
		fputs("gsc: error: --quant-report: nothing is quantized on the way to this output (--emit, --after)\n",
		      stderr);
	else if (g->args.dump_after && !g->dumped)
		fprintf(stderr,
			"gsc: error: --dump-after: pass %s is not on the way to this output (--emit, --after)\n",
			g->args.dump_after);
	else if (idle)
		fprintf(stderr,
			"gsc: error: %s: pass %s is not on the way to this output (--emit, --after, --disable-pass)\n",
			idle, pass);
	else
		return 0;
	return -EINVAL;
}

static int compile_file(struct gsc *g, size_t size)
{
	struct gs_schedule *schedule = &g->args.knobs.schedule;
	const struct gs_compile_opts opts = {
		.arch = &g->arch,
		.codelet_dir = g->args.codelets,
		.shape = g->args.shape,
		.num_shapes = g->args.num_shapes,
		.meta = g->meta.entry,
		.num_meta = g->meta.num,
		.calibrate = calibrate,
		.calibrate_ctx = g,
		.plain = g->args.plain,
		.method = g->args.method,
		.quant_report = g->args.quant_report ? write_quant_report :
						       NULL,
		.quant_report_ctx = g,
		.schedule = schedule,
		.after_pass = after_pass,
		.after_pass_ctx = g,
		.file = g->args.model,
		.own_model = &g->model,
		.until = g->args.after,
		.disabled = g->args.disabled,
		.num_disabled = g->args.num_disabled,
		.verify = g->args.verify,
		.open = g->args.open,
		.open_layer = g->args.open_layer,
	};
	struct gs_diag diag = { .report = report, .ctx = g };
	struct gs_compiled c;
	int ret;

	if (g->args.effort >= 0)
		schedule->more_effort = g->args.effort - GS_DEFAULT_EFFORT;
	schedule->progress = show_layers;
	schedule->progress_ctx = g;
	g->calib.asked = show_samples;
	g->calib.ctx = g;
	ret = gs_compile(g->model, size, &opts, g->args.goal, &c, &diag);
	end_progress(g);
	ret = ret ? ret : check_used(g);
	if (!ret && g->args.keep && g->args.goal == GS_GOAL_MODEL)
		keep_program(g, &c);
	if (!ret && g->args.verbose && g->args.goal == GS_GOAL_MODEL)
		print_layers(&c, stdout);
	if (!ret && g->keep_failed)
		ret = -EIO;
	if (!ret && g->args.report)
		ret = gsc_report_write(&c, g->args.model, g->args.report);
	if (!ret)
		ret = write_output(g, &c);
	gs_compile_free(&c);
	return ret ? ret : flush_output();
}

int main(int argc, char **argv)
{
	struct gsc *g = calloc(1, sizeof(*g));
	char *model = NULL;
	size_t size = 0;
	int ret;

	if (!g) {
		fputs("gsc: error: out of memory\n", stderr);
		return 1;
	}
#ifdef M_MMAP_THRESHOLD
	/* Large pieces go back to the system when they are freed. */
	mallopt(M_MMAP_THRESHOLD, 1 << 16);
#endif
	ret = gsc_parse_args(argc, argv, &g->args);
	if (ret >= 0) {
		ret = !ret && flush_output() ? 1 : ret;
		goto out;
	}
	ret = gsc_files_check(&g->args) || load_arch(g) ||
	      gsc_knobs_read(&g->args.knobs, &g->arch) ||
	      (g->args.meta && gsc_meta_read(g->args.meta, &g->meta));
	if (ret) {
		ret = 1;
		goto out;
	}
	if (!g->args.model) {
		ret = gsc_acg_write(&g->args, &g->arch) ? 1 : 0;
		goto out;
	}
	ret = gs_file_read(g->args.model, MAX_MODEL_BYTES, &model, &size);
	g->model = model;
	if (ret)
		fprintf(stderr, "gsc: error: %s: %s\n", g->args.model,
			strerror(-ret));
	else
		ret = compile_file(g, size);
	ret = ret ? 1 : 0;
out:
	gsc_knobs_free(&g->args.knobs);
	gsc_calib_free(&g->calib);
	gsc_meta_free(&g->meta);
	free(g->model);
	free(g);
	return ret;
}
