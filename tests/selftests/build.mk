# SPDX-License-Identifier: GPL-2.0-or-later
#
# Selftests of genesys.ko: static programs that print TAP, written with the
# kernel's kselftest_harness.h. tests/qemu/check.sh runs them in its boots; they
# run on any machine with the driver loaded, as root.
#
#   make selftests		$(B)/guest/NAME for all of them
#
# gs_selftest registers NAME, made of tests/selftests/NAME.c and what they all
# share; SECONDS is what it may take under Debian's kernel, BOOTS are those of
# check.sh it runs in, in the order of the lines here. A test may set
#
#   GS_SELFTEST_SRCS_<name>	more sources
#   GS_SELFTEST_LIBS_<name>	libraries of gs_lib, instead of gsisa
#   GS_SELFTEST_FLAGS_<name>	more flags of the compiler
#   GS_SELFTEST_FILES += FILE:PATH	files in the machine, for all tests
GS_SELFTESTS	:=
GS_SELFTEST_FILES :=
# Exported, so a make below this one has it in its environment.
GS_SELFTEST_PLAN :=

# $(1) name, $(2) seconds, $(3) boots
define gs__selftest
ifneq ($(wildcard $(firstword $(GS_SELFTEST_MAIN_$(1)) tests/selftests/$(1).c)),)
GS_SELFTESTS += $(1)
GS_SELFTEST_PLAN += $(foreach b,$(3),$(b):$(1):$(2))
endif
endef
gs_selftest = $(eval $(call gs__selftest,$(strip $(1)),$(strip $(2)),$(3)))

# The same source as a 32-bit program: the structures of the uapi must not care.
define gs__selftest_uapi
GS_SELFTEST_SRCS_$(1) := tests/selftests/cases.c
GS_SELFTEST_SRCS_$(1)32 := tests/selftests/cases.c
GS_SELFTEST_MAIN_$(1)32 := tests/selftests/$(1).c
GS_SELFTEST_FLAGS_$(1)32 := -m32 -D_FILE_OFFSET_BITS=64
endef
$(foreach t,uapi uapi_objects uapi_submit uapi_limits uapi_random,$(eval $(call gs__selftest_uapi,$(t))))
GS_SELFTEST_SRCS_buffers := tests/selftests/view.c tests/selftests/peer.c
GS_SELFTEST_SRCS_dmabuf	:= tests/selftests/view.c tests/selftests/peer.c
GS_SELFTEST_SRCS_large_pages := tests/selftests/view.c tests/selftests/peer.c

GS_SELFTEST_SRCS_isolation := $(addprefix tests/selftests/,chip.c side.c)
GS_SELFTEST_SRCS_submit	:= tests/selftests/jobs.c
GS_SELFTEST_SRCS_load	:= tests/selftests/jobs.c
GS_SELFTEST_SRCS_fences	:= $(addprefix tests/selftests/,jobs.c fence_util.c)
GS_SELFTEST_SRCS_fault	:= $(addprefix tests/selftests/,npu_fault.c fault_bed.c \
	fault_reset.c fault_storm.c)
GS_SELFTEST_SRCS_lifecycle := $(addprefix tests/selftests/,npu_fault.c lifecycle_churn.c \
	lifecycle_crew.c lifecycle_host.c lifecycle_left.c)
GS_SELFTEST_SRCS_observe := tests/selftests/npu_fault.c
GS_SELFTEST_SRCS_unplug_fence := $(addprefix tests/selftests/,npu_fault.c \
	lifecycle_host.c peer.c)
GS_SELFTEST_SRCS_dead	:= $(addprefix tests/selftests/,npu_fault.c fault_bed.c lifecycle_host.c)
GS_SELFTEST_SRCS_shutdown := tests/selftests/npu_fault.c
GS_SELFTEST_SRCS_fail_bind := $(addprefix tests/selftests/,fail_nth_proc.c \
	npu_fault.c lifecycle_host.c)
GS_SELFTEST_SRCS_killed	:= $(addprefix tests/selftests/,jobs.c npu_fault.c lifecycle_host.c)
GS_SELFTEST_SRCS_fail_nth := $(addprefix tests/selftests/,fail_nth_proc.c \
	fail_nth_bo.c fail_nth_job.c)

include tests/selftests/inference.mk

$(call gs_selftest,uapi,60,debian debug)
$(call gs_selftest,uapi32,60,debian debug)
$(call gs_selftest,uapi_objects,60,debian debug)
$(call gs_selftest,uapi_objects32,60,debian debug)
$(call gs_selftest,uapi_random,60,debian debug)
$(call gs_selftest,uapi_random32,60,debian debug)
$(call gs_selftest,uapi_submit,60,debian debug)
$(call gs_selftest,uapi_submit32,60,debian debug)
$(call gs_selftest,uapi_limits,60,debian debug)
$(call gs_selftest,uapi_limits32,60,debian debug)
$(call gs_selftest,buffers,60,debian debug iommu)
$(call gs_selftest,dmabuf,60,debian debug iommu)
$(call gs_selftest,large_pages,60,debian debug)
$(call gs_selftest,races,60,debian debug)
$(call gs_selftest,isolation,120,debian debug)
$(call gs_selftest,submit,60,debian debug)
$(call gs_selftest,fences,60,debian debug)
$(call gs_selftest,load,60,debian debug)
$(call gs_selftest,fault,120,debian debug iommu)
$(call gs_selftest,lifecycle,120,debian debug iommu)
$(call gs_selftest,observe,60,debian debug)
$(call gs_selftest,memcg,60,debian debug)
$(call gs_selftest,unplug_fence,60,debian debug iommu)
$(call gs_selftest,killed,60,debian debug)
$(call gs_selftest,inference,120,debian debug iommu)
$(call gs_selftest,dead,60,debug)
# Before fail_nth, which looks for leaks.
$(call gs_selftest,fail_bind,120,debug)
$(call gs_selftest,fail_nth,120,debug)
# Ends the machine: in suites of its own.
$(call gs_selftest,shutdown,60,)
# Runs in the suite "harness".
$(call gs_selftest,marks,60,)

# ---- rules -----------------------------------------------------------------
GS_SELFTEST_COMMON := tests/selftests/npu.c tests/selftests/npu_kit.c
GS_KSELFTEST	:= $(B)/kselftest

gs__selftest_srcs = $(or $(GS_SELFTEST_MAIN_$(1)),tests/selftests/$(1).c) \
	$(GS_SELFTEST_COMMON) $(GS_SELFTEST_SRCS_$(1))
gs__selftest_libs = $(or $(GS_SELFTEST_LIBS_$(1)),gsisa)
gs__selftest_pkgs = $(foreach p,$(call gs__uniq,$(foreach l,$(call \
	gs__closure,$(gs__selftest_libs)),$(GS_PKGS_$(l)))),$(if $(filter \
	-%,$(p)),$(p),$(call gs__pkg,libs,$(p))))
# Archives hold 64-bit code: a 32-bit program compiles the sources again.
gs__selftest_is32 = $(filter -m32,$(GS_SELFTEST_FLAGS_$(1)))
gs__selftest_deps = $(call gs__selftest_srcs,$(1)) $(if $(gs__selftest_is32),$(foreach \
	l,$(call gs__closure,$(gs__selftest_libs)),$(GS_SRCS_$(l))),$(call \
	gs__lib_files,$(gs__selftest_libs)))
GS_SELFTEST_CC	= $(CC) -Itests/selftests -isystem $(GS_KSELFTEST) \
	-isystem /usr/include/libdrm $(GS_CPPFLAGS) $(CPPFLAGS) -std=gnu11 \
	$(filter-out -Wconversion -Wmissing-prototypes,$(GS_WARN)) -O2 -g -static

$(GS_KSELFTEST)/kselftest_harness.h: scripts/fetch-kselftest.sh
	@mkdir -p $(@D)
	$(Q)dir=$$(GS_CACHE=$(GS_CACHE) scripts/fetch-kselftest.sh) && \
		cp "$$dir"/*.h $(@D)/

# Without a 32-bit compiler there is no program, which check.sh reports.
gs__selftest_can = $(if $(gs__selftest_is32),if ! echo 'int main(void){return 0;}' | \
	$(CC) -m32 -static -xc - -o $$@.try 2>$$@.why; then \
	rm -f $$@; echo "$$@: $$$$(head -n 1 $$@.why)" >&2; exit 0; fi; rm -f $$@.try $$@.why;)

define gs__selftest_rule
$(B)/guest/$(1): $(GS_KSELFTEST)/kselftest_harness.h $$$$(call gs__selftest_deps,$(1)) \
		$(wildcard tests/selftests/*.h include/genesys/*.h \
		include/uapi/drm/*.h tests/unit/core_program.h \
		tests/unit/job_programs.h)
	$$(call gs__say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$(call gs__selftest_can,$(1)) $$(GS_SELFTEST_CC) $$(GS_SELFTEST_FLAGS_$(1)) \
		-o $$@ $$(filter %.c,$$^) -Wl,--start-group $$(filter %.a,$$^) \
		-Wl,--end-group $$(call gs__selftest_pkgs,$(1))
endef
$(foreach t,$(GS_SELFTESTS),$(eval $(call gs__selftest_rule,$(t))))

.PHONY: selftests
selftests: $(GS_SELFTESTS:%=$(B)/guest/%)
