# SPDX-License-Identifier: MIT
#
# The model in Python against its own vectors, and the vectors against the
# script that makes them.
$(eval $(call gs_script_test,oracle_vectors,$(PYTHON) \
	tests/oracle/run_vectors.py -q tests/vectors \
	$$(test -d ../shared/vectors && echo ../shared/vectors)))
$(eval $(call gs_script_test,oracle_functions,$(PYTHON) \
	tests/oracle/test_functions.py))
$(eval $(call gs_script_test,oracle_reproduces,rm -rf $$GS_BUILD/vectors && \
	$(PYTHON) tests/oracle/make_vectors.py --out $$GS_BUILD/vectors && \
	diff -r -x README.md tests/vectors $$GS_BUILD/vectors))
$(eval $(call gs_script_test,oracle_random,tests/oracle/random.sh))
