/* SPDX-License-Identifier: MIT */
#include "tests/bench/compiler/published.h"

#include <string.h>

/*
 * fused: the published performance model (SimDIT) on its own hardware files,
 * inference, batch 1, with FusionChoice, rounded. groups: the sum over groups,
 * a convolution or matrix product and what follows it on the SIMD unit, of the
 * longest of: steps of the array with channels padded to its rows and columns,
 * operations of the SIMD unit over its lanes (one for Relu, one for Add, one
 * for each element of a window of a pool), and bits over width of each channel
 * when weights and biases, each group's input, its result, and what it adds
 * are moved once. rewritten: the same with the first convolution's input taken
 * in the best of three ways (as it is, 2 x 2 pixels as channels, or the whole
 * window as channels), whose larger input its channel moves.
 */
static const struct published table[] = {
	{ "01", "resnet18", 16, 10737642, 9114356, 7157492 },
	{ "01", "resnet50", 16, 25643130, 18091508, 16134644 },
	{ "02", "resnet18", 16, 10395753, 9114356, 7157492 },
	{ "02", "resnet50", 16, 22200025, 18091508, 16134644 },
	{ "03", "resnet18", 16, 10791987, 9114106, 7157242 },
	{ "03", "resnet50", 16, 25923273, 18091258, 16134394 },
	{ "04", "resnet18", 16, 10098012, 9114106, 7157242 },
	{ "04", "resnet50", 16, 22413713, 18091258, 16134394 },
	{ "05", "resnet18", 32, 3714538, 2901370, 1797498 },
	{ "05", "resnet50", 32, 8866102, 5169658, 4065786 },
	{ "06", "resnet18", 32, 3647073, 2901370, 1797498 },
	{ "06", "resnet50", 32, 8574796, 5169658, 4065786 },
	{ "07", "resnet18", 32, 3676270, 2901245, 1797373 },
	{ "07", "resnet50", 32, 8720770, 5169533, 4065661 },
	{ "08", "resnet18", 64, 1723824, 1069341, 495453 },
	{ "08", "resnet50", 64, 4725988, 1707581, 1133693 },
	{ "09", "resnet18", 64, 1467636, 1069118, 495230 },
	{ "09", "resnet50", 64, 3476380, 1706846, 1132958 },
	{ "11", "resnet18", 128, 1923592, 860150, 303118 },
	{ "11", "resnet50", 128, 4338236, 1277934, 720902 },
	{ "12", "resnet18", 128, 1451279, 852582, 278694 },
	{ "12", "resnet50", 128, 2786773, 1056062, 482174 },
	{ "13", "resnet18", 128, 2081470, 954398, 454990 },
	{ "13", "resnet50", 128, 4894844, 1808670, 1309262 },
	{ "14", "resnet18", 128, 1576445, 932094, 358206 },
	{ "14", "resnet50", 128, 3092807, 1323630, 749742 },
};

const struct published *published_find(const char *design, const char *network)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].design, design) &&
		    !strcmp(table[i].network, network))
			return &table[i];
	return NULL;
}

double published_target(const struct published *p, bool rewritten)
{
	static const double as_is[] = { 1.08, 1.15, 1.25, 1.30 };
	static const double rewrite[] = { 1.10, 1.20, 1.40, 1.60 };
	unsigned i = 0;

	while (i < 3 && (16u << i) < p->array)
		i++;
	return rewritten ? rewrite[i] : as_is[i];
}
