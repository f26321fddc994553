/* SPDX-License-Identifier: MIT */
/*
 * gs-run: run a compiled model on files.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "genesys/genesys.h"
#include "runtime/support/progress.h"
#include "runtime/tools/run_dump.h"
#include "runtime/tools/run_found.h"
#include "runtime/tools/run_input.h"
#include "runtime/tools/run_opts.h"
#include "runtime/tools/run_output.h"
#include "runtime/tools/run_profile.h"

#define MAX_JOBS 256

const char run_program[] = "gs-run";

/* All that the workers share. Each takes the next run until none is left. */
struct work {
	struct gs_model *model;
	const struct run_opts *opts;
	struct run_inputs in;
	struct run_outputs out;
	struct run_dump dump;
	struct run_found found;
	atomic_size_t next, done;
	atomic_bool failed;
	char error[1024]; /* of the first run that failed; failed */
	pthread_mutex_t lock;
	struct gs_stats total; /* lock */
	uint64_t wall_ns;
	struct gs_device_info device;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- runs -------------------------------------------------------------------- */

static void add_stats(struct work *w, const struct gs_stats *s)
{
	struct gs_stats *t = &w->total;

	pthread_mutex_lock(&w->lock);
	t->segments += s->segments;
	t->blocks += s->blocks;
	t->words += s->words;
	t->macs += s->macs;
	t->sa_tiles += s->sa_tiles;
	t->simd_tiles += s->simd_tiles;
	t->simd_ops += s->simd_ops;
	t->perm_rows += s->perm_rows;
	for (int i = 0; i < GS_STATS_WINDOWS; i++) {
		t->bytes[i][0] += s->bytes[i][0];
		t->bytes[i][1] += s->bytes[i][1];
	}
	t->input_ns += s->input_ns;
	t->run_ns += s->run_ns;
	t->output_ns += s->output_ns;
	t->faults += s->faults;
	t->jobs += s->jobs;
	t->cycles += s->cycles;
	t->stalls += s->stalls;
	t->device_ns += s->device_ns;
	t->copied[0] += s->copied[0];
	t->copied[1] += s->copied[1];
	pthread_mutex_unlock(&w->lock);
}

static int run_one(struct work *w, size_t run, struct gs_binding *binding)
{
	struct gs_infer_opts opts = { .size = sizeof(opts),
				      .executor = w->opts->executor,
				      .threads = w->opts->threads };
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_binding *out = binding + w->in.num;
	int ret;

	run_bind(&w->in, &w->out, run, binding, out);
	if (w->opts->dump) {
		w->dump.run = run;
		opts.dump = run_dump_tensor;
		opts.dump_ctx = &w->dump;
	}
	ret = gs_infer(w->model, binding, w->in.num, out, w->out.num, &opts,
		       &stats);
	if (!ret)
		add_stats(w, &stats);
	else if (!atomic_exchange(&w->failed, true))
		snprintf(w->error, sizeof(w->error), "run %zu of %zu: %s",
			 run + 1, w->in.runs, gs_last_error());
	return ret;
}

/* @bar: of the first worker, NULL for the others. */
static void work_on(struct work *w, struct gs_progress *bar)
{
	struct gs_binding *binding =
		calloc((size_t)w->in.num + w->out.num, sizeof(*binding));
	size_t run;

	if (!binding) {
		if (!atomic_exchange(&w->failed, true))
			strcpy(w->error, "out of memory");
		return;
	}
	while (!atomic_load(&w->failed) &&
	       (run = atomic_fetch_add(&w->next, 1)) < w->in.runs) {
		if (run_one(w, run, binding))
			break;
		atomic_fetch_add(&w->done, 1);
		if (bar)
			gs_progress_update(bar, atomic_load(&w->done));
	}
	free(binding);
}

static void *worker(void *arg)
{
	work_on(arg, NULL);
	return NULL;
}

static unsigned count_jobs(const struct work *w)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t jobs = w->opts->jobs  ? w->opts->jobs :
		      processors > 0 ? (size_t)processors :
				       1;

	if (w->opts->dump)
		return 1; /* the dump is of one run at a time */
	if (jobs > w->in.runs)
		jobs = w->in.runs;
	return jobs > MAX_JOBS ? MAX_JOBS : (unsigned)jobs;
}

static int run_all(struct work *w)
{
	pthread_t thread[MAX_JOBS];
	unsigned jobs = count_jobs(w), started = 0;
	uint64_t start = now_ns();
	struct gs_progress bar;

	gs_progress_start(&bar, w->opts->model, w->in.runs, w->opts->progress);
	while (started + 1 < jobs &&
	       !pthread_create(&thread[started], NULL, worker, w))
		started++;
	work_on(w, &bar);
	for (unsigned i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	gs_progress_stop(&bar);
	w->wall_ns = now_ns() - start;
	if (!atomic_load(&w->failed))
		return 0;
	fprintf(stderr, "gs-run: %s\n", w->error);
	return -EIO;
}

/* ---- report -------------------------------------------------------------------- */

/* A device of the driver tells time, the simulator what happened. */
static void print_device(const struct gs_stats *t, size_t n)
{
	printf("  device       %.3f ms, %llu jobs\n",
	       (double)t->device_ns / 1e6 / (double)n,
	       (unsigned long long)(t->jobs / n));
}

static void print_counts(const struct gs_stats *t, size_t n)
{
	static const char *const window[GS_STATS_WINDOWS] = { "IMEM", "PARAM",
							      "IBUF", "OBUF",
							      "SIMD" };

	printf("  array        %llu MACs in %llu tiles\n",
	       (unsigned long long)(t->macs / n),
	       (unsigned long long)(t->sa_tiles / n));
	printf("  SIMD         %llu operations in %llu tiles, %llu rows "
	       "permuted\n",
	       (unsigned long long)(t->simd_ops / n),
	       (unsigned long long)(t->simd_tiles / n),
	       (unsigned long long)(t->perm_rows / n));
	for (int i = 0; i < GS_STATS_WINDOWS; i++)
		printf("  %-5s bytes  %llu read, %llu written\n", window[i],
		       (unsigned long long)(t->bytes[i][0] / n),
		       (unsigned long long)(t->bytes[i][1] / n));
}

static void print_stats(const struct work *w)
{
	const struct gs_stats *t = &w->total;
	const size_t n = w->in.runs;

	printf("runs           %zu in %.3f s\n", w->in.runs,
	       (double)w->wall_ns / 1e9);
	printf("for each run, on average:\n");
	printf("  host time    %.3f ms: input %.3f, machine %.3f, output %.3f\n",
	       (double)(t->input_ns + t->run_ns + t->output_ns) / 1e6 /
		       (double)n,
	       (double)t->input_ns / 1e6 / (double)n,
	       (double)t->run_ns / 1e6 / (double)n,
	       (double)t->output_ns / 1e6 / (double)n);
	printf("  segments     %llu\n", (unsigned long long)(t->segments / n));
	printf("  blocks       %llu (%llu words)\n",
	       (unsigned long long)(t->blocks / n),
	       (unsigned long long)(t->words / n));
	printf("  cycles       %llu, %llu of them stalls\n",
	       (unsigned long long)(t->cycles / n),
	       (unsigned long long)(t->stalls / n));
	if (t->device_ns)
		print_device(t, n);
	else
		print_counts(t, n);
}

static int run_files(struct work *w)
{
	const struct run_opts *o = w->opts;
	int ret = run_inputs_load(&w->in, w->model, o);

	if (!ret)
		ret = run_found_init(&w->found, w->model, o, &w->in);
	if (!ret)
		ret = run_outputs_init(&w->out, w->model, o, w->in.runs);
	if (!ret && o->dump)
		ret = run_dump_init(&w->dump, w->model, o->dump, w->in.runs);
	if (!ret)
		ret = run_all(w);
	if (!ret)
		ret = run_outputs_write(&w->out, o);
	if (!ret && o->dump)
		ret = run_dump_write(&w->dump);
	if (!ret && w->found.head)
		ret = run_found_print(&w->found, &w->in, &w->out, o);
	if (!ret && (!w->found.head || !o->top_default))
		ret = run_outputs_top(&w->out, &w->in, w->model, o);
	if (!ret && o->stats)
		print_stats(w);
	/* Layer by layer, for a dump, a device counts more. */
	if (!ret && o->profile)
		ret = run_profile_print(w->model, &w->device,
					o->dump ? 0 :
						  w->total.cycles / w->in.runs);
	if (o->dump)
		run_dump_free(&w->dump);
	run_found_free(&w->found);
	run_outputs_free(&w->out);
	run_inputs_free(&w->in);
	return ret;
}

static int check_device(const char *spec)
{
	struct gs_check_info info = { .size = sizeof(info) };
	int ret = gs_check(spec, &info);

	if (ret)
		fprintf(stderr, "gs-run: %s\n", gs_last_error());
	else
		printf("%s\n", info.text);
	return ret ? RUN_FAILED : RUN_OK;
}

static int run(const struct run_opts *opts)
{
	struct work w = { .opts = opts,
			  .lock = PTHREAD_MUTEX_INITIALIZER,
			  .device = { .size = sizeof(w.device) } };
	struct gs_device *dev;
	int ret = gs_device_open(opts->device, &dev);

	if (!ret) {
		gs_device_info(dev, &w.device);
		ret = gs_load_model(dev, opts->model, NULL, &w.model);
		gs_device_close(dev);
	}
	if (ret) {
		fprintf(stderr, "gs-run: %s\n", gs_last_error());
		return RUN_FAILED;
	}
	ret = run_files(&w);
	gs_model_free(w.model);
	if (!ret && (fflush(stdout) || ferror(stdout))) {
		fprintf(stderr, "gs-run: cannot write: %s\n", strerror(errno));
		ret = -EIO;
	}
	return ret ? RUN_FAILED : RUN_OK;
}

int main(int argc, char **argv)
{
	struct run_opts opts;
	int status = run_opts_parse(&opts, argc, argv);

	if (status < 0)
		status = opts.check ? check_device(opts.device) : run(&opts);
	run_opts_free(&opts);
	return status;
}
