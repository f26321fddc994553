/* SPDX-License-Identifier: MIT */
/*
 * What holds of every graph between passes. Run after each of them: it is
 * linear in the size of the graph and looks at no element of a constant.
 */
#ifndef GS_VERIFY_H
#define GS_VERIFY_H

#include "compiler/ir/ir.h"

/** What holds besides, from some pass on */
enum gs_verify_stage {
	GS_VERIFY_SHAPED = 1, /**< all shapes are known */
	GS_VERIFY_QUANTIZED = 2, /**< activations have scales */
	GS_VERIFY_LOWERED = 4, /**< nodes may write parts of a tensor */
};

/**
 * gs_graph_verify() - check a graph
 * @stage: of enum gs_verify_stage
 * @where: begins the message: a pass, or a file
 *
 * Tensors and nodes that are referred to are in the graph, names are unique, a
 * tensor has one definition before its uses, views are of as many elements as
 * their root, windows inside of what they are windows of, scales fit types and
 * shapes, layouts fit shapes, outputs are computed. Returns 0, or -EINVAL after
 * reporting the first thing that is wrong, with the node's or tensor's name.
 */
int gs_graph_verify(struct gs_graph *graph, unsigned stage, const char *where,
		    struct gs_diag *diag);

/* ---- private to verify*.c ------------------------------------------------ */

struct gs_verify {
	struct gs_graph *graph;
	unsigned stage;
	const char *where;
	struct gs_diag *diag;
	bool *defined; /**< by id: has a value before the node that is looked at */
};

int gs_verify_tensor_error(const struct gs_verify *v, const struct gs_tensor *t,
			   const char *fmt, ...) GS_PRINTF(3, 4);
/** It is one of the graph. */
bool gs_verify_knows(const struct gs_verify *v, const struct gs_tensor *t);
/** A tensor alone, and what it is a view or a window of */
int gs_verify_tensor(const struct gs_verify *v, struct gs_tensor *t);
/**
 * gs_verify_access() - all elements stand in the memory of a->of
 * @extent: of each dimension of @a; NULL in the message is @t
 */
int gs_verify_access(const struct gs_verify *v, const struct gs_tensor *t,
		     const struct gs_access *a, const int64_t *extent);

#endif /* GS_VERIFY_H */
