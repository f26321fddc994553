# SPDX-License-Identifier: GPL-2.0-or-later
#
# The selftest of libgenesys: what it is made of, and the files it reads.
GS_SELFTEST_SRCS_inference := tests/selftests/inference_kit.c \
	tests/unit/split_model.c
GS_SELFTEST_LIBS_inference := genesys gssupport
GS_SELFTEST_FILES += $(B)/guest/lenet.gsm:/tests/lenet.gsm \
	$(B)/guest/lenet_images.npy:/tests/lenet_images.npy \
	$(B)/guest/lenet_scores.npy:/tests/lenet_scores.npy

$(B)/guest/inference: | $(addprefix $(B)/guest/,lenet.gsm lenet_images.npy \
	lenet_scores.npy)

# Beside the program, where it looks for it.
$(B)/guest/lenet_images.npy: tests/models/fashion_test_1000_images.npy
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(B)/guest/lenet.gsm: tests/models/fashion_lenet.onnx \
		tests/models/fashion_calib_256.npy $(B)/bin/gsc \
		$(wildcard compiler/codelets/*.cdlt) | $(B)/share/genesys/codelets $(B)/share/genesys/configs
	$(call gs__say,GSC,$@)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/gsc $< -c $(word 2,$^) -o $@

# Run here, without a device.
$(eval $(call gs_script_test,selftest_files,tests/selftests/inference_files.sh))

# More kinds of layers: borders, steps, several tensors, none to multiply.
GS_INFERENCE_OPS := conv5x5_s2_pad2 conv_bn_relu conv_large_ic matmul_const \
	maxpool3x3_s2_pad1 output_also_consumed residual_downsample shape_chain \
	softmax10
GS_SELFTEST_FILES += $(foreach o,$(GS_INFERENCE_OPS),$(B)/guest/ops/$(o).gsm:/tests/ops/$(o).gsm)

$(B)/guest/inference: | $(GS_INFERENCE_OPS:%=$(B)/guest/ops/%.gsm)
$(B)/guest/ops/%.gsm: tests/models/ops/%.onnx tests/models/ops/%.calib.npy \
		$(B)/bin/gsc $(wildcard compiler/codelets/*.cdlt) | \
		$(B)/share/genesys/codelets $(B)/share/genesys/configs
	$(call gs__say,GSC,$@)
	@mkdir -p $(@D)
	$(Q)$(B)/bin/gsc $< -c $(word 2,$^) -o $@

# What the embedded device says to the images.
$(B)/guest/lenet_scores.npy: $(B)/guest/lenet.gsm $(B)/bin/gs-run \
		tests/models/fashion_test_1000_images.npy
	$(call gs__say,RUN,$@)
	$(Q)$(B)/bin/gs-run -d sim $< -i $(lastword $^) -o $@ -q
