/* SPDX-License-Identifier: MIT */
#include "compiler/passes/samples.h"

#include <errno.h>
#include <string.h>

/* xorshift64*; the same noise on every machine */
static float noise(struct gs_samples *s)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (float)((s->random * 0x2545f4914f6cdd1du) >> 40) * 0x1p-24f;
}

void gs_samples_load(struct gs_samples *samples, size_t index,
		     struct gs_eval *eval)
{
	unsigned i;
	size_t k;

	for (i = 0; i < samples->graph->num_inputs; i++) {
		const struct gs_tensor *t = samples->graph->input[i];
		const size_t elems = (size_t)gs_shape_elems(&t->shape);
		const struct gs_calib *calib = samples->input[i];
		float *to = gs_eval_data(eval, t);

		if (calib && !calib->data && !samples->err)
			samples->err =
				calib->read(calib, index, to, samples->diag);
		if (calib && calib->data)
			memcpy(to, calib->data + index * elems,
			       elems * sizeof(*to));
		for (k = 0; !calib && k < elems; k++)
			to[k] = noise(samples);
	}
}

static int check(struct gs_samples *s, const struct gs_tensor *t,
		 const struct gs_calib *calib, struct gs_diag *diag)
{
	size_t elems = (size_t)gs_shape_elems(&t->shape);
	char buf[128];

	if (!calib)
		return gs_error(diag, -EINVAL,
				"there is no calibration data for input '%s'",
				t->name);
	if (!calib->samples || calib->num_values / calib->samples != elems ||
	    calib->num_values % calib->samples)
		return gs_error(
			diag, -EINVAL,
			"calibration data of input '%s' has %zu values in %zu samples, a sample is %s (%zu values)",
			t->name, calib->num_values, calib->samples,
			gs_shape_format(&t->shape, buf, sizeof(buf)), elems);
	if (s->num && s->num != calib->samples)
		return gs_error(
			diag, -EINVAL,
			"calibration data of input '%s' has %zu samples, that of the inputs before has %zu",
			t->name, calib->samples, s->num);
	s->num = calib->samples;
	return 0;
}

static int match(struct gs_samples *s, const struct gs_calib *calib, size_t num,
		 struct gs_diag *diag)
{
	unsigned i;
	size_t k;

	for (k = 0; k < num; k++) {
		const struct gs_tensor *t =
			gs_graph_find_tensor(s->graph, calib[k].name);

		if (!t || !t->is_input)
			return gs_error(
				diag, -EINVAL,
				"calibration data names input '%s', which the model does not have",
				calib[k].name);
	}
	for (i = 0; i < s->graph->num_inputs; i++) {
		for (k = 0; k < num; k++)
			if (!strcmp(calib[k].name, s->graph->input[i]->name))
				s->input[i] = &calib[k];
		if (check(s, s->graph->input[i], s->input[i], diag) < 0)
			return -EINVAL;
	}
	return 0;
}

int gs_samples_init(struct gs_samples *samples, const struct gs_graph *graph,
		    const struct gs_calib *calib, size_t num,
		    struct gs_diag *diag)
{
	*samples = (struct gs_samples){ .graph = graph,
					.random = GS_NOISE_SEED,
					.diag = diag };
	if (num)
		return match(samples, calib, num, diag);
	samples->num = GS_NOISE_SAMPLES;
	return 0;
}
