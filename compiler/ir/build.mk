# SPDX-License-Identifier: MIT
#
# The front end: ONNX to a quantized graph.

$(eval $(call gs_lib,gsir,$(addprefix compiler/ir/,\
	arena.c diag.c draw.c draw_bends.c draw_layout.c draw_svg.c dump.c fdfg_lex.c fdfg_read.c fdfg_read_node.c fdfg_write.c \
	graph.c names.c node.c verify.c verify_tensor.c) \
	$(addprefix compiler/passes/,cse.c dead.c decompose.c fold_constants.c pads.c semantics.c shift.c lower.c lower_deconv.c macs.c \
	lower_between.c lower_map.c lower_ops.c lview.c map_walk.c order.c parts.c) \
	$(addprefix compiler/passes/,\
	affine.c axes.c bias.c calibrate.c check_lowered.c check_shapes.c clip.c constants.c equalize.c eval.c histogram.c quant_report.c \
	ranges.c samples.c \
	eval_binary.c eval_border.c eval_bound.c eval_deconv.c eval_fused.c eval_gemm.c eval_lowered.c eval_memory.c eval_ops.c eval_place.c eval_quant.c eval_reduce.c eval_unit.c \
	eval_unary.c fold.c fuse.c hard.c infer_math.c least_step.c \
	infer_window.c older.c pointwise.c qdq.c qdq_ints.c quantize.c \
	saturate.c shapes.c simplify.c support.c util.c walk.c window.c),-lm))
$(eval $(call gs_lib,gsimport,$(addprefix compiler/import/,\
	onnx.c onnx_attr.c onnx_io.c onnx_tensor.c wire.c slim.c) \
	$(B)/gen/onnx/onnx.pb-c.h $(B)/gen/onnx/onnx.pb-c.c,libprotobuf-c,gsir))
$(eval $(call gs_lib,gsqdq,$(addprefix compiler/emit/,\
	qdq_onnx.c qdq_params.c qdq_attrs.c),libprotobuf-c,gsimport gsir))

# The float evaluator is what calibration takes its time in.
GS_CFLAGS_compiler/passes/calibrate.c := -O3
GS_CFLAGS_compiler/passes/eval.c := -O3
GS_CFLAGS_compiler/passes/eval_fused.c := -O3
GS_CFLAGS_compiler/passes/eval_gemm.c := -O3
GS_CFLAGS_compiler/passes/eval_memory.c := -O3
GS_CFLAGS_compiler/passes/eval_quant.c := -O3
GS_CFLAGS_compiler/passes/eval_unit.c := -O3
GS_CFLAGS_compiler/passes/quantize.c := -O3
GS_CFLAGS_compiler/passes/eval_deconv.c := -O3
GS_CFLAGS_compiler/passes/eval_binary.c := -O3

$(foreach t,graph front quantize shift fuse rewrite qdq infer eval,$(eval $(call gs_test,test_$(t),$(addprefix \
	tests/unit/,test_$(t).c front_util.c onnx_builder.c),\
	gsqdq gsimport gscodelet gsir gssupport gsisa gsarch,cmocka)))
$(eval $(call gs_test,test_refusals,$(addprefix tests/unit/,\
	test_refusals.c front_util.c onnx_builder.c),\
	gscompiler gssupport,cmocka -lm))
$(eval $(call gs_fuzz,fuzz_onnx,tests/fuzz/fuzz_onnx.c,gsqdq gsimport gscodelet gsir gsisa gsarch,,\
	tests/fuzz/corpus/onnx))
$(eval $(call gs_test,test_histogram,tests/unit/test_histogram.c,gsir,cmocka -lm))
$(eval $(call gs_test,test_lview,tests/unit/test_lview.c,gsir,cmocka))
$(eval $(call gs_test,test_macs,tests/unit/test_macs.c tests/timing/resnet50.c \
	tests/unit/onnx_builder.c,gsimport gsir,cmocka libprotobuf-c))
