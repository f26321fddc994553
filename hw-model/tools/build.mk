# SPDX-License-Identifier: MIT

# Timing of model files and its pictures: also for other tools.
$(eval $(call gs_lib,gssim,$(addprefix hw-model/tools/,html.c sim_blocks.c sim_csv.c sim_energy.c \
	sim_facts.c sim_fail.c sim_picture.c sim_replay.c sim_roofline.c sim_rows.c \
	sim_stalls.c sim_timeline.c sim_timing.c),,gssvg gsloader gstiming gscore gsisa gsarch))

GS_SIM_SWEEP := sim_sweep.c sweep_axes.c sweep_choose.c sweep_head.c sweep_jobs.c \
	sweep_journal.c sweep_picture.c sweep_report.c

$(eval $(call gs_bin,gs-sim,$(addprefix hw-model/tools/,gs-sim.c sim_check.c \
	sim_compare.c sim_data.c sim_debug.c sim_files.c sim_help.c sim_json.c \
	sim_mem.c sim_model.c sim_noise.c sim_options.c sim_print.c sim_report.c sim_report_csv.c \
	sim_report_json.c sim_result.c sim_result_csv.c sim_result_json.c sim_run.c sim_svg.c \
	sim_trace.c sim_vector.c $(GS_SIM_SWEEP)),gssim genesys gsrunfiles \
	gssvg gssupport gsloader gstiming gscore gsisa gsarch,json-c zlib))

$(eval $(call gs_script_test_san,sim_compare,tests/conformance/sim_compare.sh))
$(eval $(call gs_script_test_san,sim_sweep,tests/conformance/sim_sweep.sh))
$(eval $(call gs_script_test_san,sim_svg,tests/conformance/sim_svg.sh))
$(eval $(call gs_script_test_san,sim_trace,tests/conformance/sim_trace.sh))

# Pictures: also for other tools.
$(eval $(call gs_lib,gssvg,$(addprefix hw-model/tools/,svg.c svg_plot.c),-lm,gsisa))
$(eval $(call gs_test,test_svg,tests/unit/test_svg.c,gssvg gsisa,cmocka))

# The commands of the tutorial print what stands there.
$(eval $(call gs_script_test,tutorial,$(PYTHON) tests/conformance/tutorial.py))
