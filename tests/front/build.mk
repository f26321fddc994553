# SPDX-License-Identifier: MIT
#
# The front end's float evaluation: ONNX's own tests of its operators, and
# trained models.
$(eval $(call gs_bin,float-eval,tests/front/float_eval.c,gsimport gsir gssupport))
$(eval $(call gs_bin,node-tests,$(addprefix tests/front/,node_tests.c node_data.c),\
	gsimport gsir))
GS_EXAMPLES += float-eval node-tests

$(eval $(call gs_script_test_san,onnx_nodes,$$GS_BUILD/bin/node-tests \
	tests/front/skips))
$(eval $(call gs_script_test,float_models,$(PYTHON) tests/front/models.py))
$(eval $(call gs_script_test,float_sweep,$(PYTHON) tests/front/sweep.py))
