/* SPDX-License-Identifier: MIT */
/*
 * The sim backend: the machine model in this process.
 *
 * The bus a core sees has three regions: code and weights, which are the
 * model's and read-only, and the context's activation memory, which the IBUF,
 * OBUF and SIMD windows all show.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/core/error.h"
#include "runtime/core/model.h"

/* Far above the scratchpad numbers in fault addresses, 4 GiB and more apart. */
#define BUS_CODE (1ull << 40)
#define BUS_PARAM (2ull << 40)
#define BUS_ACT (3ull << 40)

struct region {
	uint64_t base, bytes;
	uint8_t *data;
	bool writable;
};

enum { REGION_CODE, REGION_PARAM, REGION_ACT, NUM_REGIONS };

struct sim_context {
	struct gs_core *core;
	struct region region[NUM_REGIONS];
};

/* ---- bus --------------------------------------------------------------------- */

static uint8_t *find(const struct sim_context *sim, uint64_t addr, size_t size,
		     bool write)
{
	for (int i = 0; i < NUM_REGIONS; i++) {
		const struct region *r = &sim->region[i];

		if (addr < r->base || addr - r->base > r->bytes ||
		    size > r->bytes - (addr - r->base))
			continue;
		return write && !r->writable ? NULL :
					       r->data + (addr - r->base);
	}
	return NULL;
}

static int bus_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	const uint8_t *from = find(ctx, addr, size, false);

	if (!from)
		return -EFAULT;
	memcpy(dst, from, size);
	return 0;
}

static int bus_write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	uint8_t *to = find(ctx, addr, size, true);

	if (!to)
		return -EFAULT;
	memcpy(to, src, size);
	return 0;
}

static void *bus_map(void *ctx, uint64_t addr, size_t size, bool write)
{
	return find(ctx, addr, size, write);
}

/* ---- device ------------------------------------------------------------------- */

static int sim_open(struct gs_device *dev, const char *arg)
{
	char err[GS_ARCH_ERR_SIZE];
	int ret;

	dev->executor = "reference";
	dev->arch = *gs_arch_default();
	if (!arg)
		return 0;
	ret = gs_arch_load(arg, &dev->arch, err);
	return ret ? gs_rt_fail(ret, "gs_device_open: %s", err) : 0;
}

static void sim_close(struct gs_device *dev)
{
	(void)dev;
}

/* Code and weights are resident in the model as the loader read them. */
static int sim_load(struct gs_model *model)
{
	(void)model;
	return 0;
}

static void sim_unload(struct gs_model *model)
{
	(void)model;
}

/* ---- context -------------------------------------------------------------------- */

static void set_regions(struct gs_context *ctx, struct sim_context *sim)
{
	const struct gs_gsm *gsm = ctx->model->gsm;

	sim->region[REGION_CODE] = (struct region){
		.base = BUS_CODE,
		.bytes = (uint64_t)gsm->num_words * 4,
		.data = (uint8_t *)gsm->code,
	};
	/* Never written: the region says so. */
	sim->region[REGION_PARAM] = (struct region){
		.base = BUS_PARAM,
		.bytes = gsm->param_bytes,
		.data = (uint8_t *)(uintptr_t)gsm->param,
	};
	sim->region[REGION_ACT] = (struct region){
		.base = BUS_ACT,
		.bytes = gsm->memory_bytes,
		.data = ctx->memory,
		.writable = true,
	};
}

static int sim_context_create(struct gs_context *ctx)
{
	const uint64_t bytes = ctx->model->gsm->memory_bytes;
	struct sim_context *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	sim->core = gs_core_create(&ctx->model->dev->arch);
	ctx->memory = calloc(bytes ? (size_t)bytes : 1, 1);
	if (!sim->core || !ctx->memory) {
		gs_core_destroy(sim->core);
		free(ctx->memory);
		free(sim);
		return gs_rt_fail(-ENOMEM,
				  "gs_infer: out of memory for a machine and "
				  "%llu bytes of activations",
				  (unsigned long long)bytes);
	}
	ctx->priv = sim;
	set_regions(ctx, sim);
	return 0;
}

static void sim_context_destroy(struct gs_context *ctx)
{
	struct sim_context *sim = ctx->priv;

	gs_core_destroy(sim->core);
	free(ctx->memory);
	free(sim);
}

static void sim_reset(struct gs_context *ctx)
{
	struct sim_context *sim = ctx->priv;

	gs_core_reset(sim->core);
}

static int sim_run(struct gs_context *ctx, const struct gs_piece *piece,
		   struct gs_fault *fault)
{
	struct sim_context *sim = ctx->priv;
	const struct gs_mem mem = { sim, bus_read, bus_write, bus_map };
	const struct gs_job job = {
		.window_base = { [GS_WIN_IMEM] = BUS_CODE,
				 [GS_WIN_PARAM] = BUS_PARAM,
				 [GS_WIN_IBUF] = BUS_ACT,
				 [GS_WIN_OBUF] = BUS_ACT,
				 [GS_WIN_SIMD] = BUS_ACT },
		.entry = piece->first_word * 4,
		.entry_words = piece->entry_words,
		.encoding = GS_ENC_SYNC_INST,
		.executor = GS_EXEC_REFERENCE,
		.max_work = piece->max_work,
		.max_blocks = piece->max_blocks,
		.counters = piece->counters,
	};
	int ret;

	if (piece->executor > GS_EXECUTOR_REFERENCE)
		return gs_rt_fail(-ENOTSUP,
				  "gs_infer: executor %u; this device has %d "
				  "(reference)",
				  piece->executor, GS_EXECUTOR_REFERENCE);
	ret = gs_core_run(sim->core, &mem, &job, fault);
	if (ret == -EFAULT)
		return -EIO;
	return ret ? gs_rt_fail(ret, "gs_infer: the machine model: %s",
				gs_strerror(ret)) :
		     0;
}

static bool sim_locate(const struct gs_model *model, uint64_t address,
		       uint64_t *offset)
{
	(void)model;
	if (address < BUS_ACT || address - BUS_ACT >= GS_ELF_WINDOW_BYTES)
		return false;
	*offset = address - BUS_ACT;
	return true;
}

const struct gs_backend gs_backend_sim = {
	.name = "sim",
	.open = sim_open,
	.close = sim_close,
	.load = sim_load,
	.unload = sim_unload,
	.context_create = sim_context_create,
	.context_destroy = sim_context_destroy,
	.reset = sim_reset,
	.run = sim_run,
	.locate = sim_locate,
};
