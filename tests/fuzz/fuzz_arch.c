/* SPDX-License-Identifier: MIT */
/*
 * Any architecture file: what parses must pass the checker and have a
 * canonical form that parses to the same machine.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/arch.h"

#define MAX_TEXT GS_ARCH_JSON_SIZE

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_sentence(const char *err)
{
	size_t len = strnlen(err, GS_ARCH_ERR_SIZE);

	if (len == 0 || len == GS_ARCH_ERR_SIZE)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[GS_ARCH_ERR_SIZE] = "";
	struct gs_arch arch;
	struct gs_arch again;
	char text[MAX_TEXT];
	char text2[MAX_TEXT];
	int n;

	if (gs_arch_parse((const char *)data, size, &arch, err)) {
		expect_sentence(err);
		return 0;
	}
	if (gs_arch_check(&arch, err))
		abort();
	n = gs_arch_format(&arch, text, sizeof(text));
	if (n < 0 || n >= MAX_TEXT)
		abort();
	if (gs_arch_parse(text, (size_t)n, &again, err))
		abort();
	if (gs_arch_hash(&arch) != gs_arch_hash(&again))
		abort();
	gs_arch_format(&again, text2, sizeof(text2));
	if (strcmp(text, text2) != 0)
		abort();
	return 0;
}
