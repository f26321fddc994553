/* SPDX-License-Identifier: MIT */
/*
 * The event ring.
 */
#ifndef GS_FW_EVENT_H
#define GS_FW_EVENT_H

#include "genesys/hw_abi.h"

/** gs_event_init() - take the counters from the ring area; -1 when they cannot be */
int gs_event_init(void);

/**
 * gs_event_publish() - add an event and raise the interrupt
 * A full ring is never overwritten: this waits until the host took events.
 */
void gs_event_publish(const struct gs_event *event);

/** gs_event_publish_to() - the same, with a message of its own; 0: none */
void gs_event_publish_to(const struct gs_event *event, uint32_t vector);

#endif /* GS_FW_EVENT_H */
