# SPDX-License-Identifier: MIT

$(eval $(call gs_lib,gsdevice,$(addprefix hw-model/device/,cp.c cp_regs.c \
	device.c dma.c fw_load.c job.c mmu.c reg.c regs.c test_page.c tlb.c),\
	-lpthread,gstiming gscore gsarch gsrv32))

$(eval $(call gs_test,test_device,tests/unit/test_device.c,gsdevice,cmocka))
$(eval $(call gs_test,test_device_cp,tests/unit/test_device_cp.c,gsdevice,cmocka))
$(eval $(call gs_test,test_device_job,tests/unit/test_device_job.c,gsdevice,cmocka))
$(eval $(call gs_test,test_device_stop,tests/unit/test_device_stop.c,gsdevice,cmocka))
$(eval $(call gs_bench,bench_device,tests/bench/bench_device.c,gsdevice,))
$(eval $(call gs_script_test,device_tsan,tests/device/tsan.sh))
GS_TIMEOUT_device_tsan := 600
