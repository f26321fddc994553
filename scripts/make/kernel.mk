# SPDX-License-Identifier: GPL-2.0-or-later
#
# genesys.ko, built in $(B)/kernel from copies of the sources, so that kbuild
# leaves nothing in the tree.
#
#   make kernel		$(B)/kernel/genesys.ko
#   make check-kernel	W=1, sparse, checkpatch, kernel-doc
#
# KDIR is the build directory of a kernel: headers, or a configured source
# tree. Default: the running kernel's if it has the accel subsystem, else the
# newest 6.12 or later that is installed. KFLAGS are more words for kbuild.
KDIR		?= $(shell scripts/check-kernel.sh --find)
KFLAGS		?=

GS_KERNEL_SRCS	:= Kbuild $(sort $(wildcard kernel/*.[ch] kernel/*.sh)) \
		   include/genesys/hw_abi.h include/uapi/drm/genesys_accel.h
gs__kernel_copies := $(GS_KERNEL_SRCS:%=$(B)/kernel/%)

$(gs__kernel_copies): $(B)/kernel/%: %
	@mkdir -p $(@D)
	@cp -p $< $@
	@touch $@

# kbuild knows best what is out of date.
$(B)/kernel/genesys.ko: $(gs__kernel_copies) FORCE
	$(if $(KDIR),,$(error no headers of a kernel with DRM_ACCEL found: \
		apt-get install linux-headers-6.12-amd64, or give KDIR=))
	$(Q)$(MAKE) $(if $(Q),-s) -C $(KDIR) M=$(abspath $(B)/kernel) W=1 $(KFLAGS) modules

.PHONY: kernel check-kernel
kernel: $(B)/kernel/genesys.ko

check-kernel:
	@$(GS_ENV) KDIR=$(KDIR) scripts/check-kernel.sh
