/* SPDX-License-Identifier: MIT */
/*
 * Address spaces with a set of small programs in them, and jobs that run them.
 */
#ifndef GS_TESTS_DEVICE_KIT_H
#define GS_TESTS_DEVICE_KIT_H

#include "tests/device/harness.h"

/* Every kit space looks like this; addresses are virtual. */
#define KIT_CODE 0x100000000ull /* IMEM window, read-only */
#define KIT_CODE_BYTES 0x4000u
#define KIT_DATA 0x300001000ull /* all other windows */
#define KIT_DATA_BYTES 0x4000u
#define KIT_IN 0u /* offsets in the data window */
#define KIT_OUT 0x1000u
#define KIT_UNMAPPED 0x100000u
#define KIT_RESULTS 0x7fff00000000ull
#define KIT_NUM_RESULTS 64u
#define KIT_LANES 4u

enum kit_program {
	KIT_ADD, /* 4 lanes: out = in + 1 */
	KIT_LEAK, /* 4 lanes: out = what VMEM1 holds */
	KIT_CHAIN, /* KIT_CHAIN_BLOCKS blocks */
	KIT_ENDLESS, /* a block that goes on with itself */
	KIT_ILLEGAL, /* undecodable word in the second block */
	KIT_LOAD_UNMAPPED, /* loads at KIT_UNMAPPED */
	KIT_STORE_CODE, /* stores to the code, by an alias in the data window */
	KIT_NUM_PROGRAMS
};

#define KIT_CHAIN_BLOCKS 8u
#define KIT_ILLEGAL_WORD 0xf0000001u
#define KIT_STORE_OFFSET 0x200000u /* where the alias of the code is */

struct kit_space {
	struct harness *h;
	struct harness_space space;
	int32_t *in, *out; /* KIT_LANES each */
	struct gs_result *results;
	uint32_t entry[KIT_NUM_PROGRAMS]; /* offsets in the IMEM window */
	uint32_t words[KIT_NUM_PROGRAMS]; /* of the first block */
};

/** kit_space() - a new address space @asid with everything above */
struct kit_space kit_space(struct harness *h, uint32_t asid);

/** kit_job() - a job command; its result record is number seqno % KIT_NUM_RESULTS */
struct gs_cmd kit_job(const struct kit_space *kit, enum kit_program program,
		      uint32_t ctx, uint64_t seqno);

/** kit_result() - the record of a job of kit_job() */
struct gs_result *kit_result(const struct kit_space *kit, uint64_t seqno);

/** kit_control() - a control command */
struct gs_cmd kit_control(enum gs_cmd_type type, uint32_t ctx, uint64_t seqno);

#endif /* GS_TESTS_DEVICE_KIT_H */
