# SPDX-License-Identifier: GPL-2.0-or-later
#
# What scripts/build-qemu.sh links into QEMU: the device and all it needs, in
# one archive. QEMU itself is no part of "make all".
$(B)/qemu/libgsdevice.a: $$(call gs__lib_files,gsdevice)
	$(call gs__say,AR,$@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)printf '%s\n' 'create $@' $(patsubst %,'addlib %',$^) save end | $(AR) -M

.PHONY: qemu
qemu:
	@$(GS_ENV) scripts/build-qemu.sh
