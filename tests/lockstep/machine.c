/* SPDX-License-Identifier: MIT */
/* Runs of one program on several cores, and their comparison. */
#include <errno.h>
#include <inttypes.h>

#include "hw-model/core/fast_split.h"
#include "tests/lockstep/lockstep.h"

/* Memory that remembers what was written to it. */
struct port {
	struct sim_mem *mem;
	struct gs_mem inner;
	uint64_t hash;
	uint64_t writes;
};

struct outcome {
	int ret;
	struct gs_fault fault;
	struct gs_counters counters;
	bool mapped;
	uint64_t hash, writes; /* of stores; not when mapped */
	uint64_t sum; /* of memory */
	bool observed;
	uint64_t events; /* hash of them */
};

static void mix(struct port *port, uint64_t value)
{
	port->hash = (port->hash ^ value) * UINT64_C(0x100000001b3);
}

static int port_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	struct port *port = ctx;

	return port->inner.read(port->inner.ctx, addr, dst, size);
}

static void *port_map(void *ctx, uint64_t addr, size_t size, bool write)
{
	struct port *port = ctx;

	return port->inner.map(port->inner.ctx, addr, size, write);
}

static int port_write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	const uint8_t *bytes = src;
	struct port *port = ctx;
	int ret = port->inner.write(port->inner.ctx, addr, src, size);

	if (ret)
		return ret;
	mix(port, addr);
	for (size_t i = 0; i < size; i++)
		mix(port, bytes[i]);
	port->writes++;
	return 0;
}

static void mix_rows(uint64_t *hash, const struct gs_work_rows *rows)
{
	*hash = (*hash ^ (uint64_t)rows->first) * UINT64_C(0x100000001b3);
	*hash = (*hash ^ (uint64_t)rows->end) * UINT64_C(0x100000001b3);
}

/* An observer that remembers what it was told. */
static void observe(void *ctx, const struct gs_work *event)
{
	uint64_t *hash = ctx;

	*hash = (*hash ^ event->kind) * UINT64_C(0x100000001b3);
	switch (event->kind) {
	case GS_WORK_TILE:
		*hash += event->tile.first + 2u * event->tile.last;
		break;
	case GS_WORK_TRANSFER:
		*hash += event->transfer.win + 8u * event->transfer.held +
			 event->transfer.elements;
		mix_rows(hash, &event->transfer.rows);
		break;
	case GS_WORK_COMPUTE:
		*hash += event->compute.steps + event->compute.starts;
		break;
	case GS_WORK_NEST:
		*hash += event->nest.iterations;
		mix_rows(hash, &event->nest.dst);
		mix_rows(hash, &event->nest.src[0]);
		break;
	default:
		break;
	}
}

/* ---- coverage ------------------------------------------------------------------- */

static void cover_operands(struct coverage *coverage,
			   const struct gs_insn *insn)
{
	if (insn->id == GS_INSN_NOP)
		return;
	coverage->ns[GS_DST][insn->val[0]]++;
	coverage->ns[GS_SRC1][insn->val[2]]++;
	if (gs_simd_uses_src2(insn->id))
		coverage->ns[GS_SRC2][insn->val[4]]++;
}

static int cover_block(void *ctx, struct gs_core *core, uint32_t block,
		       uint32_t addr, const struct gs_insn *insns, uint32_t num)
{
	const struct gs_simd_config *simd = &core->block->simd_config;
	struct coverage *coverage = ctx;

	(void)block, (void)addr;
	for (uint32_t i = 0; i < num; i++) {
		coverage->insns[insns[i].id]++;
		if (gs_simd_is_body(insns[i].id))
			cover_operands(coverage, &insns[i]);
		if (insns[i].id == GS_INSN_LD_START ||
		    insns[i].id == GS_INSN_ST_START)
			coverage->widths[insns[i].val[2] + 1]++;
	}
	for (uint32_t i = 0; core->block->simd.present && i < simd->num_nests;
	     i++)
		coverage->levels[simd->nests[i].num_levels]++;
	return 0;
}

static void cover_fast(struct lockstep *lockstep)
{
	for (unsigned i = 1; i < LOCKSTEP_CORES; i++) {
		struct gs_fast *fast;

		if (!lockstep->core[i])
			continue;
		fast = lockstep->core[i]->fast;
		lockstep->coverage->fast_tiles += fast->tiles;
		lockstep->coverage->fast_sparse += fast->sparse;
		lockstep->coverage->fast_shared += fast->shared;
		lockstep->coverage->fast_splits += fast->splits;
		lockstep->coverage->fast_groups += fast->groups;
		lockstep->coverage->fast_joined += fast->joined;
		lockstep->coverage->fast_stretches += fast->stretches;
		lockstep->coverage->fast_transfers += fast->transfers;
		for (unsigned id = 0; id < GS_INSN_COUNT; id++)
			lockstep->coverage->fast_words[id] += fast->words[id];
	}
}

/* ---- machines ------------------------------------------------------------------- */

static enum gs_fast_level level_of(unsigned core)
{
	return (enum gs_fast_level)(core - 1);
}

static int create(struct lockstep *lockstep, unsigned i)
{
	struct gs_core *core = gs_core_create(&lockstep->arch);

	lockstep->core[i] = core;
	if (!core)
		return -ENOMEM;
	if (!i)
		return 0;
	gs_core_set_level(core, level_of(i));
	if (!lockstep->threads)
		return 0;
	return gs_core_set_threads(core, level_of(i) == GS_FAST_C ? 3 : 2);
}

int lockstep_init(struct lockstep *lockstep, const struct gs_arch *arch,
		  bool threads, struct coverage *coverage)
{
	char err[GS_ARCH_ERR_SIZE];
	int ret = 0;

	*lockstep = (struct lockstep){ .arch = *arch,
				       .threads = threads,
				       .coverage = coverage };
	if (gs_arch_check(arch, err))
		return -EINVAL;
	for (unsigned i = 0; i < LOCKSTEP_CORES && !ret; i++)
		if (!i || gs_fast_level_name(level_of(i)))
			ret = create(lockstep, i);
	if (ret) {
		lockstep_fini(lockstep);
		return ret;
	}
	coverage->arch_data[arch->data_width]++;
	coverage->arch_acc[arch->acc_width]++;
	return 0;
}

void lockstep_fini(struct lockstep *lockstep)
{
	if (lockstep->core[0])
		cover_fast(lockstep);
	for (unsigned i = 0; i < LOCKSTEP_CORES; i++) {
		gs_core_destroy(lockstep->core[i]);
		lockstep->core[i] = NULL;
	}
}

/* A scratchpad as bytes. */
struct region {
	void *data;
	size_t size;
	enum gs_scratchpad spad;
};

#define REGIONS 7

static void regions(struct gs_core *core, struct region region[REGIONS])
{
	const size_t n = core->arch.array_n, m = core->arch.array_m;
	const uint32_t *rows = core->rows;

	region[0] = (struct region){ core->ibuf, rows[GS_SPAD_IBUF] * n,
				     GS_SPAD_IBUF };
	region[1] = (struct region){ core->wbuf, rows[GS_SPAD_WBUF] * n * m,
				     GS_SPAD_WBUF };
	region[2] = (struct region){ core->bbuf, rows[GS_SPAD_BBUF] * m * 4,
				     GS_SPAD_BBUF };
	for (unsigned i = 0; i < 2; i++) {
		region[3 + i] = (struct region){ core->obuf[i],
						 rows[GS_SPAD_OBUF] * m * 4,
						 GS_SPAD_OBUF };
		region[5 + i] =
			(struct region){ core->vmem[i],
					 rows[GS_SPAD_VMEM1] * m * 4,
					 i ? GS_SPAD_VMEM2 : GS_SPAD_VMEM1 };
	}
}

/* Elements keep the width that stores and sums leave in them. */
static void fill(const struct gs_arch *arch, const struct region *region,
		 uint32_t *state)
{
	int32_t *wide = region->data;
	int8_t *narrow = region->data;
	unsigned bits = 32;

	if (region->spad == GS_SPAD_IBUF || region->spad == GS_SPAD_WBUF) {
		bits = region->spad == GS_SPAD_IBUF ? arch->data_width :
						      arch->wgt_width;
		for (size_t i = 0; i < region->size; i++)
			narrow[i] = (int8_t)gs_sext(xorshift32(state), bits);
		return;
	}
	if (region->spad == GS_SPAD_BBUF)
		bits = arch->bias_width;
	if (region->spad == GS_SPAD_OBUF)
		bits = arch->acc_width;
	for (size_t i = 0; i < region->size / 4; i++)
		wide[i] = gs_sext(xorshift32(state), bits);
}

void lockstep_noise(struct lockstep *lockstep, uint32_t seed)
{
	struct region first[REGIONS], other[REGIONS];
	uint32_t state = seed | 1;

	regions(lockstep->core[0], first);
	for (unsigned r = 0; r < REGIONS; r++)
		fill(&lockstep->arch, &first[r], &state);
	for (unsigned i = 1; i < LOCKSTEP_CORES; i++) {
		if (!lockstep->core[i])
			continue;
		regions(lockstep->core[i], other);
		for (unsigned r = 0; r < REGIONS; r++)
			memcpy(other[r].data, first[r].data, first[r].size);
		gs_fast_changed_all(lockstep->core[i]);
	}
}

/* ---- runs ----------------------------------------------------------------------- */

/*
 * Plain C and AVX-512 have their memory mapped, AVX2 is judged by its stores.
 * Plain C is not observed.
 */
static int run_one(struct lockstep *lockstep, unsigned i,
		   const struct lockstep_case *c, struct outcome *outcome)
{
	const struct gs_hooks hooks = { .ctx = lockstep->coverage,
					.block = cover_block };
	struct port port = { .mem = sim_mem_create(),
			     .hash = UINT64_C(0xcbf29ce484222325) };
	const struct gs_mem mem = { .ctx = &port,
				    .read = port_read,
				    .write = port_write,
				    .map = i % 2 ? port_map : NULL };
	struct gs_job job = c->job;
	int ret = port.mem ? 0 : -ENOMEM;

	*outcome = (struct outcome){ .mapped = mem.map != NULL,
				     .observed = i != 1 };
	if (!ret && c->fill)
		ret = c->fill(c->ctx, port.mem);
	for (size_t w = 0; !ret && w < c->num_words; w++) {
		uint32_t word = htole32(c->words[w]);

		ret = sim_mem_put(port.mem,
				  job.window_base[GS_WIN_IMEM] + 4 * w, &word,
				  4);
	}
	if (!ret) {
		port.inner = sim_mem_port(port.mem);
		job.executor = i ? GS_EXEC_FAST : GS_EXEC_REFERENCE;
		job.counters = &outcome->counters;
		job.hooks = i ? NULL : &hooks;
		job.observe = outcome->observed ? observe : NULL;
		job.observe_ctx = &outcome->events;
		outcome->ret = gs_core_run(lockstep->core[i], &mem, &job,
					   &outcome->fault);
		outcome->hash = port.hash;
		outcome->writes = port.writes;
		outcome->sum = sim_mem_sum(port.mem);
	}
	sim_mem_destroy(port.mem);
	return ret;
}

static bool differ(const struct lockstep_case *c, unsigned i, const char *what,
		   uint64_t got, uint64_t expected)
{
	printf("# %s: %s: %s is %" PRIu64 ", the reference has %" PRIu64 "\n",
	       c->name, gs_fast_level_name(level_of(i)), what, got, expected);
	return false;
}

static bool same_state(struct lockstep *lockstep, unsigned i,
		       const struct lockstep_case *c)
{
	struct region want[REGIONS], got[REGIONS];

	regions(lockstep->core[0], want);
	regions(lockstep->core[i], got);
	for (unsigned r = 0; r < REGIONS; r++) {
		const uint8_t *a = want[r].data, *b = got[r].data;
		size_t at = 0;

		if (!memcmp(a, b, want[r].size))
			continue;
		while (a[at] == b[at])
			at++;
		printf("# %s byte %zu:\n", gs_scratchpad_name(want[r].spad),
		       at);
		return differ(c, i, "a byte of a scratchpad", b[at], a[at]);
	}
	return memcmp(lockstep->core[0]->imm, lockstep->core[i]->imm,
		      sizeof(lockstep->core[0]->imm)) ?
		       differ(c, i, "IMM", 1, 0) :
		       true;
}

static bool same(struct lockstep *lockstep, unsigned i,
		 const struct lockstep_case *c, const struct outcome *want,
		 const struct outcome *got)
{
	if (got->ret != want->ret)
		return differ(c, i, "the return value", (uint64_t)-got->ret,
			      (uint64_t)-want->ret);
	if (got->fault.code != want->fault.code)
		return differ(c, i, "the fault code", got->fault.code,
			      want->fault.code);
	if (got->fault.block != want->fault.block)
		return differ(c, i, "the fault block", got->fault.block,
			      want->fault.block);
	if (got->fault.word != want->fault.word)
		return differ(c, i, "the fault word", got->fault.word,
			      want->fault.word);
	if (got->fault.address != want->fault.address)
		return differ(c, i, "the fault address", got->fault.address,
			      want->fault.address);
	if (got->sum != want->sum)
		return differ(c, i, "the sum of memory", got->sum, want->sum);
	if (!got->mapped && got->writes != want->writes)
		return differ(c, i, "the number of stores", got->writes,
			      want->writes);
	if (!got->mapped && got->hash != want->hash)
		return differ(c, i, "the hash of the stores", got->hash,
			      want->hash);
	if (got->observed && got->events != want->events)
		return differ(c, i, "the hash of what an observer is told",
			      got->events, want->events);
	if (memcmp(&got->counters, &want->counters, sizeof(got->counters)))
		return differ(c, i, "a counter", 1, 0);
	return same_state(lockstep, i, c);
}

bool lockstep_run(struct lockstep *lockstep, const struct lockstep_case *c)
{
	struct outcome want, got;
	bool ok = true;

	if (run_one(lockstep, 0, c, &want))
		return differ(c, 1, "out of memory", 1, 0);
	lockstep->coverage->programs++;
	lockstep->coverage->faults[want.fault.code]++;
	for (unsigned i = 1; i < LOCKSTEP_CORES && ok; i++) {
		if (!lockstep->core[i])
			continue;
		if (lockstep->core[i]->fast->split)
			lockstep->core[i]->fast->split->wanted =
				lockstep->coverage->programs % 4;
		ok = !run_one(lockstep, i, c, &got) &&
		     same(lockstep, i, c, &want, &got);
	}
	return ok;
}
