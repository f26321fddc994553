/* SPDX-License-Identifier: MIT */
/* What machines may lack: field LACKS, docs/isa.md section 1. */
#include <assert.h>
#include <string.h>

#include "genesys/arch.h"

static_assert(GS_INSN_ADD == 0 && GS_CAP_COUNT <= 64,
	      "functions come first, and there is a bit for each");

static const char *const names[GS_CAP_COUNT] = {
	[GS_CAP_PERM] = "PERM_START",
	[GS_CAP_SHUFFLE] = "PERM_START SHUFFLE",
	[GS_CAP_LD_VMEM1] = "LD_START VMEM1",
	[GS_CAP_LD_VMEM2] = "LD_START VMEM2",
	[GS_CAP_ST_VMEM1] = "ST_START VMEM1",
	[GS_CAP_ST_VMEM2] = "ST_START VMEM2",
	[GS_CAP_LD_OBUF] = "LD OBUF",
	[GS_CAP_ST_OBUF] = "ST OBUF",
};

const char *gs_arch_cap_name(unsigned cap)
{
	if (cap >= GS_CAP_COUNT)
		return "?";
	return names[cap] ? names[cap] :
			    gs_isa_desc((enum gs_insn_id)cap)->mnemonic;
}

unsigned gs_arch_cap_find(const char *name)
{
	unsigned i;

	for (i = 0; i < GS_CAP_COUNT; i++)
		if (i != GS_INSN_NOP && !strcmp(gs_arch_cap_name(i), name))
			return i;
	return GS_CAP_COUNT;
}

/* The second of two capabilities is that of VMEM2. */
static unsigned of_vmem(unsigned first, uint32_t ns)
{
	return ns == GS_NS_VMEM2 ? first + 1 : first;
}

bool gs_arch_runs(const struct gs_arch *arch, const struct gs_insn *insn)
{
	if (!arch->lacks)
		return true;
	if ((unsigned)insn->id < GS_CAP_PERM)
		return gs_arch_has(arch, insn->id);
	switch (insn->id) {
	case GS_INSN_PERM_START:
		return gs_arch_has(arch, GS_CAP_PERM) &&
		       (!insn->val[4] || gs_arch_has(arch, GS_CAP_SHUFFLE));
	case GS_INSN_LD_START:
		return gs_arch_has(arch,
				   of_vmem(GS_CAP_LD_VMEM1, insn->val[1]));
	case GS_INSN_ST_START:
		return gs_arch_has(arch,
				   of_vmem(GS_CAP_ST_VMEM1, insn->val[1]));
	case GS_INSN_LD_ST:
		return insn->val[1] != GS_MEM_BUFFER ||
		       insn->val[2] != GS_BUF_OBUF ||
		       gs_arch_has(arch, insn->val[0] == 0 ? GS_CAP_LD_OBUF :
							     GS_CAP_ST_OBUF);
	default:
		return true;
	}
}
