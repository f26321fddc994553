// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Not of the driver but of the tests: cases of which some have the kernel warn,
 * with the module of tests/qemu/warn, and which have to be found by name.
 */
#include "npu_harness.h"

#include "npu.h"

#define WARN_FILE "/sys/module/gs_warn/parameters/do"

FIXTURE(marks){};

FIXTURE_VARIANT(marks)
{
	bool warn;
};

FIXTURE_VARIANT_ADD(marks, quiet){
	.warn = false,
};

FIXTURE_VARIANT_ADD(marks, loud){
	.warn = true,
};

FIXTURE_SETUP(marks)
{
	if (access(WARN_FILE, F_OK))
		SKIP(return, "no module gs_warn");
}

FIXTURE_TEARDOWN(marks)
{
}

TEST_F(marks, warns)
{
	if (variant->warn)
		EXPECT_EQ(0, npu_write_file(WARN_FILE, "warn"));
}

/* Leaves no mark of its end. */
TEST_F_SIGNAL(marks, dies, SIGKILL)
{
	if (variant->warn)
		EXPECT_EQ(0, npu_write_file(WARN_FILE, "warn"));
	kill(getpid(), SIGKILL);
}

TEST_F(marks, comes_after)
{
	EXPECT_EQ(0, access(WARN_FILE, F_OK));
}

TEST_HARNESS_MAIN
