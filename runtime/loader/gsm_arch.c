/* SPDX-License-Identifier: MIT */
/*
 * The architecture note, and whether it describes the device at hand.
 */
#include <errno.h>
#include <string.h>

#include "genesys/isa.h"
#include "hw-model/arch/arch_field.h"
#include "runtime/loader/gsm_internal.h"

/* An ELF note: three words, then owner and descriptor, each padded to 4. */
struct note {
	uint32_t owner_bytes, desc_bytes, type;
};

static_assert(sizeof(GS_ELF_NOTE_OWNER) % 4 == 0, "the owner needs no padding");

static int read_note(struct gs_gsm_reader *r, struct gs_elf_arch *desc,
		     const char **json)
{
	const size_t owner = sizeof(GS_ELF_NOTE_OWNER);
	const struct gs_gsm_sec *sec = &r->sec[GS_SEC_ARCH];
	struct note note;

	if (sec->size < sizeof(note) + owner + sizeof(*desc))
		return gs_gsm_fail(r, -EINVAL, "%s: %llu bytes are too short",
				   GS_ELF_ARCH, (unsigned long long)sec->size);
	memcpy(&note, sec->data, sizeof(note));
	if (note.owner_bytes != owner || note.type != GS_ELF_NOTE_ARCH ||
	    memcmp(sec->data + sizeof(note), GS_ELF_NOTE_OWNER, owner) != 0)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: note of type %u is not of owner %s, "
				   "type %d",
				   GS_ELF_ARCH, note.type, GS_ELF_NOTE_OWNER,
				   GS_ELF_NOTE_ARCH);
	memcpy(desc, sec->data + sizeof(note) + owner, sizeof(*desc));
	if (note.desc_bytes > sec->size - sizeof(note) - owner ||
	    note.desc_bytes < sizeof(*desc) ||
	    desc->json_bytes > note.desc_bytes - sizeof(*desc) ||
	    desc->reserved)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: %u bytes of JSON in a note of %u bytes "
				   "in a section of %llu",
				   GS_ELF_ARCH, desc->json_bytes,
				   note.desc_bytes,
				   (unsigned long long)sec->size);
	*json = (const char *)sec->data + sizeof(note) + owner + sizeof(*desc);
	return 0;
}

int gs_gsm_read_arch(struct gs_gsm_reader *r)
{
	char err[GS_ARCH_ERR_SIZE];
	struct gs_gsm *m = r->gsm;
	struct gs_elf_arch desc;
	const char *json = NULL;
	int ret = read_note(r, &desc, &json);

	if (ret)
		return ret;
	if (desc.isa_version != GS_ISA_VERSION)
		return gs_gsm_fail(r, -ENOTSUP,
				   "model was made for ISA version %u "
				   "(extensions 0x%x); this library runs "
				   "version %u",
				   desc.isa_version, desc.extensions,
				   GS_ISA_VERSION);
	ret = gs_arch_parse(json, desc.json_bytes, &m->arch, err);
	if (ret)
		return gs_gsm_fail(r, ret, "%s: %s", GS_ELF_ARCH, err);
	m->arch_hash = gs_arch_hash(&m->arch);
	if (m->arch_hash != desc.hash ||
	    m->arch.isa_version != desc.isa_version ||
	    m->arch.extensions != desc.extensions)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: hash %016llx, ISA version %u, "
				   "extensions 0x%x; the description has "
				   "%016llx, %u, 0x%x",
				   GS_ELF_ARCH, (unsigned long long)desc.hash,
				   desc.isa_version, desc.extensions,
				   (unsigned long long)m->arch_hash,
				   m->arch.isa_version, m->arch.extensions);
	return 0;
}

static const char *layout_name(const struct gs_arch *arch)
{
	unsigned layout = (unsigned)arch->weight_layout;

	return layout < GS_ARCH_NUM_LAYOUTS ? gs_arch_layout_names[layout] :
					      "?";
}

int gs_gsm_check_arch(const struct gs_gsm *gsm, const struct gs_arch *device,
		      char *err)
{
	struct gs_gsm_reader r = { .err = err };
	const struct gs_arch *arch = &gsm->arch;

	if (gsm->arch_hash == gs_arch_hash(device))
		return 0;
	for (size_t i = 0; i < gs_arch_num_fields; i++) {
		const struct gs_arch_field *f = &gs_arch_fields[i];

		if (f->offset == GS_ARCH_NOT_STORED ||
		    f->flags & GS_ARCH_NO_HASH ||
		    gs_arch_get(arch, f) == gs_arch_get(device, f))
			continue;
		return gs_gsm_fail(&r, -ENOTSUP,
				   "model was made for another machine: %s is "
				   "%u in the model (%s), %u on the device "
				   "(%s)",
				   f->json, gs_arch_get(arch, f), arch->name,
				   gs_arch_get(device, f), device->name);
	}
	for (unsigned i = 0; i < GS_CAP_COUNT; i++)
		if (gs_arch_has(arch, i) != gs_arch_has(device, i))
			return gs_gsm_fail(
				&r, -ENOTSUP,
				"model was made for another machine: %s is in "
				"LACKS of the %s (%s) alone",
				gs_arch_cap_name(i),
				gs_arch_has(arch, i) ? "device" : "model",
				gs_arch_has(arch, i) ? device->name :
						       arch->name);
	return gs_gsm_fail(&r, -ENOTSUP,
			   "model was made for another machine: WEIGHT_LAYOUT "
			   "is %s in the model (%s), %s on the device (%s)",
			   layout_name(arch), arch->name, layout_name(device),
			   device->name);
}
