# SPDX-License-Identifier: MIT
#
# Tests in QEMU: Debian's kernel, our device, our firmware, our driver.
# Building QEMU takes minutes the first time, so they are no part of "make
# test". Other rooms add static programs that print TAP and run with the
# driver loaded, and files these need:
#
#	GS_GUEST_TESTS += NAME			$(B)/guest/NAME, made by a rule
#	GS_GUEST_FILES += FILE:PATH		of the guest
#
# Those of tests/selftests, written with the kernel's harness, run in three
# boots: Debian's kernel, the debug kernel, Debian's behind an IOMMU.
# The longest first, for two run at a time, beside one of those that wait.
GS_QEMU_WAITING	:= harness idle driver-idle
GS_QEMU_SUITES	:= boot-debug boot-debian boot-iommu driver $(GS_QEMU_WAITING) \
		   device iommu job poke unplug harness-debug shutdown shutdown-debug

GS_GUEST_CC	= $(CC) $(GS_CPPFLAGS) $(CPPFLAGS) -std=c11 $(GS_WARN) -O2 -g -static
GS_GUEST_peek	:= tests/qemu/peek.c tests/qemu/pci.c
GS_GUEST_job	:= tests/qemu/job.c tests/qemu/harness_pci.c tests/qemu/pci.c \
		   tests/device/kit.c
GS_GUEST_churn	:= tests/qemu/churn.c tests/qemu/pci.c
GS_GUEST_PROGS	:= $(B)/guest/peek $(B)/guest/job $(B)/guest/churn

$(B)/guest/peek: $(GS_GUEST_peek)
$(B)/guest/job: $(GS_GUEST_job)
$(B)/guest/churn: $(GS_GUEST_churn)
$(GS_GUEST_PROGS): $(wildcard tests/qemu/*.h tests/device/*.h include/genesys/*.h) \
		$$(call gs__lib_files,gscore gsarch)
	$(call gs__say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(GS_GUEST_CC) -o $@ $(filter %.c,$^) -Wl,--start-group \
		$(filter %.a,$^) -Wl,--end-group -ljson-c -lm

# A module that makes mistakes, for both kernels.
GS_WARN_SRCS	:= tests/qemu/warn/Kbuild tests/qemu/warn/gs_warn.c
$(foreach d,kernel kernel-debug,$(eval $(GS_WARN_SRCS:tests/qemu/warn/%=$(B)/warn-$(d)/%): \
	$(B)/warn-$(d)/%: tests/qemu/warn/% ; @mkdir -p $$(@D) && cp $$< $$@))
$(B)/warn-kernel/gs_warn.ko: $(GS_WARN_SRCS:tests/qemu/warn/%=$(B)/warn-kernel/%) FORCE
	$(call gs__kbuild,$(B)/warn-kernel,"$(KDIR)")
$(B)/warn-kernel-debug/gs_warn.ko: $(GS_WARN_SRCS:tests/qemu/warn/%=$(B)/warn-kernel-debug/%) FORCE
	$(call gs__kbuild,$(B)/warn-kernel-debug,$(gs__debug_kdir))

# ---- suites ----------------------------------------------------------------
gs__qemu_line = $(call gs__line,$(if $(filter $(1),$(GS_QEMU_WAITING)),waiting,script),qemu-$(1),1800,tests/qemu/check.sh $(1))
gs__qemu_pick = $(if $(T),$(filter $(T),$(GS_QEMU_SUITES)),$(GS_QEMU_SUITES))

.PHONY: check-qemu guest guest-debug
guest: $(GS_GUEST_PROGS) $$(patsubst %,$(B)/guest/%,$$(GS_GUEST_TESTS)) selftests \
		$$(gs__guest_extra) \
		$(if $(gs__have_riscv),$(GS_FW)) $$(if $$(KDIR),kernel \
		$(B)/warn-kernel/gs_warn.ko)
guest-debug: kernel-debug $(B)/warn-kernel-debug/gs_warn.ko

# All suites, or some: make check-qemu T="job iommu". SELFTESTS="uapi fault"
# runs only these in the boots. What "make check" has built is not built again.
export GS_GUEST_TESTS GS_GUEST_FILES GS_SELFTEST_PLAN GS_SELFTEST_FILES SELFTESTS
gs__qemu_debug = $(filter %-debug,$(gs__qemu_pick))
check-qemu: $(if $(PLAN),,guest $(if $(gs__qemu_debug),guest-debug))
	$(call gs__run_plan,$(foreach s,$(gs__qemu_pick),$(call \
		gs__qemu_line,$(s))),plan-qemu,$(if $(T),--verbose))
