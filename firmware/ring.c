/* SPDX-License-Identifier: MIT */
#include "firmware/ring.h"

#include "firmware/host.h"
#include "firmware/log.h"

#define GS_CMD_CTL(ring, field)                   \
	(offsetof(struct gs_ring_area, cmd_ctl) + \
	 (ring) * sizeof(struct gs_ring_ctl) +    \
	 offsetof(struct gs_ring_ctl, field))

static struct gs_cmd_ring_state {
	uint32_t head;
	uint32_t tail; /* as last seen */
	uint32_t crossed_out[GS_CMD_ENTRIES / 32];
} gs_rings[GS_NUM_CMD_RINGS];

void gs_ring_init(void)
{
	for (uint32_t r = 0; r < GS_NUM_CMD_RINGS; r++) {
		gs_rings[r].head = gs_host_read32(GS_CMD_CTL(r, head));
		gs_rings[r].tail = gs_rings[r].head;
	}
}

void gs_ring_refresh(uint32_t ring)
{
	struct gs_cmd_ring_state *state = &gs_rings[ring];
	uint32_t tail = gs_host_read32(GS_CMD_CTL(ring, tail));

	if (tail - state->head <= GS_CMD_ENTRIES)
		state->tail = tail;
	else
		gs_log(GS_LOG_WARNING, "command ring %lu: head %lu, tail %lu",
		       ring, state->head, tail);
}

uint32_t gs_ring_count(uint32_t ring)
{
	return gs_rings[ring].tail - gs_rings[ring].head;
}

static void gs_ring_copy(uint32_t ring, uint32_t counter, struct gs_cmd *cmd)
{
	gs_host_read(offsetof(struct gs_ring_area, cmd) +
			     sizeof(*cmd) * (ring * GS_CMD_ENTRIES +
					     counter % GS_CMD_ENTRIES),
		     cmd, sizeof(*cmd));
}

/* The word and the bit of an entry. */
static uint32_t *gs_ring_mark(uint32_t ring, uint32_t counter, uint32_t *bit)
{
	uint32_t entry = counter % GS_CMD_ENTRIES;

	*bit = 1u << entry % 32;
	return &gs_rings[ring].crossed_out[entry / 32];
}

bool gs_ring_take(uint32_t ring, struct gs_cmd *cmd)
{
	struct gs_cmd_ring_state *state = &gs_rings[ring];
	bool crossed_out = true;
	uint32_t *word, bit;

	while (crossed_out && state->head != state->tail) {
		word = gs_ring_mark(ring, state->head, &bit);
		crossed_out = *word & bit;
		*word &= ~bit;
		if (!crossed_out)
			gs_ring_copy(ring, state->head, cmd);
		gs_host_write32(GS_CMD_CTL(ring, head), ++state->head);
	}
	return !crossed_out;
}

bool gs_ring_peek(uint32_t ring, uint32_t index, struct gs_cmd *cmd)
{
	uint32_t counter = gs_rings[ring].head + index;
	uint32_t bit;

	if (*gs_ring_mark(ring, counter, &bit) & bit)
		return false;
	gs_ring_copy(ring, counter, cmd);
	return true;
}

void gs_ring_cross_out(uint32_t ring, uint32_t index)
{
	uint32_t bit;
	uint32_t *word = gs_ring_mark(ring, gs_rings[ring].head + index, &bit);

	*word |= bit;
}
