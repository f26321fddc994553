/* SPDX-License-Identifier: MIT */
/*
 * A model without its weights: most bytes of a file are raw_data of
 * initializers. Unpacking would copy them; they are left where they stand, and
 * what is unpacked is a copy of all the rest.
 */
#ifndef GS_SLIM_H
#define GS_SLIM_H

#include <stddef.h>

/** raw_data of an initializer; NULL: it is in the message, or there is none */
struct gs_slim_raw {
	void *data; /**< within the file, at a multiple of 16 bytes */
	size_t size;
};

struct gs_slim {
	void *message; /**< ModelProto; NULL: there is nothing to leave out */
	size_t size;
	struct gs_slim_raw
		*raw; /**< of each initializer of the graph, in order */
	size_t num;
};

/**
 * gs_slim_split() - take large raw_data out of a model
 * @data: a file that gs_wire_check() found right; aligned for every type. It is
 *        changed: raw data move up to 15 bytes, what is between them is lost.
 * Returns 0, or -ENOMEM with the file as it was.
 */
int gs_slim_split(struct gs_slim *slim, void *data, size_t size);

/** gs_slim_fini() - free what is not the file's */
void gs_slim_fini(struct gs_slim *slim);

#endif /* GS_SLIM_H */
