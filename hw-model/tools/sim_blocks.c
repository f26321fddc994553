/* SPDX-License-Identifier: MIT */
/* gs-sim --blocks: what was counted, a line for each block; see sim_timing.h. */

#include "hw-model/tools/sim_timing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/isa/file.h"

struct sim_blocks {
	FILE *out;
	char *text;
	size_t size;
	uint64_t num;
};

struct sim_blocks *sim_blocks_open(void)
{
	struct sim_blocks *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->out = open_memstream(&b->text, &b->size);
	if (!b->out) {
		free(b);
		return NULL;
	}
	fprintf(b->out, "block,segment,address,start,cycles,array_steps,"
			"tandem_ops,rows_permuted");
	for (unsigned w = 0; w < GS_WIN_COUNT; w++) {
		const char *name = gs_window_name((enum gs_window)w);

		fprintf(b->out, ",%s_read,%s_written,%s_held", name, name,
			name);
	}
	putc('\n', b->out);
	return b;
}

void sim_blocks_add(struct sim_blocks *b, uint32_t segment,
		    const struct gs_timing_block *block)
{
	fprintf(b->out,
		"%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
		b->num++, segment, block->addr, block->start, block->cycles,
		block->steps, block->ops, block->perm_rows);
	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		fprintf(b->out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
			block->bytes[w][0], block->bytes[w][1], block->held[w]);
	putc('\n', b->out);
}

int sim_blocks_write(struct sim_blocks *b, const char *path)
{
	if (fflush(b->out) || ferror(b->out))
		return -ENOMEM;
	return gs_file_write(path, b->text, b->size);
}

void sim_blocks_close(struct sim_blocks *b)
{
	if (!b)
		return;
	fclose(b->out);
	free(b->text);
	free(b);
}
