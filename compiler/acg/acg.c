/* SPDX-License-Identifier: MIT */
#include "compiler/acg/acg.h"

#include <string.h>

static const struct gs_acg_function functions[] = {
	/* clang-format off */
	{ "mac",        GS_UNIT_ARRAY,  GS_INSN_COUNT,            3, false, false },
	{ "add",        GS_UNIT_TANDEM, GS_INSN_ADD,              2, false, false },
	{ "sub",        GS_UNIT_TANDEM, GS_INSN_SUB,              2, false, false },
	{ "mul",        GS_UNIT_TANDEM, GS_INSN_MUL,              2, false, false },
	{ "macc",       GS_UNIT_TANDEM, GS_INSN_MACC,             2, true,  false },
	{ "div",        GS_UNIT_TANDEM, GS_INSN_DIV,              2, false, false },
	{ "max",        GS_UNIT_TANDEM, GS_INSN_MAX,              2, false, false },
	{ "min",        GS_UNIT_TANDEM, GS_INSN_MIN,              2, false, false },
	{ "rshift",     GS_UNIT_TANDEM, GS_INSN_RSHIFT,           2, false, false },
	{ "lshift",     GS_UNIT_TANDEM, GS_INSN_LSHIFT,           2, false, false },
	{ "move",       GS_UNIT_TANDEM, GS_INSN_MOVE,             1, false, false },
	{ "not",        GS_UNIT_TANDEM, GS_INSN_NOT,              1, false, false },
	{ "and",        GS_UNIT_TANDEM, GS_INSN_AND,              2, false, false },
	{ "or",         GS_UNIT_TANDEM, GS_INSN_OR,               2, false, false },
	{ "relu",       GS_UNIT_TANDEM, GS_INSN_RELU,             1, false, false },
	{ "leaky_relu", GS_UNIT_TANDEM, GS_INSN_LEAKY_RELU,       2, false, false },
	{ "abs",        GS_UNIT_TANDEM, GS_INSN_ABS,              1, false, false },
	{ "sign",       GS_UNIT_TANDEM, GS_INSN_SIGN,             1, false, false },
	{ "sigmoid",    GS_UNIT_TANDEM, GS_INSN_SIGMOID,          1, false, false },
	{ "tanh",       GS_UNIT_TANDEM, GS_INSN_TANH,             1, false, false },
	{ "exp",        GS_UNIT_TANDEM, GS_INSN_EXP,              1, false, false },
	{ "ln",         GS_UNIT_TANDEM, GS_INSN_LN,               1, false, false },
	{ "sqrt",       GS_UNIT_TANDEM, GS_INSN_SQRT,             1, false, false },
	{ "inv_sqrt",   GS_UNIT_TANDEM, GS_INSN_INV_SQRT,         1, false, false },
	{ "log2",       GS_UNIT_TANDEM, GS_INSN_LOG2,             1, false, false },
	{ "equal",      GS_UNIT_TANDEM, GS_INSN_EQUAL,            2, false, false },
	{ "neq",        GS_UNIT_TANDEM, GS_INSN_NEQ,              2, false, false },
	{ "gt",         GS_UNIT_TANDEM, GS_INSN_GT,               2, false, false },
	{ "gte",        GS_UNIT_TANDEM, GS_INSN_GTE,              2, false, false },
	{ "lt",         GS_UNIT_TANDEM, GS_INSN_LT,               2, false, false },
	{ "lte",        GS_UNIT_TANDEM, GS_INSN_LTE,              2, false, false },
	{ "floor",      GS_UNIT_TANDEM, GS_INSN_FLOOR,            1, false, false },
	{ "ceil",       GS_UNIT_TANDEM, GS_INSN_CEIL,             1, false, false },
	{ "cast",       GS_UNIT_TANDEM, GS_INSN_COUNT,            1, false, false },
	{ "cast4",      GS_UNIT_TANDEM, GS_INSN_CAST_32FXP_4FXP,  1, false, false },
	{ "cast8",      GS_UNIT_TANDEM, GS_INSN_CAST_32FXP_8FXP,  1, false, false },
	{ "cast16",     GS_UNIT_TANDEM, GS_INSN_CAST_32FXP_16FXP, 1, false, false },
	{ "spread",     GS_UNIT_TANDEM, GS_INSN_PERM_START,       1, false, true  },
	/* clang-format on */
};

static void add_channel(struct gs_acg *acg, enum gs_acg_mem from,
			enum gs_acg_mem to, const char *name, uint32_t bits)
{
	acg->channel[acg->num_channels++] = (struct gs_acg_channel){
		.from = from, .to = to, .name = name, .bits = bits
	};
}

/* Channels that a machine may lack */
static void add_optional(struct gs_acg *acg)
{
	const struct gs_arch *arch = &acg->arch;
	const struct {
		unsigned cap;
		enum gs_acg_mem from, to;
		const char *name;
		uint32_t bits;
	} channels[] = {
		{ GS_CAP_LD_OBUF, GS_ACG_DRAM, GS_ACG_OBUF, "OBUF",
		  arch->obuf_channel_bw },
		{ GS_CAP_ST_OBUF, GS_ACG_OBUF, GS_ACG_DRAM, "OBUF",
		  arch->obuf_channel_bw },
		{ GS_CAP_LD_VMEM1, GS_ACG_DRAM, GS_ACG_VMEM1, "SIMD",
		  arch->simd_channel_bw },
		{ GS_CAP_LD_VMEM2, GS_ACG_DRAM, GS_ACG_VMEM2, "SIMD",
		  arch->simd_channel_bw },
		{ GS_CAP_ST_VMEM1, GS_ACG_VMEM1, GS_ACG_DRAM, "SIMD",
		  arch->simd_channel_bw },
		{ GS_CAP_ST_VMEM2, GS_ACG_VMEM2, GS_ACG_DRAM, "SIMD",
		  arch->simd_channel_bw },
	};
	size_t i;

	for (i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
		if (gs_arch_has(arch, channels[i].cap))
			add_channel(acg, channels[i].from, channels[i].to,
				    channels[i].name, channels[i].bits);
}

static const char *const names[GS_ACG_NUM_MEMORIES] = {
	"DRAM", "IBUF", "WBUF", "BBUF", "OBUF", "VMEM1", "VMEM2", "IMM"
};

const char *gs_acg_mem_name(enum gs_acg_mem mem)
{
	return names[mem];
}

enum gs_acg_mem gs_acg_find_mem(const char *name)
{
	enum gs_acg_mem mem = 0;

	while (mem < GS_ACG_NUM_MEMORIES && strcmp(names[mem], name))
		mem++;
	return mem;
}

void gs_acg_init(struct gs_acg *acg, const struct gs_arch *arch)
{
	const uint32_t n = arch->array_n, m = arch->array_m;

	*acg = (struct gs_acg){ .arch = *arch };
	acg->mem[GS_ACG_DRAM] =
		(struct gs_acg_memory){ names[GS_ACG_DRAM], 1, 8, 0, false };
	acg->mem[GS_ACG_IBUF] =
		(struct gs_acg_memory){ names[GS_ACG_IBUF], n, arch->data_width,
					arch->ibuf_depth / 2, true };
	acg->mem[GS_ACG_WBUF] = (struct gs_acg_memory){ names[GS_ACG_WBUF],
							n * m, arch->wgt_width,
							arch->wbuf_depth / 2,
							true };
	acg->mem[GS_ACG_BBUF] =
		(struct gs_acg_memory){ names[GS_ACG_BBUF], m, arch->bias_width,
					arch->bbuf_depth, false };
	acg->mem[GS_ACG_OBUF] =
		(struct gs_acg_memory){ names[GS_ACG_OBUF], m, arch->acc_width,
					arch->obuf_depth, true };
	acg->mem[GS_ACG_VMEM1] = (struct gs_acg_memory){ names[GS_ACG_VMEM1], m,
							 32, arch->vmem_depth,
							 false };
	acg->mem[GS_ACG_VMEM2] = (struct gs_acg_memory){ names[GS_ACG_VMEM2], m,
							 32, arch->vmem_depth,
							 false };
	acg->mem[GS_ACG_IMM] =
		(struct gs_acg_memory){ names[GS_ACG_IMM], 1, 32,
					arch->imm_depth < GS_ISA_IMM_SLOTS ?
						arch->imm_depth :
						GS_ISA_IMM_SLOTS,
					false };
	add_channel(acg, GS_ACG_DRAM, GS_ACG_IBUF, "IBUF",
		    arch->ibuf_channel_bw);
	add_channel(acg, GS_ACG_DRAM, GS_ACG_WBUF, "PARAM",
		    arch->param_channel_bw);
	add_channel(acg, GS_ACG_DRAM, GS_ACG_BBUF, "PARAM",
		    arch->param_channel_bw);
	add_optional(acg);
}

const struct gs_acg_channel *gs_acg_find_channel(const struct gs_acg *acg,
						 enum gs_acg_mem from,
						 enum gs_acg_mem to)
{
	unsigned i;

	for (i = 0; i < acg->num_channels; i++)
		if (acg->channel[i].from == from && acg->channel[i].to == to)
			return &acg->channel[i];
	return NULL;
}

const struct gs_acg_function *gs_acg_find_function(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (!strcmp(functions[i].name, name))
			return &functions[i];
	return NULL;
}

const struct gs_acg_function *gs_acg_function(unsigned index)
{
	return index < sizeof(functions) / sizeof(functions[0]) ?
		       &functions[index] :
		       NULL;
}

const char *gs_acg_lacks(const struct gs_acg *acg,
			 const struct gs_acg_function *fn)
{
	fn = gs_acg_resolve(acg, fn);
	if (fn->unit != GS_UNIT_TANDEM)
		return NULL;
	if (!fn->permutes)
		return gs_arch_has(&acg->arch, fn->insn) ?
			       NULL :
			       gs_arch_cap_name(fn->insn);
	if (!gs_arch_has(&acg->arch, GS_CAP_PERM))
		return gs_arch_cap_name(GS_CAP_PERM);
	return gs_arch_has(&acg->arch, GS_CAP_SHUFFLE) ?
		       NULL :
		       gs_arch_cap_name(GS_CAP_SHUFFLE);
}

uint64_t gs_acg_memory_bytes(const struct gs_acg_memory *mem)
{
	return (uint64_t)mem->banks * mem->rows * mem->bits / 8 *
	       (mem->double_buffered ? 2 : 1);
}

/* What codelets name and cannot have, after the word of LACKS */
static void dump_lacking(const struct gs_acg *acg, FILE *out)
{
	unsigned i;

	for (i = 0; i < GS_CAP_COUNT; i++)
		if (!gs_arch_has(&acg->arch, i))
			fprintf(out, "lacks   %s\n", gs_arch_cap_name(i));
}

const struct gs_acg_function *gs_acg_resolve(const struct gs_acg *acg,
					     const struct gs_acg_function *fn)
{
	if (strcmp(fn->name, "cast") != 0)
		return fn;
	return gs_acg_find_function(acg->arch.data_width == 4 ? "cast4" :
								"cast8");
}

void gs_acg_dump(const struct gs_acg *acg, FILE *out)
{
	size_t i;

	fprintf(out, "machine %s: array %ux%u\n",
		acg->arch.name[0] ? acg->arch.name : "(unnamed)",
		acg->arch.array_n, acg->arch.array_m);
	for (i = GS_ACG_IBUF; i < GS_ACG_NUM_MEMORIES; i++)
		fprintf(out,
			"memory  %-5s %8llu bytes: %5u %-5s x %5u rows x %2u bits%s\n",
			acg->mem[i].name,
			(unsigned long long)gs_acg_memory_bytes(&acg->mem[i]),
			acg->mem[i].banks,
			acg->mem[i].banks == 1 ? "bank" : "banks",
			acg->mem[i].rows, acg->mem[i].bits,
			acg->mem[i].double_buffered ? ", double-buffered" : "");
	for (i = 0; i < acg->num_channels; i++)
		fprintf(out, "channel %-5s %5s -> %-5s %5u bits a cycle\n",
			acg->channel[i].name,
			acg->mem[acg->channel[i].from].name,
			acg->mem[acg->channel[i].to].name,
			acg->channel[i].bits);
	fprintf(out, "compute ARRAY  mac: IBUF, WBUF, BBUF -> OBUF\n");
	fprintf(out,
		"compute TANDEM %u lanes, OBUF, VMEM1, VMEM2, IMM -> VMEM1, VMEM2:",
		acg->arch.array_m);
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].unit == GS_UNIT_TANDEM &&
		    !gs_acg_lacks(acg, &functions[i]))
			fprintf(out, " %s", functions[i].name);
	fputc('\n', out);
	dump_lacking(acg, out);
}
