/* SPDX-License-Identifier: MIT */
/* Tables in CSV, as gs-sim writes them: fields in quotes where needed, quotes doubled. */
#ifndef GS_SIM_CSV_H
#define GS_SIM_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SIM_CSV_ERR_SIZE 256

/** A row is read from here; all zero but text and end at first. */
struct sim_csv {
	char *text, *end; /**< *end is 0; both move on, fields stay */
	unsigned line; /**< of the row read last, from 1 */
	unsigned lines; /**< read */
};

/**
 * sim_csv_row() - read a row; its fields replace the text
 * @field: the first @max of them
 * @num: how many there are, also beyond @max; 0 at the end of the text
 * Returns false with a sentence in @err (SIM_CSV_ERR_SIZE bytes) when the text
 * ends within the row, or is no CSV.
 */
bool sim_csv_row(struct sim_csv *csv, const char **field, size_t max,
		 size_t *num, char *err);

/** sim_csv_put() - write a field in quotes */
void sim_csv_put(FILE *out, const char *text);

#endif /* GS_SIM_CSV_H */
