/* SPDX-License-Identifier: MIT */
/*
 * Any text as a graph. What is read is written and read again as the same text;
 * what is a small graph is compiled, from behind the pass it names. Each failure
 * is reported.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/ir/fdfg_text.h"

#define MAX_BYTES (256u << 20)
#define MAX_WORK (1 << 16)
#define MAX_ELEMS (1 << 14)
#define MAX_ROWS (1 << 12) /* of a layout */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text_of(const struct gs_graph *graph, const char *after,
		     size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	if (!f)
		abort();
	gs_fdfg_write(graph, after, NULL, NULL, f);
	if (fclose(f))
		abort();
	return text;
}

/* Elements with all that a layout puts around them as it is evaluated */
static int64_t slot_elems(const struct gs_tensor *t)
{
	const struct gs_layout *l = &t->layout;
	const int64_t rows = l->top + l->h + l->bottom;
	const int64_t columns = l->left + l->w + l->right;

	if (!l->valid)
		return 0;
	if (rows > MAX_ROWS || columns > MAX_ROWS || l->row_block > MAX_ROWS ||
	    l->c_phys > MAX_WORK || l->n > MAX_WORK)
		return MAX_WORK;
	return l->n * (rows + l->row_block) * columns * l->c_phys + l->slack;
}

/* Cheap enough to be evaluated */
static bool is_small(const struct gs_graph *graph)
{
	const struct gs_node *node;
	int64_t work = 0;
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		const int64_t elems = gs_shape_elems(&graph->tensor[i]->shape);

		if (elems < 0 || elems > MAX_WORK)
			return false;
		work += elems + slot_elems(graph->tensor[i]) / 64;
	}
	for (node = graph->node; node; node = node->next)
		for (i = 0; i < node->num_attrs; i++)
			work += node->attr[i].num > 64 ? MAX_WORK : 1;
	return work <= 512;
}

/* What is written says the same when it is read again. */
static void rewrite(const struct gs_graph *graph, const char *after)
{
	struct gs_diag diag = { 0 };
	struct gs_graph *again;
	const char *name;
	size_t size, size2;
	char *text = text_of(graph, after, &size), *text2;

	if (gs_fdfg_read(text, size, "again", MAX_BYTES, &again, &name, &diag))
		abort();
	text2 = text_of(again, name, &size2);
	if (size != size2 || memcmp(text, text2, size))
		abort();
	gs_graph_destroy(again);
	free(text);
	free(text2);
}

/*
 * No samples; it is asked before anything is evaluated, when shapes are known.
 * Some operators make a small graph's tensors as large as their numbers say.
 */
static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **samples, size_t *num,
		     struct gs_diag *diag)
{
	int64_t elems = 0;
	unsigned i;

	(void)ctx;
	*samples = NULL;
	*num = 0;
	for (i = 0; i < graph->num_tensors && elems <= MAX_ELEMS; i++)
		elems += gs_shape_elems(&graph->tensor[i]->shape);
	return elems <= MAX_ELEMS ?
		       0 :
		       gs_error(diag, -ENOTSUP, "the graph is no small one");
}

static void compile(const uint8_t *data, size_t size)
{
	static struct gs_codelet_lib lib;
	struct gs_arch four = *gs_arch_default();
	const struct gs_compile_opts opts = { .arch = size % 4 < 2 ? &four :
								     NULL,
					      .codelets = &lib,
					      .calibrate = calibrate,
					      .verify = size % 2 };
	struct gs_diag diag = { 0 };
	struct gs_compiled c;
	int ret;

	four.data_width = four.wgt_width = 4;
	if (!lib.first && gs_codelet_load_dir("compiler/codelets", &lib, &diag))
		abort();
	ret = gs_compile(data, size, &opts, GS_GOAL_MODEL, &c, &diag);
	if (!ret != !diag.errors)
		abort();
	gs_compile_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gs_diag diag = { 0 };
	struct gs_graph *graph;
	const char *after;
	bool small;

	if (gs_fdfg_read(data, size, "fuzz", MAX_BYTES, &graph, &after,
			 &diag)) {
		if (diag.errors != 1 || graph)
			abort();
		return 0;
	}
	rewrite(graph, after);
	small = is_small(graph);
	gs_graph_destroy(graph);
	if (small)
		compile(data, size);
	return 0;
}
