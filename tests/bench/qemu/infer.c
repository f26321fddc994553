/* SPDX-License-Identifier: MIT */
/*
 * One model, one sample after the other: by the driver's device against the
 * simulator in this process, in alternating batches.
 *
 *	bench-infer MODEL.gsm [ROUNDS [BATCH]]
 */
#include "genesys/genesys.h"

#include "tests/bench/qemu/bench.h"

enum { DRM, SIM, NUM_SIDES };

struct side {
	const char *spec;
	struct gs_device *dev;
	struct gs_model *model;
	float *input, *output;
	size_t input_bytes, output_bytes;
	int64_t *ns;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, gs_last_error());
	exit(1);
}

static void side_open(struct side *s, const char *path, unsigned rounds)
{
	struct gs_tensor_info in = { .size = sizeof(in) },
			      out = { .size = sizeof(out) };

	if (gs_device_open(s->spec, &s->dev) ||
	    gs_load_model(s->dev, path, NULL, &s->model) ||
	    gs_model_input(s->model, 0, &in) ||
	    gs_model_output(s->model, 0, &out))
		fail(s->spec);
	s->input = calloc(in.elems, sizeof(*s->input));
	s->output = calloc(out.elems, sizeof(*s->output));
	s->input_bytes = in.elems * sizeof(*s->input);
	s->output_bytes = out.elems * sizeof(*s->output);
	s->ns = calloc(rounds, sizeof(*s->ns));
	if (!s->input || !s->output || !s->ns)
		die("memory");
	for (size_t i = 0; i < in.elems; i++)
		s->input[i] = (float)(i * 37 % 256) / 256;
}

static int64_t infer(struct side *s)
{
	struct gs_binding in = { .type = GS_FLOAT32,
				 .data = s->input,
				 .bytes = s->input_bytes };
	struct gs_binding out = { .type = GS_FLOAT32,
				  .data = s->output,
				  .bytes = s->output_bytes };
	int64_t start = now_ns();

	if (gs_infer(s->model, &in, 1, &out, 1, NULL, NULL))
		fail(s->spec);
	return now_ns() - start;
}

static void run(struct side *sides, unsigned rounds, unsigned batch)
{
	for (unsigned s = 0; s < NUM_SIDES; s++)
		for (unsigned i = 0; i < batch; i++)
			infer(&sides[s]);
	for (unsigned done = 0; done < rounds; done += batch)
		for (unsigned s = 0; s < NUM_SIDES; s++)
			for (unsigned i = done; i < done + batch && i < rounds;
			     i++)
				sides[s].ns[i] = infer(&sides[s]);
}

int main(int argc, char **argv)
{
	struct side sides[NUM_SIDES] = {
		[DRM] = { .spec = "drm" }, [SIM] = { .spec = "sim" }
	};
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 200;
	unsigned batch = argc > 3 ? (unsigned)atoi(argv[3]) : 10;
	double median[NUM_SIDES], p99[NUM_SIDES];

	if (argc < 2 || !rounds || !batch)
		return 2;
	for (unsigned s = 0; s < NUM_SIDES; s++)
		side_open(&sides[s], argv[1], rounds);
	run(sides, rounds, batch);
	if (memcmp(sides[DRM].output, sides[SIM].output,
		   sides[DRM].output_bytes)) {
		fprintf(stderr, "driver and simulator differ\n");
		return 1;
	}
	printf("inference, %u each, batches of %u; results agree\n", rounds,
	       batch);
	printf("                       median us     p99 us\n");
	for (unsigned s = 0; s < NUM_SIDES; s++) {
		p99[s] = quantile_us(sides[s].ns, rounds, 0.99);
		median[s] = quantile_us(sides[s].ns, rounds, 0.5);
		printf("%-22s %9.1f  %9.1f\n",
		       s == DRM ? "by the driver" : "in the process", median[s],
		       p99[s]);
	}
	printf("ratio                  %9.2f  %9.2f\n",
	       median[DRM] / median[SIM], p99[DRM] / p99[SIM]);
	return 0;
}
