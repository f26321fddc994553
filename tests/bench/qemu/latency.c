/* SPDX-License-Identifier: MIT */
/*
 * What a job costs: the round trip of one that does nothing against that of a
 * read of 4 KiB from an NVMe disk whose data come from nowhere, in the same
 * guest, in alternating batches; where the time goes; jobs a second.
 *
 *	bench-latency [-n ROUNDS] [-b BATCH] [-t TRACED] [-q MARKED] [-f JOBS]
 */
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "tests/bench/qemu/bench.h"
#include "tests/bench/qemu/npu.h"
#include "tests/bench/qemu/trace.h"

#define DISK "/dev/nvme0n1"
#define READ_BYTES 4096u
#define DISK_PAGES 1024u /* of which pages are read in turn */
#define IN_FLIGHT 64u
#define WARM_UP 200u

struct bench {
	struct npu npu;
	uint32_t syncobj;
	int disk;
	void *page;
	uint64_t reads;
};

static void run_job(struct bench *b)
{
	npu_submit(&b->npu, b->syncobj, 0);
	npu_wait(&b->npu, b->syncobj);
	npu_check(&b->npu, 0);
}

static void run_read(struct bench *b)
{
	off_t at = (off_t)(b->reads++ % DISK_PAGES * READ_BYTES);

	if (pread(b->disk, b->page, READ_BYTES, at) != READ_BYTES)
		die("read from " DISK);
}

static int64_t timed(struct bench *b, void (*round)(struct bench *))
{
	int64_t start = now_ns();

	round(b);
	return now_ns() - start;
}

/* ---- round trips ---------------------------------------------------------*/

static void compare(struct bench *b, unsigned rounds, unsigned batch)
{
	int64_t *job = calloc(rounds, sizeof(*job));
	int64_t *read = calloc(rounds, sizeof(*read));
	double median[2], p99[2];

	if (!job || !read)
		die("memory");
	for (unsigned i = 0; i < WARM_UP; i++) {
		run_job(b);
		run_read(b);
	}
	for (unsigned done = 0; done < rounds; done += batch) {
		for (unsigned i = done; i < done + batch && i < rounds; i++)
			job[i] = timed(b, run_job);
		for (unsigned i = done; i < done + batch && i < rounds; i++)
			read[i] = timed(b, run_read);
	}
	median[0] = quantile_us(job, rounds, 0.5);
	median[1] = quantile_us(read, rounds, 0.5);
	p99[0] = quantile_us(job, rounds, 0.99);
	p99[1] = quantile_us(read, rounds, 0.99);
	printf("round trips: %u each, batches of %u\n", rounds, batch);
	printf("                       median us     p99 us\n");
	printf("no-op job              %9.1f  %9.1f\n", median[0], p99[0]);
	printf("NVMe read, 4 KiB       %9.1f  %9.1f\n", median[1], p99[1]);
	printf("ratio                  %9.2f  %9.2f\n\n", median[0] / median[1],
	       p99[0] / p99[1]);
	free(job);
	free(read);
}

/* ---- where the time goes -------------------------------------------------*/

enum { JOB_SUBMIT, JOB_RUN, JOB_SENT, JOB_IRQ, JOB_END };

static const struct trace_point job_points[] = {
	[JOB_SUBMIT] = { "genesys/gs_job_submit", "gs_job_submit", NULL },
	[JOB_RUN] = { "gpu_scheduler/drm_run_job", "drm_run_job", NULL },
	[JOB_SENT] = { "genesys/gs_job_send", "gs_job_send", NULL },
	[JOB_IRQ] = { "irq/irq_handler_entry", "irq_handler_entry",
		      "name=genesys" },
	[JOB_END] = { "genesys/gs_job_end", "gs_job_end", NULL },
	{ 0 },
};

static const struct trace_point read_points[] = {
	{ "nvme/nvme_setup_cmd", "nvme_setup_cmd", NULL },
	{ "irq/irq_handler_entry", "irq_handler_entry", "name=nvme" },
	{ "nvme/nvme_complete_rq", "nvme_complete_rq", NULL },
	{ 0 },
};

static void print_hop(const char *name, int64_t *ns, unsigned num)
{
	double p99 = quantile_us(ns, num, 0.99);

	printf("%-46s %9.1f  %9.1f\n", name, quantile_us(ns, num, 0.5), p99);
}

/* Complete rounds as a table of instants, [hops + 1] a row; their number. */
static unsigned print_hops(const char *const *names, unsigned hops,
			   const int64_t *at, unsigned num)
{
	int64_t *ns = calloc(num ? num : 1, sizeof(*ns));

	if (!ns)
		die("memory");
	for (unsigned h = 0; h < hops; h++) {
		for (unsigned i = 0; i < num; i++)
			ns[i] = at[i * (hops + 1) + h + 1] -
				at[i * (hops + 1) + h];
		print_hop(names[h], ns, num);
	}
	for (unsigned i = 0; i < num; i++)
		ns[i] = at[i * (hops + 1) + hops] - at[i * (hops + 1)];
	print_hop("sum", ns, num);
	free(ns);
	return num;
}

static void too_few(unsigned got, unsigned want)
{
	if (got >= want / 2 && got)
		return;
	fprintf(stderr, "the trace has %u of %u rounds\n", got, want);
	exit(1);
}

static void trace_jobs(struct bench *b, unsigned num)
{
	static const char *const names[] = {
		"ioctl: SUBMIT until the job is queued",
		"worker: until the scheduler runs it",
		"doorbell: command into the ring, register write",
		"firmware: until the core starts",
		"core: until the program ends",
		"firmware, MSI-X: until the interrupt handler",
		"interrupt: until the fence signals",
		"wake-up: until SYNCOBJ_WAIT returns",
	};
	struct trace_round *round = calloc(num, sizeof(*round));
	int64_t(*device)[2] = calloc(num, sizeof(*device));
	int64_t(*at)[9] = calloc(num, sizeof(*at));
	int64_t clock, drift;
	unsigned good = 0;

	if (!round || !device || !at)
		die("memory");
	trace_start(job_points);
	clock = npu_clock(&b->npu);
	for (unsigned i = 0; i < num; i++) {
		round[i].begin = now_ns();
		run_job(b);
		round[i].end = now_ns();
		device[i][0] = (int64_t)b->npu.results[0].time_start;
		device[i][1] = (int64_t)b->npu.results[0].time_end;
	}
	drift = npu_clock(&b->npu) - clock;
	trace_stop(job_points, round, num);
	for (unsigned i = 0; i < num; i++) {
		const struct trace_round *r = &round[i];
		const int64_t offset = clock + drift * i / num;
		const int64_t row[9] = {
			r->begin,
			r->at[JOB_SUBMIT],
			r->at[JOB_RUN],
			r->at[JOB_SENT],
			device[i][0] + offset,
			device[i][1] + offset,
			r->at[JOB_IRQ],
			r->at[JOB_END],
			r->end,
		};

		if (r->at[JOB_SUBMIT] && r->at[JOB_RUN] && r->at[JOB_SENT] &&
		    r->at[JOB_IRQ] && r->at[JOB_END])
			memcpy(at[good++], row, sizeof(row));
	}
	too_few(good, num);
	printf("no-op job, %u traced\n%-46s %9s  %9s\n", good, "hop",
	       "median us", "p99 us");
	print_hops(names, 8, at[0], good);
	printf("\n");
	free(round);
	free(device);
	free(at);
}

static void trace_reads(struct bench *b, unsigned num)
{
	static const char *const names[] = {
		"read: until the command is made",
		"doorbell, device, MSI-X: until the handler",
		"interrupt: until the request is completed",
		"wake-up: until read() returns",
	};
	struct trace_round *round = calloc(num, sizeof(*round));
	int64_t(*at)[5] = calloc(num, sizeof(*at));
	unsigned good = 0;

	if (!round || !at)
		die("memory");
	trace_start(read_points);
	for (unsigned i = 0; i < num; i++) {
		round[i].begin = now_ns();
		run_read(b);
		round[i].end = now_ns();
	}
	trace_stop(read_points, round, num);
	for (unsigned i = 0; i < num; i++) {
		const struct trace_round *r = &round[i];
		const int64_t row[5] = { r->begin, r->at[0], r->at[1], r->at[2],
					 r->end };

		if (r->at[0] && r->at[1] && r->at[2])
			memcpy(at[good++], row, sizeof(row));
	}
	too_few(good, num);
	printf("NVMe read, %u traced\n%-46s %9s  %9s\n", good, "hop",
	       "median us", "p99 us");
	print_hops(names, 4, at[0], good);
	printf("\n");
	free(round);
	free(at);
}

/* ---- the host's side -----------------------------------------------------*/

/* The host acts on marks; it looks for them a few times a second. */
static void mark(const char *name)
{
	FILE *port = fopen("/dev/ttyS1", "w");

	if (!port || fprintf(port, "# at %s\n", name) < 0 || fclose(port))
		die("/dev/ttyS1");
	sleep(1);
}

static void run_marked(struct bench *b, unsigned num)
{
	mark("trace");
	for (unsigned i = 0; i < num; i++)
		run_job(b);
	mark("trace-end");
}

/* ---- throughput ----------------------------------------------------------*/

static void flood(struct bench *b, unsigned jobs)
{
	uint32_t syncobj[IN_FLIGHT];
	int64_t start;

	for (unsigned i = 0; i < IN_FLIGHT; i++)
		syncobj[i] = npu_syncobj(&b->npu);
	start = now_ns();
	for (unsigned i = 0; i < jobs + IN_FLIGHT; i++) {
		unsigned slot = i % IN_FLIGHT;

		if (i >= IN_FLIGHT) {
			npu_wait(&b->npu, syncobj[slot]);
			npu_check(&b->npu, slot);
		}
		if (i < jobs)
			npu_submit(&b->npu, syncobj[slot], slot);
	}
	printf("throughput: %.0f no-op jobs a second, %u in flight (%u jobs)\n",
	       jobs * 1e9 / (double)(now_ns() - start), IN_FLIGHT, jobs);
}

int main(int argc, char **argv)
{
	unsigned rounds = 10000, batch = 100, traced = 500, marked = 0;
	unsigned jobs = 20000;
	struct bench b = { 0 };
	int opt;

	while ((opt = getopt(argc, argv, "n:b:t:q:f:")) != -1) {
		unsigned value =
			(unsigned)strtoul(optarg ? optarg : "", NULL, 10);

		switch (opt) {
		case 'n':
			rounds = value;
			break;
		case 'b':
			batch = value ? value : 1;
			break;
		case 't':
			traced = value;
			break;
		case 'q':
			marked = value;
			break;
		case 'f':
			jobs = value;
			break;
		default:
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	npu_open(&b.npu);
	b.syncobj = npu_syncobj(&b.npu);
	b.disk = open(DISK, O_RDONLY | O_DIRECT);
	b.page = aligned_alloc(READ_BYTES, READ_BYTES);
	if (b.disk < 0 || !b.page)
		die(DISK);
	if (rounds)
		compare(&b, rounds, batch);
	if (traced) {
		trace_jobs(&b, traced);
		trace_reads(&b, traced);
	}
	if (marked)
		run_marked(&b, marked);
	if (jobs)
		flood(&b, jobs);
	return 0;
}
