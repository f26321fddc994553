# SPDX-License-Identifier: MIT
#
# Of the scripts that judge the others, and of documents.
$(eval $(call gs_script_test,test_summary,$(PYTHON) tests/scripts/test_summary.py))
$(eval $(call gs_script_test,test_tap,tests/scripts/test_tap.sh))
$(eval $(call gs_script_test,test_docs,$(PYTHON) tests/scripts/test_docs.py))
