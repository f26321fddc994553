# SPDX-License-Identifier: MIT
$(eval $(call gs_script_test,install,tests/install/install.sh))
