/* SPDX-License-Identifier: MIT */
/* A network on a machine: compiled, and timed layer by layer. */
#ifndef GS_BENCH_POINT_H
#define GS_BENCH_POINT_H

#include "compiler/compile.h"
#include "hw-model/timing/timing.h"
#include "tests/bench/compiler/bound.h"

/** A network, as its files are. */
struct network {
	char name[64];
	char *onnx; /**< the model */
	size_t onnx_bytes;
	struct gs_calib calib; /**< one sample: ranges decide no schedule */
	size_t samples; /**< at @calib, of which the first calibrates */
	uint8_t *qdq; /**< quantized once for all machines of 8 bits */
	size_t qdq_bytes;
	struct gs_codelet_lib lib;
	/** What loss_of() measured, by widths of data and weights */
	struct network_loss {
		unsigned data_width, wgt_width;
		double snr;
	} loss[4];
	unsigned num_losses;
};

struct point_layer {
	char name[64], op[32], note[160];
	struct bound bound; /**< from shapes */
	double program; /**< the engine of its blocks that has most to do */
	enum gs_engine program_by;
	struct gs_timing_block sum;
};

struct point {
	struct point_layer *layer;
	unsigned num_layers;
	double cycles, bound;
	unsigned below; /**< blocks that take less than one of their engines needs: none should */
	double compile_seconds;
	char why[256]; /**< not compiled: the reason; else "" */
};

/** network_open() - @dir/@name.onnx and .calib.npy; 0, or -1 after printing a sentence */
int network_open(struct network *n, const char *dir, const char *name);
/** network_quantize() - from now on machines of 8 bits get the quantized model; 0, or -1 after printing */
int network_quantize(struct network *n);
void network_close(struct network *n);

/**
 * point_run() - compile and time
 * @rewrite: the first layer may be computed in another way than as it stands
 * Returns 0 (also where it is not compiled, see @why), or -1 after printing.
 */
int point_run(struct network *n, const struct gs_arch *arch,
	      enum gs_timing_preset preset, bool rewrite, struct point *out);
void point_free(struct point *p);

#endif /* GS_BENCH_POINT_H */
