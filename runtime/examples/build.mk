# SPDX-License-Identifier: MIT
$(eval $(call gs_bin,classify,runtime/examples/classify.c,gssupport genesys.so,\
	-lpthread))
GS_EXAMPLES += classify
