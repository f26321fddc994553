# SPDX-License-Identifier: MIT
$(eval $(call gs_lib,gscosts,$(addprefix hw-model/timing/,flight.c params.c),,gsarch))
$(eval $(call gs_lib,gstiming,$(addprefix hw-model/timing/,array.c channel.c count.c \
	energy.c energy_json.c engine.c limit.c span.c tandem.c run.c timing.c) \
	$(B)/gen/timing/energy_default.h,json-c -lm,gscosts gscore gsisa gsarch))

# The built-in table, as a string.
$(B)/gen/timing/energy_default.h: hw-model/configs/energy/horowitz45.json
	$(call gs__say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)printf '#define GS_ENERGY_DEFAULT_JSON %s\n' \
		"$$(sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n" \\/' $<; echo '""')" >$@

$(eval $(call gs_install,$(wildcard hw-model/configs/energy/*.json),\
	share/genesys/configs/energy))

$(eval $(call gs_test,test_timing,tests/unit/test_timing.c tests/unit/core_fixture.c,\
	gstiming gscore gsisa gsarch,cmocka))
$(eval $(call gs_test,test_energy,tests/unit/test_energy.c tests/unit/core_fixture.c,\
	gstiming gscore gsisa gsarch,cmocka))
$(eval $(call gs_script_test_san,sim_timing,tests/conformance/sim_timing.sh))
$(eval $(call gs_script_test_san,sim_reports,tests/conformance/sim_reports.sh))
$(eval $(call gs_script_test_san,cycles,tests/conformance/cycles.sh))
$(eval $(call gs_test,test_timing_published,tests/unit/test_timing_published.c \
	hw-model/tools/sim_facts.c,gstiming gscore gsisa gsarch,cmocka))
