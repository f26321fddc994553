# SPDX-License-Identifier: MIT
#
# Tests in QEMU: Debian's kernel, our device, our firmware, our driver.
# Building QEMU takes minutes the first time, so they are no part of "make
# test". Other rooms add static programs that print TAP and run with the
# driver loaded, and files these need:
#
#	GS_GUEST_TESTS += NAME			$(B)/guest/NAME, made by a rule
#	GS_GUEST_FILES += FILE:PATH		of the guest
GS_QEMU_SUITES	:= device iommu job poke unplug idle harness driver

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

gs__qemu_line = $(call gs__line,script,qemu-$(1),3600,tests/qemu/check.sh $(1))
gs__qemu_pick = $(if $(T),$(filter $(T),$(GS_QEMU_SUITES)),$(GS_QEMU_SUITES))

.PHONY: check-qemu guest
guest: $(GS_GUEST_PROGS) $$(patsubst %,$(B)/guest/%,$$(GS_GUEST_TESTS)) \
		$(if $(gs__have_riscv),$(GS_FW)) \
		$$(if $$(KDIR),$(B)/kernel/genesys.ko)

# All suites, or some: make check-qemu T="job iommu".
export GS_GUEST_TESTS GS_GUEST_FILES
check-qemu: guest
	$(shell mkdir -p $(B)/log)$(file >$(B)/log/plan-qemu,$(subst $(gs__nl) ,$(gs__nl),$(foreach \
		s,$(gs__qemu_pick),$(call gs__qemu_line,$(s)))))
	@$(GS_ENV) $(GS_RUNNER) --jobs $(TEST_JOBS) --logs $(B)/log \
		$(if $(RESULTS),--results $(RESULTS)) $(if $(T),--verbose) \
		--plan $(B)/log/plan-qemu
