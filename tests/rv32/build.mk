# SPDX-License-Identifier: MIT
#
# The interpreter against Debian's QEMU; needs packages gcc-riscv64-unknown-elf,
# qemu-user and qemu-system-misc.
RV32_RUN := $(B)/rv32/rv32-run

$(RV32_RUN): tests/rv32/rv32-run.c hw-model/rv32/rv32.h $(B)/lib/libgsrv32.a \
		$(B)/obj/gsrv32/.flags
	$(call gs__say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(GS_CPPFLAGS) $(CPPFLAGS) $(GS_CFLAGS) $(GS_WARN) $(CFLAGS) \
		$(GS_LDFLAGS) $(LDFLAGS) -o $@ $< $(B)/lib/libgsrv32.a

GS_ALL += $(RV32_RUN)

$(eval $(call gs_script_test_san,rv32_user,$(PYTHON) tests/rv32/run_user.py))
$(eval $(call gs_script_test_san,rv32_system,$(PYTHON) tests/rv32/run_system.py))
