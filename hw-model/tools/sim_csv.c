/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sim_csv.h"

static bool fail(const struct sim_csv *csv, char *err, const char *what)
{
	snprintf(err, SIM_CSV_ERR_SIZE, "line %u: %s", csv->line, what);
	return false;
}

/* Behind the quote that opens; returns behind the one that closes, or NULL. */
static char *unquote(struct sim_csv *csv)
{
	char *from = csv->text, *to = from;

	for (; from < csv->end; from++) {
		if (*from == '"' && from[1] != '"') {
			*to = '\0';
			return from + 1;
		}
		if (*from == '"')
			from++;
		csv->lines += *from == '\n';
		*to++ = *from;
	}
	return NULL;
}

static char *skip_plain(struct sim_csv *csv)
{
	char *p = csv->text;

	while (p < csv->end && *p != ',' && *p != '\n' && *p != '"' && *p)
		p++;
	return p;
}

/* The end of a field: ',', '\n', or 0 when it is none. */
static char cut(char *p)
{
	const char c = *p;

	if (c == '\r' && p[1] == '\n')
		return cut(p + 1);
	return c == ',' || c == '\n' ? c : '\0';
}

/* Reads a field and what follows it. */
static bool read_field(struct sim_csv *csv, const char **field, char *ends,
		       char *err)
{
	const bool quoted = *csv->text == '"';
	char *p;

	csv->text += quoted;
	*field = csv->text;
	p = quoted ? unquote(csv) : skip_plain(csv);
	if (!p || p == csv->end)
		return fail(csv, err, "the file ends within this row");
	if (!quoted && p > csv->text && p[-1] == '\r')
		p--;
	*ends = cut(p);
	if (!*ends)
		return fail(csv, err, "not a table of comma-separated values");
	csv->text = p + 1 + (*p == '\r');
	*p = '\0';
	return true;
}

bool sim_csv_row(struct sim_csv *csv, const char **field, size_t max,
		 size_t *num, char *err)
{
	const char *text;
	char ends = ',';

	*num = 0;
	csv->line = csv->lines + 1;
	if (csv->text == csv->end)
		return true;
	for (; ends == ','; (*num)++) {
		if (!read_field(csv, &text, &ends, err))
			return false;
		if (*num < max)
			field[*num] = text;
	}
	csv->lines++;
	return true;
}

void sim_csv_put(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}
