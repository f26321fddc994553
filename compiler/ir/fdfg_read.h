/* SPDX-License-Identifier: MIT */
/* Private to the reader of fdfg_text.h. */
#ifndef GS_FDFG_READ_H
#define GS_FDFG_READ_H

#include "compiler/ir/fdfg_lex.h"

/** A tensor that is named before it is known. */
struct gs_fdfg_ref {
	struct gs_tensor **slot;
	int64_t id;
	struct gs_fdfg_token at;
	struct gs_fdfg_ref *next;
};

struct gs_fdfg_reader {
	struct gs_fdfg_lex x;
	int64_t *id; /**< of each tensor of the graph, as the text has it; ascending */
	unsigned cap_ids;
	struct gs_fdfg_ref *ref; /**< to be resolved behind the last tensor */
};

/** The rest of a node, whose first word has been read; 0 or -errno after reporting */
int gs_fdfg_read_node(struct gs_fdfg_reader *r);

/** %7, a tensor that is known; @at, where not NULL: where it stands */
int gs_fdfg_ref(struct gs_fdfg_reader *r, struct gs_tensor **out,
		struct gs_fdfg_token *at);
/** %7 at [0, 0, 0, 0] walk [n 1, h 1] */
int gs_fdfg_access(struct gs_fdfg_reader *r, struct gs_access *out);

#endif /* GS_FDFG_READ_H */
