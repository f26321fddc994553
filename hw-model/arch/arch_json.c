/* SPDX-License-Identifier: MIT */
/*
 * Reader of architecture files.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "hw-model/arch/arch_field.h"
#include "hw-model/arch/json_text.h"
#include "hw-model/isa/nearest.h"

/*
 * Fields of published configurations that steer the published compiler and do
 * not describe the machine.
 */
static const char *const ignored[] = {
	"ADDR_ALIGNMENT",    "ADDR_GEN_TEST",
	"ALL_QUANT_OFF",     "ASIC_CONFIG",
	"BATCH_SIZE",	     "COMPILE_INDIVIDUAL",
	"DATAGEN",	     "DRAM_DEPTH",
	"FUSE_LAYERS",	     "FUSION_CONSTRAINTS",
	"INSTR_MEM_ALIGN",   "LD_ST_OVERHEAD",
	"LOOP_OVERHEAD",     "MERGE_LDST_LOOPS",
	"OBUF_TO_VMEM_TEST", "QUANT_SCALE",
	"SA_TILE_CONSTR",    "SHARED_DATAGEN",
	"SIMD_ONLY_FUSIONS", "SINGLE_PROGRAM_COMPILATION",
	"SW_PIPELINE_TEST",  "TILING_SEARCH_ALGORITHM",
	"TPU_TEST",	     "TRAINING",
	"USE_QUANTIZATION",
};

/* Where programs place data is no property of the machine either. */
static const char *const ignored_suffix[] = { "_BASE_ADDR", "_BASE_ADDRESS" };

static const char *const text_fields[] = { "name", "WEIGHT_LAYOUT", "LACKS" };

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static bool one_of(const char *key, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(key, list[i]))
			return true;
	return false;
}

static bool is_ignored(const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < ARRAY_SIZE(ignored_suffix); i++) {
		size_t n = strlen(ignored_suffix[i]);

		if (len > n && !strcmp(key + len - n, ignored_suffix[i]))
			return true;
	}
	return one_of(key, ignored, ARRAY_SIZE(ignored));
}

static const struct gs_arch_field *find_field(const char *key)
{
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		if (!strcmp(key, gs_arch_fields[i].json))
			return &gs_arch_fields[i];
	return NULL;
}

/* Unknown fields. */

static int fail_unknown(const char *key, char *err)
{
	struct gs_nearest near;

	gs_nearest_init(&near, key, strlen(key));
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		gs_nearest_offer(&near, gs_arch_fields[i].json);
	for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
		gs_nearest_offer(&near, text_fields[i]);
	if (near.name)
		return gs_arch_fail(err, "unknown field %s, did you mean %s?",
				    gs_json_quote(key).s, near.name);
	return gs_arch_fail(err, "unknown field %s", gs_json_quote(key).s);
}

/* Values. */

static int read_int(const struct gs_arch_field *f, struct json_object *val,
		    struct gs_arch *arch, char *err)
{
	int64_t n;
	int ret;

	if (!json_object_is_type(val, json_type_int))
		return gs_json_fail_type(f->json, val, "an integer", err);
	/* Saturates; every rule ends far below. */
	n = json_object_get_int64(val);
	ret = gs_arch_check_field(f, n, err);
	if (!ret && f->offset != GS_ARCH_NOT_STORED)
		gs_arch_set(arch, f, (uint32_t)n);
	return ret;
}

static int read_name(struct json_object *val, struct gs_arch *arch, char *err)
{
	const char *s;
	size_t len;

	if (!json_object_is_type(val, json_type_string))
		return gs_json_fail_type("name", val, "a string", err);
	s = json_object_get_string(val);
	len = (size_t)json_object_get_string_len(val);
	if (strlen(s) != len)
		return gs_arch_fail(err, "name: must not contain NUL");
	if (len >= sizeof(arch->name))
		return gs_arch_fail(err,
				    "name: has %zu bytes, must be at most %zu",
				    len, sizeof(arch->name) - 1);
	memcpy(arch->name, s, len + 1);
	return 0;
}

static int read_layout(struct json_object *val, struct gs_arch *arch, char *err)
{
	const char *s;

	if (!json_object_is_type(val, json_type_string))
		return gs_json_fail_type("WEIGHT_LAYOUT", val, "a string", err);
	s = json_object_get_string(val);
	for (size_t i = 0; i < GS_ARCH_NUM_LAYOUTS; i++) {
		if (strcmp(s, gs_arch_layout_names[i]))
			continue;
		arch->weight_layout = (enum gs_weight_layout)i;
		return 0;
	}
	return gs_arch_fail(err,
			    "WEIGHT_LAYOUT: '%s' must be published or column",
			    gs_json_quote(s).s);
}

static int fail_capability(const char *name, char *err)
{
	struct gs_nearest near;

	gs_nearest_init(&near, name, strlen(name));
	for (unsigned i = 0; i < GS_CAP_COUNT; i++)
		if (i != GS_INSN_NOP)
			gs_nearest_offer(&near, gs_arch_cap_name(i));
	if (near.name)
		return gs_arch_fail(
			err, "LACKS: unknown capability %s, did you mean %s?",
			gs_json_quote(name).s, near.name);
	return gs_arch_fail(err, "LACKS: unknown capability %s",
			    gs_json_quote(name).s);
}

static int read_lacks(struct json_object *val, struct gs_arch *arch, char *err)
{
	if (!json_object_is_type(val, json_type_array))
		return gs_json_fail_type("LACKS", val, "an array", err);
	for (size_t i = 0; i < json_object_array_length(val); i++) {
		struct json_object *item = json_object_array_get_idx(val, i);
		unsigned cap;

		if (!json_object_is_type(item, json_type_string))
			return gs_json_fail_type("LACKS", item,
						 "an array of strings", err);
		cap = gs_arch_cap_find(json_object_get_string(item));
		if (cap == GS_CAP_COUNT)
			return fail_capability(json_object_get_string(item),
					       err);
		arch->lacks |= UINT64_C(1) << cap;
	}
	return 0;
}

static int read_member(const char *key, struct json_object *val,
		       struct gs_arch *arch, char *err)
{
	const struct gs_arch_field *f = find_field(key);

	if (f)
		return read_int(f, val, arch, err);
	if (!strcmp(key, "name"))
		return read_name(val, arch, err);
	if (!strcmp(key, "WEIGHT_LAYOUT"))
		return read_layout(val, arch, err);
	if (!strcmp(key, "LACKS"))
		return read_lacks(val, arch, err);
	if (is_ignored(key))
		return 0;
	return fail_unknown(key, err);
}

/* Rules between fields that struct gs_arch does not hold. */
static int check_members(struct json_object *obj, const struct gs_arch *arch,
			 char *err)
{
	for (size_t i = 0; i < gs_arch_num_fields; i++) {
		const struct gs_arch_field *f = &gs_arch_fields[i];
		struct json_object *val;

		if (!json_object_object_get_ex(obj, f->json, &val)) {
			if (f->flags & GS_ARCH_OPTIONAL)
				continue;
			return gs_arch_fail(err, "required field %s is missing",
					    f->json);
		}
		if (f->flags & GS_ARCH_LIKE_M &&
		    json_object_get_int64(val) != arch->array_m)
			return gs_arch_fail(
				err, "%s: %lld must equal ARRAY_M = %u",
				f->json, (long long)json_object_get_int64(val),
				arch->array_m);
	}
	return 0;
}

/*
 * The published compiler plans with OBUF_DEPTH / 2 - 1 rows of memories that
 * have OBUF_DEPTH (docs/isa.md section 1).
 */
static void undo_planning_depth(struct gs_arch *arch)
{
	if (arch->vmem_depth == arch->obuf_depth / 2 - 1)
		arch->vmem_depth = arch->obuf_depth;
}

static int read_object(struct json_object *obj, struct gs_arch *arch, char *err)
{
	struct gs_arch out = { .weight_layout = GS_WEIGHTS_PUBLISHED };
	int ret;

	if (!json_object_is_type(obj, json_type_object))
		return gs_arch_fail(
			err, "not a JSON object, but %s",
			json_type_to_name(json_object_get_type(obj)));
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		if (gs_arch_fields[i].offset != GS_ARCH_NOT_STORED)
			gs_arch_set(&out, &gs_arch_fields[i],
				    gs_arch_fields[i].def);
	json_object_object_foreach(obj, key, val) {
		ret = read_member(key, val, &out, err);
		if (ret)
			return ret;
	}
	ret = check_members(obj, &out, err);
	if (!ret)
		ret = gs_arch_check(&out, err);
	if (ret)
		return ret;
	undo_planning_depth(&out);
	*arch = out;
	return 0;
}

/* Files. */

int gs_arch_parse(const char *json, size_t len, struct gs_arch *arch, char *err)
{
	struct json_object *obj;
	int ret = gs_json_parse(json, len, &obj, err);

	if (ret)
		return ret;
	ret = read_object(obj, arch, err);
	json_object_put(obj);
	return ret;
}

int gs_arch_load(const char *path, struct gs_arch *arch, char *err)
{
	char why[GS_ARCH_ERR_SIZE];
	struct json_object *obj;
	int ret = gs_json_load(path, &obj, err);

	if (ret)
		return ret;
	ret = read_object(obj, arch, why);
	if (ret)
		gs_json_fail_path(path, why, err);
	json_object_put(obj);
	return ret;
}
