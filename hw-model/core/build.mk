# SPDX-License-Identifier: MIT

# Files for one vector unit each, chosen at run time.
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine)),)
gs__fast_x86	:= fast_avx2.c fast_vnni.c
endif

$(eval $(call gs_lib,gscore,$(addprefix hw-model/core/,block.c cache.c core.c dma.c \
	dram.c elementary.c fast.c fast_array.c fast_c.c fast_choose.c fast_divide.c fast_group.c fast_nest.c fast_plan.c fast_scan.c \
	fast_split.c $(gs__fast_x86) \
	fault.c float.c hazard.c inspect.c mvm.c nest.c \
	observe.c pack.c perm.c pool.c sa.c sa_check.c simd.c simd_check.c simd_ops.c),-lpthread,gsisa gsarch))

# The loops over lanes are what the vectorizer is for.
GS_CFLAGS_hw-model/core/fast_avx2.c	:= -mavx2
GS_CFLAGS_hw-model/core/fast_vnni.c	:= -mavx512f -mavx512bw -mavx512dq \
	-mavx512vl -mavx512vnni -mprefer-vector-width=512
ifeq ($(SAN)$(FUZZ),)
# A division that nobody needs traps nowhere.
$(foreach f,fast_avx2 fast_c fast_vnni simd_ops,$(eval \
	GS_CFLAGS_hw-model/core/$(f).c += -fno-trapping-math))
GS_CFLAGS_hw-model/core/fast_avx2.c	+= -O3
GS_CFLAGS_hw-model/core/fast_c.c	+= -O3
GS_CFLAGS_hw-model/core/fast_vnni.c	+= -O3
GS_CFLAGS_hw-model/core/dma.c		:= -O3
GS_CFLAGS_hw-model/core/mvm.c		:= -O3
GS_CFLAGS_hw-model/core/pack.c		:= -O3
GS_CFLAGS_hw-model/core/simd_ops.c	+= -O3
endif

$(foreach t,core hazard core_random threads,$(eval $(call gs_test,test_$(t),tests/unit/test_$(t).c \
	tests/unit/core_fixture.c,gscore gsisa gsarch,cmocka)))
$(eval $(call gs_test,test_divide,tests/unit/test_divide.c,gscore gsisa gsarch,cmocka))
$(eval $(call gs_test,test_group,tests/unit/test_group.c tests/unit/core_fixture.c,\
	gscore gsisa gsarch,cmocka))
$(eval $(call gs_test,test_functions,tests/unit/test_functions.c,gscore gsisa gsarch,cmocka -lm))
$(eval $(call gs_bench,bench_core,tests/bench/bench_core.c,gscore gsisa gsarch,))
$(eval $(call gs_script_test_san,conformance,tests/conformance/run.sh))
