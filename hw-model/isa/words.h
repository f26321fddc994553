/* SPDX-License-Identifier: MIT */
/*
 * Programs as lists of words, and the three published forms of such lists.
 */
#ifndef GS_WORDS_H
#define GS_WORDS_H

#include <stddef.h>
#include <stdint.h>

/** A list that grows. Start with all members 0, end with gs_words_fini(). */
struct gs_words {
	uint32_t *word;
	size_t count;
	size_t capacity;
};

/** After so many errors the rest of a text is not read. */
#define GS_TEXT_MAX_ERRORS 50

/** Where the errors of a text go. */
struct gs_text_errors {
	/** Lines and columns count from 1. May be NULL. */
	void (*report)(void *ctx, unsigned int line, unsigned int column,
		       const char *message);
	void *ctx;
	unsigned int count; /**< errors so far */
};

enum gs_word_format {
	GS_WORDS_DECIMAL, /**< an unsigned number a line */
	GS_WORDS_BINARY, /**< 32 characters of 0 and 1 a line */
	GS_WORDS_RAW, /**< 4 bytes a word, little-endian */
};

/** gs_words_push() - append; returns 0 or -ENOMEM */
int gs_words_push(struct gs_words *words, uint32_t word);

void gs_words_fini(struct gs_words *words);

/** gs_word_format_parse() - by name: decimal, binary, raw; 0 or -EINVAL */
int gs_word_format_parse(const char *name, enum gs_word_format *format);

/**
 * gs_words_print() - words in one of the forms
 * @text: to be freed by the caller
 * Returns 0 or -ENOMEM.
 */
int gs_words_print(const struct gs_words *words, enum gs_word_format format,
		   char **text, size_t *len);

/**
 * gs_words_read() - append the words of a file's contents
 * Blank lines are skipped. Every bad line is an error.
 * Returns 0, -EINVAL when there were errors, or -ENOMEM.
 */
int gs_words_read(struct gs_words *words, enum gs_word_format format,
		  const char *text, size_t len, struct gs_text_errors *errors);

/** gs_text_error() - report one error */
__attribute__((format(printf, 4, 5))) void
gs_text_error(struct gs_text_errors *errors, unsigned int line,
	      unsigned int column, const char *fmt, ...);

#endif /* GS_WORDS_H */
