/* SPDX-License-Identifier: MIT */
/*
 * Any architecture file: what parses must pass the checker and have a
 * canonical form that parses to the same machine. Any energy table: what
 * parses gives energies that are numbers, also of absurd counts.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/arch.h"
#include "hw-model/timing/energy.h"

#define MAX_TEXT GS_ARCH_JSON_SIZE

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_sentence(const char *err)
{
	size_t len = strnlen(err, GS_ARCH_ERR_SIZE);

	if (len == 0 || len == GS_ARCH_ERR_SIZE)
		abort();
}

static void try_table(const uint8_t *data, size_t size)
{
	char err[GS_ARCH_ERR_SIZE] = "";
	struct gs_energy_table table;
	struct gs_timing_block block;
	struct gs_energy energy;

	if (gs_energy_parse((const char *)data, size, &table, err)) {
		expect_sentence(err);
		return;
	}
	memset(&block, 0x7f, sizeof(block));
	gs_energy_of(&table, gs_arch_default(), &block, &energy);
	for (unsigned p = 0; p < GS_ENERGY_PARTS; p++)
		if (!isfinite(energy.pj[p]) || energy.pj[p] < 0)
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

	try_table(data, size);
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
