/* SPDX-License-Identifier: MIT */
#include "tests/bench/compiler/point.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hw-model/isa/file.h"
#include "runtime/loader/gsm.h"
#include "runtime/support/npy.h"

#define CODELETS "compiler/codelets"

static void keep_first(void *ctx, enum gs_severity severity, const char *text)
{
	char *why = ctx;

	if (severity == GS_DIAG_ERROR && !why[0])
		snprintf(why, 256, "%s", text);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	struct network *n = ctx;

	(void)diag;
	n->calib.name = graph->input[0]->name;
	*calib = &n->calib;
	*num = 1;
	return 0;
}

/* ---- networks --------------------------------------------------------------------- */

/* The samples of @path */
static int read_samples(struct network *n, const char *path)
{
	char err[256];
	struct gs_npy npy;
	float *data;
	size_t i;

	if (gs_npy_read(path, &npy, err, sizeof(err))) {
		fprintf(stderr, "bench-compiler: %s\n", err);
		return -1;
	}
	n->samples = npy.rank && npy.dim[0] > 0 ? (size_t)npy.dim[0] : 0;
	data = malloc(npy.elems ? npy.elems * sizeof(*data) : 1);
	for (i = 0; data && i < npy.elems; i++)
		data[i] = (float)gs_npy_get(&npy, i);
	n->calib = (struct gs_calib){ .data = data, .samples = 1 };
	if (n->samples)
		n->calib.num_values = npy.elems / n->samples;
	gs_npy_free(&npy);
	if (data && n->calib.num_values)
		return 0;
	fprintf(stderr, "bench-compiler: %s: %s\n", path,
		data ? "there are no samples" : "out of memory");
	return -1;
}

int network_quantize(struct network *n)
{
	char why[256] = "";
	struct gs_diag diag = { .report = keep_first, .ctx = why };
	const struct gs_compile_opts opts = { .codelets = &n->lib,
					      .calibrate = calibrate,
					      .calibrate_ctx = n };
	struct gs_compiled c;
	const int ret = gs_compile(n->onnx, n->onnx_bytes, &opts, GS_GOAL_QDQ,
				   &c, &diag);

	if (ret)
		fprintf(stderr, "bench-compiler: %s: %s\n", n->name, why);
	n->qdq = c.qdq;
	n->qdq_bytes = c.qdq_bytes;
	c.qdq = NULL;
	gs_compile_free(&c);
	return ret ? -1 : 0;
}

int network_open(struct network *n, const char *dir, const char *name)
{
	char path[4096], why[256] = "";
	struct gs_diag diag = { .report = keep_first, .ctx = why };

	*n = (struct network){ .qdq = NULL };
	snprintf(n->name, sizeof(n->name), "%s", name);
	if (gs_codelet_load_dir(CODELETS, &n->lib, &diag)) {
		fprintf(stderr, "bench-compiler: %s\n", why);
		return -1;
	}
	snprintf(path, sizeof(path), "%s/%s.onnx", dir, name);
	if (gs_file_read(path, (size_t)1 << 31, &n->onnx, &n->onnx_bytes)) {
		fprintf(stderr, "bench-compiler: cannot read %s\n", path);
		return -1;
	}
	snprintf(path, sizeof(path), "%s/%s.calib.npy", dir, name);
	return read_samples(n, path);
}

void network_close(struct network *n)
{
	gs_codelet_lib_free(&n->lib);
	free(n->onnx);
	free(n->qdq);
	free((void *)(uintptr_t)n->calib.data);
}

/* ---- times ------------------------------------------------------------------------ */

static int read_code(void *ctx, uint64_t addr, void *dst, size_t size)
{
	const struct gs_gsm *m = ctx;

	memcpy(dst, (const uint8_t *)m->code + addr, size);
	return 0;
}

/* What each engine has to do: at least so long its block takes. */
static double most_of(const struct gs_timing *t,
		      const struct gs_timing_block *b, enum gs_engine *by)
{
	double most = 0, cycles;
	unsigned e;

	for (e = 0; e < GS_ENGINE_COUNT; e++) {
		if (e == GS_ENGINE_IMEM)
			continue;
		if (e == GS_ENGINE_ARRAY)
			cycles = (double)b->steps;
		else if (e == GS_ENGINE_TANDEM)
			cycles = (double)(b->ops + b->perm_rows);
		else
			cycles = (double)gs_timing_channel_cycles(
				t, (enum gs_engine)e,
				gs_timing_moved(b, (enum gs_window)e));
		if (cycles > most) {
			most = cycles;
			*by = (enum gs_engine)e;
		}
	}
	return most;
}

static void add_block(struct point *p, const struct gs_timing *t,
		      const struct gs_timing_block *b, uint32_t layer)
{
	enum gs_engine by = GS_ENGINE_ARRAY;

	p->below += (double)b->cycles < most_of(t, b, &by);
	p->cycles += (double)b->cycles;
	if (layer < p->num_layers)
		gs_timing_add(&p->layer[layer].sum, b);
}

static int time_segment(struct gs_gsm *m, struct gs_core *core, uint32_t i,
			enum gs_timing_preset preset, struct point *p)
{
	const struct gs_mem mem = { .ctx = m, .read = read_code };
	const struct gs_job job = { .entry = m->segment[i].first_word * 4,
				    .entry_words = m->segment[i].entry_words,
				    .encoding = GS_ENC_SYNC_INST };
	struct gs_timing *t = gs_timing_create(&m->arch, preset);
	const struct gs_timing_block *blocks;
	struct gs_fault fault;
	size_t num = 0, b;
	int ret;

	if (!t)
		return -1;
	ret = gs_timing_run(t, core, &mem, &job, &fault);
	blocks = gs_timing_blocks(t, &num);
	for (b = 0; !ret && b < num; b++)
		add_block(p, t, &blocks[b],
			  gs_gsm_layer_at(m, blocks[b].addr / 4));
	for (b = 0; !ret && b < p->num_layers; b++)
		p->layer[b].program =
			most_of(t, &p->layer[b].sum, &p->layer[b].program_by);
	gs_timing_destroy(t);
	return ret;
}

static int time_model(const struct gs_compiled *c, enum gs_timing_preset preset,
		      struct point *p)
{
	char err[GS_GSM_ERR_SIZE];
	struct gs_core *core;
	struct gs_gsm *m;
	uint32_t i;
	int ret = 0;

	if (gs_gsm_read(c->model, c->model_bytes, &m, err)) {
		fprintf(stderr, "bench-compiler: %s\n", err);
		return -1;
	}
	core = gs_core_create(&m->arch);
	for (i = 0; core && i < m->num_segments && !ret; i++)
		ret = time_segment(m, core, i, preset, p);
	gs_core_destroy(core);
	gs_gsm_free(m);
	return core && !ret ? 0 : -1;
}

/* ---- a point ---------------------------------------------------------------------- */

static const struct gs_node *find_node(const struct gs_graph *g,
				       const char *name)
{
	const struct gs_node *n = g->node;

	while (n && strcmp(n->name, name))
		n = n->next;
	return n;
}

static int list_layers(const struct gs_compiled *c, const struct gs_arch *arch,
		       struct point *p)
{
	unsigned i;

	p->num_layers = c->program.num_layers;
	p->layer = calloc(p->num_layers + 1, sizeof(*p->layer));
	for (i = 0; p->layer && i < p->num_layers; i++) {
		const struct gs_layer *l = &c->program.layer[i];
		const struct gs_node *node = find_node(c->graph, l->name);
		struct point_layer *out = &p->layer[i];

		snprintf(out->name, sizeof(out->name), "%s", l->name);
		snprintf(out->op, sizeof(out->op), "%s", l->op);
		snprintf(out->note, sizeof(out->note), "%s",
			 l->note ? l->note : "");
		if (node)
			bound_of(c->graph, node, arch, &out->bound);
		p->bound += out->bound.cycles[out->bound.by];
	}
	return p->layer ? 0 : -1;
}

/* The machine the preset is: schedules follow what things cost there. */
static void cost_as(struct gs_arch *arch, enum gs_timing_preset preset)
{
	struct gs_timing_costs costs;

	gs_timing_costs_init(&costs, arch, preset);
	arch->timing = costs.t;
}

int point_run(struct network *n, const struct gs_arch *arch,
	      enum gs_timing_preset preset, bool rewrite, struct point *out)
{
	struct gs_arch machine = *arch;
	const bool narrow = arch->data_width != 8 || arch->wgt_width != 8;
	const bool from_float = narrow || !n->qdq;
	const char *const without = "first-layer";
	const struct gs_compile_opts opts = {
		.arch = &machine,
		.codelets = &n->lib,
		.calibrate = from_float ? calibrate : NULL,
		.calibrate_ctx = n,
		.disabled = &without,
		.num_disabled = !rewrite,
	};
	struct gs_diag diag = { .report = keep_first, .ctx = out->why };
	const double start = seconds();
	struct gs_compiled c;
	int ret;

	*out = (struct point){ .cycles = 0 };
	cost_as(&machine, preset);
	ret = gs_compile(from_float ? n->onnx : (const char *)n->qdq,
			 from_float ? n->onnx_bytes : n->qdq_bytes, &opts,
			 GS_GOAL_MODEL, &c, &diag);
	out->compile_seconds = seconds() - start;
	if (ret && !out->why[0])
		snprintf(out->why, sizeof(out->why), "error %d", -ret);
	if (!ret)
		ret = list_layers(&c, arch, out) || time_model(&c, preset, out);
	gs_compile_free(&c);
	return out->why[0] || !ret ? 0 : -1;
}

void point_free(struct point *p)
{
	free(p->layer);
	p->layer = NULL;
}
