/* SPDX-License-Identifier: MIT */
/*
 * Architecture files: every rule, the canonical form, the hash, and the files
 * that are shipped.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "genesys/arch.h"

/* A machine of required fields only; published layout. */
static const struct {
	const char *key;
	const char *value;
} base[] = {
	{ "ARRAY_N", "16" },	      { "ARRAY_M", "16" },
	{ "DATA_WIDTH", "8" },	      { "WGT_WIDTH", "8" },
	{ "ACC_WIDTH", "32" },	      { "BIAS_WIDTH", "32" },
	{ "IBUF_DEPTH", "8192" },     { "WBUF_DEPTH", "4096" },
	{ "OBUF_DEPTH", "2048" },     { "BBUF_DEPTH", "1024" },
	{ "VMEM_DEPTH", "1023" },     { "PARAM_BUF_CHANNEL_BW", "512" },
	{ "IBUF_CHANNEL_BW", "512" }, { "OBUF_CHANNEL_BW", "512" },
	{ "SIMD_CHANNEL_BW", "512" }, { "INSTR_CHANNEL_BW", "512" },
};

#define NUM_BASE (sizeof(base) / sizeof(base[0]))

struct text {
	char s[4096];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t,
						      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t->len += (size_t)vsnprintf(t->s + t->len, sizeof(t->s) - t->len, fmt,
				    ap);
	va_end(ap);
	assert_true(t->len < sizeof(t->s));
}

/* The base machine without @key, then more members. */
static struct text machine(const char *without, const char *more)
{
	struct text t = { .len = 0 };

	put(&t, "{");
	for (size_t i = 0; i < NUM_BASE; i++)
		if (!without || strcmp(without, base[i].key) != 0)
			put(&t, "%s\"%s\": %s", t.len > 1 ? ", " : "",
			    base[i].key, base[i].value);
	put(&t, "%s%s}\n", *more ? ", " : "", more);
	return t;
}

/* The text ends where the memory ends. */
static int parse(const char *json, size_t len, struct gs_arch *arch, char *err)
{
	char *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, json, len);
	err[0] = '\0';
	ret = gs_arch_parse(copy, len, arch, err);
	free(copy);
	return ret;
}

static void expect_sentence(const char *json, size_t len, const char *sentence)
{
	char err[GS_ARCH_ERR_SIZE];
	struct gs_arch arch;
	struct gs_arch before;

	memset(&arch, 0xaa, sizeof(arch));
	before = arch;
	assert_int_equal(parse(json, len, &arch, err), -EINVAL);
	assert_string_equal(err, sentence);
	assert_memory_equal(&arch, &before, sizeof(arch));
}

/* The base machine with one other value is refused. */
static void refuse(const char *key, const char *value, const char *sentence)
{
	struct text t;
	char more[512];

	snprintf(more, sizeof(more), "\"%s\": %s", key, value);
	t = machine(key, more);
	expect_sentence(t.s, t.len, sentence);
}

/* As refuse(), where the sentence is that of the JSON library. */
static void refuse_somehow(const char *key, const char *value)
{
	char more[512], err[GS_ARCH_ERR_SIZE];
	struct gs_arch arch;
	struct text t;

	snprintf(more, sizeof(more), "\"%s\": %s", key, value);
	t = machine(key, more);
	assert_int_equal(parse(t.s, t.len, &arch, err), -EINVAL);
	assert_true(err[0]);
}

static struct gs_arch accept(const char *without, const char *more)
{
	struct text t = machine(without, more);
	char err[GS_ARCH_ERR_SIZE];
	struct gs_arch arch;

	if (parse(t.s, t.len, &arch, err))
		fail_msg("%s refused: %s", t.s, err);
	assert_int_equal(gs_arch_check(&arch, err), 0);
	return arch;
}

static void defaults_are_those_of_the_specification(void **state)
{
	struct gs_arch arch = accept(NULL, "");

	(void)state;
	assert_string_equal(arch.name, "");
	assert_int_equal(arch.isa_version, 1);
	assert_int_equal(arch.extensions, 0);
	assert_int_equal(arch.clock_mhz, 1000);
	assert_int_equal(arch.array_n, 16);
	assert_int_equal(arch.array_m, 16);
	assert_int_equal(arch.data_width, 8);
	assert_int_equal(arch.wgt_width, 8);
	assert_int_equal(arch.acc_width, 32);
	assert_int_equal(arch.bias_width, 32);
	assert_int_equal(arch.ibuf_depth, 8192);
	assert_int_equal(arch.wbuf_depth, 4096);
	assert_int_equal(arch.obuf_depth, 2048);
	assert_int_equal(arch.bbuf_depth, 1024);
	assert_int_equal(arch.vmem_depth, 2048);
	assert_int_equal(arch.imm_depth, 32);
	assert_int_equal(arch.instr_depth, 1024);
	assert_int_equal(arch.simd_instr_depth, 1024);
	assert_int_equal(arch.param_channel_bw, 512);
	assert_int_equal(arch.instr_channel_bw, 512);
	assert_int_equal(arch.weight_layout, GS_WEIGHTS_PUBLISHED);
	assert_int_equal(gs_arch_interleave(&arch), 4);
}

static void required_fields_are_named(void **state)
{
	char sentence[128];

	(void)state;
	for (size_t i = 0; i < NUM_BASE; i++) {
		struct text t = machine(base[i].key, "");

		snprintf(sentence, sizeof(sentence),
			 "required field %s is missing", base[i].key);
		expect_sentence(t.s, t.len, sentence);
	}
	expect_sentence("{}", 2, "required field ARRAY_N is missing");
}

static void array_rules(void **state)
{
	(void)state;
	refuse("ARRAY_N", "2", "ARRAY_N: 2 must be a power of two, 4 to 128");
	refuse("ARRAY_N", "256",
	       "ARRAY_N: 256 must be a power of two, 4 to 128");
	refuse("ARRAY_N", "24", "ARRAY_N: 24 must be a power of two, 4 to 128");
	refuse("ARRAY_N", "-16",
	       "ARRAY_N: -16 must be a power of two, 4 to 128");
	refuse("ARRAY_M", "32", "ARRAY_M: 32 must equal ARRAY_N = 16");
	refuse("SIMD_WIDTH", "8", "SIMD_WIDTH: 8 must equal ARRAY_M = 16");
	refuse("VMEM_BANKS", "32", "VMEM_BANKS: 32 must equal ARRAY_M = 16");
	refuse("VMEM_BANKS", "3",
	       "VMEM_BANKS: 3 must be a power of two, 4 to 128");
	accept(NULL, "\"SIMD_WIDTH\": 16, \"VMEM_BANKS\": 16");
}

static void width_rules(void **state)
{
	(void)state;
	refuse("DATA_WIDTH", "16", "DATA_WIDTH: 16 must be 8 or 4");
	refuse("DATA_WIDTH", "6", "DATA_WIDTH: 6 must be 8 or 4");
	refuse("WGT_WIDTH", "0", "WGT_WIDTH: 0 must be 8 or 4");
	refuse("ACC_WIDTH", "24", "ACC_WIDTH: 24 must be 32 or 16");
	refuse("BIAS_WIDTH", "64", "BIAS_WIDTH: 64 must be 32 or 16");
	refuse("INSTR_WIDTH", "64", "INSTR_WIDTH: 64 must be 32");
	refuse("DRAM_WIDTH", "0", "DRAM_WIDTH: 0 must be 1 to 4096");
	refuse("DRAM_BANKS", "-1", "DRAM_BANKS: -1 must be 1 to 4096");
}

static void depth_rules(void **state)
{
	(void)state;
	refuse("IBUF_DEPTH", "0", "IBUF_DEPTH: 0 must be even, 2 to 1048576");
	refuse("IBUF_DEPTH", "1023",
	       "IBUF_DEPTH: 1023 must be even, 2 to 1048576");
	refuse("WBUF_DEPTH", "1048578",
	       "WBUF_DEPTH: 1048578 must be even, 2 to 1048576");
	refuse("OBUF_DEPTH", "1", "OBUF_DEPTH: 1 must be 2 to 1048576");
	refuse("BBUF_DEPTH", "1048577",
	       "BBUF_DEPTH: 1048577 must be 2 to 1048576");
	refuse("VMEM_DEPTH", "1", "VMEM_DEPTH: 1 must be 2 to 1048576");
	refuse("IMM_DEPTH", "0", "IMM_DEPTH: 0 must be 1 to 1024");
	refuse("IMM_DEPTH", "1025", "IMM_DEPTH: 1025 must be 1 to 1024");
	refuse("INSTR_DEPTH", "63", "INSTR_DEPTH: 63 must be 64 to 65536");
	refuse("SIMD_INSTR_DEPTH", "65537",
	       "SIMD_INSTR_DEPTH: 65537 must be 16 to 65536");
	accept("OBUF_DEPTH", "\"OBUF_DEPTH\": 3, \"IMM_DEPTH\": 64");
}

static void channel_and_version_rules(void **state)
{
	(void)state;
	refuse("IBUF_CHANNEL_BW", "16",
	       "IBUF_CHANNEL_BW: 16 must be a power of two, 32 to 4096");
	refuse("OBUF_CHANNEL_BW", "8192",
	       "OBUF_CHANNEL_BW: 8192 must be a power of two, 32 to 4096");
	refuse("SIMD_CHANNEL_BW", "96",
	       "SIMD_CHANNEL_BW: 96 must be a power of two, 32 to 4096");
	refuse("INSTR_CHANNEL_BW", "0",
	       "INSTR_CHANNEL_BW: 0 must be a power of two, 32 to 4096");
	refuse("ISA_VERSION", "2", "ISA_VERSION: 2 must be 1");
	refuse("EXTENSIONS", "1", "EXTENSIONS: 1 must be 0");
	refuse("CLOCK_MHZ", "0", "CLOCK_MHZ: 0 must be 1 to 100000");
}

static void layout_rules(void **state)
{
	(void)state;
	refuse("PARAM_BUF_CHANNEL_BW", "64",
	       "PARAM_BUF_CHANNEL_BW: 64 must be at least 8 * ARRAY_N = 128 "
	       "with WEIGHT_LAYOUT published (column has no such rule)");
	refuse("WGT_WIDTH", "4",
	       "WGT_WIDTH: 4 must be 8 with WEIGHT_LAYOUT published (column "
	       "has no such rule)");
	refuse("WEIGHT_LAYOUT", "\"row\"",
	       "WEIGHT_LAYOUT: 'row' must be published or column");
	refuse("WEIGHT_LAYOUT", "1", "WEIGHT_LAYOUT: is int, must be a string");
	accept("WGT_WIDTH", "\"WGT_WIDTH\": 4, \"WEIGHT_LAYOUT\": \"column\"");
	accept("PARAM_BUF_CHANNEL_BW",
	       "\"PARAM_BUF_CHANNEL_BW\": 32, \"WEIGHT_LAYOUT\": \"column\"");
	accept("PARAM_BUF_CHANNEL_BW",
	       "\"PARAM_BUF_CHANNEL_BW\": 128, \"WEIGHT_LAYOUT\": "
	       "\"published\"");
}

/* benchmark_128x128 as published: 64 bytes a beat, 128 bytes a column. */
static void lacks_rules(void **state)
{
	const struct gs_arch whole = accept(NULL, "");
	const struct gs_arch none = accept(NULL, "\"LACKS\": []");
	struct gs_arch two = accept(
		NULL, "\"LACKS\": [\"PERM_START SHUFFLE\", \"EXP\", \"EXP\"]");
	char text[GS_ARCH_JSON_SIZE], err[GS_ARCH_ERR_SIZE];
	struct gs_arch back;
	int len;

	(void)state;
	assert_memory_equal(&none, &whole, sizeof(none));
	assert_true(gs_arch_has(&whole, GS_INSN_EXP));
	assert_false(gs_arch_has(&two, GS_INSN_EXP));
	assert_false(gs_arch_has(&two, GS_CAP_SHUFFLE));
	assert_true(gs_arch_has(&two, GS_INSN_LN) &&
		    gs_arch_has(&two, GS_CAP_PERM));
	assert_true(gs_arch_hash(&two) != gs_arch_hash(&whole));
	len = gs_arch_format(&two, text, sizeof(text));
	assert_non_null(strstr(
		text,
		"\"LACKS\": [\"EXP\", \"PERM_START SHUFFLE\"], \"WEIGHT"));
	assert_int_equal(parse(text, (size_t)len, &back, err), 0);
	assert_memory_equal(&back, &two, sizeof(two));
	for (unsigned i = 0; i < GS_CAP_COUNT; i++)
		assert_int_equal(gs_arch_cap_find(gs_arch_cap_name(i)),
				 i == GS_INSN_NOP ? GS_CAP_COUNT : i);
	refuse("LACKS", "\"EXP\"", "LACKS: is string, must be an array");
	refuse("LACKS", "[1]", "LACKS: is int, must be an array of strings");
	refuse("LACKS", "[\"EXPO\"]",
	       "LACKS: unknown capability EXPO, did you mean EXP?");
	refuse("LACKS", "[\"NOP\"]",
	       "LACKS: unknown capability NOP, did you mean NOT?");
	refuse("LACKS", "[\"everything else\"]",
	       "LACKS: unknown capability everything else");
	two.lacks |= UINT64_C(1) << GS_CAP_COUNT;
	assert_int_equal(gs_arch_check(&two, err), -EINVAL);
	assert_string_equal(err, "LACKS: names what is no capability");
	/* the longest form fits */
	two.lacks = (UINT64_C(1) << GS_CAP_COUNT) - 1 -
		    (UINT64_C(1) << GS_INSN_NOP);
	memset(two.name, 1, sizeof(two.name) - 1);
	memset(&two.timing, 0xfe, sizeof(two.timing));
	assert_true(gs_arch_format(&two, text, sizeof(text)) <
		    GS_ARCH_JSON_SIZE);
}

static void published_128x128_is_refused(void **state)
{
	static const char json[] =
		"{\"ARRAY_N\": 128, \"ARRAY_M\": 128, \"DATA_WIDTH\": 8, "
		"\"WGT_WIDTH\": 8, \"BIAS_WIDTH\": 32, \"ACC_WIDTH\": 32, "
		"\"INSTR_WIDTH\": 32, \"IBUF_DEPTH\": 1024, \"WBUF_DEPTH\": "
		"64, \"OBUF_DEPTH\": 256, \"BBUF_DEPTH\": 128, "
		"\"VMEM_DEPTH\": 127, \"VMEM_BANKS\": 128, \"SIMD_WIDTH\": "
		"128, \"IMM_DEPTH\": 64, \"INSTR_DEPTH\": 1024, "
		"\"PARAM_BUF_CHANNEL_BW\": 512, \"IBUF_CHANNEL_BW\": 512, "
		"\"OBUF_CHANNEL_BW\": 512, \"SIMD_CHANNEL_BW\": 512, "
		"\"INSTR_CHANNEL_BW\": 512, \"DRAM_WIDTH\": 8, "
		"\"DRAM_BANKS\": 64}";

	(void)state;
	expect_sentence(json, sizeof(json) - 1,
			"PARAM_BUF_CHANNEL_BW: 512 must be at least 8 * "
			"ARRAY_N = 1024 with WEIGHT_LAYOUT published (column "
			"has no such rule)");
}

static void types_are_checked(void **state)
{
	(void)state;
	refuse("ARRAY_N", "16.0", "ARRAY_N: is double, must be an integer");
	refuse("ARRAY_N", "\"16\"", "ARRAY_N: is string, must be an integer");
	refuse("ARRAY_N", "null", "ARRAY_N: is null, must be an integer");
	refuse("ARRAY_N", "[16]", "ARRAY_N: is array, must be an integer");
	refuse("DRAM_WIDTH", "true",
	       "DRAM_WIDTH: is boolean, must be an integer");
	refuse("name", "5", "name: is int, must be a string");
	refuse("name", "\"a\\u0000b\"", "name: must not contain NUL");
	refuse("name",
	       "\"0123456789012345678901234567890123456789012345678901234567"
	       "890123\"",
	       "name: has 64 bytes, must be at most 63");
	/* Does not wrap to 16. */
	refuse("ARRAY_N", "4294967312",
	       "ARRAY_N: 4294967312 must be a power of two, 4 to 128");
	refuse("name", "\"\xc3(\"", "line 1: not UTF-8");
	refuse("name", "\"\xed\xa0\x80\"", "line 1: not UTF-8");
	/* Does not fit 64 bits: json-c 0.18 refuses it, older ones clamp. */
	refuse_somehow("ARRAY_N", "99999999999999999999");
}

static void unknown_fields_are_refused(void **state)
{
	(void)state;
	refuse("IBUF_DEPHT", "1",
	       "unknown field IBUF_DEPHT, did you mean IBUF_DEPTH?");
	refuse("array_n", "16", "unknown field array_n, did you mean ARRAY_N?");
	refuse("weight_layout", "\"column\"",
	       "unknown field weight_layout, did you mean WEIGHT_LAYOUT?");
	refuse("Name", "1", "unknown field Name, did you mean name?");
	refuse("ZZZ", "1", "unknown field ZZZ");
	refuse("\\n\xc3\xbc", "1", "unknown field ???");
	refuse("WEIGHT_LAYOUT", "\"\\n\"",
	       "WEIGHT_LAYOUT: '?' must be published or column");
	refuse("0123456789012345678901234567890123456789012345678901234567890",
	       "1", "unknown field 0123456789012345678901234567890123456789");
}

static void compiler_fields_are_ignored(void **state)
{
	struct gs_arch arch = accept(
		NULL, "\"BATCH_SIZE\": 64, \"FUSE_LAYERS\": true, "
		      "\"MERGE_LDST_LOOPS\": false, \"SA_TILE_CONSTR\": \"x\", "
		      "\"IBUF_BASE_ADDR\": 4259840, \"TRAINING\": null, "
		      "\"SINGLE_PROGRAM_COMPILATION\": 1, \"DATAGEN\": {}, "
		      "\"ADDR_ALIGNMENT\": 1, \"INSTR_MEM_ALIGN\": 1, "
		      "\"SIMD_ONLY_FUSIONS\": 1, \"USE_QUANTIZATION\": 0");
	struct gs_arch plain = accept(NULL, "");

	(void)state;
	assert_memory_equal(&arch, &plain, sizeof(arch));
}

static void text_must_be_json(void **state)
{
	struct text t = machine(NULL, "");

	(void)state;
	expect_sentence("", 0, "line 1: JSON text ends too early");
	expect_sentence("{\n\"ARRAY_N\": 16,\n", 17,
			"line 3: JSON text ends too early");
	expect_sentence("{\n\n16: 16}", 10,
			"line 3: not JSON: quoted object property name "
			"expected");
	expect_sentence("[]", 2, "not a JSON object, but array");
	expect_sentence("null ", 5, "not a JSON object, but null");
	put(&t, "x");
	expect_sentence(t.s, t.len, "line 2: not JSON: unexpected character");
	/* The last of two wins, as everywhere. */
	accept(NULL, "\"ARRAY_N\": 16, \"name\": \"a\", \"name\": \"b\"");
}

/* Offset and size of every member that a program can depend on. */
static const size_t hashed[] = {
	offsetof(struct gs_arch, isa_version),
	offsetof(struct gs_arch, extensions),
	offsetof(struct gs_arch, array_n),
	offsetof(struct gs_arch, array_m),
	offsetof(struct gs_arch, data_width),
	offsetof(struct gs_arch, wgt_width),
	offsetof(struct gs_arch, acc_width),
	offsetof(struct gs_arch, bias_width),
	offsetof(struct gs_arch, ibuf_depth),
	offsetof(struct gs_arch, wbuf_depth),
	offsetof(struct gs_arch, obuf_depth),
	offsetof(struct gs_arch, bbuf_depth),
	offsetof(struct gs_arch, vmem_depth),
	offsetof(struct gs_arch, imm_depth),
	offsetof(struct gs_arch, instr_depth),
	offsetof(struct gs_arch, simd_instr_depth),
	offsetof(struct gs_arch, param_channel_bw),
	offsetof(struct gs_arch, ibuf_channel_bw),
	offsetof(struct gs_arch, obuf_channel_bw),
	offsetof(struct gs_arch, simd_channel_bw),
	offsetof(struct gs_arch, instr_channel_bw),
};

static void hash_covers_what_programs_see(void **state)
{
	const struct gs_arch *def = gs_arch_default();
	uint64_t hash = gs_arch_hash(def);
	struct gs_arch arch = *def;

	(void)state;
	snprintf(arch.name, sizeof(arch.name), "another");
	arch.clock_mhz = 1;
	assert_true(gs_arch_hash(&arch) == hash);
	for (size_t i = 0; i < sizeof(hashed) / sizeof(hashed[0]); i++) {
		uint32_t value;

		arch = *def;
		memcpy(&value, (char *)&arch + hashed[i], sizeof(value));
		value++;
		memcpy((char *)&arch + hashed[i], &value, sizeof(value));
		assert_true(gs_arch_hash(&arch) != hash);
	}
	arch = *def;
	arch.weight_layout = GS_WEIGHTS_PUBLISHED;
	assert_true(gs_arch_hash(&arch) != hash);
}

/*
 * Model files record hashes, so they must not change. A change here needs a
 * new ISA_VERSION.
 */
static void hash_is_stable(void **state)
{
	(void)state;
	assert_true(gs_arch_hash(gs_arch_default()) ==
		    UINT64_C(0x7f06c7844f7f42d));
}

static void canonical_form(void **state)
{
	static const char expected[] =
		"{\"name\": \"q\\\" \\\\ \\u000a \xc3\xbc\", "
		"\"ISA_VERSION\": 1, \"EXTENSIONS\": 0, \"CLOCK_MHZ\": 800, "
		"\"ARRAY_N\": 16, \"ARRAY_M\": 16, \"DATA_WIDTH\": 8, "
		"\"WGT_WIDTH\": 8, \"ACC_WIDTH\": 32, \"BIAS_WIDTH\": 32, "
		"\"IBUF_DEPTH\": 8192, \"WBUF_DEPTH\": 4096, "
		"\"OBUF_DEPTH\": 2048, \"BBUF_DEPTH\": 1024, "
		"\"VMEM_DEPTH\": 2048, \"IMM_DEPTH\": 32, "
		"\"INSTR_DEPTH\": 1024, \"SIMD_INSTR_DEPTH\": 1024, "
		"\"PARAM_BUF_CHANNEL_BW\": 512, \"IBUF_CHANNEL_BW\": 512, "
		"\"OBUF_CHANNEL_BW\": 512, \"SIMD_CHANNEL_BW\": 512, "
		"\"INSTR_CHANNEL_BW\": 512, \"WEIGHT_LAYOUT\": "
		"\"published\"}";
	struct gs_arch arch = accept(NULL,
				     "\"name\": \"q\\\" \\\\ \\n \xc3\xbc\", "
				     "\"CLOCK_MHZ\": 800");
	char text[GS_ARCH_JSON_SIZE];
	char err[GS_ARCH_ERR_SIZE];
	struct gs_arch back;
	int len;

	(void)state;
	len = gs_arch_format(&arch, text, sizeof(text));
	assert_string_equal(text, expected);
	assert_int_equal(len, sizeof(expected) - 1);
	assert_int_equal(parse(text, (size_t)len, &back, err), 0);
	assert_memory_equal(&back, &arch, sizeof(arch));
	assert_int_equal(gs_arch_format(&arch, NULL, 0), len);
	assert_int_equal(gs_arch_format(&arch, text, 6), len);
	assert_string_equal(text, "{\"nam");
	/* The longest name. */
	memset(arch.name, 1, sizeof(arch.name));
	len = gs_arch_format(&arch, text, sizeof(text));
	assert_true(len < (int)sizeof(text));
}

/* Costs are optional, written when they are no defaults, and not hashed. */
static void costs(void **state)
{
	struct gs_arch arch = accept(NULL, ""), other;
	char text[GS_ARCH_JSON_SIZE], err[GS_ARCH_ERR_SIZE];
	int len;

	(void)state;
	assert_memory_equal(&arch.timing, &gs_arch_default()->timing,
			    sizeof(arch.timing));
	gs_arch_format(&arch, text, sizeof(text));
	assert_null(strstr(text, "CYCLES"));
	other = accept(NULL, "\"DRAM_BW\": 256, \"ARRAY_FILL_CYCLES\": 0");
	assert_int_equal(other.timing.dram_bw, 256);
	assert_int_equal(other.timing.array_fill, 0);
	assert_true(gs_arch_hash(&other) == gs_arch_hash(&arch));
	len = gs_arch_format(&other, text, sizeof(text));
	assert_non_null(strstr(text, "\"DRAM_BW\": 256, "
				     "\"ARRAY_FILL_CYCLES\": 0, "));
	assert_int_equal(parse(text, (size_t)len, &arch, err), 0);
	assert_memory_equal(&arch, &other, sizeof(arch));
	refuse("CHANNEL_LATENCY", "65537",
	       "CHANNEL_LATENCY: 65537 must be 0 to 65536");
	refuse("ARRAY_FILL_CYCLES", "4294967295",
	       "ARRAY_FILL_CYCLES: 4294967295 must be 0 to 65536");
	/* The longest text there is. */
	memset(&arch.timing, 0x7f, sizeof(arch.timing));
	memset(arch.name, 1, sizeof(arch.name));
	assert_true(gs_arch_format(&arch, text, sizeof(text)) <
		    GS_ARCH_JSON_SIZE);
}

static void check_works_on_structs(void **state)
{
	struct gs_arch arch = *gs_arch_default();
	char err[GS_ARCH_ERR_SIZE];

	(void)state;
	assert_int_equal(gs_arch_check(&arch, err), 0);
	arch.obuf_depth = 0;
	assert_int_equal(gs_arch_check(&arch, err), -EINVAL);
	assert_string_equal(err, "OBUF_DEPTH: 0 must be 2 to 1048576");
	arch = *gs_arch_default();
	arch.weight_layout = (enum gs_weight_layout)2;
	assert_int_equal(gs_arch_check(&arch, err), -EINVAL);
	assert_string_equal(err, "WEIGHT_LAYOUT: 2 must be 0 (published) or 1 "
				 "(column)");
}

static const char *source_dir(void)
{
	const char *dir = getenv("GS_SRC");

	return dir ? dir : ".";
}

static struct gs_arch load_config(const char *file)
{
	char err[GS_ARCH_ERR_SIZE];
	struct gs_arch arch;
	char path[4096];

	snprintf(path, sizeof(path), "%s/hw-model/configs/%s", source_dir(),
		 file);
	if (gs_arch_load(path, &arch, err))
		fail_msg("%s", err);
	return arch;
}

static void shipped_files_load(void **state)
{
	unsigned int count = 0;
	struct dirent *entry;
	char path[4096];
	DIR *dir;

	(void)state;
	snprintf(path, sizeof(path), "%s/hw-model/configs", source_dir());
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');
		struct gs_arch arch;

		if (!dot || strcmp(dot, ".json") != 0)
			continue;
		arch = load_config(entry->d_name);
		/* A file is called what it says it is. */
		assert_int_equal(strlen(arch.name), dot - entry->d_name);
		assert_memory_equal(arch.name, entry->d_name,
				    strlen(arch.name));
		count++;
	}
	closedir(dir);
	assert_true(count >= 27);
}

static void default_is_the_shipped_16x16(void **state)
{
	struct gs_arch arch = load_config("genesys_16x16.json");

	(void)state;
	assert_memory_equal(&arch, gs_arch_default(), sizeof(arch));
}

static void design_points_have_their_capacity(void **state)
{
	struct gs_arch arch = load_config("design_11.json");

	(void)state;
	/* 256 KB IBUF, 1 MB WBUF and OBUF half, 4 bit operands. */
	assert_int_equal(arch.ibuf_depth * arch.array_n * arch.data_width,
			 256 * 1024 * 8);
	assert_int_equal(arch.wbuf_depth * arch.array_n * arch.array_m *
				 arch.wgt_width,
			 1024 * 1024 * 8);
	assert_int_equal(arch.obuf_depth * arch.array_m * arch.acc_width,
			 1024 * 1024 * 8);
	assert_int_equal(arch.vmem_depth * arch.array_m * 32 * 2,
			 2048 * 1024 * 8);
	assert_int_equal(arch.simd_instr_depth, 256);
	assert_int_equal(arch.weight_layout, GS_WEIGHTS_COLUMN);
}

static void files_that_cannot_be_read(void **state)
{
	char path[] = "/tmp/gs-test-arch-XXXXXX";
	char expected[GS_ARCH_ERR_SIZE];
	char err[GS_ARCH_ERR_SIZE];
	struct gs_arch arch;
	char long_path[512];
	int fd;

	(void)state;
	assert_int_equal(gs_arch_load("/nonexistent.json", &arch, err),
			 -ENOENT);
	assert_string_equal(err,
			    "/nonexistent.json: No such file or directory");
	assert_int_equal(gs_arch_load("/tmp", &arch, err), -EISDIR);
	memset(long_path, 'a', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(gs_arch_load(long_path, &arch, err), -ENAMETOOLONG);
	assert_non_null(strstr(err, "aaa: File name too long"));

	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{}", 2), 2);
	assert_int_equal(gs_arch_load(path, &arch, err), -EINVAL);
	snprintf(expected, sizeof(expected),
		 "%s: required field ARRAY_N is missing", path);
	assert_string_equal(err, expected);
	assert_int_equal(ftruncate(fd, 2 << 20), 0);
	assert_int_equal(gs_arch_load(path, &arch, err), -EFBIG);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_specification),
		cmocka_unit_test(required_fields_are_named),
		cmocka_unit_test(array_rules),
		cmocka_unit_test(width_rules),
		cmocka_unit_test(depth_rules),
		cmocka_unit_test(channel_and_version_rules),
		cmocka_unit_test(layout_rules),
		cmocka_unit_test(lacks_rules),
		cmocka_unit_test(published_128x128_is_refused),
		cmocka_unit_test(types_are_checked),
		cmocka_unit_test(unknown_fields_are_refused),
		cmocka_unit_test(compiler_fields_are_ignored),
		cmocka_unit_test(text_must_be_json),
		cmocka_unit_test(hash_covers_what_programs_see),
		cmocka_unit_test(hash_is_stable),
		cmocka_unit_test(canonical_form),
		cmocka_unit_test(costs),
		cmocka_unit_test(check_works_on_structs),
		cmocka_unit_test(shipped_files_load),
		cmocka_unit_test(default_is_the_shipped_16x16),
		cmocka_unit_test(design_points_have_their_capacity),
		cmocka_unit_test(files_that_cannot_be_read),
	};

	return cmocka_run_group_tests_name("arch", tests, NULL, NULL);
}
