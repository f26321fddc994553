# SPDX-License-Identifier: GPL-2.0-or-later
#
# genesys.ko, built in $(B)/kernel from copies of the sources, so that kbuild
# leaves nothing in the tree.
#
#   make kernel		$(B)/kernel/genesys.ko; genesys_kunit.ko, its tests, if
#			the kernel has KUnit
#   make kernel-debug	the same in $(B)/kernel-debug for the debug kernel,
#			which scripts/build-kernel.sh makes first, in 12
#			processor minutes, unless it is in the cache
#   make check-kernel	W=1, sparse, checkpatch, kernel-doc
#
# KDIR is the build directory of a kernel: headers, or a configured source
# tree. Default: the running kernel's if it has the accel subsystem, else the
# newest 6.12 or later that is installed. KFLAGS are more words for kbuild.
KDIR		?= $(shell scripts/check-kernel.sh --find)
KFLAGS		?=

GS_KERNEL_SRCS	:= Kbuild $(sort $(wildcard kernel/*.[ch] kernel/*.sh \
		   kernel/tests/*.[ch])) \
		   include/genesys/hw_abi.h include/uapi/drm/genesys_accel.h

# Copies of $(2) below $(B)/$(1).
define gs__kernel_copy
$(2:%=$(B)/$(1)/%): $(B)/$(1)/%: %
	@mkdir -p $$(@D)
	@cp -p $$< $$@
	@touch $$@
endef
$(foreach d,kernel kernel-debug,$(eval $(call gs__kernel_copy,$(d),$(GS_KERNEL_SRCS))))

# kbuild in directory $(1) for the kernel that the shell's words $(2) name. It
# knows best what is out of date, but not that it is given another kernel.
define gs__kbuild
	$(Q)kdir=$(2) || exit; \
	if [ "$$kdir" != "$$(cat $(1)/.kdir 2>/dev/null)" ]; then \
		find $(1) \( -name '*.o' -o -name '*.ko' -o -name gs_config.h \) -delete; \
		echo "$$kdir" >$(1)/.kdir; \
	fi; \
	$(MAKE) $(if $(Q),-s) -C "$$kdir" M=$(abspath $(1)) W=1 $(KFLAGS) modules
endef
# What make exports to it must not reach the build of a kernel.
gs__debug_kdir = "$$(GS_CACHE=$(GS_CACHE) scripts/build-kernel.sh)/build"

$(B)/kernel/genesys.ko: $(GS_KERNEL_SRCS:%=$(B)/kernel/%) FORCE
	$(if $(KDIR),,$(error no headers of a kernel with DRM_ACCEL found: \
		apt-get install linux-headers-6.12-amd64, or give KDIR=))
	$(call gs__kbuild,$(B)/kernel,"$(KDIR)")

$(B)/kernel-debug/genesys.ko: $(GS_KERNEL_SRCS:%=$(B)/kernel-debug/%) FORCE
	$(call gs__kbuild,$(B)/kernel-debug,$(gs__debug_kdir))

.PHONY: kernel kernel-debug check-kernel
kernel: $(B)/kernel/genesys.ko
kernel-debug: $(B)/kernel-debug/genesys.ko

# One line of the plan, as "make check" runs it.
check-kernel:
	$(call gs__run_plan,$(call gs__line,script,kernel,900,KDIR=$(KDIR) \
		scripts/check-kernel.sh),plan-kernel,--verbose)
