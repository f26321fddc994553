# SPDX-License-Identifier: MIT
#
# Tests of the compiler behind its front end.
#
# $(1) NAME of tests/unit/test_NAME.c, $(2) more sources there, $(3) libraries
gs__unit = $(eval $(call gs_test,test_$(1),$(addprefix tests/unit/,test_$(1).c $(2)),$(3),cmocka -lm))
$(foreach t,codelets rules params along acg bind layout schedule,$(call gs__unit,$(t),codelet_util.c,gscodegen gsemit))
$(foreach t,slots sequence,$(call gs__unit,$(t),,gscodegen))
# Those that compile models, and run them.
$(foreach t,layer_order compile decision fuse_chain fuse_pool first_layer native fdfg semantics legal \
	moves verify tilings,$(call gs__unit,$(t),compile_util.c codelet_util.c onnx_builder.c,gscompiler genesys))
$(foreach t,pointwise softmax,$(call gs__unit,$(t),graph_run.c compile_util.c codelet_util.c \
	onnx_builder.c,gscompiler genesys))

$(eval $(call gs_fuzz,fuzz_codelet,tests/fuzz/fuzz_codelet.c,gscodegen gsemit,,\
	tests/fuzz/corpus/codelet))

$(eval $(call gs_fuzz,fuzz_fdfg,tests/fuzz/fuzz_fdfg.c,gscompiler,-lm,\
	tests/fuzz/corpus/fdfg))
$(eval $(call gs_fuzz,fuzz_schedule,tests/fuzz/fuzz_schedule.c,gscompiler gsschedule \
	gsisa gsarch,,tests/fuzz/corpus/schedule))

$(eval $(call gs_bench,bench_resnet,$(addprefix tests/bench/,bench_resnet.c \
	exchange.c plain.c resnet.c) tests/timing/resnet50.c tests/unit/onnx_builder.c,\
	gscompiler genesys gsloader gstiming gscore gsisa gsarch,-lm))

# "make bench-compiler": needs networks that scripts/make_networks.py makes.
GS_EXAMPLES += bench-compiler
$(eval $(call gs_bin,bench-compiler,$(addprefix tests/bench/compiler/,bench_compiler.c point.c \
	bound.c loss.c published.c),gscompiler gssupport gsloader gstiming gscore gsisa gsarch genesys))

# "make bench-ort": a network on the simulator, beside onnxruntime.
GS_EXAMPLES += bench-network
$(eval $(call gs_bin,bench-network,tests/bench/ort/bench_network.c,genesys gssupport))

# Compiled models on the simulated device.
$(eval $(call gs_script_test,models,tests/conformance/models.sh))
$(eval $(call gs_script_test_san,models_4bit,tests/conformance/models.sh --bits 4))
$(eval $(call gs_script_test,passes,$(PYTHON) tests/conformance/passes.py))
$(eval $(call gs_script_test,graph_pictures,$(PYTHON) tests/conformance/graph_pictures.py))
$(eval $(call gs_script_test,macs,$(PYTHON) tests/conformance/macs.py))
$(eval $(call gs_script_test,quant_report,$(PYTHON) tests/conformance/quant_report.py))
$(eval $(call gs_script_test,qdq,$(PYTHON) tests/conformance/qdq.py))
$(eval $(call gs_script_test,progress,$(PYTHON) tests/conformance/progress.py))
$(eval $(call gs_script_test,schedule,$(PYTHON) tests/conformance/schedule.py))
$(eval $(call gs_script_test_san,report,$(PYTHON) tests/conformance/report.py))
$(eval $(call gs_script_test,report_browser,$(PYTHON) tests/conformance/report_browser.py))
$(eval $(call gs_script_test,tutorial_resnet50,$(PYTHON) tests/conformance/tutorial.py \
	docs/tutorial-resnet50.md numpy onnx))
$(eval $(call gs_script_test,layers,$(PYTHON) tests/conformance/layers.py))
$(eval $(call gs_script_test,accuracy,tests/conformance/accuracy.sh))
$(eval $(call gs_script_test_san,gsc_errors,tests/conformance/gsc_errors.sh))
$(eval $(call gs_script_test_san,gsc_graphs,tests/conformance/gsc_graphs.sh))
$(eval $(call gs_script_test,gsc_options,tests/conformance/gsc_options.sh))
$(eval $(call gs_script_test_san,gsc_files,tests/conformance/gsc_files.sh))
# The commands of these pages print what stands there.
$(eval $(call gs_script_test,tutorial_codelets,$(PYTHON) tests/conformance/tutorial.py \
	docs/codelets.md))
# So do those of the other pages on the compiler.
$(foreach page,compiler fdfg layout model-file quantization scheduling,$(eval \
	$(call gs_script_test,docs_$(page),$(PYTHON) tests/conformance/tutorial.py \
	docs/$(page).md numpy)))
$(eval $(call gs_script_test,own_codelet,tests/conformance/own_codelet.sh))
$(eval $(call gs_script_test,own_moves,tests/conformance/own_moves.sh))

# The smallest of the trained models, layer by layer; "make models" has all.
$(eval $(call gs_script_test,real_layers,$(PYTHON) tests/conformance/real_models.py \
	speech_embedding blazeface_front ocr_cls))

# What their heads find in pictures.
$(eval $(call gs_script_test,draw,$(PYTHON) tests/conformance/draw.py))
$(eval $(call gs_script_test_san,draw_errors,tests/conformance/draw_errors.sh))
$(eval $(call gs_script_test_san,tool_errors,tests/conformance/tool_errors.sh))
GS_TIMEOUT_accuracy	:= 600
GS_TIMEOUT_test_compile	:= 600
