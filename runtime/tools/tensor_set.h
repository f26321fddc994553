/* SPDX-License-Identifier: MIT */
/*
 * A directory of tensors: .npy files and index.json, as gs-run --dump-tensors
 * (run_dump.h) and scripts/ort_golden.sh write it.
 */
#ifndef GS_TENSOR_SET_H
#define GS_TENSOR_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/support/npy.h"

struct tensor_entry {
	const char *name, *file; /**< file: in the directory */
	const char *layer, *op, *note; /**< "" when the index has none */
	bool quantized; /**< scale and zero_point are known */
	double scale;
	int zero_point;
	int bits; /**< of a quantized value: 8, or what the index has as "bits": 4 */
};

struct tensor_set {
	const char *dir;
	struct json_object *json; /**< owns the strings of the entries */
	struct tensor_entry *entry; /**< in the order of the index */
	size_t num;
};

/** Both return 0, or -errno with a sentence in @err. */
int tensor_set_open(struct tensor_set *set, const char *dir, char *err,
		    size_t errsize);
int tensor_set_read(const struct tensor_set *set,
		    const struct tensor_entry *entry, struct gs_npy *npy,
		    char *err, size_t errsize);

/** tensor_set_find() - @name, or @name with "_q" after it; NULL: neither */
const struct tensor_entry *tensor_set_find(const struct tensor_set *set,
					   const char *name);
void tensor_set_close(struct tensor_set *set);

#endif /* GS_TENSOR_SET_H */
