# SPDX-License-Identifier: MIT
$(eval $(call gs_lib,gsrv32,$(addprefix hw-model/rv32/,compressed.c csr.c \
	exec.c mem.c rv32.c)))

$(eval $(call gs_test,test_rv32,tests/unit/test_rv32.c,gsrv32,cmocka))
$(eval $(call gs_fuzz,fuzz_rv32,tests/fuzz/fuzz_rv32.c,gsrv32,,\
	tests/fuzz/corpus/rv32))
