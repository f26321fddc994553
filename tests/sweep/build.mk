# SPDX-License-Identifier: MIT
#
# Random shapes and machines against plain loops.
$(eval $(call gs_bin,sweep,$(addprefix tests/sweep/,build.c chain.c coverage.c draw_math.c \
	draw_move.c draw_window.c ops.c oracle_array.c oracle_move.c \
	oracle_values.c random.c run.c sweep.c) tests/unit/onnx_builder.c,\
	gscompiler genesys gscore,libprotobuf-c -lm))
GS_LDFLAGS_sweep := -Wl,--wrap=gs_core_create
GS_EXAMPLES += sweep

$(eval $(call gs_script_test_san,sweep,$$GS_BUILD/bin/sweep compiler/codelets))
$(eval $(call gs_script_test_san,sweep_4bit,SWEEP_BITS=4 $$GS_BUILD/bin/sweep \
	compiler/codelets))

# Memory of an inference; sanitizers have memory of their own.
$(eval $(call gs_bin,sweep-memory,tests/sweep/memory.c \
	tests/unit/onnx_builder.c,gscompiler genesys,-lm))
GS_EXAMPLES += sweep-memory
$(eval $(call gs_script_test,memory,$$GS_BUILD/bin/sweep-memory \
	compiler/codelets))
