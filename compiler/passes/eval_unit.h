/* SPDX-License-Identifier: MIT */
/*
 * Tiles of a product of matrices in float32, for the vector unit there is. Each
 * result is a sum of products in the order of their index, rounded after each
 * multiplication and each addition: all units give the same bits.
 */
#ifndef GS_EVAL_UNIT_H
#define GS_EVAL_UNIT_H

#include <stdint.h>

#define GS_TILE_COLS \
	64 /**< columns of the right matrix, whose rows are as far apart */

/**
 * gs_eval_unit_fn - GS_TILE_COLS results of each of some rows
 * @w: rows of weights, @k apart; all that gs_eval_unit holds can be read
 * @cols: @k rows of GS_TILE_COLS
 * @num: of these columns are wanted; what others get is not said
 * @bias: of each row; NULL: 0
 * @out: rows of GS_TILE_COLS
 */
typedef void (*gs_eval_unit_fn)(const float *w, int64_t k, const float *cols,
				int64_t num, const float *bias, float *out);

/** One vector unit */
struct gs_eval_unit {
	unsigned rows; /**< of weights that @run takes, at most GS_TILE_ROWS */
	gs_eval_unit_fn run;
	gs_eval_unit_fn run_one; /**< one row */
};

#define GS_TILE_ROWS 8

/** That of the best vector unit of this processor */
const struct gs_eval_unit *gs_eval_unit(void);

/** gs_eval_unit_level() - @level 0: plain C, then those of better units; NULL: none */
const struct gs_eval_unit *gs_eval_unit_level(unsigned level);

#endif /* GS_EVAL_UNIT_H */
