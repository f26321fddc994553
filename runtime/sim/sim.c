/* SPDX-License-Identifier: MIT */
/*
 * The sim backend: the machine model in this process.
 *
 * The bus a core sees has these regions: code and weights, which are the
 * model's and read-only, and what the IBUF, OBUF and SIMD windows all show: the
 * context's activation memory and, behind it, the slots of tensors that are
 * bound to buffers. A program that leaves a slot faults, as on a device.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/core/error.h"
#include "runtime/core/place.h"
#include "runtime/core/times.h"
#include "runtime/sim/sim.h"

/* Far above the scratchpad numbers in fault addresses, 4 GiB and more apart. */
#define BUS_CODE (1ull << 40)
#define BUS_PARAM (2ull << 40)
#define BUS_ACT (3ull << 40)

/* Of caches: what a model stores begins with one, so that threads share none. */
#define LINE 64

struct region {
	uint64_t base, bytes;
	uint8_t *data;
	bool writable;
	uint64_t shows; /* offset in activation memory, of the last ones */
};

enum { REGION_CODE, REGION_PARAM, REGION_ACT, NUM_REGIONS };

struct sim_context {
	struct gs_core *core;
	uint32_t threads; /* of the core */
	uint8_t *memory; /* that ctx->memory is in */
	uint32_t *code; /* for the places of the context, or NULL */
	struct region *region; /* room for a place each */
	uint32_t num_regions;
	/* Of the pieces submitted, until wait() asks. */
	int ret;
	struct gs_outcome outcome;
};

/* ---- bus --------------------------------------------------------------------- */

static uint8_t *find(const struct sim_context *sim, uint64_t addr, size_t size,
		     bool write)
{
	for (uint32_t i = 0; i < sim->num_regions; i++) {
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

static const char *executor_name(void)
{
	static const char *const names[] = {
		[GS_FAST_C] = "fast, C",
		[GS_FAST_AVX2] = "fast, AVX2",
		[GS_FAST_VNNI] = "fast, AVX-512 VNNI",
	};
	int level = GS_FAST_VNNI;

	while (level > GS_FAST_C &&
	       !gs_fast_level_name((enum gs_fast_level)level))
		level--;
	return names[level];
}

static int sim_open(struct gs_device *dev, const char *arg)
{
	char err[GS_ARCH_ERR_SIZE];
	int ret;

	dev->executor = executor_name();
	dev->arch = *gs_arch_default();
	dev->has_costs = arg;
	if (!arg)
		return 0;
	ret = gs_arch_load(arg, &dev->arch, err);
	return ret ? gs_rt_fail(ret, "gs_device_open: %s", err) : 0;
}

int gs_sim_open(const struct gs_arch *arch,
		const struct gs_sim_observer *observer, struct gs_device **dev)
{
	int ret = gs_device_open("sim", dev);

	if (ret)
		return ret;
	(*dev)->arch = *arch;
	(*dev)->has_costs = true;
	(*dev)->priv = (void *)(uintptr_t)observer;
	return 0;
}

static void sim_close(struct gs_device *dev)
{
	(void)dev;
}

static int sim_buffer_create(struct gs_buffer *buf)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *data = NULL;

	if (buf->size <= SIZE_MAX - page &&
	    !posix_memalign(&data, page, (buf->size + page - 1) / page * page))
		buf->data = memset(data, 0, buf->size);
	return data ? 0 :
		      gs_rt_fail(
			      -ENOMEM,
			      "gs_buffer_create: out of memory for %zu bytes",
			      buf->size);
}

static void sim_buffer_destroy(struct gs_buffer *buf)
{
	free(buf->data);
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
	const struct gs_gsm *gsm = ctx->model->gsm;
	const uint64_t bytes = gsm->memory_bytes;
	struct sim_context *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	sim->core = gs_core_create(&ctx->model->dev->arch);
	sim->region =
		calloc((size_t)NUM_REGIONS + gsm->num_inputs + gsm->num_outputs,
		       sizeof(*sim->region));
	sim->memory = calloc((size_t)bytes + LINE, 1);
	if (!sim->core || !sim->region || !sim->memory) {
		gs_core_destroy(sim->core);
		free(sim->region);
		free(sim->memory);
		free(sim);
		return gs_rt_fail(-ENOMEM,
				  "gs_infer: out of memory for a machine and "
				  "%llu bytes of activations",
				  (unsigned long long)bytes);
	}
	ctx->memory = sim->memory + (LINE - (uintptr_t)sim->memory % LINE);
	ctx->priv = sim;
	sim->threads = 1;
	sim->num_regions = NUM_REGIONS;
	set_regions(ctx, sim);
	return 0;
}

static void sim_context_destroy(struct gs_context *ctx)
{
	struct sim_context *sim = ctx->priv;

	gs_core_destroy(sim->core);
	free(sim->region);
	free(sim->code);
	free(sim->memory);
	free(sim);
}

/* Slots follow activation memory, with a gap that belongs to nobody. */
static bool place_slots(struct gs_context *ctx, struct sim_context *sim)
{
	const struct gs_gsm *gsm = ctx->model->gsm;
	uint64_t at = gsm->memory_bytes;

	for (uint32_t i = 0; i < ctx->num_places; i++) {
		struct gs_place *p = &ctx->place[i];
		uint64_t bytes = gs_place_bytes(ctx, p);

		at = (at + 2 * GS_ELF_ACT_ALIGN - 1) &
		     ~(GS_ELF_ACT_ALIGN - 1ull);
		if (at + bytes > GS_ELF_WINDOW_BYTES)
			return false;
		p->window = at;
		sim->region[NUM_REGIONS + i] = (struct region){
			.base = BUS_ACT + at,
			.bytes = bytes,
			.data = p->buf->data + p->offset,
			.writable = p->written,
			.shows = gsm->act_offset +
				 gsm->tensor[p->root].rec->offset,
		};
		at += bytes;
	}
	return true;
}

static int sim_bind(struct gs_context *ctx)
{
	const struct gs_gsm *gsm = ctx->model->gsm;
	struct sim_context *sim = ctx->priv;

	/* Without room in the window everything is copied. */
	if (!place_slots(ctx, sim))
		ctx->num_places = 0;
	sim->num_regions = NUM_REGIONS + ctx->num_places;
	sim->region[REGION_CODE].data = (uint8_t *)gsm->code;
	if (!ctx->num_places)
		return 0;
	if (!sim->code)
		sim->code = calloc(gsm->num_words, sizeof(*sim->code));
	if (!sim->code)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	gs_place_relocate(ctx, 0, sim->code);
	sim->region[REGION_CODE].data = (uint8_t *)sim->code;
	return 0;
}

/* ---- jobs ------------------------------------------------------------------------ */

static int run(struct sim_context *sim, const struct gs_piece *piece,
	       const struct gs_sim_observer *observer, struct gs_fault *fault)
{
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
		.executor = piece->executor == GS_EXECUTOR_REFERENCE ?
				    GS_EXEC_REFERENCE :
				    GS_EXEC_FAST,
		.max_work = piece->max_work,
		.max_blocks = piece->stop ? piece->num_blocks : 0,
		.counters = piece->counters,
		.observe = observer ? observer->observe : NULL,
		.observe_ctx = observer ? observer->ctx : NULL,
	};
	int ret;

	/* What relies on another job's leftovers fails here, and always. */
	gs_core_reset(sim->core);
	ret = gs_core_run(sim->core, &mem, &job, fault);
	if (ret == -EFAULT)
		return -EIO;
	return ret ? gs_rt_fail(ret, "gs_infer: the machine model: %s",
				gs_strerror(ret)) :
		     0;
}

static int set_threads(struct sim_context *sim, uint32_t threads)
{
	int ret = 0;

	if (!threads)
		threads = 1;
	if (threads != sim->threads)
		ret = gs_core_set_threads(sim->core, threads);
	if (ret)
		return gs_rt_fail(ret, "gs_infer: %u threads: %s", threads,
				  gs_strerror(ret));
	sim->threads = threads;
	return 0;
}

/* There is no thread that could run them later. */
static int sim_submit(struct gs_context *ctx, const struct gs_piece *piece,
		      uint32_t num)
{
	struct sim_context *sim = ctx->priv;

	sim->ret = 0;
	sim->outcome = (struct gs_outcome){ .fault.code = GS_FAULT_NONE };
	if (piece->executor > GS_EXECUTOR_FAST)
		return gs_rt_fail(-ENOTSUP,
				  "gs_infer: executor %u; this device has %d "
				  "(reference) and %d (fast)",
				  piece->executor, GS_EXECUTOR_REFERENCE,
				  GS_EXECUTOR_FAST);
	if (num && set_threads(sim, piece->threads))
		return -EAGAIN;
	for (uint32_t i = 0; i < num && !sim->ret; i++) {
		sim->outcome.piece = i;
		sim->ret = run(sim, &piece[i], ctx->model->dev->priv,
			       &sim->outcome.fault);
		if (!sim->ret && piece[i].timed)
			sim->ret = gs_times_piece(ctx->model, &piece[i],
						  &sim->outcome);
	}
	return 0;
}

static int sim_wait(struct gs_context *ctx, int64_t timeout_ns,
		    struct gs_outcome *out)
{
	struct sim_context *sim = ctx->priv;

	(void)timeout_ns;
	*out = sim->outcome;
	return sim->ret;
}

static int sim_notify(struct gs_context *ctx, int event_fd)
{
	const uint64_t one = 1;

	(void)ctx;
	if (write(event_fd, &one, sizeof(one)) == sizeof(one))
		return 0;
	return gs_rt_fail(-errno, "gs_infer: eventfd: %s",
			  strerrordesc_np(errno));
}

static bool sim_locate(const struct gs_context *ctx, uint64_t address,
		       uint64_t *offset)
{
	const struct sim_context *sim = ctx->priv;

	if (address < BUS_ACT || address - BUS_ACT >= GS_ELF_WINDOW_BYTES)
		return false;
	*offset = address - BUS_ACT;
	for (uint32_t i = NUM_REGIONS; i < sim->num_regions; i++) {
		const struct region *r = &sim->region[i];

		if (address >= r->base && address - r->base < r->bytes)
			*offset = r->shows + (address - r->base);
	}
	return true;
}

const struct gs_backend gs_backend_sim = {
	.name = "sim",
	.open = sim_open,
	.close = sim_close,
	.buffer_create = sim_buffer_create,
	.buffer_destroy = sim_buffer_destroy,
	.load = sim_load,
	.unload = sim_unload,
	.context_create = sim_context_create,
	.context_destroy = sim_context_destroy,
	.bind = sim_bind,
	.submit = sim_submit,
	.wait = sim_wait,
	.notify = sim_notify,
	.locate = sim_locate,
};
