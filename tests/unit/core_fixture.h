/* SPDX-License-Identifier: MIT */
/* A machine small enough for programs to leave its bounds, its memory and a job. */
#ifndef GS_TESTS_CORE_FIXTURE_H
#define GS_TESTS_CORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hw-model/core/core_internal.h"
#include "tests/unit/core_program.h"

struct fixture {
	struct gs_core *core;
	struct memory memory;
	struct gs_mem port;
	struct gs_job job;
	struct gs_fault fault;
	struct program program;
};

/* Of every test: @state is a struct fixture. */
int core_setup(void **state);
int core_teardown(void **state);

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, core_setup, core_teardown)

/* core_run() - the program from address 0 on, as one block; gs_core_run()'s result */
int core_run(struct fixture *f);

void assert_fault(const struct fixture *f, enum gs_fault_code code,
		  uint32_t block, uint32_t word, uint64_t address);

#endif /* GS_TESTS_CORE_FIXTURE_H */
