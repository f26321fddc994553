/* SPDX-License-Identifier: MIT */
/*
 * gs-tensor-diff: find the first layer whose tensors differ between two dumps.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/tools/tensor_set.h"

static const char usage[] =
	"Usage: gs-tensor-diff DIR_A DIR_B [OPTION]...\n"
	"Compare the tensors of DIR_A, written by gs-run --dump-tensors, in the\n"
	"order they are computed, with those of DIR_B: another dump, or what\n"
	"scripts/ort_golden.sh wrote, where T_q holds the quantized values of T.\n"
	"Real values in DIR_B are quantized with DIR_A's scale and zero point.\n"
	"\n"
	"      --tolerance N    differences up to N are equal (default 1)\n"
	"      --tile CxHxW     name the tile of an element; sizes as in the\n"
	"                       layer's note\n"
	"  -v, --verbose        a line for every tensor\n"
	"      --help, --version\n"
	"\n"
	"Exit status: 0 equal, 1 different or failed, 2 wrong usage.\n";

#define ERR_SIZE 512
#define HISTOGRAM 256 /* |difference| of int8 values: 0 to 255 */
#define TILE_DIMS 3

struct options {
	const char *dir[2];
	double tolerance;
	unsigned long tile[TILE_DIMS]; /* 0: none */
	bool verbose;
};

struct total {
	struct tensor_set a, b;
	size_t compared, skipped, bad;
	double worst;
};

/* One tensor. */
struct pair {
	const struct tensor_entry *ea, *eb;
	struct gs_npy a, b;
	size_t bad, first, histogram[HISTOGRAM];
	double worst;
};

/* ---- values ------------------------------------------------------------------- */

static double clamp(double v, int bits)
{
	const double end = bits == 4 ? 8 : 128;

	return v < -end ? -end : v > end - 1 ? end - 1 : v;
}

/* Element @i of B in the units of A. */
static double value_b(const struct pair *p, size_t i)
{
	double v = gs_npy_get(&p->b, i);
	bool real = p->b.type == GS_NPY_F32 || p->b.type == GS_NPY_F64;

	if (!real || !p->ea->quantized || p->a.type != GS_NPY_I8)
		return v;
	/* As QuantizeLinear: the division is of float32. */
	return clamp((double)rintf((float)v / (float)p->ea->scale) +
			     p->ea->zero_point,
		     p->ea->bits);
}

static void compare(struct pair *p, double tolerance)
{
	for (size_t i = 0; i < p->a.elems; i++) {
		double d = fabs(gs_npy_get(&p->a, i) - value_b(p, i));
		size_t bin = d < HISTOGRAM - 1 ? (size_t)ceil(d) :
						 HISTOGRAM - 1;

		p->histogram[bin]++;
		if (d > p->worst)
			p->worst = d;
		if (d <= tolerance) /* false for NaN */
			continue;
		if (!p->bad++)
			p->first = i;
	}
}

/* ---- report --------------------------------------------------------------------- */

static void print_position(const struct pair *p, const struct options *o)
{
	static const char *const name[] = { "sample", "channel", "row",
					    "column" };
	int64_t index[GS_NPY_MAX_RANK];
	size_t rest = p->first;

	for (unsigned i = p->a.rank; i-- > 0;) {
		index[i] = (int64_t)(rest % (size_t)p->a.dim[i]);
		rest /= (size_t)p->a.dim[i];
	}
	for (unsigned i = 0; i < p->a.rank; i++) {
		printf("%s", i ? ", " : "");
		if (p->a.rank == 4)
			printf("%s ", name[i]);
		printf("%lld", (long long)index[i]);
	}
	if (p->a.rank != 4 || !o->tile[0])
		return;
	printf(" (tile %lld, %lld, %lld)",
	       (long long)index[1] / (long long)o->tile[0],
	       (long long)index[2] / (long long)o->tile[1],
	       (long long)index[3] / (long long)o->tile[2]);
}

static void print_histogram(const struct pair *p)
{
	printf("  difference    elements\n");
	for (size_t i = 0; i < HISTOGRAM; i++)
		if (p->histogram[i])
			printf("  %s%3zu  %10zu  %5.1f %%\n",
			       i == HISTOGRAM - 1 ? ">=" : "  ", i,
			       p->histogram[i],
			       100.0 * (double)p->histogram[i] /
				       (double)p->a.elems);
}

static void print_bad(const struct pair *p, const struct options *o)
{
	printf("first difference: ");
	if (p->ea->layer[0])
		printf("layer %s (%s), ", p->ea->layer, p->ea->op);
	printf("tensor %s\n", p->ea->name);
	if (p->ea->note[0])
		printf("  %s\n", p->ea->note);
	printf("  %zu of %zu elements differ by more than %g; the first at ",
	       p->bad, p->a.elems, o->tolerance);
	print_position(p, o);
	printf(": %g, expected %g\n", gs_npy_get(&p->a, p->first),
	       value_b(p, p->first));
	print_histogram(p);
}

/* ---- tensors ---------------------------------------------------------------------- */

static int compare_pair(struct total *t, struct pair *p,
			const struct options *o)
{
	if (p->a.elems != p->b.elems) {
		fprintf(stderr,
			"gs-tensor-diff: tensor %s has %zu elements in %s, "
			"%zu in %s\n",
			p->ea->name, p->a.elems, t->a.dir, p->b.elems,
			t->b.dir);
		return -EINVAL;
	}
	compare(p, o->tolerance);
	t->compared++;
	if (p->worst > t->worst)
		t->worst = p->worst;
	if (o->verbose)
		printf("%-5s %-40s %-24s %zu of %zu, at most %g\n",
		       p->bad ? "BAD" : "ok", p->ea->name, p->ea->layer, p->bad,
		       p->a.elems, p->worst);
	if (p->bad && !t->bad++)
		print_bad(p, o);
	return 0;
}

static int compare_entry(struct total *t, const struct tensor_entry *ea,
			 const struct options *o)
{
	struct pair p = { .ea = ea, .eb = tensor_set_find(&t->b, ea->name) };
	char err[ERR_SIZE];
	int ret;

	if (!p.eb) {
		t->skipped++;
		if (o->verbose)
			printf("-     %s is not in %s\n", ea->name, t->b.dir);
		return 0;
	}
	ret = tensor_set_read(&t->a, p.ea, &p.a, err, sizeof(err));
	if (!ret)
		ret = tensor_set_read(&t->b, p.eb, &p.b, err, sizeof(err));
	if (ret)
		fprintf(stderr, "gs-tensor-diff: %s\n", err);
	else
		ret = compare_pair(t, &p, o);
	gs_npy_free(&p.a);
	gs_npy_free(&p.b);
	return ret;
}

static int compare_all(struct total *t, const struct options *o)
{
	int ret = 0;

	for (size_t i = 0; i < t->a.num && !ret; i++)
		ret = compare_entry(t, &t->a.entry[i], o);
	if (ret)
		return EXIT_FAILURE;
	if (!t->compared) {
		fprintf(stderr, "gs-tensor-diff: no tensor of %s is in %s\n",
			t->a.dir, t->b.dir);
		return EXIT_FAILURE;
	}
	printf("%zu tensors compared, %zu bad, %zu not in %s, largest "
	       "difference %g\n",
	       t->compared, t->bad, t->skipped, t->b.dir, t->worst);
	return t->bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(const struct options *o)
{
	struct total t = { .compared = 0 };
	char err[ERR_SIZE];
	int status = EXIT_FAILURE;

	if (tensor_set_open(&t.a, o->dir[0], err, sizeof(err)) ||
	    tensor_set_open(&t.b, o->dir[1], err, sizeof(err)))
		fprintf(stderr, "gs-tensor-diff: %s\n", err);
	else
		status = compare_all(&t, o);
	tensor_set_close(&t.a);
	tensor_set_close(&t.b);
	return status;
}

/* ---- options ---------------------------------------------------------------------- */

enum { OPT_TOLERANCE = 256, OPT_TILE, OPT_HELP, OPT_VERSION };

static int bad_usage(const char *what, const char *value)
{
	fprintf(stderr, "gs-tensor-diff: %s%s, see gs-tensor-diff --help\n",
		what, value);
	return 2;
}

static bool parse_tile(const char *text, unsigned long *tile)
{
	char *end;

	for (int i = 0; i < TILE_DIMS; i++) {
		tile[i] = strtoul(text, &end, 10);
		if (end == text || !tile[i] ||
		    *end != (i == TILE_DIMS - 1 ? 0 : 'x'))
			return false;
		text = end + 1;
	}
	return true;
}

static int handle(struct options *o, int opt)
{
	char *end;

	switch (opt) {
	case OPT_TOLERANCE:
		o->tolerance = strtod(optarg, &end);
		if (*end || end == optarg || !(o->tolerance >= 0))
			return bad_usage("not a tolerance: ", optarg);
		return -1;
	case OPT_TILE:
		if (!parse_tile(optarg, o->tile))
			return bad_usage("not CxHxW: ", optarg);
		return -1;
	case 'v':
		o->verbose = true;
		return -1;
	case OPT_HELP:
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	case OPT_VERSION:
		printf("gs-tensor-diff (GeneSys) %s\n", GS_VERSION);
		return EXIT_SUCCESS;
	default:
		return 2;
	}
}

static int compare_dumps(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "tolerance", required_argument, NULL, OPT_TOLERANCE },
		{ "tile", required_argument, NULL, OPT_TILE },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .tolerance = 1 };
	int opt, status;

	while ((opt = getopt_long(argc, argv, "v", longopts, NULL)) != -1) {
		status = handle(&o, opt);
		if (status >= 0)
			return status;
	}
	if (argc - optind != 2)
		return bad_usage("needs two directories", "");
	o.dir[0] = argv[optind];
	o.dir[1] = argv[optind + 1];
	return run(&o);
}

int main(int argc, char **argv)
{
	const int status = compare_dumps(argc, argv);

	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "gs-tensor-diff: cannot write: %s\n", strerror(errno));
	return EXIT_FAILURE;
}
