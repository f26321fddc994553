/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_EVENT_H
#define GS_EVENT_H

struct gs_device;
struct gs_event;

int gs_event_handle(struct gs_device *gdev, const struct gs_event *event);

#endif /* GS_EVENT_H */
