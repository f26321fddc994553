# SPDX-License-Identifier: GPL-2.0-or-later
#
# What scripts/build-qemu.sh links into QEMU: the device and all it needs, in
# one archive. It is compiled with -flto there, and optimized as a whole here:
# the command processor's interpreter runs twice as fast then, and is on the
# path of each job. QEMU itself is no part of "make all".
$(B)/qemu/libgsdevice.a: $$(call gs__lib_files,gsdevice)
	$(call gs__say,AR,$@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(CC) -O2 -g -flto -r -nostdlib -flinker-output=nolto-rel -o $(@:.a=.o) \
		-Wl,--whole-archive $^
	$(Q)$(AR) rcs $@ $(@:.a=.o)

$(eval $(call gs_script_test,qemu_checkpatch,scripts/checkpatch-qemu.sh))

.PHONY: qemu
qemu:
	@$(GS_ENV) scripts/build-qemu.sh
