/* SPDX-License-Identifier: MIT */
/*
 * How near programs come to what the machines can do: ResNet-18 and ResNet-50
 * on the published design points, against bounds of their layers and the
 * published model's cycles; and how far quantization leaves their results from
 * the float models'.
 *
 *	bench-compiler DIR			the tables, of DIR/resnet18.onnx, ...
 *	bench-compiler DIR --layers 09 [resnet50]	layers of a design, largest gaps first
 *
 *	bench-compiler DIR --time NETWORK	time and memory it takes to compile, for design 03
 *
 * DIR is what scripts/make_networks.py printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/bench/compiler/loss.h"
#include "tests/bench/compiler/point.h"
#include "tests/bench/compiler/published.h"

static const char *const designs[] = { "01", "02", "03", "04", "05", "06", "07",
				       "08", "09", "11", "12", "13", "14" };
#define NUM_DESIGNS (sizeof(designs) / sizeof(designs[0]))

static const char *const networks[] = { "resnet18", "resnet50" };
#define NUM_NETWORKS (sizeof(networks) / sizeof(networks[0]))

/* Cycles beyond the bounds are told by what has that much more to do, or waits. */
#define CAUSES 3
#define NUM_CAUSES (GS_ENGINE_COUNT * 2)

static int missed, failed;

/* ---- why ------------------------------------------------------------------------------ */

/*
 * Gaps by cause. What an engine has more to do than the bound says is its; the
 * rest is waited for the engine that has most to do, or set-up.
 */
static void add_cause(const struct point_layer *l, double gap[NUM_CAUSES])
{
	const double bound = l->bound.cycles[l->bound.by];
	const double more = l->program > bound ? l->program - bound : 0;

	gap[2 * l->program_by] += more;
	gap[2 * l->program_by + 1] += (double)l->sum.cycles - bound - more;
}

static void put_causes(const struct point *p, char *out, size_t size)
{
	double gap[NUM_CAUSES] = { 0 };
	size_t len = 0;
	unsigned i, k, best;

	for (i = 0; i < p->num_layers; i++)
		add_cause(&p->layer[i], gap);
	out[0] = '\0';
	for (i = 0; i < CAUSES; i++) {
		for (k = 1, best = 0; k < NUM_CAUSES; k++)
			if (gap[k] > gap[best])
				best = k;
		if (gap[best] < 0.005 * p->bound)
			break;
		len += (size_t)snprintf(
			out + len, size - len, "%s%s%s %.1f %%", i ? ", " : "",
			gs_engine_name((enum gs_engine)(best / 2)),
			best % 2 ? " not overlapped" : " more work",
			100 * gap[best] / p->bound);
		if (len >= size)
			break;
		gap[best] = 0;
	}
}

/* ---- layers --------------------------------------------------------------------------- */

static double gap_of(const struct point_layer *l)
{
	return (double)l->sum.cycles - l->bound.cycles[l->bound.by];
}

static int by_gap(const void *a, const void *b)
{
	const double x = gap_of(a), y = gap_of(b);

	return x < y ? 1 : x > y ? -1 : 0;
}

static void put_layers(struct point *p)
{
	unsigned i;

	qsort(p->layer, p->num_layers, sizeof(*p->layer), by_gap);
	printf("%-24s %-10s %9s %9s %-6s %9s %9s %-6s %s\n", "layer",
	       "operator", "cycles", "bound", "by", "gap", "program", "by",
	       "limit; codelet: tiles");
	for (i = 0; i < p->num_layers; i++) {
		const struct point_layer *l = &p->layer[i];
		const struct gs_timing_limit lim = gs_timing_limit_of(&l->sum);

		printf("%-24.24s %-10.10s %9.0f %9.0f %-6s %9.0f %9.0f %-6s %s%s%s %.0f %%; %s\n",
		       l->name, l->op, (double)l->sum.cycles,
		       l->bound.cycles[l->bound.by], bound_name(l->bound.by),
		       gap_of(l), l->program, gs_engine_name(l->program_by),
		       gs_engine_name(lim.engine),
		       lim.stall == GS_STALL_COUNT ? "" : " waits: ",
		       lim.stall == GS_STALL_COUNT ? "" :
						     gs_stall_name(lim.stall),
		       100 * (double)lim.cycles / (double)l->sum.cycles,
		       l->note);
	}
}

/* ---- tables --------------------------------------------------------------------------- */

static int load_design(const char *design, struct gs_arch *arch)
{
	char path[128], err[GS_ARCH_ERR_SIZE];

	snprintf(path, sizeof(path), "hw-model/configs/design_%s.json", design);
	if (!gs_arch_load(path, arch, err))
		return 0;
	fprintf(stderr, "bench-compiler: %s\n", err);
	return -1;
}

/* The first layer is rewritten, or one with the pool behind it: its bound is what the sum leaves. */
static void bound_first(struct point *p, double sum)
{
	struct bound *b;
	unsigned i = 0;

	while (i < p->num_layers && strncmp(p->layer[i].op, "Conv", 4) != 0)
		i++;
	if (i == p->num_layers)
		return;
	b = &p->layer[i].bound;
	b->cycles[b->by] += sum - p->bound;
	p->bound = sum;
}

static void put_row(const struct network *n, const char *design,
		    struct point *p, double snr, enum gs_timing_preset preset,
		    bool rewrite)
{
	const struct published *pub = published_find(design, n->name);
	const double bound = rewrite ? pub->rewritten : pub->groups;
	const double target = published_target(pub, rewrite);
	const double ratio = p->cycles / bound;
	char why[160] = "";
	const char *verdict = "";

	if (p->why[0]) {
		printf("| %s | %ux%u | %s | - | %.0f | - | %.2f | %.0f | %.1f | not compiled: %.60s |\n",
		       design, pub->array, pub->array, n->name, bound, target,
		       pub->fused, snr, p->why);
		return;
	}
	bound_first(p, bound);
	if (preset == GS_TIMING_IDEAL_CHANNELS &&
	    (ratio > target || p->cycles > pub->fused)) {
		missed++;
		verdict = "missed: ";
		put_causes(p, why, sizeof(why));
	}
	if (p->below) {
		failed++;
		verdict = "blocks below the bound of their program: ";
		snprintf(why, sizeof(why), "%u", p->below);
	}
	printf("| %s | %ux%u | %s | %.0f | %.0f | %.3f | %.2f | %.0f | %.1f | %s%s |\n",
	       design, pub->array, pub->array, n->name, p->cycles, bound, ratio,
	       target, pub->fused, snr, verdict, why);
}

static int put_table(struct network *net, enum gs_timing_preset preset,
		     bool rewrite)
{
	struct gs_arch arch;
	struct point p;
	unsigned d, i;
	double snr;

	printf("\n%s, first-layer rewriting %s\n\n",
	       gs_timing_preset_name(preset), rewrite ? "on" : "off");
	puts("| design | array | network | cycles | bound | ratio | target | published, fused | SNR, dB | |");
	puts("|---|---|---|---|---|---|---|---|---|---|");
	for (d = 0; d < NUM_DESIGNS; d++) {
		if (load_design(designs[d], &arch))
			return -1;
		for (i = 0; i < NUM_NETWORKS; i++) {
			if (loss_of(&net[i], &arch, &snr) ||
			    point_run(&net[i], &arch, preset, rewrite, &p))
				return -1;
			put_row(&net[i], designs[d], &p, snr, preset, rewrite);
			fflush(stdout);
			point_free(&p);
		}
	}
	return 0;
}

/* Behind one memory of 64 bytes a cycle. */
static int put_shared(struct network *net)
{
	static const char *const shared[] = { "03", "07" };
	struct gs_arch arch;
	struct point ideal, p;
	unsigned d, i;
	char why[160];

	puts("\nhardware behind a DRAM of 512 bits a cycle, first-layer rewriting on\n");
	puts("| design | network | cycles | ideal-channels | ratio | target | |");
	puts("|---|---|---|---|---|---|---|");
	for (d = 0; d < 2; d++) {
		for (i = 0; i < NUM_NETWORKS; i++) {
			if (load_design(shared[d], &arch) ||
			    point_run(&net[i], &arch, GS_TIMING_IDEAL_CHANNELS,
				      true, &ideal))
				return -1;
			arch.timing.dram_bw = 512;
			if (point_run(&net[i], &arch, GS_TIMING_HARDWARE, true,
				      &p))
				return -1;
			why[0] = '\0';
			if (p.cycles > 1.35 * ideal.cycles) {
				missed++;
				put_causes(&p, why, sizeof(why));
			}
			printf("| %s | %s | %.0f | %.0f | %.3f | 1.35 | %s |\n",
			       shared[d], net[i].name, p.cycles, ideal.cycles,
			       p.cycles / ideal.cycles, why);
			point_free(&p);
			point_free(&ideal);
		}
	}
	return 0;
}

/* What the steps cost: of 8 bits, and of 4. */
static int put_losses(struct network *net)
{
	static const char *const of[] = { "03", "01" };
	static const enum gs_calib_kind method[] = { GS_CALIB_MINMAX,
						     GS_CALIB_PERCENTILE,
						     GS_CALIB_MSE };
	struct gs_arch arch;
	unsigned d, i, m;
	double snr;

	puts("\nsignal to noise of the results against the float model, dB\n");
	puts("| network | samples | bits of data | of weights | minmax | percentile | mse |");
	puts("|---|---|---|---|---|---|---|");
	for (d = 0; d < 2; d++) {
		if (load_design(of[d], &arch))
			return -1;
		for (i = 0; i < NUM_NETWORKS; i++) {
			printf("| %s | %zu | %u | %u |", net[i].name,
			       net[i].samples, arch.data_width, arch.wgt_width);
			for (m = 0; m < 3; m++) {
				if (loss_measure(&net[i], &arch, method[m],
						 &snr))
					return -1;
				printf(" %.1f |", snr);
			}
			putchar('\n');
		}
	}
	return 0;
}

static int put_tables(struct network *net)
{
	const int ret = put_table(net, GS_TIMING_IDEAL_CHANNELS, false) ||
			put_table(net, GS_TIMING_IDEAL_CHANNELS, true) ||
			put_table(net, GS_TIMING_HARDWARE, false) ||
			put_table(net, GS_TIMING_HARDWARE, true) ||
			put_shared(net) || put_losses(net);

	printf("\n%d points miss their target\n", missed);
	return ret;
}

static int put_design(struct network *net, const char *design)
{
	const struct published *pub = published_find(design, net->name);
	struct gs_arch arch;
	struct point p;

	if (!pub) {
		fprintf(stderr,
			"bench-compiler: there is no published design %s\n",
			design);
		return -1;
	}
	if (load_design(design, &arch) ||
	    point_run(net, &arch, GS_TIMING_IDEAL_CHANNELS, true, &p))
		return -1;
	if (p.why[0]) {
		printf("not compiled: %s\n", p.why);
		return 0;
	}
	bound_first(&p, pub->rewritten);
	printf("%s on design %s: %.0f cycles, bounds of layers %.0f, ratio %.3f; compiled in %.2f s\n",
	       net->name, design, p.cycles, p.bound, p.cycles / p.bound,
	       p.compile_seconds);
	put_layers(&p);
	point_free(&p);
	return 0;
}

/* Of a process that has done nothing else. */
static int put_time(const char *dir, const char *name)
{
	struct network n;
	struct gs_arch arch;
	struct rusage usage;
	struct point p;
	int ret = network_open(&n, dir, name) || load_design("03", &arch) ||
		  point_run(&n, &arch, GS_TIMING_HARDWARE, true, &p);

	if (!ret) {
		getrusage(RUSAGE_SELF, &usage);
		printf("%s: %.2f s of cpu time with one sample for calibration; peak memory %.0f MiB, %.2f times the ONNX file%s%s\n",
		       name, p.compile_seconds, (double)usage.ru_maxrss / 1024,
		       (double)usage.ru_maxrss * 1024 / (double)n.onnx_bytes,
		       p.why[0] ? ": " : "", p.why);
		point_free(&p);
		ret = network_quantize(&n) ||
		      point_run(&n, &arch, GS_TIMING_HARDWARE, true, &p);
	}
	if (!ret) {
		printf("%s: %.2f s when it is quantized already\n", name,
		       p.compile_seconds);
		point_free(&p);
	}
	network_close(&n);
	return ret ? 1 : 0;
}

int main(int argc, char **argv)
{
	const bool layers = argc >= 4 && !strcmp(argv[2], "--layers");
	static struct network net[NUM_NETWORKS];
	unsigned i;
	int ret = 0;

	if (argc == 4 && !strcmp(argv[2], "--time"))
		return put_time(argv[1], argv[3]);
	if (argc != 2 && !(layers && argc <= 5)) {
		fputs("usage: bench-compiler DIR [--layers DESIGN [NETWORK] | --time NETWORK]\n",
		      stderr);
		return 2;
	}
	for (i = 0; i < NUM_NETWORKS && !ret; i++) {
		if (layers && argc == 5 && strcmp(argv[4], networks[i]))
			continue;
		ret = network_open(&net[i], argv[1], networks[i]) ||
		      network_quantize(&net[i]);
		if (!ret && layers)
			ret = put_design(&net[i], argv[3]);
	}
	if (!ret && !layers)
		ret = put_tables(net);
	for (i = 0; i < NUM_NETWORKS; i++)
		network_close(&net[i]);
	return ret || failed ? 1 : 0;
}
