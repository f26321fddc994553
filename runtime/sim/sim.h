/* SPDX-License-Identifier: MIT */
/*
 * The simulator as tools in this process use it, linked with the static
 * library: with a machine and an observer of their own.
 */
#ifndef GS_RT_SIM_H
#define GS_RT_SIM_H

#include "runtime/core/device.h"

/** Who is told of all work of the inferences of a device, in the order of struct gs_job.observe. */
struct gs_sim_observer {
	void (*observe)(void *ctx, const struct gs_work *event);
	void *ctx;
};

/**
 * gs_sim_open() - a simulated device of an architecture
 * @observer: NULL, or read before each job: it may be changed between
 *            inferences, must live as long as the device, and only one
 *            inference may run at a time
 * Returns as gs_device_open().
 */
int gs_sim_open(const struct gs_arch *arch,
		const struct gs_sim_observer *observer, struct gs_device **dev);

#endif /* GS_RT_SIM_H */
