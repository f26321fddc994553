/* SPDX-License-Identifier: MIT */
/* A folder of the vectors format (tests/vectors/README.md), read and checked. */
#ifndef GS_SIM_VECTOR_H
#define GS_SIM_VECTOR_H

#include "hw-model/core/core.h"
#include "hw-model/tools/sim_json.h"

/* Element type of a data file. */
struct sim_type {
	unsigned size; /* bytes */
	bool is_signed;
};

/* A file that is placed into memory, or must be found there. */
struct sim_data {
	enum gs_window win;
	uint64_t offset;
	struct sim_type type;
	uint8_t *bytes;
	size_t size;
};

struct sim_range {
	uint64_t base, size;
	bool writable;
};

/* What counter must have which value. */
struct sim_counter {
	size_t index; /* in struct gs_counters, as an array of uint64_t */
	char name[32];
	uint64_t value;
};

struct sim_vector {
	char *name;
	struct gs_arch arch;
	enum gs_isa_encoding encoding;
	uint32_t *words;
	size_t num_words;
	uint64_t window_base[GS_WIN_COUNT];
	struct sim_data *loads, *expects;
	size_t num_loads, num_expects;
	struct sim_range *ranges;
	size_t num_ranges;
	bool chain;
	uint32_t entry, entry_words;
	bool has_noise;
	uint32_t noise;
	bool has_max_work;
	uint64_t max_work;
	struct gs_fault expect_fault; /* code NONE: none */
	struct sim_counter *counters;
	size_t num_counters;
};

/*
 * False with one sentence in err (SIM_ERR_SIZE bytes). Free in both cases.
 * overrides: FIELD=VALUE for the architecture, ended by NULL.
 */
bool sim_vector_load(const char *dir, const char *const *overrides,
		     struct sim_vector *vector, char *err);
void sim_vector_free(struct sim_vector *vector);

/* Words of the block that starts at first: to the next BLOCK_END, or to the end. */
size_t sim_vector_block(const struct sim_vector *vector, size_t first);

/* sim_check.c: what the vector expects of a run */
bool sim_counters_load(json_object *object, struct sim_vector *vector,
		       char *err);
bool sim_fault_load(json_object *object, struct sim_vector *vector, char *err);
/* The n-th element of a file's bytes. */
int64_t sim_element(const struct sim_type *type, const uint8_t *bytes,
		    size_t n);
bool sim_check_counters(const struct sim_vector *vector,
			const struct gs_counters *counters, char *err);

#endif /* GS_SIM_VECTOR_H */
