/* SPDX-License-Identifier: MIT */
/*
 * Sparse memory of gs-sim: reads zero where nothing was stored. Accessible
 * everywhere until the first range is allowed; from then on an access must lie
 * within one range.
 */
#ifndef GS_SIM_MEM_H
#define GS_SIM_MEM_H

#include "hw-model/core/core.h"

struct sim_mem;

struct sim_mem *sim_mem_create(void);
void sim_mem_destroy(struct sim_mem *mem);

/* Returns 0, -EINVAL for an empty range or one that leaves 2^64, -ENOMEM. */
int sim_mem_allow(struct sim_mem *mem, uint64_t base, uint64_t size,
		  bool writable);

/* As the host sees memory, without regard to ranges. Returns 0 or -ENOMEM. */
int sim_mem_put(struct sim_mem *mem, uint64_t addr, const void *src,
		size_t size);
void sim_mem_get(const struct sim_mem *mem, uint64_t addr, void *dst,
		 size_t size);

/* Of all contents; what was never written is as good as zeros. */
uint64_t sim_mem_sum(const struct sim_mem *mem);

/* As the machine sees it. */
struct gs_mem sim_mem_port(struct sim_mem *mem);

#endif /* GS_SIM_MEM_H */
