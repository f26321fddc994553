# SPDX-License-Identifier: MIT
$(eval $(call gs_lib,gsarch,hw-model/arch/arch.c hw-model/arch/arch_json.c \
	hw-model/arch/json_build.c hw-model/arch/json_text.c hw-model/arch/arch_lacks.c,json-c,gsisa))

$(eval $(call gs_test,test_arch,tests/unit/test_arch.c,gsarch,cmocka))
$(eval $(call gs_fuzz,fuzz_arch,tests/fuzz/fuzz_arch.c,gstiming gsarch,,\
	tests/fuzz/corpus/arch))
