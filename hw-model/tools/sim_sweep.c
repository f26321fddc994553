/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sim_sweep.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hw-model/timing/energy.h"
#include "hw-model/tools/sim_fail.h"
#include "hw-model/tools/sim_files.h"
#include "hw-model/tools/sweep_axes.h"
#include "hw-model/tools/sweep_head.h"
#include "hw-model/tools/sweep_jobs.h"
#include "hw-model/tools/sweep_journal.h"
#include "hw-model/tools/sweep_report.h"
#include "runtime/support/progress.h"

#define REDRAW_NS 100000000
#define LINES 10 /* of progress, where there is no terminal */

struct sweep {
	const char *model;
	const struct sim_sweep_options *options;
	struct gs_arch base;
	struct sweep_axes axes;
	char *gsc, *out, *journal_path, *csv, *svg;
	struct sweep_result *results;
	struct sweep_journal journal;
	struct sweep_jobs jobs;
	size_t next, done; /* points */
	struct gs_progress bar;
	sigset_t signals; /* that are waited for */
	int signal; /* that ended it, or 0 */
};

/* ---- before the first point ----------------------------------------------------- */

static bool read_base(struct sweep *s)
{
	const char *const *set = s->options->arch;
	struct gs_arch base = *gs_arch_default();
	struct sweep_axes axes;
	char err[SWEEP_ERR_SIZE];
	unsigned num = 0;
	bool ok;

	if (s->options->arch_file &&
	    gs_arch_load(s->options->arch_file, &base, err))
		return sim_fail("%s", err);
	while (set[num])
		num++;
	ok = sweep_axes_parse(&axes, set, num, err);
	if (ok && axes.points != 1)
		ok = sim_fail(
			"--arch: one value is expected, --sweep takes several");
	else if (!ok || !sweep_axes_arch(&axes, 0, &base, &s->base, err) ||
		 !sweep_arch_check(&s->base, err))
		ok = sim_fail("--arch: %s", err);
	sweep_axes_free(&axes);
	return ok;
}

/* MODEL.onnx becomes MODEL.sweep, here. */
static bool choose_paths(struct sweep *s)
{
	const char *slash = strrchr(s->model, '/');
	const char *name = slash ? slash + 1 : s->model;
	size_t len = strlen(name);

	if (len > 5 && !strcmp(name + len - 5, ".onnx"))
		len -= 5;
	if (s->options->out)
		s->out = strdup(s->options->out);
	else if (asprintf(&s->out, "%.*s.sweep", (int)len, name) < 0)
		s->out = NULL;
	if (!s->out || asprintf(&s->journal_path, "%s/journal", s->out) < 0 ||
	    asprintf(&s->csv, "%s/sweep.csv", s->out) < 0 ||
	    asprintf(&s->svg, "%s/pareto.svg", s->out) < 0)
		return sim_fail("out of memory");
	return true;
}

static bool open_journal(struct sweep *s)
{
	char *head = sweep_head(s->model, s->gsc, &s->base, s->options);
	bool ok = head != NULL;

	s->results = calloc(s->axes.points, sizeof(*s->results));
	if (ok && !s->results)
		ok = sim_fail("out of memory");
	if (ok && mkdir(s->out, 0777) && errno != EEXIST)
		ok = sim_fail("%s: %s", s->out, strerror(errno));
	if (ok)
		ok = sweep_journal_open(&s->journal, s->journal_path, head,
					s->results, s->axes.points);
	free(head);
	for (size_t p = 0; ok && p < s->axes.points; p++)
		s->done += s->results[p].status != SWEEP_OPEN;
	return ok;
}

static bool prepare(struct sweep *s)
{
	char err[SWEEP_ERR_SIZE];

	if (!read_base(s))
		return false;
	if (!sweep_axes_parse(&s->axes, s->options->axis, s->options->num_axes,
			      err))
		return sim_fail("--sweep: %s", err);
	s->gsc = sweep_find_gsc();
	return s->gsc && choose_paths(s) && open_journal(s);
}

/* ---- points --------------------------------------------------------------------- */

static void show_progress(struct sweep *s, bool is_new)
{
	const size_t step = (s->axes.points + LINES - 1) / LINES;

	gs_progress_update(&s->bar, s->done);
	if (is_new && !s->bar.enabled && s->done % step == 0)
		fprintf(stderr, "gs-sim: %zu of %zu points\n", s->done,
			s->axes.points);
}

static bool keep(struct sweep *s, size_t point,
		 const struct sweep_result *result)
{
	s->results[point] = *result;
	if ((result->status == SWEEP_OK || result->status == SWEEP_FAILED) &&
	    !sweep_journal_add(&s->journal, point, result))
		return false;
	s->done++;
	show_progress(s, true);
	return true;
}

/* The next point that is not known yet gets a process, if there is such a machine. */
static bool start_next(struct sweep *s)
{
	char err[SWEEP_ERR_SIZE];
	struct sweep_result illegal = { .status = SWEEP_ILLEGAL };
	struct gs_arch arch;
	const size_t point = s->next++;
	int ret;

	if (s->results[point].status != SWEEP_OPEN)
		return true;
	if (!sweep_axes_arch(&s->axes, point, &s->base, &arch, err) ||
	    !sweep_arch_check(&arch, err)) {
		illegal.reason = strdup(err);
		return keep(s, point, &illegal);
	}
	ret = sweep_jobs_start(&s->jobs, point, &arch);
	return !ret ||
	       sim_fail("no process for point %zu: %s", point, strerror(-ret));
}

static bool collect(struct sweep *s)
{
	struct sweep_result result;
	size_t point;
	int ret;

	while ((ret = sweep_jobs_poll(&s->jobs, &point, &result)) > 0)
		if (!keep(s, point, &result))
			return false;
	return !ret || sim_fail("point %zu: %s", point, strerror(-ret));
}

static void wait_for_signal(struct sweep *s)
{
	const struct timespec redraw = { .tv_nsec = REDRAW_NS };
	const int got = sigtimedwait(&s->signals, NULL, &redraw);

	if (got > 0 && got != SIGCHLD)
		s->signal = got;
	show_progress(s, false);
}

static bool run_points(struct sweep *s)
{
	bool ok = true;

	while (ok && !s->signal) {
		while (ok && s->next < s->axes.points &&
		       s->jobs.running < s->jobs.max)
			ok = start_next(s);
		if (ok && !s->jobs.running)
			break;
		if (ok)
			wait_for_signal(s);
		if (ok && !s->signal)
			ok = collect(s);
	}
	sweep_jobs_stop(&s->jobs);
	return ok && !s->signal;
}

/* ---- signals -------------------------------------------------------------------- */

/* Those that are ignored stay so. Returns what was blocked before. */
static sigset_t block_signals(struct sweep *s)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;
	sigset_t before;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGCHLD);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!sigaction(ends[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			sigaddset(&s->signals, ends[i]);
	sigprocmask(SIG_BLOCK, &s->signals, &before);
	return before;
}

static unsigned num_jobs(const struct sim_sweep_options *options)
{
	cpu_set_t set;
	int num = options->jobs				  ? (int)options->jobs :
		  sched_getaffinity(0, sizeof(set), &set) ? 1 :
							    CPU_COUNT(&set);

	return num < SWEEP_MAX_JOBS ? (unsigned)num : SWEEP_MAX_JOBS;
}

static bool run(struct sweep *s)
{
	sigset_t before = block_signals(s);
	bool ok;

	s->jobs = (struct sweep_jobs){
		.max = num_jobs(s->options),
		.gsc = s->gsc,
		.model = s->model,
		.options = s->options,
		.mask = before,
	};
	gs_progress_start(&s->bar, "sweep", s->axes.points, false);
	ok = run_points(s);
	gs_progress_stop(&s->bar);
	if (!ok)
		fprintf(stderr,
			"gs-sim: %s: %zu of %zu points are done, the same command goes on\n",
			s->out, s->done, s->axes.points);
	return ok;
}

/* Did it come to anything? */
static int judge(const struct sweep *s)
{
	const struct sweep_result *first = s->results;
	size_t died = 0, timed = 0;

	for (size_t p = 0; p < s->axes.points; p++) {
		died += s->results[p].status == SWEEP_DIED;
		timed += s->results[p].status == SWEEP_OK;
	}
	if (!timed)
		fprintf(stderr,
			"gs-sim: --sweep: no point was timed; the first: %s\n",
			first->reason ? first->reason : "out of memory");
	if (died)
		fprintf(stderr,
			"gs-sim: %zu of %zu points died, the same command tries them again\n",
			died, s->axes.points);
	return died || !timed;
}

static int report(const struct sweep *s)
{
	const struct sweep_outcome outcome = {
		.axes = &s->axes,
		.base = &s->base,
		.results = s->results,
		.model = s->model,
		.energy_table = s->options->table->name,
		.preset = s->options->preset,
	};

	if (!sweep_report_csv(&outcome, s->csv) ||
	    (s->options->csv && !sweep_report_csv(&outcome, s->options->csv)) ||
	    !sweep_picture(&outcome, s->svg) ||
	    !sweep_report_machines(&outcome, s->out))
		return 1;
	if (!sim_is_stdout(s->options->csv))
		sweep_report_summary(&outcome, s->out);
	return judge(s);
}

int sim_sweep(const char *model, const struct sim_sweep_options *options)
{
	struct sweep s = { .model = model,
			   .options = options,
			   .journal.fd = -1 };
	int status = 1;

	if (prepare(&s) && run(&s))
		status = report(&s);
	if (s.signal)
		status = 128 + s.signal;
	sweep_journal_close(&s.journal);
	for (size_t p = 0; s.results && p < s.axes.points; p++)
		free(s.results[p].reason);
	free(s.results);
	sweep_axes_free(&s.axes);
	free(s.gsc);
	free(s.out);
	free(s.journal_path);
	free(s.csv);
	free(s.svg);
	return status;
}
