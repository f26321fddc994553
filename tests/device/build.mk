# SPDX-License-Identifier: MIT
#
# The device and its firmware together, without a bus and without a kernel.
$(eval $(call gs_lib,gsharness,$(addprefix tests/device/,harness.c \
	harness_run.c kit.c),-lpthread,gsdevice gscore gsisa gsarch))

gs__device_tests := test_harness test_firmware test_firmware_end \
	test_firmware_host

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
