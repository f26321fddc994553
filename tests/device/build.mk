# SPDX-License-Identifier: MIT
#
# The device and its firmware together, without a bus and without a kernel.
$(eval $(call gs_lib,gsharness,$(addprefix tests/device/,harness.c \
	harness_run.c kit.c),-lpthread,gsdevice gscore gsisa gsarch))

gs__device_tests := test_harness test_firmware test_firmware_end \
	test_firmware_abort test_firmware_host

$(foreach t,$(gs__device_tests),$(eval $(call gs_test,$(t),\
	tests/device/$(t).c,gsharness,cmocka)))

$(eval $(call gs_test,test_device_model,tests/device/test_device_model.c,\
	gsharness genesys gsloader,cmocka))

# The files of the driver, in the places where a kernel looks for them.
$(eval $(call gs_script_test,install_kernel,tests/device/install_kernel.sh))

# What they read and run besides themselves; share links are named later.
$(B)/tests/test_device_model: | $(B)/bin/gsc $$(GS_SHARE_LINKS)
ifneq ($(gs__have_riscv),)
$(gs__device_tests:%=$(B)/tests/%) $(B)/tests/test_device_model: | $(GS_FW)
endif

# The firmware is part of the program, so that an input means the same wherever
# it is run. A job's worker is a thread in the second one.
gs__fuzz_srcs := tests/fuzz/fuzz_device.c tests/fuzz/device_watch.c
$(eval $(call gs_fuzz,fuzz_device,$(gs__fuzz_srcs),gsdevice,,\
	tests/fuzz/corpus/device))
$(eval $(call gs_fuzz_tsan,fuzz_device_threads,$(gs__fuzz_srcs),gsdevice,,\
	tests/fuzz/corpus/device))
GS_CFLAGS_fuzz_device_threads += -DFUZZ_THREADS
ifneq ($(gs__have_riscv),)
GS_CFLAGS_tests/fuzz/fuzz_device.c := -DFUZZ_FIRMWARE='"$(GS_FW)"'
ifneq ($(FUZZ),)
$(foreach t,fuzz_device fuzz_device_threads,\
	$(B)/obj/$(t)/tests/fuzz/fuzz_device.o): $(GS_FW)
endif
endif
