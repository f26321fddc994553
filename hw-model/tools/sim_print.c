/* SPDX-License-Identifier: MIT */
/* Text forms of what a machine holds. */

#include "hw-model/tools/sim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BANKS (128 * 128)

/* Digits up to the character end; *text moves behind it. */
static bool number(const char **text, char end, uint32_t *value)
{
	char *stop;
	unsigned long long parsed;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	parsed = strtoull(*text, &stop, 10);
	if (errno || parsed > UINT32_MAX || *stop != end)
		return false;
	*text = stop + (end ? 1 : 0);
	*value = (uint32_t)parsed;
	return true;
}

int sim_print_parse(const char *text, struct sim_print *print)
{
	size_t length = strcspn(text, "[");
	const char *at = text + length + 1;
	bool found = false;

	for (unsigned buf = 0; text[length] && !found && buf < GS_SPAD_COUNT;
	     buf++) {
		const char *name = gs_scratchpad_name((enum gs_scratchpad)buf);

		found = strlen(name) == length && !strncmp(name, text, length);
		print->buf = (enum gs_scratchpad)buf;
	}
	if (!found)
		return -EINVAL;
	if (number(&at, ':', &print->first))
		return number(&at, ']', &print->end) && !*at &&
				       print->end > print->first ?
			       0 :
			       -EINVAL;
	if (!number(&at, ']', &print->first) || *at ||
	    print->first == UINT32_MAX)
		return -EINVAL;
	print->end = print->first + 1;
	return 0;
}

static void print_row(const struct gs_core *core, enum gs_scratchpad buf,
		      unsigned half, uint32_t row)
{
	static int32_t values[MAX_BANKS];
	int num = gs_core_peek(core, buf, half, row, values, MAX_BANKS);

	printf("%s", gs_scratchpad_name(buf));
	if (buf == GS_SPAD_OBUF)
		printf(" half %u", half);
	printf("[%" PRIu32 "]:", row);
	for (int i = 0; i < num; i++)
		printf(" %" PRId32, values[i]);
	printf("%s\n", num < 0 ? " no such row" : "");
}

void sim_print_rows(const struct gs_core *core, const struct sim_print *print)
{
	unsigned halves = print->buf == GS_SPAD_OBUF ? 2 : 1;
	uint32_t end = print->end, rows = gs_core_rows(core, print->buf);

	if (print->first >= rows || print->end > rows) {
		printf("%s has the rows 0 to %" PRIu32 "\n",
		       gs_scratchpad_name(print->buf), rows - 1);
		end = rows;
	}
	for (unsigned half = 0; half < halves; half++)
		for (uint32_t row = print->first; row < end; row++)
			print_row(core, print->buf, half, row);
}

void sim_print_counters(const struct gs_counters *counters)
{
	printf("  blocks %" PRIu64 ", words %" PRIu64 "\n", counters->blocks,
	       counters->words);
	printf("  array tiles %" PRIu64 ", matrix-vector products %" PRIu64
	       "\n",
	       counters->sa_tiles, counters->mvms);
	printf("  SIMD tiles %" PRIu64 ", operations %" PRIu64
	       ", rows permuted %" PRIu64 "\n",
	       counters->simd_tiles, counters->simd_ops, counters->perm_rows);
	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		printf("  %-5s bytes read %" PRIu64 ", written %" PRIu64 "\n",
		       gs_window_name((enum gs_window)w), counters->bytes[w][0],
		       counters->bytes[w][1]);
}

void sim_print_word(uint32_t word, enum gs_isa_encoding encoding, char *buf,
		    size_t size)
{
	struct gs_insn insn;

	if (gs_isa_decode(word, encoding, &insn))
		snprintf(buf, size, ".word 0x%08" PRIx32, word);
	else
		gs_isa_format(&insn, buf, size);
}
