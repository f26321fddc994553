/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sweep_jobs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hw-model/tools/sim_timing.h"

#define MAX_LOG_BYTES 16384

/* ---- memory --------------------------------------------------------------------- */

static int new_file(const char *name, const void *data, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (size && pwrite(fd, data, size, 0) != (ssize_t)size) {
		close(fd);
		return -ENOSPC;
	}
	return fd;
}

static void close_files(struct sweep_job *job)
{
	const int fd[] = { job->arch_fd, job->model_fd, job->log_fd,
			   job->result_fd };

	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

static int open_files(struct sweep_job *job, const struct gs_arch *arch)
{
	char text[GS_ARCH_JSON_SIZE];
	const int len = gs_arch_format(arch, text, sizeof(text));
	int ret;

	job->arch_fd = new_file("arch", text, (size_t)len);
	job->model_fd = new_file("model", NULL, 0);
	job->log_fd = new_file("log", NULL, 0);
	job->result_fd = new_file("result", NULL, 0);
	ret = job->arch_fd < 0	 ? job->arch_fd :
	      job->model_fd < 0	 ? job->model_fd :
	      job->log_fd < 0	 ? job->log_fd :
	      job->result_fd < 0 ? job->result_fd :
				   0;
	if (ret)
		close_files(job);
	return ret;
}

/* ---- in the new process --------------------------------------------------------- */

static void become_child(const struct sweep_jobs *jobs, pid_t parent, int log)
{
	/* It does not outlive a parent that is killed. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(127);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &jobs->mask, NULL);
}

static _Noreturn void run_gsc(const struct sweep_jobs *jobs,
			      const struct sweep_job *job)
{
	const char *argv[SWEEP_MAX_GSC_ARGS + 8] = { "gsc", "-a", "-", "-o",
						     "-" };
	unsigned num = 5;

	for (unsigned i = 0; i < jobs->options->num_gsc_args; i++)
		argv[num++] = jobs->options->gsc_args[i];
	argv[num++] = "--";
	argv[num++] = jobs->model;
	if (dup2(job->arch_fd, STDIN_FILENO) < 0 ||
	    dup2(job->model_fd, STDOUT_FILENO) < 0)
		_exit(127);
	execv(jobs->gsc, (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", jobs->gsc, strerror(errno));
	_exit(127);
}

static void collect(const struct sim_timing *sim, struct sweep_result *r)
{
	const struct gs_timing_block *b = &sim->total;

	r->cycles = b->cycles;
	r->energy_pj = gs_energy_total(&sim->energy);
	r->array_busy = b->engine[GS_ENGINE_ARRAY].busy;
	r->tandem_busy = b->engine[GS_ENGINE_TANDEM].busy;
	for (unsigned w = 0; w < GS_WIN_COUNT; w++) {
		r->bytes[0] += b->bytes[w][0] - b->held[w];
		r->bytes[1] += b->bytes[w][1];
	}
}

static _Noreturn void run_timing(const struct sweep_jobs *jobs,
				 const struct sweep_job *job)
{
	const char *const no_fields[] = { NULL };
	const struct sim_timing_options options = {
		.preset = jobs->options->preset,
		.table = jobs->options->table,
		.arch = no_fields,
	};
	struct sweep_result result = { .status = SWEEP_OK };
	struct sim_timing sim;

	/* Sentences name the file: the same one for every point. */
	if (dup2(job->model_fd, STDIN_FILENO) < 0)
		_exit(127);
	if (!sim_timing_open(&sim, "/proc/self/fd/0", &options))
		_exit(1);
	collect(&sim, &result);
	_exit(write(job->result_fd, &result, sizeof(result)) != sizeof(result));
}

static int start(struct sweep_jobs *jobs, struct sweep_job *job)
{
	const pid_t parent = getpid();
	const pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		become_child(jobs, parent, job->log_fd);
		if (job->timing)
			run_timing(jobs, job);
		run_gsc(jobs, job);
	}
	job->pid = pid;
	return 0;
}

int sweep_jobs_start(struct sweep_jobs *jobs, size_t point,
		     const struct gs_arch *arch)
{
	struct sweep_job *job = jobs->job;
	int ret;

	while (job->pid)
		job++;
	*job = (struct sweep_job){ .point = point };
	ret = open_files(job, arch);
	if (ret)
		return ret;
	ret = start(jobs, job);
	if (ret)
		close_files(job);
	else
		jobs->running++;
	return ret;
}

/* ---- what became of it ---------------------------------------------------------- */

/* The first error of gsc, else the last line. */
static char *find_reason(char *log)
{
	static const char *const prefixes[] = { "gsc: error: ", "gsc: ",
						"gs-sim: " };
	char *line = strstr(log, prefixes[0]), *end;
	char *advice = strstr(log, "\nTry 'gsc --help'");
	size_t len;

	if (advice)
		*advice = '\0';
	len = strlen(log);
	while (len && log[len - 1] == '\n')
		log[--len] = '\0';
	if (!line) {
		line = strrchr(log, '\n');
		line = line ? line + 1 : log;
	}
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(line, prefixes[i], strlen(prefixes[i])))
			return line + strlen(prefixes[i]);
	return line;
}

/* A line that can be kept and shown. */
static char *format_reason(const char *text)
{
	char *reason = strndup(text, SWEEP_REASON_SIZE - 1);

	for (char *c = reason; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return reason;
}

static void read_failure(const struct sweep_job *job, int status,
			 struct sweep_result *result)
{
	char *log = calloc(1, MAX_LOG_BYTES), text[160];
	const char *reason = "";

	result->status = SWEEP_FAILED;
	if (log && pread(job->log_fd, log, MAX_LOG_BYTES - 1, 0) > 0)
		reason = find_reason(log);
	if (WIFSIGNALED(status)) {
		snprintf(text, sizeof(text), "%s was ended by signal %d (%s)",
			 job->timing ? "gs-sim" : "gsc", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
		reason = text;
		result->status = SWEEP_DIED;
	} else if (!*reason) {
		snprintf(text, sizeof(text), "%s ended with status %d",
			 job->timing ? "gs-sim" : "gsc", WEXITSTATUS(status));
		reason = text;
	}
	if (!log || WEXITSTATUS(status) == 127 ||
	    strstr(reason, "out of memory") || strstr(reason, strerror(ENOSPC)))
		result->status = SWEEP_DIED;
	result->reason = format_reason(reason);
	free(log);
}

/* Returns whether the point is done. */
static int next_step(struct sweep_jobs *jobs, struct sweep_job *job, int status,
		     struct sweep_result *result)
{
	const bool ok = WIFEXITED(status) && !WEXITSTATUS(status);

	if (ok && !job->timing) {
		job->timing = true;
		if (ftruncate(job->log_fd, 0) ||
		    lseek(job->log_fd, 0, SEEK_SET) < 0)
			return -errno;
		return start(jobs, job);
	}
	*result = (struct sweep_result){ 0 };
	if (!ok)
		read_failure(job, status, result);
	else if (pread(job->result_fd, result, sizeof(*result), 0) !=
		 sizeof(*result))
		return -EIO;
	return 1;
}

int sweep_jobs_poll(struct sweep_jobs *jobs, size_t *point,
		    struct sweep_result *result)
{
	for (unsigned i = 0; i < jobs->max; i++) {
		struct sweep_job *job = &jobs->job[i];
		int status, ret;

		if (!job->pid || waitpid(job->pid, &status, WNOHANG) <= 0)
			continue;
		job->pid = 0;
		*point = job->point;
		ret = next_step(jobs, job, status, result);
		if (!ret)
			continue;
		close_files(job);
		jobs->running--;
		return ret;
	}
	return 0;
}

void sweep_jobs_stop(struct sweep_jobs *jobs)
{
	for (unsigned i = 0; i < jobs->max; i++)
		if (jobs->job[i].pid)
			kill(jobs->job[i].pid, SIGKILL);
	for (unsigned i = 0; i < jobs->max; i++) {
		struct sweep_job *job = &jobs->job[i];

		if (!job->pid)
			continue;
		while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
			;
		job->pid = 0;
		close_files(job);
		jobs->running--;
	}
}
