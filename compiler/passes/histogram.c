/* SPDX-License-Identifier: MIT */
#include "compiler/passes/histogram.h"

#include <math.h>

#define BINS GS_HISTOGRAM_BINS
#define TRIES 128 /* candidates for each end of the range */

static double width(const struct gs_histogram *h)
{
	return ((double)h->max - (double)h->min) / BINS;
}

void gs_histogram_add(struct gs_histogram *h, const float *values, size_t num)
{
	const float by = (float)(1 / width(h));
	size_t i;

	for (i = 0; i < num; i++) {
		const float at = (values[i] - h->min) * by;

		if (values[i] == 0.0f)
			h->zeros++;
		else
			h->bin[at >= BINS - 1.0f ? BINS - 1 :
			       at > 0		 ? (unsigned)at :
						   0]++;
	}
	h->total += num;
}

/* ---- percentile ---------------------------------------------------------- */

/* The value below which @count values lie. Zeros are in the bin that 0 is in. */
static double quantile(const struct gs_histogram *h, double count)
{
	const double w = width(h);
	const unsigned zero_bin = (unsigned)fmin(-(double)h->min / w, BINS - 1);
	unsigned i;

	for (i = 0; i < BINS; i++) {
		const double here = (double)h->bin[i] +
				    (i == zero_bin ? (double)h->zeros : 0);

		if (here > 0 && count <= here)
			return (double)h->min + w * (i + count / here);
		count -= here;
	}
	return (double)h->max;
}

void gs_histogram_percentile(const struct gs_histogram *h, double percent,
			     float range[2])
{
	const double cut = (double)h->total * (100 - percent) / 200;
	const double low = quantile(h, cut);
	const double high = quantile(h, (double)h->total - cut);

	range[0] = (float)fmin(low, 0);
	range[1] = (float)fmax(high, 0);
	if (cut <= 0) {
		range[0] = h->min;
		range[1] = h->max;
	}
}

/* ---- squared error ------------------------------------------------------- */

/* Number, sum and sum of squares of the values below a point, each bin taken as even */
struct moments {
	double n, s, q;
};

struct prefix {
	const struct gs_histogram *h;
	double w;
	struct moments below[BINS + 1]; /* of the bins before each */
};

static void add_part(struct moments *m, double count, double from, double len)
{
	m->n += count;
	m->s += count * (from + len / 2);
	m->q += count * (from * from + from * len + len * len / 3);
}

static void prefix_init(struct prefix *p, const struct gs_histogram *h)
{
	unsigned i;

	p->h = h;
	p->w = width(h);
	p->below[0] = (struct moments){ 0, 0, 0 };
	for (i = 0; i < BINS; i++) {
		p->below[i + 1] = p->below[i];
		add_part(&p->below[i + 1], (double)h->bin[i],
			 (double)h->min + i * p->w, p->w);
	}
}

static struct moments below(const struct prefix *p, double x)
{
	const double at = (x - (double)p->h->min) / p->w;
	const unsigned bin = at <= 0 ? 0 : at >= BINS ? BINS : (unsigned)at;
	struct moments m = p->below[bin];

	if (at > 0 && bin < BINS)
		add_part(&m, (double)p->h->bin[bin] * (at - bin),
			 (double)p->h->min + bin * p->w, (at - bin) * p->w);
	return m;
}

/* What values from @a to @b are away from @value */
static double error_of(const struct moments *a, const struct moments *b,
		       double value)
{
	return b->q - a->q - 2 * value * (b->s - a->s) +
	       value * value * (b->n - a->n);
}

static double error(const struct prefix *p, unsigned levels, double min,
		    double max)
{
	const double step = (max - min) / (levels - 1);
	const double zero = rint(-min / step);
	struct moments from = p->below[0], to;
	double sum = 0;
	unsigned k;

	for (k = 0; k < levels; k++, from = to) {
		const double value = (k - zero) * step;

		to = k + 1 < levels ? below(p, value + step / 2) :
				      p->below[BINS];
		sum += error_of(&from, &to, value);
	}
	return sum;
}

double gs_histogram_error(const struct gs_histogram *h, unsigned levels,
			  double min, double max)
{
	struct prefix p;

	prefix_init(&p, h);
	return error(&p, levels, min, max);
}

void gs_histogram_mse(const struct gs_histogram *h, unsigned levels,
		      float range[2])
{
	const double end[2] = { (double)h->min, (double)h->max };
	unsigned part[2] = { TRIES, TRIES }, side, try;
	struct prefix p;
	double least;
	int better = 1;

	prefix_init(&p, h);
	least = error(&p, levels, end[0], end[1]);
	while (better) {
		better = 0;
		for (side = 0; side < 2; side++) {
			const unsigned other = part[!side];
			const double fixed = end[!side] * other / TRIES;

			for (try = TRIES; end[side] != 0 && try; try--) {
				const double at = end[side] * try / TRIES;
				const double e = error(&p, levels,
						       side ? fixed : at,
						       side ? at : fixed);

				if (e < least) {
					least = e;
					part[side] = try;
					better = 1;
				}
			}
		}
	}
	for (side = 0; side < 2; side++)
		range[side] = (float)(end[side] * part[side] / TRIES);
}
