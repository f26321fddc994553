/* SPDX-License-Identifier: MIT */
/* Names of classes. */
#ifndef GS_RUN_LABELS_H
#define GS_RUN_LABELS_H

#include "genesys/genesys.h"

/** From the model's metadata "labels": separated by commas or newlines. */
struct run_labels {
	char *text;
	const char **name;
	size_t num; /**< 0: none */
};

/** run_labels_read() - 0, or -ENOMEM after printing; run_labels_free() in both cases */
int run_labels_read(const struct gs_model *model, struct run_labels *l);
void run_labels_free(struct run_labels *l);

#endif /* GS_RUN_LABELS_H */
