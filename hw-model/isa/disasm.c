/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "hw-model/isa/asm.h"

int gs_disasm_word(uint32_t word, enum gs_isa_encoding enc, char *buf,
		   size_t size)
{
	struct gs_insn insn;

	if (gs_isa_decode(word, enc, &insn))
		return snprintf(buf, size, ".word 0x%08x", word);
	return gs_isa_format(&insn, buf, size);
}

const char *gs_isa_encoding_name(enum gs_isa_encoding enc)
{
	return enc == GS_ENC_SYNC_INST ? "sync_inst" : "inst_group_2021";
}

int gs_isa_encoding_parse(const char *name, enum gs_isa_encoding *enc)
{
	static const enum gs_isa_encoding all[] = { GS_ENC_SYNC_INST,
						    GS_ENC_INST_GROUP_2021 };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!strcmp(name, gs_isa_encoding_name(all[i]))) {
			*enc = all[i];
			return 0;
		}
	}
	return -EINVAL;
}
