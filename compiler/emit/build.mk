# SPDX-License-Identifier: MIT
#
# Writer of model files.
$(eval $(call gs_lib,gsemit,$(addprefix compiler/emit/,elf_write.c lives.c \
	model_file.c records.c symbols.c),libelf zlib,gsir gsisa gsarch))

# The published files of a layer.
$(eval $(call gs_lib,gslayers,$(addprefix compiler/emit/,layer_json.c layer_ops.c \
	layer_pseudo.c layer_text.c),json-c,gscodegen gsir gsisa gsarch))

# gs-objdump's view of model files.
$(eval $(call gs_lib,gsobjdump,compiler/tools/objdump_elf.c,,gsloader gsisa \
	gsarch))
