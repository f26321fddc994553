# SPDX-License-Identifier: MIT

$(eval $(call gs_bin,gs-sim,$(addprefix hw-model/tools/,gs-sim.c sim_check.c \
	sim_debug.c sim_help.c sim_json.c sim_mem.c sim_noise.c sim_options.c \
	sim_print.c sim_report.c sim_run.c sim_timing.c sim_vector.c), \
	gstiming gscore gsisa gsarch gsloader,json-c))
