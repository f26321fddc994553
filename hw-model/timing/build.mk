# SPDX-License-Identifier: MIT
$(eval $(call gs_lib,gstiming,$(addprefix hw-model/timing/,array.c channel.c engine.c \
	params.c tandem.c timing.c),,gscore gsisa gsarch))

$(eval $(call gs_test,test_timing,tests/unit/test_timing.c tests/unit/core_fixture.c,\
	gstiming gscore gsisa gsarch,cmocka))
$(eval $(call gs_script_test_san,sim_timing,tests/conformance/sim_timing.sh))
$(eval $(call gs_test,test_timing_published,tests/unit/test_timing_published.c,\
	gstiming gscore gsisa gsarch,cmocka))
