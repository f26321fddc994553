# SPDX-License-Identifier: MIT
#
# Arrays, images and progress bars for tools and tests.
$(eval $(call gs_lib,gssupport,$(addprefix runtime/support/,image.c npy.c \
	progress.c),libpng libjpeg,gsisa))

# Reader of model files.
$(eval $(call gs_lib,gsloader,$(addprefix runtime/loader/,gsm.c gsm_arch.c \
	gsm_code.c gsm_elf.c gsm_tensor.c),libelf zlib,gsisa gsarch))

# libgenesys.
$(eval $(call gs_shlib,genesys,$(addprefix runtime/core/,bind.c context.c \
	device.c error.c infer.c layout.c model.c sized.c) runtime/sim/sim.c,\
	gsloader gscore gsisa gsarch,libelf zlib json-c -lm -lpthread,\
	runtime/libgenesys.map,$(SOVERSION)))

# Tools.
$(eval $(call gs_bin,gs-run,$(addprefix runtime/tools/,gs-run.c run_dump.c \
	run_input.c run_opts.c run_output.c run_pixel.c),genesys.so gssupport,\
	json-c -lm -lpthread))
$(eval $(call gs_bin,gs-tensor-diff,$(addprefix runtime/tools/,\
	gs-tensor-diff.c tensor_set.c),gssupport,json-c -lm))

# Tests.
$(eval $(call gs_test,test_runtime,tests/unit/test_runtime.c \
	tests/unit/tiny_model.c,genesys.so gsloader gsemit gssupport,cmocka \
	-lpthread -lm))
$(eval $(call gs_test,test_model_file,tests/unit/test_model_file.c \
	tests/unit/tiny_model.c,gsloader gsemit,cmocka))
$(eval $(call gs_fuzz,fuzz_gsm,tests/fuzz/fuzz_gsm.c,genesys gsloader,,\
	tests/fuzz/corpus/gsm))
