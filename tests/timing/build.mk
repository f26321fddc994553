# SPDX-License-Identifier: MIT
#
# Properties of the timing model.
$(eval $(call gs_bin,timing-check,$(addprefix tests/timing/,timing_check.c one.c spans.c) \
	$(addprefix tests/lockstep/,gen.c mutate.c trial.c) $(addprefix hw-model/tools/,sim_check.c \
	sim_json.c sim_mem.c sim_vector.c),gstiming gscore gsisa gsarch,json-c))
GS_EXAMPLES += timing-check

$(eval $(call gs_script_test_san,timing_properties,$$GS_BUILD/bin/timing-check tests/vectors))
$(eval $(call gs_test,test_timing_models,$(addprefix tests/unit/,test_timing_models.c \
	compile_util.c codelet_util.c onnx_builder.c) tests/timing/one.c tests/timing/spans.c \
	hw-model/tools/sim_mem.c,gscompiler gsloader gstiming gscore gsisa gsarch genesys,cmocka))
$(eval $(call gs_bin,timing-models,tests/timing/models.c tests/timing/resnet50.c $(addprefix tests/unit/,compile_util.c \
	codelet_util.c onnx_builder.c) hw-model/tools/sim_mem.c,\
	gscompiler gsloader gscore gsisa gsarch genesys,cmocka))
GS_EXAMPLES += timing-models
$(eval $(call gs_script_test,recount,$(PYTHON) tests/timing/recount_models.py))
$(eval $(call gs_test,test_estimate,$(addprefix tests/unit/,test_estimate.c compile_util.c \
	codelet_util.c onnx_builder.c) $(addprefix tests/timing/,estimate.c resnet50.c),\
	gscompiler gsloader gstiming gscore gsisa gsarch genesys,cmocka))
# The same for networks, part of "make models".
$(eval $(call gs_bin,timing-estimate,$(addprefix tests/timing/,networks.c estimate.c) $(addprefix tests/unit/,\
	compile_util.c codelet_util.c onnx_builder.c),\
	gscompiler gsloader gstiming gscore gssupport gsisa gsarch genesys,cmocka))
GS_EXAMPLES += timing-estimate
