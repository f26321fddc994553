# SPDX-License-Identifier: MIT
#
# Executors against each other.
$(eval $(call gs_bin,lockstep,$(addprefix tests/lockstep/,gen.c gen_layer.c \
	lockstep.c machine.c mutate.c trial.c) $(addprefix hw-model/tools/,sim_check.c sim_json.c \
	sim_mem.c sim_vector.c),gscore gsisa gsarch,json-c))
GS_EXAMPLES += lockstep

$(eval $(call gs_script_test_san,lockstep,$$GS_BUILD/bin/lockstep tests/vectors))
$(eval $(call gs_script_test_san,lockstep_threads,\
	$$GS_BUILD/bin/lockstep --seed 3 --threads tests/vectors))
$(eval $(call gs_script_test,lockstep_tsan,tests/lockstep/tsan.sh))
