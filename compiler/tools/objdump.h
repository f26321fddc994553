/* SPDX-License-Identifier: MIT */
/*
 * Parts of gs-objdump.
 */
#ifndef GS_OBJDUMP_H
#define GS_OBJDUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "hw-model/isa/asm.h"

struct gs_objdump_opts {
	enum gs_isa_encoding encoding;
	enum gs_word_format format; /**< of files that are not ELF */
	bool addresses; /**< print index and value before each instruction */
	bool disassemble; /**< -d */
	/** Of model files only: */
	bool header; /**< -h: machine, sizes, metadata */
	bool layers; /**< -l */
	bool tensors; /**< -t */
};

/**
 * gs_objdump_elf() - print a model file (.gsm)
 * Errors go to standard error. Returns 0 or -errno.
 */
int gs_objdump_elf(const char *path, const struct gs_objdump_opts *opts);

#endif /* GS_OBJDUMP_H */
