/* SPDX-License-Identifier: MIT */
/*
 * --dump-tensors: a directory with an int8 array per tensor, stacked over the
 * runs, and index.json, which names them in the order they are computed:
 *
 *   { "NAME": { "file": "012-NAME.npy", "dtype": "int8", "shape": [...],
 *               "scale": S, "zero_point": Z,
 *               "layer": "...", "op": "...", "note": "..." }, ... }
 */
#ifndef GS_RUN_DUMP_H
#define GS_RUN_DUMP_H

#include "genesys/genesys.h"
#include "runtime/support/npy.h"

struct run_dump {
	const struct gs_model *model;
	const char *dir;
	size_t runs, run; /**< of which this is the number */
	struct gs_npy *npy; /**< by tensor index */
	uint32_t *order, num_order; /**< tensor indices as computed */
	uint32_t num;
};

/** All return 0, or -errno after printing what is wrong. */
int run_dump_init(struct run_dump *dump, const struct gs_model *model,
		  const char *dir, size_t runs);
/** run_dump_tensor() - a gs_dump_fn; @ctx is the struct run_dump */
int run_dump_tensor(void *ctx, const struct gs_tensor_info *info, int8_t *data);
int run_dump_write(const struct run_dump *dump);
void run_dump_free(struct run_dump *dump);

#endif /* GS_RUN_DUMP_H */
