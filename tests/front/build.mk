# SPDX-License-Identifier: MIT
#
# ONNX's own tests of its operators, by the float evaluation and on the device, and
# trained models.
$(eval $(call gs_bin,float-eval,tests/front/float_eval.c,gsimport gscodelet gsir gssupport gsisa gsarch))
$(eval $(call gs_bin,node-tests,$(addprefix tests/front/,node_tests.c \
	node_suite.c node_data.c),gsimport gscodelet gsir gsisa gsarch,-lm))
$(eval $(call gs_bin,node-int8,$(addprefix tests/front/,node_int8.c \
	node_adapt.c node_suite.c node_data.c),gscompiler genesys,-lm))
GS_EXAMPLES += float-eval node-tests node-int8

$(eval $(call gs_script_test_san,onnx_nodes,$$GS_BUILD/bin/node-tests \
	compiler/codelets tests/front/skips))
$(eval $(call gs_script_test_san,onnx_nodes_int8,$$GS_BUILD/bin/node-int8 \
	compiler/codelets README.md tests/front/skips_int8 tests/front/skips))
$(eval $(call gs_script_test,float_models,$(PYTHON) tests/front/models.py))
$(eval $(call gs_script_test,float_sweep,$(PYTHON) tests/front/sweep.py))
