# SPDX-License-Identifier: MIT
#
# Arrays, images, columns and progress bars for tools and tests.
$(eval $(call gs_lib,gssupport,$(addprefix runtime/support/,canvas.c \
	column.c font.c image.c npy.c number.c pixel.c progress.c),libpng libjpeg -lm,gsisa))

# What outputs mean: boxes, masks, lines.
$(eval $(call gs_lib,gsheads,$(addprefix runtime/heads/,draw.c head.c \
	head_boxes.c head_lines.c head_mask.c head_merge.c head_read.c \
	head_regions.c),-lm,gssupport))

# Reader of model files.
$(eval $(call gs_lib,gsloader,$(addprefix runtime/loader/,gsm.c gsm_arch.c \
	gsm_code.c gsm_elf.c gsm_tensor.c),libelf zlib,gsisa gsarch))

# libgenesys.
$(eval $(call gs_shlib,genesys,$(addprefix runtime/core/,bind.c buffer.c \
	context.c device.c error.c fault.c infer.c layout.c model.c place.c \
	request.c run.c sized.c times.c) $(addprefix runtime/drm/,bo.c drm.c explain.c \
	firmware.c job.c node.c outcome.c probe.c program.c queue.c) runtime/sim/sim.c,\
	gsloader gstiming gscore gsisa gsarch,libelf zlib json-c libdrm -lm -lpthread,\
	runtime/libgenesys.map,$(SOVERSION)))

$(eval $(call gs_install,$(wildcard runtime/descriptions/*.meta),\
	share/genesys/descriptions))
$(eval $(call gs_install,runtime/70-genesys.rules,lib/udev/rules.d))

# Files of inputs and outputs, for tools that run models.
$(eval $(call gs_lib,gsrunfiles,$(addprefix runtime/tools/,run_input.c \
	run_labels.c run_output.c),,gssupport))

# Tools.
$(eval $(call gs_bin,gs-run,$(addprefix runtime/tools/,gs-run.c run_dump.c \
	run_found.c run_opts.c run_profile.c),\
	genesys.so gsrunfiles gsheads gssupport gsarch,\
	json-c -lm -lpthread))
$(eval $(call gs_bin,gs-tensor-diff,$(addprefix runtime/tools/,\
	gs-tensor-diff.c tensor_set.c),gssupport,json-c -lm))

# Tests.
$(eval $(call gs_test,test_runtime,tests/unit/test_runtime.c \
	tests/unit/tiny_model.c,genesys.so gsloader gsemit gssupport,cmocka \
	-lpthread -lm))
$(eval $(call gs_test,test_tensor_files,tests/unit/test_tensor_files.c,gssupport,cmocka))
$(eval $(call gs_test,test_runtime_requests,$(addprefix tests/unit/,\
	test_runtime_requests.c split_model.c tiny_model.c),genesys.so \
	gsloader gsemit,cmocka))
$(eval $(call gs_test,test_runtime_times,$(addprefix tests/unit/,\
	test_runtime_times.c split_model.c tiny_model.c),genesys gsloader \
	gsemit gstiming gscore gsisa gsarch,cmocka -lpthread))
$(eval $(call gs_test,test_column,tests/unit/test_column.c,gssupport,cmocka))
$(eval $(call gs_test,test_heads,tests/unit/test_heads.c,gsheads gssupport,\
	cmocka -lm))
# The system below the drm backend is replaced, so the library is the static one.
GS_FAKE_DRM := $(addprefix tests/unit/,drm_tree.c fake_drm.c)
$(eval $(call gs_test,test_drm_nodes,tests/unit/test_drm_nodes.c $(GS_FAKE_DRM),\
	genesys gscore,cmocka))
GS_DRM_BED := $(addprefix tests/unit/,drm_bed.c split_model.c tiny_model.c) \
	$(GS_FAKE_DRM)
$(eval $(call gs_test,test_drm,tests/unit/test_drm.c $(GS_DRM_BED),genesys \
	gsloader gsemit gscore,cmocka))
$(eval $(call gs_test,test_drm_requests,tests/unit/test_drm_requests.c \
	$(GS_DRM_BED),genesys gsloader gsemit gscore,cmocka -lpthread))
$(eval $(call gs_test,test_model_file,tests/unit/test_model_file.c \
	tests/unit/tiny_model.c,gsloader gsemit,cmocka))
$(eval $(call gs_fuzz,fuzz_gsm,tests/fuzz/fuzz_gsm.c,genesys gsloader gsheads,,\
	tests/fuzz/corpus/gsm))
