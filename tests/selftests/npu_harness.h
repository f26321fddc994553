/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's test harness, with marks in the kernel log where a case begins
 * and ends, by which tests/qemu/judge.py names the case that a warning is of.
 * Who may not write there leaves none.
 */
#ifndef GS_SELFTESTS_NPU_HARNESS_H
#define GS_SELFTESTS_NPU_HARNESS_H

#include "kselftest_harness.h"

#include <fcntl.h>

#define NPU_MAX_CASES 64

/** A test of the program and its function, which npu_run_marked() took over. */
struct npu_marked {
	struct __test_metadata *test;
	void (*fn)(struct __test_metadata *test,
		   struct __fixture_variant_metadata *variant);
};

static struct npu_marked npu_marked[NPU_MAX_CASES];

/* Opened each time: what one file may log in a while is limited. */
static inline void npu_mark(const char *what,
			    const struct __test_metadata *test,
			    const struct __fixture_variant_metadata *variant)
{
	char text[256];
	int fd;

	snprintf(text, sizeof(text), "genesys-test: %s %s%s%s.%s\n", what,
		 test->fixture->name, variant->name[0] ? "." : "",
		 variant->name, test->name);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "# no mark in the kernel log: %m\n");
	close(fd);
}

/* In the process of the test. One that is killed leaves no mark of its end. */
static inline void npu_run_marked(struct __test_metadata *test,
				  struct __fixture_variant_metadata *variant)
{
	const struct npu_marked *marked = npu_marked;

	while (marked->test != test)
		marked++;
	npu_mark("case", test, variant);
	marked->fn(test, variant);
	npu_mark("case-end", test, variant);
}

static inline void npu_mark_cases(void)
{
	int count = 0;

	for (struct __fixture_metadata *f = __fixture_list; f; f = f->next)
		for (struct __test_metadata *t = f->tests; t; t = t->next) {
			if (count == NPU_MAX_CASES)
				return;
			npu_marked[count++] =
				(struct npu_marked){ .test = t, .fn = t->fn };
			t->fn = npu_run_marked;
		}
}

#undef TEST_HARNESS_MAIN
#define TEST_HARNESS_MAIN                            \
	int main(int argc, char **argv)              \
	{                                            \
		npu_mark_cases();                    \
		return test_harness_run(argc, argv); \
	}

#endif /* GS_SELFTESTS_NPU_HARNESS_H */
