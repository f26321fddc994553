/* SPDX-License-Identifier: MIT */
/* What a vector expects of a run: fault, counters, elements. */

#include "hw-model/tools/sim_vector.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUM_COUNTERS (sizeof(struct gs_counters) / sizeof(uint64_t))

/* The name of a counter: as its member, read_SIMD and written_SIMD for bytes. */
static void counter_name(size_t index, char *name, size_t size)
{
	static const char *const names[] = {
		"blocks",     "words",	  "sa_tiles",  "mvms",
		"simd_tiles", "simd_ops", "perm_rows",
	};
	const size_t num = sizeof(names) / sizeof(names[0]);

	if (index < num)
		snprintf(name, size, "%s", names[index]);
	else
		snprintf(name, size, "%s_%s",
			 (index - num) % 2 ? "written" : "read",
			 gs_window_name((enum gs_window)((index - num) / 2)));
}

static bool counter_of(const char *key, struct sim_counter *counter, char *err)
{
	for (counter->index = 0; counter->index < NUM_COUNTERS;
	     counter->index++) {
		counter_name(counter->index, counter->name,
			     sizeof(counter->name));
		if (!strcmp(key, counter->name))
			return true;
	}
	return sim_error(err, "unknown counter \"%s\"", key);
}

bool sim_counters_load(json_object *object, struct sim_vector *vector,
		       char *err)
{
	json_object *counters = NULL;

	if (!sim_json_member(object, "counters", json_type_object, &counters,
			     err))
		return false;
	if (!counters)
		return true;
	vector->counters =
		calloc((size_t)json_object_object_length(counters) + 1,
		       sizeof(*vector->counters));
	if (!vector->counters)
		return sim_error(err, "out of memory");
	json_object_object_foreach(counters, key, value) {
		struct sim_counter *counter =
			&vector->counters[vector->num_counters++];

		(void)value;
		if (!counter_of(key, counter, err) ||
		    !sim_json_uint(counters, key, UINT64_MAX, &counter->value,
				   err))
			return false;
	}
	return true;
}

bool sim_check_counters(const struct sim_vector *vector,
			const struct gs_counters *counters, char *err)
{
	uint64_t values[NUM_COUNTERS];

	memcpy(values, counters, sizeof(values));
	for (size_t i = 0; i < vector->num_counters; i++) {
		const struct sim_counter *counter = &vector->counters[i];

		if (values[counter->index] != counter->value)
			return sim_error(err,
					 "counter %s: got %" PRIu64
					 ", expected %" PRIu64,
					 counter->name, values[counter->index],
					 counter->value);
	}
	return true;
}

bool sim_fault_load(json_object *object, struct sim_vector *vector, char *err)
{
	json_object *fault = NULL;
	const char *name = "";
	uint64_t block = 0, word = 0, address = 0;
	int code = GS_FAULT_ILLEGAL_WORD;

	if (!sim_json_member(object, "expect_fault", json_type_object, &fault,
			     err))
		return false;
	if (!fault)
		return true;
	if (!sim_json_string(fault, "code", &name, err) ||
	    !sim_json_uint(fault, "block", UINT32_MAX, &block, err) ||
	    !sim_json_uint(fault, "word", UINT32_MAX, &word, err) ||
	    !sim_json_uint(fault, "address", UINT64_MAX, &address, err))
		return false;
	while (code < GS_FAULT_COUNT &&
	       strcmp(name, gs_fault_name((enum gs_fault_code)code)))
		code++;
	if (code == GS_FAULT_COUNT)
		return sim_error(err,
				 "\"expect_fault\": there is no fault \"%s\"",
				 name);
	vector->expect_fault = (struct gs_fault){
		.code = (enum gs_fault_code)code,
		.block = (uint32_t)block,
		.word = (uint32_t)word,
		.address = address,
	};
	return true;
}

int64_t sim_element(const struct sim_type *type, const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;
	const uint64_t sign = UINT64_C(1) << (8 * type->size - 1);

	for (unsigned i = type->size; i-- > 0;)
		value = value << 8 | bytes[n * type->size + i];
	return type->is_signed ? (int64_t)((value ^ sign) - sign) :
				 (int64_t)value;
}
