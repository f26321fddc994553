# SPDX-License-Identifier: MIT

$(eval $(call gs_bin,gs-sim,$(addprefix hw-model/tools/,gs-sim.c sim_check.c \
	sim_debug.c sim_json.c sim_mem.c sim_noise.c sim_print.c sim_run.c sim_vector.c),\
	gscore gsisa gsarch,json-c))
