/* SPDX-License-Identifier: MIT */
/* A case: compiled, run by every executor, compared with the oracle. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "genesys/genesys.h"
#include "hw-model/core/core.h"
#include "tests/sweep/sweep.h"

/* ---- the vector units of the fast executor ----------------------------------- */

static enum gs_fast_level level = GS_FAST_VNNI;

struct gs_core *__real_gs_core_create(const struct gs_arch *arch);
struct gs_core *__wrap_gs_core_create(const struct gs_arch *arch);

/* Every core the library creates uses what the sweep wants (build.mk: --wrap). */
struct gs_core *__wrap_gs_core_create(const struct gs_arch *arch)
{
	struct gs_core *core = __real_gs_core_create(arch);

	if (core)
		gs_core_set_level(core, level);
	return core;
}

/* ---- one case ------------------------------------------------------------------ */

struct run {
	struct sw_case *c;
	struct sw_outcome *out;
	uint8_t *model;
	size_t model_bytes;
	uint8_t *joined; /* the same with nodes joined to layers, of a chain */
	size_t joined_bytes;
	struct gs_device *dev;
	struct sw_tensor in[SW_IN], res[SW_OUT];
	struct gs_calib calib[SW_IN];
	float *samples[SW_IN];
	char said[sizeof(((struct sw_outcome *)0)->text)];
};

static void *room(size_t num, size_t size)
{
	void *p = calloc(num ? num : 1, size);

	if (!p)
		abort();
	return p;
}

static bool fail(struct run *r, enum sw_verdict verdict, const char *fmt, ...)
	GS_PRINTF(3, 4);

static bool fail(struct run *r, enum sw_verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->out->text, sizeof(r->out->text), fmt, args);
	va_end(args);
	r->out->verdict = verdict;
	return false;
}

/* ---- compile ------------------------------------------------------------------- */

static void said(void *ctx, enum gs_severity severity, const char *text)
{
	struct run *r = ctx;

	if (severity == GS_DIAG_ERROR && !*r->said)
		snprintf(r->said, sizeof(r->said), "%s", text);
}

/* One sample that has the lowest and the highest value, where it has two. */
static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	struct run *r = ctx;
	struct sw_case *c = r->c;
	unsigned i;
	size_t k;

	(void)diag;
	for (i = 0; i < c->num_in; i++) {
		const size_t elems = (size_t)sw_elems(&c->in[i]);

		r->calib[i] = (struct gs_calib){ .name = graph->input[i]->name,
						 .data = r->samples[i],
						 .samples = 1,
						 .num_values = elems };
		/* The same each time. */
		if (r->samples[i])
			continue;
		r->samples[i] = room(elems, sizeof(float));
		for (k = 0; k < elems; k++)
			r->samples[i][k] = sw_real(c, c->low[i], c->high[i]);
		r->samples[i][0] = c->low[i];
		r->samples[i][elems - 1] = c->high[i];
		r->calib[i].data = r->samples[i];
	}
	*calib = r->calib;
	*num = c->num_in;
	return 0;
}

/* For a closer look at one case: SWEEP_DUMP is a directory. */
static void dump(const char *name, const void *data, size_t size)
{
	const char *dir = getenv("SWEEP_DUMP");
	char path[512];
	FILE *f;

	if (!dir)
		return;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
}

static bool compile_to(struct run *r, const struct gs_codelet_lib *codelets,
		       bool join, uint8_t **model, size_t *bytes)
{
	static const char *const joins[] = { "fuse-pool", "fuse-chain" };
	struct gs_diag diag = { .report = said, .ctx = r };
	const struct gs_compile_opts opts = {
		.arch = &r->c->arch,
		.codelets = codelets,
		.calibrate = calibrate,
		.calibrate_ctx = r,
		.plain = true,
		.verify = join, /* chains meet most passes */
		.disabled = joins,
		.num_disabled = join ? 0 : 2,
	};
	struct gs_compiled compiled;
	size_t size;
	uint8_t *onnx = sw_build(r->c, &size);
	const int ret =
		gs_compile(onnx, size, &opts, GS_GOAL_MODEL, &compiled, &diag);

	dump("case.onnx", onnx, size);
	free(onnx);
	if (!ret) {
		dump(join ? "joined.gsm" : "case.gsm", compiled.model,
		     compiled.model_bytes);
		*model = compiled.model;
		*bytes = compiled.model_bytes;
		compiled.model = NULL;
	}
	gs_compile_free(&compiled);
	return !ret || fail(r, SW_REFUSED, "%s", r->said);
}

/* Layers are judged one by one; joined they must give the same. */
static bool compile(struct run *r, const struct gs_codelet_lib *codelets)
{
	return compile_to(r, codelets, false, &r->model, &r->model_bytes) &&
	       (!r->c->chain ||
		compile_to(r, codelets, true, &r->joined, &r->joined_bytes));
}

/* ---- run ----------------------------------------------------------------------- */

static bool open_device(struct run *r)
{
	char path[] = "/tmp/sweep.XXXXXX", spec[64], json[GS_ARCH_JSON_SIZE];
	const int fd = mkstemp(path);
	const int len = gs_arch_format(&r->c->arch, json, sizeof(json));
	int ret;

	if (fd < 0 || write(fd, json, (size_t)len) != len)
		abort();
	dump("machine.json", json, (size_t)len);
	close(fd);
	snprintf(spec, sizeof(spec), "sim:%s", path);
	ret = gs_device_open(spec, &r->dev);
	unlink(path);
	return !ret || fail(r, SW_FAILED, "%s", gs_last_error());
}

/* What the model file says of a tensor; the shape must be that of ONNX. */
static bool describe(struct run *r, const struct gs_tensor_info *info,
		     const struct sw_shape *shape, struct sw_tensor *t)
{
	bool same = info->rank == shape->rank;
	unsigned i;

	for (i = 0; same && i < shape->rank; i++)
		same = info->dim[i] == shape->dim[i];
	if (!same)
		return fail(r, SW_FAILED, "tensor %s has another shape",
			    info->name);
	*t = (struct sw_tensor){ .shape = shape,
				 .num = (size_t)info->elems,
				 .scale = info->scale,
				 .zero = info->zero_point };
	t->q = room(t->num, 1);
	t->real = room(t->num, sizeof(double));
	return true;
}

/* All int8 values, or those of the calibrated range */
static void draw_input(struct run *r, unsigned i)
{
	struct sw_tensor *t = &r->in[i];
	size_t k;

	for (k = 0; k < t->num; k++) {
		t->q[k] = (int8_t)sw_between(r->c, sw_low(), sw_high());
		if (r->c->within)
			t->q[k] =
				sw_quantize((double)sw_real(r->c, r->c->low[i],
							    r->c->high[i]),
					    t->scale, t->zero);
		t->real[k] = (double)t->scale * (t->q[k] - t->zero);
	}
}

static void add_path(struct run *r, int len, const char *path)
{
	char *paths = r->out->paths, word[64];
	const size_t at = strlen(paths);

	snprintf(word, sizeof(word), " %.*s ", len, path);
	if (len && !strstr(paths, word) &&
	    at + sizeof(word) < sizeof(r->out->paths))
		strcpy(paths + at - (at > 0), word);
}

/* The codelet of a layer, and what became of its tiles */
static void add_paths(struct run *r, const struct gs_layer_info *info)
{
	const char *ic = strstr(info->note, " ic=");
	unsigned part, whole;

	add_path(r, (int)strcspn(info->note, ":"), info->note);
	if (ic && sscanf(ic, " ic=%u/%u", &part, &whole) == 2 && part < whole)
		add_path(r, 15, "reduction-parts");
	if (info->num_blocks > 1)
		add_path(r, 6, "blocks");
}

static void find_codelet(struct run *r, const struct gs_model *model)
{
	uint32_t i, num = 0;

	for (i = 0; i < gs_model_num_layers(model); i++) {
		struct gs_layer_info info = { .size = sizeof(info) };

		if (gs_model_layer(model, i, &info))
			continue;
		add_paths(r, &info);
		if (strcmp(info.op, r->c->op->onnx))
			continue;
		num++;
		snprintf(r->out->codelet, sizeof(r->out->codelet), "%.*s",
			 (int)strcspn(info.note, ":"), info.note);
	}
	if (num != 1)
		*r->out->codelet = 0;
}

static bool describe_all(struct run *r, const struct gs_model *model)
{
	struct sw_case *c = r->c;
	unsigned i;

	if (gs_model_num_inputs(model) != c->num_in ||
	    gs_model_num_outputs(model) != c->num_out)
		return fail(r, SW_FAILED, "other inputs and outputs");
	find_codelet(r, model);
	for (i = 0; i < c->num_in; i++) {
		struct gs_tensor_info info = { .size = sizeof(info) };

		if (gs_model_input(model, i, &info) ||
		    !describe(r, &info, &c->in[i], &r->in[i]))
			return false;
		draw_input(r, i);
	}
	for (i = 0; i < c->num_out; i++) {
		struct gs_tensor_info info = { .size = sizeof(info) };

		if (gs_model_output(model, i, &info) ||
		    !describe(r, &info, &c->out[i], &r->res[i]))
			return false;
	}
	return true;
}

/* Results do not depend on that either; on one of the machines, as it takes time. */
static uint32_t threads(const struct sw_case *c)
{
	return level != GS_FAST_C && c->arch.array_n == 16 ? 2 : 1;
}

static bool infer(struct run *r, struct gs_model *model, uint32_t executor,
		  gs_dump_fn see, int8_t *const *to)
{
	const struct gs_infer_opts opts = { .size = sizeof(opts),
					    .executor = executor,
					    .dump = see,
					    .dump_ctx = r->c->chain,
					    .threads = threads(r->c) };
	struct gs_binding in[SW_IN], out[SW_OUT];
	unsigned i;

	for (i = 0; i < r->c->num_in; i++)
		in[i] = (struct gs_binding){ .index = i,
					     .type = GS_INT8,
					     .data = r->in[i].q,
					     .bytes = r->in[i].num };
	for (i = 0; i < r->c->num_out; i++)
		out[i] = (struct gs_binding){ .index = i,
					      .type = GS_INT8,
					      .data = to[i],
					      .bytes = r->res[i].num };
	return !gs_infer(model, in, r->c->num_in, out, r->c->num_out, &opts,
			 NULL) ||
	       fail(r, SW_FAILED, "executor %u: %s", executor, gs_last_error());
}

/* The reference executor: its results are the ones that are judged. */
static bool run_reference(struct run *r, int8_t **got)
{
	struct gs_model *model;
	unsigned i;
	bool ok;

	if (gs_load_model_mem(r->dev, r->model, r->model_bytes, NULL, &model))
		return fail(r, SW_FAILED, "%s", gs_last_error());
	ok = describe_all(r, model);
	for (i = 0; ok && i < r->c->num_out; i++)
		got[i] = room(r->res[i].num, 1);
	ok = ok && infer(r, model, GS_EXECUTOR_REFERENCE,
			 r->c->chain ? sw_chain_see : NULL, got);
	gs_model_free(model);
	return ok;
}

/* The same bytes with every vector unit of this host */
static bool run_fast(struct run *r, int8_t *const *want)
{
	int8_t *got[SW_OUT] = { NULL };
	struct gs_model *model;
	bool ok = true;
	unsigned i;
	int l;

	for (i = 0; i < r->c->num_out; i++)
		got[i] = room(r->res[i].num, 1);
	for (l = GS_FAST_C; l <= GS_FAST_VNNI && ok; l++) {
		level = (enum gs_fast_level)l;
		if (!gs_fast_level_name(level))
			continue;
		if (gs_load_model_mem(r->dev, r->model, r->model_bytes, NULL,
				      &model))
			return fail(r, SW_FAILED, "%s", gs_last_error());
		ok = infer(r, model, GS_EXECUTOR_FAST, NULL, got);
		for (i = 0; i < r->c->num_out && ok; i++)
			if (memcmp(got[i], want[i], r->res[i].num))
				ok = fail(r, SW_FAILED,
					  "executors differ: fast, %s",
					  gs_fast_level_name(level));
		gs_model_free(model);
		r->out->kernels++;
	}
	for (i = 0; i < r->c->num_out; i++)
		free(got[i]);
	return ok;
}

/* What is rounded between nodes is rounded where they are one layer, too. */
static bool run_joined(struct run *r, int8_t *const *want)
{
	int8_t *got[SW_OUT] = { NULL };
	struct gs_model *model;
	unsigned i;
	bool ok;

	if (!r->joined || (r->joined_bytes == r->model_bytes &&
			   !memcmp(r->joined, r->model, r->model_bytes)))
		return true;
	if (gs_load_model_mem(r->dev, r->joined, r->joined_bytes, NULL, &model))
		return fail(r, SW_FAILED, "%s", gs_last_error());
	for (i = 0; i < r->c->num_out; i++)
		got[i] = room(r->res[i].num, 1);
	ok = infer(r, model, GS_EXECUTOR_FAST, NULL, got);
	for (i = 0; i < r->c->num_out; i++) {
		if (ok && memcmp(got[i], want[i], r->res[i].num))
			ok = fail(r, SW_FAILED,
				  "y%u is another one where nodes are joined",
				  i);
		free(got[i]);
	}
	gs_model_free(model);
	r->out->joined = true;
	return ok;
}

/* ---- compare ------------------------------------------------------------------- */

/* Nothing is rounded: results are among the inputs' values, with equal steps. */
static bool keeps(const struct run *r)
{
	unsigned i, k;

	for (i = 0; i < r->c->num_in; i++)
		for (k = 0; k < r->c->num_out; k++)
			if (r->in[i].scale != r->res[k].scale ||
			    r->in[i].zero != r->res[k].zero)
				return false;
	return r->c->op->keeps;
}

static bool differ(struct run *r, const char *what, unsigned k, size_t i,
		   int got, int want, int limit)
{
	int64_t at[SW_RANK];
	const struct sw_shape *s = r->res[k].shape;
	char index[128] = "";
	size_t len = 0;
	unsigned d;

	sw_index(s, (int64_t)i, at);
	for (d = 0; d < s->rank; d++)
		len += (size_t)snprintf(index + len, sizeof(index) - len,
					"%s%lld", d ? "," : "",
					(long long)at[d]);
	return fail(r, SW_FAILED,
		    "%s: y%u[%s] is %d, not %d (at most %d apart; codelet %s)",
		    what, k, index, got, want, limit, r->out->codelet);
}

int sw_roundings(const struct sw_case *c)
{
	int num = 0;
	unsigned i;

	for (i = 0; c->op->by_axis && i < c->in[0].rank; i++)
		num += c->in[0].dim[i] != c->out[0].dim[i];
	return num ? num : 1;
}

/*
 * At most @limit steps from the QDQ model's integer, as specified. From the real
 * number less than that: half a step for a rounding, a sixteenth for the rest.
 */
static bool compare(struct run *r, unsigned k, const int8_t *got, int limit)
{
	const double most = sw_roundings(r->c) * 0.5 + 1.0 / 16;
	const struct sw_tensor *t = &r->res[k];
	size_t i;

	for (i = 0; i < t->num; i++) {
		const double real = sw_apply_act(r->c, t->real[i]);
		const int want = sw_quantize(real, t->scale, t->zero);
		const double steps =
			fmin(fmax(real / (double)t->scale + t->zero, sw_low()),
			     sw_high());

		r->out->off = fmax(r->out->off, fabs(steps - got[i]));
		if (abs(want - got[i]) > r->out->worst)
			r->out->worst = abs(want - got[i]);
		if (abs(want - got[i]) > limit)
			return differ(r, "QDQ", k, i, got[i], want, limit);
		if (fabs(steps - got[i]) >
		    most + sw_act_error(r->c, steps - t->zero))
			return differ(r, "rounding", k, i, got[i], want, 0);
	}
	return true;
}

/* One result is as far away as it may not be: a step where integers are compared. */
static void spoil(const struct run *r, int8_t *got, int limit)
{
	const struct sw_tensor *t = &r->res[0];
	const size_t i = t->num / 2;
	const bool exact = r->c->op->exact && *r->out->codelet;
	const int by = exact ? 1 : limit + 1;
	const int want = exact ? got[i] :
				 sw_quantize(sw_apply_act(r->c, t->real[i]),
					     t->scale, t->zero);

	got[i] = (int8_t)(want > 0 ? want - by : want + by);
}

static bool judge(struct run *r, int8_t *const *got, bool wrong)
{
	const struct sw_op *op = r->c->op;
	const int limit = keeps(r) || op->whole ? 0 :
						  (sw_roundings(r->c) + 1) / 2;
	unsigned k;
	size_t i;

	op->eval(r->c, r->in, r->res);
	if (r->c->chain && *sw_chain_failure(r->c->chain))
		return fail(r, SW_FAILED, "%s", sw_chain_failure(r->c->chain));
	if (wrong)
		spoil(r, got[0], limit);
	for (k = 0; k < r->c->num_out; k++)
		if (!compare(r, k, got[k], limit))
			return false;
	r->out->exact = limit == 0;
	if (!op->exact || !op->exact(r->c, r->out->codelet, r->in, r->res))
		return true;
	r->out->exact = true;
	for (i = 0; i < r->res[0].num; i++)
		if (got[0][i] != r->res[0].q[i])
			return differ(r, "documented arithmetic", 0, i,
				      got[0][i], r->res[0].q[i], 0);
	return true;
}

void sw_run(struct sw_case *c, const struct gs_codelet_lib *codelets,
	    bool wrong, struct sw_outcome *out)
{
	struct run r = { .c = c, .out = out };
	int8_t *got[SW_OUT] = { NULL };
	unsigned i;

	*out = (struct sw_outcome){ .verdict = SW_OK };
	if (compile(&r, codelets) && open_device(&r) &&
	    run_reference(&r, got) && run_fast(&r, got) && run_joined(&r, got))
		judge(&r, got, wrong);
	for (i = 0; i < SW_IN; i++) {
		free(r.in[i].q);
		free(r.in[i].real);
		free(r.samples[i]);
	}
	for (i = 0; i < SW_OUT; i++) {
		free(r.res[i].q);
		free(r.res[i].real);
		free(got[i]);
	}
	free(r.model);
	free(r.joined);
	gs_device_close(r.dev);
}
