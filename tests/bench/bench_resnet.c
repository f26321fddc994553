/* SPDX-License-Identifier: MIT */
/*
 * How fast the machine is simulated. The convolutions of ResNet-50, compiled
 * for the built-in machine and run by each executor, in multiply-accumulates of
 * the layers (what padding adds is not counted), beside the plain int8 matrix
 * product that the fast executor is made of, on data that fits the first cache;
 * the same without data; with two threads; and the network as a whole. At the
 * end, what must be reached and what was.
 *
 * One thread is measured in its processor time, two threads in time as it
 * passes, in turn with one. The best of many runs counts, as the machine may do
 * other things, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "genesys/genesys.h"
#include "hw-model/core/fast.h"
#include "hw-model/timing/timing.h"
#include "tests/bench/exchange.h"
#include "tests/bench/plain.h"
#include "tests/bench/resnet.h"

/* So long and so often at least. */
#define SECONDS 0.2
#define RUNS 3
/* One after the other, before it is another one's turn. */
#define TURN 20

#define NUM_EXECUTORS 4 /* reference, and the levels of the fast one */

/* Of a cycle-level simulator in Python, without data, a second of a processor. */
#define PEER_MACS 4.2e6

/*
 * Nanoseconds from a processor to the other one and back when both are one core;
 * they are about 100 where two cores share a cache.
 */
#define SIBLINGS 60
#define TRIES 5

/* A layer that is worth two threads. */
#define LARGE_MACS 1e8

static const char *executor_name(unsigned e)
{
	return e ? gs_fast_level_name((enum gs_fast_level)(e - 1)) :
		   "reference";
}

static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* ---- the machine ------------------------------------------------------------------ */

/* The first line of /proc/cpuinfo that begins so. */
static void cpu_field(const char *field, char *out, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(out, size, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		const char *colon = strchr(line, ':');

		if (!colon || strncmp(line, field, strlen(field)))
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(out, size, "%s", colon + 2);
		break;
	}
	if (file)
		fclose(file);
}

static void print_machine(void)
{
	char name[128], family[32], model[32];

	cpu_field("model name", name, sizeof(name));
	cpu_field("cpu family", family, sizeof(family));
	cpu_field("model\t", model, sizeof(model));
	printf("%s, family %s, model %s, %ld processors:", name, family, model,
	       sysconf(_SC_NPROCESSORS_ONLN));
	for (unsigned e = 1; e < NUM_EXECUTORS; e++)
		if (executor_name(e))
			printf("%s %s", e == 1 ? "" : ",", executor_name(e));
	printf("\n");
}

/* Seconds of processors since the machine started. */
struct usage {
	double idle, all, ours;
};

static double seconds_of(const struct timeval *tv)
{
	return (double)tv->tv_sec + 1e-6 * (double)tv->tv_usec;
}

/* The first line of /proc/stat: user nice system idle iowait irq softirq steal. */
static struct usage usage(void)
{
	FILE *file = fopen("/proc/stat", "r");
	struct usage usage = { 0 };
	long long ticks;

	for (unsigned i = 0; file && i < 8; i++) {
		if (fscanf(file, i ? "%lld" : "cpu %lld", &ticks) != 1)
			break;
		usage.all += (double)ticks / (double)sysconf(_SC_CLK_TCK);
		if (i == 3 || i == 4)
			usage.idle +=
				(double)ticks / (double)sysconf(_SC_CLK_TCK);
	}
	if (file)
		fclose(file);
	for (int who = 0; who < 2; who++) {
		struct rusage own;

		if (getrusage(who ? RUSAGE_CHILDREN : RUSAGE_SELF, &own))
			continue;
		usage.ours +=
			seconds_of(&own.ru_utime) + seconds_of(&own.ru_stime);
	}
	return usage;
}

/* Percent of all processors that other programs, or other machines, had. */
static double others_since(const struct usage *then)
{
	const struct usage now = usage();
	const double all = now.all - then->all;
	const double theirs =
		all - (now.idle - then->idle) - (now.ours - then->ours);

	return all > 0 && theirs > 0 ? 100 * theirs / all : 0;
}

/* ---- running -------------------------------------------------------------------- */

/* Code, weights and activations, each a window of its own. */
struct bus {
	uint8_t *data[3];
	uint64_t bytes[3];
};

static void *bus_map(void *ctx, uint64_t addr, size_t size, bool write)
{
	const struct bus *bus = ctx;
	const uint64_t region = addr >> 40, at = addr & ((1ull << 40) - 1);

	(void)write;
	return region < 3 && at <= bus->bytes[region] &&
			       size <= bus->bytes[region] - at ?
		       bus->data[region] + at :
		       NULL;
}

static int bus_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	(void)ctx, (void)addr, (void)dst, (void)size;
	return -1;
}

static int bus_write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	(void)ctx, (void)addr, (void)src, (void)size;
	return -1;
}

static struct gs_job job_of(const struct gs_gsm *gsm, enum gs_executor executor)
{
	return (struct gs_job){
		.window_base = { 0, 1ull << 40, 2ull << 40, 2ull << 40,
				 2ull << 40 },
		.entry = gsm->segment[0].first_word * 4,
		.entry_words = gsm->segment[0].entry_words,
		.encoding = GS_ENC_SYNC_INST,
		.executor = executor,
	};
}

/*
 * Seconds of one run; the activations afterwards are in bus.
 * @timing: NULL, or observes
 */
static double run_once(struct gs_core *core, const struct gs_gsm *gsm,
		       struct bus *bus, enum gs_executor executor,
		       struct gs_timing *timing, clockid_t clock)
{
	const struct gs_mem mem = { bus, bus_read, bus_write, bus_map };
	struct gs_job job = job_of(gsm, executor);
	struct gs_fault fault;
	double start;

	if (timing) {
		job.observe = gs_timing_observe;
		job.observe_ctx = timing;
	}
	gs_core_reset(core); /* as after other layers */
	start = now(clock);
	if (timing)
		gs_timing_reset(timing);
	if (gs_core_run(core, &mem, &job, &fault))
		die("a compiled program faulted");
	return now(clock) - start;
}

/* The least of many runs, in time of this processor. */
static double run(struct gs_core *core, const struct gs_gsm *gsm,
		  struct bus *bus, enum gs_executor executor)
{
	const bool fast = executor == GS_EXEC_FAST;
	double best = 1e9, spent = 0;

	for (int i = 0; i < (fast ? RUNS : 1) || (fast && spent < SECONDS);
	     i++) {
		const double seconds = run_once(core, gsm, bus, executor, NULL,
						CLOCK_THREAD_CPUTIME_ID);

		spent += seconds;
		best = seconds < best ? seconds : best;
	}
	return best;
}

/* The same with one and with two threads, in time that passes, by turns. */
static void run_pair(struct gs_core *const core[2], const struct gs_gsm *gsm,
		     struct bus *bus, double best[2])
{
	double spent = 0;

	best[0] = best[1] = 1e9;
	for (unsigned turn = 0; turn < 2 * RUNS || spent < 2 * SECONDS; turn++)
		for (int i = 0; i < TURN; i++) {
			const double seconds = run_once(core[turn % 2], gsm,
							bus, GS_EXEC_FAST, NULL,
							CLOCK_MONOTONIC);

			spent += seconds;
			if (seconds < best[turn % 2])
				best[turn % 2] = seconds;
		}
}

/*
 * The same on two cores: a hypervisor may have both processors of a machine on
 * one core for some seconds, which then has as much to give as one has. Returns
 * how far they are apart; after some tries whatever it is.
 */
static double run_apart(struct gs_core *const core[2], const struct gs_gsm *gsm,
			struct bus *bus, double best[2])
{
	double before, after;

	for (unsigned i = 0;; i++) {
		before = exchange_ns();
		run_pair(core, gsm, bus, best);
		after = exchange_ns();
		if (i == TRIES || (before > SIBLINGS && after > SIBLINGS))
			return before < after ? before : after;
		sleep(1);
	}
}

/* ---- layers ----------------------------------------------------------------------- */

/* Of all layers, weighted by how often the network has them. */
struct sums {
	double macs, seconds[NUM_EXECUTORS];
	double pair[2], large[2]; /* seconds with one and with two threads */
	double far; /* exchange_ns() of a large layer, the most */
	double worst; /* gain of a large layer by two threads */
	double cycles, dry; /* and seconds to know them */
	double alone,
		observed; /* seconds without and with the timing model, by turns */
};

static void time_layer(struct gs_core *core, const struct gs_gsm *gsm,
		       struct bus *bus, int times, struct sums *sums)
{
	const struct gs_mem mem = { bus, bus_read, bus_write, bus_map };
	const struct gs_job job = job_of(gsm, GS_EXEC_DRY);
	struct gs_timing *timing =
		gs_timing_create(&gsm->arch, GS_TIMING_HARDWARE);
	struct gs_fault fault;
	double best = 1e9;

	if (!timing)
		die("out of memory");
	for (int i = 0; i < RUNS; i++) {
		const double start = now(CLOCK_THREAD_CPUTIME_ID);
		double seconds;

		if (gs_timing_run(timing, core, &mem, &job, &fault))
			die("a compiled program faulted without data");
		seconds = now(CLOCK_THREAD_CPUTIME_ID) - start;
		best = seconds < best ? seconds : best;
	}
	sums->dry += best * times;
	sums->cycles += (double)gs_timing_total(timing)->cycles * times;
	gs_timing_destroy(timing);
}

/* What the timing model costs a device, which has it observe its jobs. */
static void observe_layer(struct gs_core *core, const struct gs_gsm *gsm,
			  struct bus *bus, int times, struct sums *sums)
{
	struct gs_timing *timing =
		gs_timing_create(&gsm->arch, GS_TIMING_HARDWARE);
	double best[2] = { 1e9, 1e9 };

	if (!timing)
		die("out of memory");
	gs_timing_keep_totals(timing, NULL, NULL);
	for (unsigned turn = 0; turn < 2 * RUNS; turn++)
		for (int i = 0; i < TURN; i++) {
			const double seconds =
				run_once(core, gsm, bus, GS_EXEC_FAST,
					 turn % 2 ? timing : NULL,
					 CLOCK_THREAD_CPUTIME_ID);

			if (seconds < best[turn % 2])
				best[turn % 2] = seconds;
		}
	sums->alone += best[0] * times;
	sums->observed += best[1] * times;
	gs_timing_destroy(timing);
}

static void fill(struct bus *bus, const struct gs_gsm *gsm)
{
	uint32_t x = 1;

	for (uint64_t i = 0; i < bus->bytes[2]; i++) {
		x = x * 1664525u + 1013904223u;
		bus->data[2][i] = (uint8_t)(x >> 24);
	}
	memcpy(bus->data[2], gsm->simd, gsm->simd_bytes);
}

/* The executors, one after the other; their activations are the same. */
static void run_executors(const struct resnet50_conv *s, struct gs_core *core,
			  const struct gs_gsm *gsm, struct bus *bus,
			  uint8_t *expected, struct sums *sums)
{
	for (unsigned e = 0; e < NUM_EXECUTORS; e++) {
		double seconds;

		if (!executor_name(e))
			continue;
		if (e)
			gs_core_set_level(core, (enum gs_fast_level)(e - 1));
		fill(bus, gsm);
		seconds = run(core, gsm, bus,
			      e ? GS_EXEC_FAST : GS_EXEC_REFERENCE);
		if (!e)
			memcpy(expected, bus->data[2], bus->bytes[2]);
		if (memcmp(expected, bus->data[2], bus->bytes[2]))
			die("executors differ");
		sums->seconds[e] += seconds * s->times;
		printf(" %12.2f", resnet50_macs(s) / seconds / 1e9);
	}
}

static void run_threads(const struct resnet50_conv *s,
			struct gs_core *const core[2], const struct gs_gsm *gsm,
			struct bus *bus, const uint8_t *expected,
			struct sums *sums)
{
	const double macs = resnet50_macs(s);
	double best[2], gain, distance;

	fill(bus, gsm);
	distance = run_apart(core, gsm, bus, best);
	if (memcmp(expected, bus->data[2], bus->bytes[2]))
		die("threads differ");
	gain = best[0] / best[1];
	for (unsigned i = 0; i < 2; i++) {
		sums->pair[i] += best[i] * s->times;
		if (macs >= LARGE_MACS)
			sums->large[i] += best[i] * s->times;
	}
	if (macs >= LARGE_MACS && (sums->worst <= 0 || gain < sums->worst))
		sums->worst = gain;
	if (macs >= LARGE_MACS && distance > sums->far)
		sums->far = distance;
	printf(" %12.2f %6.2f %6.0f%s\n", macs / best[1] / 1e9, gain, distance,
	       macs >= LARGE_MACS ? " large" : "");
	fflush(stdout);
}

/* As an application's, at the beginning of a page. */
static uint8_t *memory_of(const struct gs_gsm *gsm)
{
	return aligned_alloc(4096, (gsm->memory_bytes + 4095) / 4096 * 4096);
}

static void bench(const struct resnet50_conv *s, struct gs_core *const core[2],
		  struct sums *sums)
{
	struct gs_gsm *gsm = resnet_layer(s);
	struct bus bus = {
		{ (uint8_t *)gsm->code, (uint8_t *)(uintptr_t)gsm->param,
		  memory_of(gsm) },
		{ gsm->num_words * 4ull, gsm->param_bytes, gsm->memory_bytes },
	};
	uint8_t *expected = memory_of(gsm);

	if (!bus.data[2] || !expected)
		die("out of memory");
	printf("%-16s", s->name);
	run_executors(s, core[0], gsm, &bus, expected, sums);
	run_threads(s, core, gsm, &bus, expected, sums);
	time_layer(core[0], gsm, &bus, s->times, sums);
	observe_layer(core[0], gsm, &bus, s->times, sums);
	sums->macs += resnet50_macs(s) * s->times;
	free(expected);
	free(bus.data[2]);
	gs_gsm_free(gsm);
}

static void bench_layers(struct gs_core *const core[2], struct sums *sums)
{
	printf("%-16s", "GMAC/s");
	for (unsigned e = 0; e < NUM_EXECUTORS; e++)
		if (executor_name(e))
			printf(" %12s", executor_name(e));
	printf(" %12s %6s %6s\n", "two threads", "gain", "apart");
	for (size_t i = 0; i < RESNET50_CONVS; i++)
		bench(&resnet50_convs[i], core, sums);
	printf("%-16s", "all 53, weighted");
	for (unsigned e = 0; e < NUM_EXECUTORS; e++)
		if (executor_name(e))
			printf(" %12.2f", sums->macs / sums->seconds[e] / 1e9);
	printf(" %12.2f %6.2f\n", sums->macs / sums->pair[1] / 1e9,
	       sums->pair[0] / sums->pair[1]);
}

/* ---- the network as a whole --------------------------------------------------------- */

/* What a process of its own finds out. */
struct network {
	double times; /* what it needs, by model file and activations */
	double seconds[2]; /* of an inference, with one and with two threads */
};

/* Peak of this process so far in bytes; that of the program before exec() is not in it. */
static double peak(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return (double)kib * 1024;
}

/* To the end of the last tensor. */
static double activations(const struct gs_model *model)
{
	double end = 0;

	for (uint32_t i = 0; i < gs_model_num_tensors(model); i++) {
		struct gs_tensor_info info = { .size = sizeof(info) };
		double at;

		if (gs_model_tensor(model, i, &info))
			die(gs_last_error());
		at = (double)(info.layout.offset + info.layout.bytes);
		end = at > end ? at : end;
	}
	return end;
}

static double infer(struct gs_model *model, const struct gs_binding *in,
		    const struct gs_binding *out, uint32_t threads)
{
	const struct gs_infer_opts opts = { .size = sizeof(opts),
					    .threads = threads };
	const double start = now(CLOCK_MONOTONIC);

	if (gs_infer(model, in, 1, out, 1, &opts, NULL))
		die(gs_last_error());
	return now(CLOCK_MONOTONIC) - start;
}

static void time_network(struct gs_model *model, const struct gs_binding *in,
			 const struct gs_binding *out, double best[2])
{
	best[0] = best[1] = 1e9;
	for (unsigned turn = 0; turn < 2 * RUNS; turn++)
		for (int i = 0; i < TURN; i++) {
			const double seconds =
				infer(model, in, out, 1 + turn % 2);

			if (seconds < best[turn % 2])
				best[turn % 2] = seconds;
		}
}

/* As an application does it: a device, a model from a file, one inference. */
static struct network run_network(const char *path)
{
	struct gs_tensor_info x = { .size = sizeof(x) }, y = x;
	struct network net = { .times = -peak() };
	struct gs_binding in = { .type = GS_INT8 }, out = in;
	struct gs_device *dev;
	struct gs_model *model;
	int8_t *expected;
	struct stat file;

	if (stat(path, &file) || gs_device_open("sim", &dev) ||
	    gs_load_model(dev, path, NULL, &model) ||
	    gs_model_input(model, 0, &x) || gs_model_output(model, 0, &y))
		die(gs_last_error());
	in.bytes = x.int8_bytes;
	out.bytes = y.int8_bytes;
	in.data = malloc(in.bytes);
	out.data = malloc(out.bytes);
	expected = malloc(out.bytes);
	if (!in.data || !out.data || !expected)
		die("out of memory");
	memset(in.data, 1, in.bytes);
	infer(model, &in, &out, 1);
	net.times = (net.times + peak()) /
		    ((double)file.st_size + activations(model));
	memcpy(expected, out.data, out.bytes);
	time_network(model, &in, &out, net.seconds);
	if (memcmp(expected, out.data, out.bytes))
		die("threads differ");
	free(expected);
	free(out.data);
	free(in.data);
	gs_model_free(model);
	gs_device_close(dev);
	return net;
}

static struct network bench_network(void)
{
	char path[] = "/tmp/bench_resnet.XXXXXX";
	struct network net;
	int ends[2], status = 1, fd = mkstemp(path);
	pid_t child;

	if (fd < 0 || close(fd) || pipe(ends))
		die("no file for the network");
	resnet_network(path);
	fflush(stdout);
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		execl("/proc/self/exe", "bench_resnet", path, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	if (child < 0 || waitpid(child, &status, 0) != child || status ||
	    read(ends[0], &net, sizeof(net)) != sizeof(net))
		die("the network was not run");
	close(ends[0]);
	unlink(path);
	return net;
}

/* ---- what must be reached ------------------------------------------------------------ */

static void judge_least(const char *what, double value, const char *unit,
			double least)
{
	printf("%-56s %10.2f %-7s at least %6g  %s\n", what, value, unit, least,
	       value >= least ? "PASS" : "below");
}

static void judge_below(const char *what, double value, const char *unit,
			double most)
{
	printf("%-56s %10.2f %-7s below    %6g  %s\n", what, value, unit, most,
	       value < most ? "PASS" : "above");
}

static void judge_level(struct gs_core *core, enum gs_fast_level level,
			const struct sums *sums, double least)
{
	const char *name = gs_fast_level_name(level);
	char what[64];
	double rate;

	if (!name)
		return;
	gs_core_set_level(core, level);
	rate = plain_product(core->fast->array, gs_core_arch(core));
	snprintf(what, sizeof(what), "%s: plain product", name);
	judge_least(what, rate / 1e9, "GMAC/s", least / 1e9);
	snprintf(what, sizeof(what), "%s: programs, of the plain product",
		 name);
	judge_least(what, 100 * sums->macs / sums->seconds[level + 1] / rate,
		    "%", 50);
}

static void judge_all(struct gs_core *core, const struct sums *sums,
		      const struct network *net, double others)
{
	const unsigned best = executor_name(3) ? 3 : executor_name(2) ? 2 : 1;

	judge_level(core, GS_FAST_VNNI, sums, 1.5e11);
	judge_level(core, GS_FAST_AVX2, sums, 7e10);
	judge_least("with data, against 4.2e6 MAC/s of a cycle-level peer",
		    sums->macs / sums->seconds[best] / PEER_MACS, "times", 1e4);
	judge_least("two threads, layers of 1e8 MACs and more, weighted",
		    sums->large[0] / sums->large[1], "times", 1.7);
	judge_least("two threads, the worst of them", sums->worst, "times",
		    1.7);
	judge_below("without data, all layers", 1e3 * sums->dry, "ms", 100);
	judge_below("memory of the network, of model file and activations",
		    net->times, "times", 4);
	printf("apart: a word from processor to processor and back, %.0f ns at most with large layers\n",
	       sums->far);
	printf("others used %.1f %% of the processors\n", others);
	printf("the layers: %.3f GMAC, %.0f cycles\n", sums->macs / 1e9,
	       sums->cycles);
	printf("the network: %.1f ms an inference, %.1f ms with two threads\n",
	       1e3 * net->seconds[0], 1e3 * net->seconds[1]);
	printf("observed by the timing model: %.2f ms instead of %.2f ms\n",
	       1e3 * sums->observed, 1e3 * sums->alone);
}

int main(int argc, char **argv)
{
	struct sums sums = { .macs = 0 };
	struct gs_core *core[2];
	struct network net;
	struct usage before;

	if (argc == 2) {
		net = run_network(argv[1]);
		return fwrite(&net, sizeof(net), 1, stdout) != 1;
	}
	for (unsigned i = 0; i < 2; i++)
		core[i] = gs_core_create(gs_arch_default());
	if (!core[0] || !core[1] || gs_core_set_threads(core[1], 2))
		die("out of memory");
	print_machine();
	before = usage();
	bench_layers(core, &sums);
	net = bench_network();
	judge_all(core[0], &sums, &net, others_since(&before));
	gs_core_destroy(core[0]);
	gs_core_destroy(core[1]);
	return 0;
}
