# SPDX-License-Identifier: MIT
#
# The firmware image. It is the same whatever the directory, the host or the
# instrumentation of the build; without the cross compiler it is left out.

RISCV_PREFIX	?= riscv64-unknown-elf-
RISCV_CC	?= $(RISCV_PREFIX)gcc
RISCV_OBJCOPY	?= $(RISCV_PREFIX)objcopy

GS_FW		:= $(B)/firmware/genesys.fw
GS_FW_OBJS	:= $(patsubst %,$(B)/firmware/%.o,start check command cp event \
		   host image job log main mem ring sched trap watchdog)
gs__fw_version	:= $(subst ., ,$(VERSION))
# Plain rv32imc without -misa-spec=2.2 has no CSR instructions.
GS_FW_ARCH	:= -march=rv32imc -mabi=ilp32 -misa-spec=2.2 -mstrict-align
GS_FW_CFLAGS	:= $(GS_FW_ARCH) -std=c11 -ffreestanding -O2 -g \
		   -ffunction-sections -fdata-sections -fno-common \
		   -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables \
		   -Wall -Wextra -Wconversion -Wstrict-prototypes \
		   -Wmissing-prototypes -Wstack-usage=512 -Werror -Iinclude -I. \
		   -DGS_FW_MAJOR=$(word 1,$(gs__fw_version)) \
		   -DGS_FW_MINOR=$(word 2,$(gs__fw_version)) \
		   -DGS_FW_PATCH=$(word 3,$(gs__fw_version))
GS_FW_LDFLAGS	:= $(GS_FW_ARCH) -nostdlib -static -Wl,--gc-sections \
		   -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
		   -Wl,-T,firmware/genesys.ld

gs__have_riscv	:= $(shell command -v $(RISCV_CC))

.PHONY: firmware

ifneq ($(gs__have_riscv),)
firmware: $(GS_FW)
GS_ALL += $(GS_FW)
else
firmware:
	@echo "firmware: $(RISCV_CC) is missing, run make setup" >&2; exit 1
.PHONY: $(GS_FW)-without
$(GS_FW)-without:
	@echo "The firmware is not built: $(RISCV_CC) is missing (make setup)."
GS_ALL += $(GS_FW)-without
endif

$(B)/firmware/.flags: FORCE
	$(call gs__stamp,$(RISCV_CC) $(GS_FW_CFLAGS) $(GS_FW_LDFLAGS))

$(GS_FW_OBJS): $(B)/firmware/.flags

$(B)/firmware/%.o: firmware/%.c
	$(call gs__say,RVCC,$@)
	@mkdir -p $(@D)
	$(Q)$(RISCV_CC) $(GS_FW_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/firmware/%.o: firmware/%.S
	$(call gs__say,RVCC,$@)
	@mkdir -p $(@D)
	$(Q)$(RISCV_CC) $(GS_FW_ARCH) -MMD -MP -c -o $@ $<

$(B)/firmware/genesys.elf: $(GS_FW_OBJS) firmware/genesys.ld
	$(call gs__say,RVLD,$@)
	$(Q)$(RISCV_CC) $(GS_FW_LDFLAGS) -o $@ $(GS_FW_OBJS) -lgcc

$(GS_FW): $(B)/firmware/genesys.elf scripts/fw-image
	$(Q)$(RISCV_OBJCOPY) -O binary -j .header $< $(@D)/header.bin
	$(Q)$(RISCV_OBJCOPY) -O binary -R .header $< $(@D)/payload.bin
	$(Q)$(PYTHON) scripts/fw-image $(@D)/header.bin $(@D)/payload.bin $@

-include $(GS_FW_OBJS:.o=.d)

$(eval $(call gs_script_test,firmware_image,tests/device/firmware_image.sh))
