# SPDX-License-Identifier: MIT
$(eval $(call gs_lib,gsisa,$(addprefix hw-model/isa/,isa.c isa_table.c asm.c \
	disasm.c words.c file.c nearest.c utf8.c)))

$(eval $(call gs_bin,gs-as,compiler/tools/gs-as.c,gsisa))
$(eval $(call gs_bin,gs-objdump,compiler/tools/gs-objdump.c,gsobjdump gsisa))

$(eval $(call gs_test,test_isa,tests/unit/test_isa.c,gsisa,cmocka))
$(eval $(call gs_test,test_asm,tests/unit/test_asm.c,gsisa,cmocka))
$(eval $(call gs_fuzz,fuzz_asm,tests/fuzz/fuzz_asm.c,gsisa,,\
	tests/fuzz/corpus/asm))
$(eval $(call gs_script_test,asm_tools,tests/conformance/asm_tools.sh))
$(eval $(call gs_script_test,asm_programs,$(PYTHON) tests/conformance/asm_programs.py))
$(eval $(call gs_script_test,isa_table,scripts/update-isa-table --check))
