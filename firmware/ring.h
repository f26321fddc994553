/* SPDX-License-Identifier: MIT */
/*
 * The command rings, before anything is known of what stands in them.
 */
#ifndef GS_FW_RING_H
#define GS_FW_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "genesys/hw_abi.h"

void gs_ring_init(void);

/** gs_ring_refresh() - look how far the host has filled ring @ring */
void gs_ring_refresh(uint32_t ring);

/** gs_ring_take() - copy the oldest command out and free its entry; false: none */
bool gs_ring_take(uint32_t ring, struct gs_cmd *cmd);

/** gs_ring_count() - commands known to stand in the ring */
uint32_t gs_ring_count(uint32_t ring);

/** gs_ring_peek() - copy command @index of gs_ring_count(); false: it was crossed out */
bool gs_ring_peek(uint32_t ring, uint32_t index, struct gs_cmd *cmd);

/** gs_ring_cross_out() - gs_ring_take() shall skip command @index of gs_ring_count() */
void gs_ring_cross_out(uint32_t ring, uint32_t index);

#endif /* GS_FW_RING_H */
