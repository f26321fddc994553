/* SPDX-License-Identifier: MIT */
#include "firmware/event.h"

#include "firmware/cp.h"
#include "firmware/host.h"
#include "firmware/log.h"
#include "firmware/watchdog.h"

#define GS_EVENT_CTL(field) offsetof(struct gs_ring_area, event_ctl.field)

static uint32_t gs_event_head; /* as last seen */
static uint32_t gs_event_tail;

/* A head outside the ring is the host's mistake; the last good one stands. */
static void gs_event_read_head(void)
{
	uint32_t head = gs_host_read32(GS_EVENT_CTL(head));

	if (gs_event_tail - head <= GS_EVENT_ENTRIES)
		gs_event_head = head;
	else
		gs_log(GS_LOG_WARNING, "event ring: head %lu, tail %lu", head,
		       gs_event_tail);
}

int gs_event_init(void)
{
	gs_event_head = gs_host_read32(GS_EVENT_CTL(head));
	gs_event_tail = gs_host_read32(GS_EVENT_CTL(tail));
	return gs_event_tail - gs_event_head > GS_EVENT_ENTRIES ? -1 : 0;
}

static void gs_event_wait_room(void)
{
	while (gs_event_tail - gs_event_head == GS_EVENT_ENTRIES) {
		/* What is taken after this look leaves an interrupt. */
		gs_cp_irq_take(GS_CP_IRQ_EVENTS);
		gs_event_read_head();
		if (gs_event_tail - gs_event_head < GS_EVENT_ENTRIES)
			return;
		gs_watchdog_sleep(GS_CP_IRQ_EVENTS);
	}
}

void gs_event_publish(const struct gs_event *event)
{
	gs_event_publish_to(event, 0);
}

void gs_event_publish_to(const struct gs_event *event, uint32_t vector)
{
	gs_event_wait_room();
	gs_host_write(offsetof(struct gs_ring_area, event) +
			      sizeof(*event) *
				      (gs_event_tail % GS_EVENT_ENTRIES),
		      event, sizeof(*event));
	gs_host_write32(GS_EVENT_CTL(tail), ++gs_event_tail);
	gs_cp_write(GS_CP_RAISE,
		    GS_INT_EVENT | vector << GS_RAISE_VECTOR_SHIFT);
}
