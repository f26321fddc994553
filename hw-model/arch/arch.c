/* SPDX-License-Identifier: MIT */
/*
 * Machine parameters: defaults, rules, canonical form and hash.
 * The rules are those of docs/isa.md section 1; reading JSON is in arch_json.c.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "genesys/isa.h"
#include "hw-model/arch/arch_field.h"

#define FIELD(json, member, min, max, flags, def)                            \
	{                                                                    \
		json, offsetof(struct gs_arch, member), min, max, flags, def \
	}
#define EXTRA(json, min, max, flags)                  \
	{                                             \
		json, GS_ARCH_NOT_STORED, min, max,   \
			(flags) | GS_ARCH_OPTIONAL, 0 \
	}

#define COST(json, member, max, def)       \
	FIELD(json, timing.member, 0, max, \
	      GS_ARCH_OPTIONAL | GS_ARCH_NO_HASH | GS_ARCH_COST, def),
#define COST_DEFAULT(json, member, max, def) .member = def,

#define OPTIONAL GS_ARCH_OPTIONAL
#define REQUIRED 0u
#define POW2 GS_ARCH_POW2
#define EVEN GS_ARCH_EVEN
#define EITHER GS_ARCH_EITHER
#define LIKE_M GS_ARCH_LIKE_M
#define NO_HASH GS_ARCH_NO_HASH

#define MAX_ROWS (1u << 20)
#define MAX_CLOCK_MHZ 100000

/* In the order of the canonical form. */
const struct gs_arch_field gs_arch_fields[] = {
	FIELD("ISA_VERSION", isa_version, GS_ISA_VERSION, GS_ISA_VERSION,
	      OPTIONAL, GS_ISA_VERSION),
	FIELD("EXTENSIONS", extensions, 0, 0, OPTIONAL, 0),
	FIELD("CLOCK_MHZ", clock_mhz, 1, MAX_CLOCK_MHZ, OPTIONAL | NO_HASH,
	      1000),
	FIELD("ARRAY_N", array_n, 4, 128, REQUIRED | POW2, 0),
	FIELD("ARRAY_M", array_m, 4, 128, REQUIRED | POW2, 0),
	FIELD("DATA_WIDTH", data_width, 4, 8, REQUIRED | EITHER, 0),
	FIELD("WGT_WIDTH", wgt_width, 4, 8, REQUIRED | EITHER, 0),
	FIELD("ACC_WIDTH", acc_width, 16, 32, REQUIRED | EITHER, 0),
	FIELD("BIAS_WIDTH", bias_width, 16, 32, REQUIRED | EITHER, 0),
	FIELD("IBUF_DEPTH", ibuf_depth, 2, MAX_ROWS, REQUIRED | EVEN, 0),
	FIELD("WBUF_DEPTH", wbuf_depth, 2, MAX_ROWS, REQUIRED | EVEN, 0),
	FIELD("OBUF_DEPTH", obuf_depth, 2, MAX_ROWS, REQUIRED, 0),
	FIELD("BBUF_DEPTH", bbuf_depth, 2, MAX_ROWS, REQUIRED, 0),
	FIELD("VMEM_DEPTH", vmem_depth, 2, MAX_ROWS, REQUIRED, 0),
	FIELD("IMM_DEPTH", imm_depth, 1, 1024, OPTIONAL, 32),
	FIELD("INSTR_DEPTH", instr_depth, 64, 65536, OPTIONAL, 1024),
	FIELD("SIMD_INSTR_DEPTH", simd_instr_depth, 16, 65536, OPTIONAL, 1024),
	FIELD("PARAM_BUF_CHANNEL_BW", param_channel_bw, 32, 4096,
	      REQUIRED | POW2, 0),
	FIELD("IBUF_CHANNEL_BW", ibuf_channel_bw, 32, 4096, REQUIRED | POW2, 0),
	FIELD("OBUF_CHANNEL_BW", obuf_channel_bw, 32, 4096, REQUIRED | POW2, 0),
	FIELD("SIMD_CHANNEL_BW", simd_channel_bw, 32, 4096, REQUIRED | POW2, 0),
	FIELD("INSTR_CHANNEL_BW", instr_channel_bw, 32, 4096, REQUIRED | POW2,
	      0),
	GS_ARCH_TIMING(COST) EXTRA("SIMD_WIDTH", 4, 128, POW2 | LIKE_M),
	EXTRA("VMEM_BANKS", 4, 128, POW2 | LIKE_M),
	EXTRA("INSTR_WIDTH", 32, 32, 0),
	EXTRA("DRAM_WIDTH", 1, 4096, 0),
	EXTRA("DRAM_BANKS", 1, 4096, 0),
};

const size_t gs_arch_num_fields =
	sizeof(gs_arch_fields) / sizeof(gs_arch_fields[0]);

/* In the order of enum gs_weight_layout. */
const char *const gs_arch_layout_names[GS_ARCH_NUM_LAYOUTS] = { "published",
								"column" };

/* hw-model/configs/genesys_16x16.json */
static const struct gs_arch default_arch = {
	.name = "genesys_16x16",
	.isa_version = GS_ISA_VERSION,
	.extensions = 0,
	.clock_mhz = 1000,
	.array_n = 16,
	.array_m = 16,
	.data_width = 8,
	.wgt_width = 8,
	.acc_width = 32,
	.bias_width = 32,
	.ibuf_depth = 8192,
	.wbuf_depth = 4096,
	.obuf_depth = 2048,
	.bbuf_depth = 1024,
	.vmem_depth = 1024,
	.imm_depth = 32,
	.instr_depth = 1024,
	.simd_instr_depth = 1024,
	.param_channel_bw = 512,
	.ibuf_channel_bw = 512,
	.obuf_channel_bw = 512,
	.simd_channel_bw = 512,
	.instr_channel_bw = 512,
	.weight_layout = GS_WEIGHTS_COLUMN,
	.timing = { GS_ARCH_TIMING(COST_DEFAULT) },
};

const struct gs_arch *gs_arch_default(void)
{
	return &default_arch;
}

uint32_t gs_arch_get(const struct gs_arch *arch, const struct gs_arch_field *f)
{
	uint32_t val;

	memcpy(&val, (const char *)arch + f->offset, sizeof(val));
	return val;
}

void gs_arch_set(struct gs_arch *arch, const struct gs_arch_field *f,
		 uint32_t val)
{
	memcpy((char *)arch + f->offset, &val, sizeof(val));
}

/* Rules. */

int gs_arch_fail(char *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, GS_ARCH_ERR_SIZE, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int gs_arch_check_field(const struct gs_arch_field *f, int64_t val, char *err)
{
	const char *what = f->flags & POW2 ? "a power of two, " :
			   f->flags & EVEN ? "even, " :
					     "";

	if (f->flags & EITHER) {
		if (val == f->min || val == f->max)
			return 0;
		return gs_arch_fail(err, "%s: %lld must be %u or %u", f->json,
				    (long long)val, f->max, f->min);
	}
	if (val >= f->min && val <= f->max &&
	    !(f->flags & POW2 && val & (val - 1)) &&
	    !(f->flags & EVEN && val & 1))
		return 0;
	if (f->min == f->max)
		return gs_arch_fail(err, "%s: %lld must be %u", f->json,
				    (long long)val, f->min);
	return gs_arch_fail(err, "%s: %lld must be %s%u to %u", f->json,
			    (long long)val, what, f->min, f->max);
}

/* A cost nobody set; it may be GS_ARCH_AUTO. */
static bool is_default(const struct gs_arch *arch,
		       const struct gs_arch_field *f)
{
	return f->flags & GS_ARCH_COST && gs_arch_get(arch, f) == f->def;
}

static int check_layout(const struct gs_arch *arch, char *err)
{
	if ((unsigned int)arch->weight_layout >= GS_ARCH_NUM_LAYOUTS)
		return gs_arch_fail(err,
				    "WEIGHT_LAYOUT: %d must be %d (published) "
				    "or %d (column)",
				    (int)arch->weight_layout,
				    GS_WEIGHTS_PUBLISHED, GS_WEIGHTS_COLUMN);
	if (arch->weight_layout != GS_WEIGHTS_PUBLISHED)
		return 0;
	if (arch->wgt_width != 8)
		return gs_arch_fail(err,
				    "WGT_WIDTH: %u must be 8 with "
				    "WEIGHT_LAYOUT published (column has no "
				    "such rule)",
				    arch->wgt_width);
	if (arch->param_channel_bw < 8 * arch->array_n)
		return gs_arch_fail(err,
				    "PARAM_BUF_CHANNEL_BW: %u must be at least "
				    "8 * ARRAY_N = %u with WEIGHT_LAYOUT "
				    "published (column has no such rule)",
				    arch->param_channel_bw, 8 * arch->array_n);
	return 0;
}

int gs_arch_check(const struct gs_arch *arch, char *err)
{
	for (size_t i = 0; i < gs_arch_num_fields; i++) {
		const struct gs_arch_field *f = &gs_arch_fields[i];
		int ret;

		if (f->offset == GS_ARCH_NOT_STORED || is_default(arch, f))
			continue;
		ret = gs_arch_check_field(f, gs_arch_get(arch, f), err);
		if (ret)
			return ret;
	}
	if (arch->lacks >> GS_CAP_COUNT || arch->lacks >> GS_INSN_NOP & 1)
		return gs_arch_fail(err, "LACKS: names what is no capability");
	if (arch->array_m != arch->array_n)
		return gs_arch_fail(err, "ARRAY_M: %u must equal ARRAY_N = %u",
				    arch->array_m, arch->array_n);
	return check_layout(arch, err);
}

/* Canonical form. */

/* A text that grows; the length counts on after the buffer is full. */
struct text {
	char *buf;
	size_t size;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t,
						      const char *fmt, ...)
{
	size_t used = t->len < t->size ? t->len : t->size;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf ? t->buf + used : NULL, t->size - used, fmt, ap);
	va_end(ap);
	t->len += n > 0 ? (size_t)n : 0;
}

static void put_string(struct text *t, const char *s, size_t max)
{
	put(t, "\"");
	for (size_t i = 0; i < max && s[i]; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\')
			put(t, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			put(t, "\\u%04x", c);
		else
			put(t, "%c", c);
	}
	put(t, "\"");
}

/* Nothing for a machine that lacks nothing */
static void put_lacks(struct text *t, const struct gs_arch *arch)
{
	const char *between = "\"LACKS\": [";

	for (unsigned i = 0; i < GS_CAP_COUNT; i++) {
		if (gs_arch_has(arch, i))
			continue;
		put(t, "%s\"%s\"", between, gs_arch_cap_name(i));
		between = ", ";
	}
	if (arch->lacks)
		put(t, "], ");
}

static void put_fields(struct text *t, const struct gs_arch *arch,
		       uint32_t without)
{
	for (size_t i = 0; i < gs_arch_num_fields; i++) {
		const struct gs_arch_field *f = &gs_arch_fields[i];

		if (f->offset == GS_ARCH_NOT_STORED || f->flags & without ||
		    is_default(arch, f))
			continue;
		put(t, "\"%s\": %u, ", f->json, gs_arch_get(arch, f));
	}
	put_lacks(t, arch);
	put(t, "\"WEIGHT_LAYOUT\": \"%s\"}",
	    (unsigned int)arch->weight_layout < GS_ARCH_NUM_LAYOUTS ?
		    gs_arch_layout_names[arch->weight_layout] :
		    "?");
}

int gs_arch_format(const struct gs_arch *arch, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };

	put(&t, "{\"name\": ");
	put_string(&t, arch->name, sizeof(arch->name));
	put(&t, ", ");
	put_fields(&t, arch, 0);
	return (int)t.len;
}

/* FNV-1a, 64 bits, over the canonical form without name and clock. */
uint64_t gs_arch_hash(const struct gs_arch *arch)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char buf[GS_ARCH_JSON_SIZE];
	struct text t = { buf, sizeof(buf), 0 };

	put(&t, "{");
	put_fields(&t, arch, NO_HASH);
	for (const char *p = buf; *p; p++) {
		hash ^= (unsigned char)*p;
		hash *= UINT64_C(0x100000001b3);
	}
	return hash ? hash : 1;
}
