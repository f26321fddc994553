/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of calls that differ from one that succeeds in a field or two, and
 * the errors these must give without any effect.
 */
#ifndef GS_SELFTESTS_CASES_H
#define GS_SELFTESTS_CASES_H

#include "npu.h"

/** A field of a call's image, and what it is set to. */
struct change {
	size_t offset, size; /* size 0: no change */
	uint64_t value;
};

struct a_case {
	const char *name;
	int error; /* 0: the call succeeds all the same */
	struct change change[3];
};

/* SET(struct drm_genesys_submit, flags, 1) */
#define SET(type, member, v)                                         \
	{                                                            \
		offsetof(type, member), sizeof(((type *)0)->member), \
			(uint64_t)(v)                                \
	}

#define NUM_CASES(cases) (sizeof(cases) / sizeof((cases)[0]))

/** What the calls are made with. */
struct bed {
	struct npu npu, other; /* two files of a device */
	struct npu_kit kit;
	uint32_t ctx; /* of @npu */
	uint32_t done; /* syncobj whose fence has signalled */
	uint32_t out; /* syncobj without fence, for the base call to signal */
	/* Numbers that mean something in the other file only. */
	uint32_t foreign_bo, foreign_ctx, foreign_syncobj;
	uint32_t closed_bo, closed_ctx;
	/*
	 * The last accessible page before one that is not; for arrays and
	 * answers whose end cannot be reached.
	 */
	char *page;
	size_t page_size;
};

/** bed_make() - 0 or a negative errno */
int bed_make(struct bed *bed);
void bed_unmake(struct bed *bed);

/**
 * bed_settle() - wait until no job of the context is unfinished
 * Returns 0, or -ETIME, or -ECANCELED when it is guilty.
 */
int bed_settle(const struct bed *bed);

/**
 * check_cases() - make each call of a table, then the one they differ from
 * @image: the arguments, and behind them whatever they point to
 * Returns how many did not do what they must, each with a line of why. The
 * image is left as the last call, which must succeed, has changed it.
 */
int check_cases(const struct bed *bed, unsigned long request, void *image,
		size_t size, const struct a_case *cases, size_t count);

/** npu_syncobj_signal() - a fence that has signalled, at a point */
int npu_syncobj_signal(const struct npu *npu, uint32_t handle, uint64_t point);

#endif /* GS_SELFTESTS_CASES_H */
