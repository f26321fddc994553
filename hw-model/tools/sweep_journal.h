/* SPDX-License-Identifier: MIT */
/*
 * The journal of a sweep: a head that says what it is about, then a line for
 * each point that is done, with a checksum, on the disk before the next one is
 * taken. A line that is not whole, and what follows it, is cut off when the
 * journal is opened: those points are done again.
 */
#ifndef GS_SWEEP_JOURNAL_H
#define GS_SWEEP_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "hw-model/tools/sweep_jobs.h"

struct sweep_journal {
	char *path;
	int fd;
	off_t size; /**< of what is whole */
};

/**
 * sweep_journal_open() - make a journal, or go on with one
 * @path: a file; it is locked against other processes
 * @head: lines "KEY TEXT"; the first line that differs from those of the file
 *	says why it belongs to another sweep
 * @results: of @num points, all SWEEP_OPEN; those in the journal are filled in
 * Returns false with a sentence on standard error; in either case
 * sweep_journal_close() is due.
 */
bool sweep_journal_open(struct sweep_journal *journal, const char *path,
			const char *head, struct sweep_result *results,
			size_t num);

/**
 * sweep_journal_add() - keep what a point took, until it is on the disk
 * Returns false with a sentence; the journal is as before.
 */
bool sweep_journal_add(struct sweep_journal *journal, size_t point,
		       const struct sweep_result *result);
void sweep_journal_close(struct sweep_journal *journal);

/** sweep_hash() - FNV-1a of some bytes, going on from @hash; SWEEP_HASH at first */
#define SWEEP_HASH UINT64_C(0xcbf29ce484222325)
uint64_t sweep_hash(uint64_t hash, const void *data, size_t size);

#endif /* GS_SWEEP_JOURNAL_H */
