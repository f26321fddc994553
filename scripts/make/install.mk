# SPDX-License-Identifier: MIT
#
# Installation, and the links which give a build directory the same shape: a
# tool finds its data at ../share/genesys from where it lies, in both.

GS_CONFIGS	:= $(wildcard hw-model/configs/*.json)
GS_CODELETS	:= $(wildcard compiler/codelets/*.cdlt)
GS_SHARE_LINKS	:= $(B)/share/genesys/configs $(B)/share/genesys/codelets

$(B)/share/genesys/configs: gs__data := hw-model/configs
$(B)/share/genesys/codelets: gs__data := compiler/codelets
$(GS_SHARE_LINKS):
	@mkdir -p $(@D)
	@ln -sfn $(abspath $(gs__data)) $@

# One archive of a library and what it is made of, for static programs.
gs__merge = ( echo 'create $(2)' && $(foreach a,$(call gs__closure,$(1)),echo \
	'addlib $(B)/lib/lib$(a).a' &&) echo save && echo end ) | $(AR) -M

gs__dest = $(DESTDIR)$(PREFIX)
gs__put = install -D -m $(1) -t $(3) $(2)

.PHONY: install
install: all
	$(if $(GS_BINS),$(call gs__put,755,$(filter-out \
		$(GS_EXAMPLES:%=$(B)/bin/%),$(GS_BIN_FILES)),$(gs__dest)/bin))
	$(foreach l,$(GS_SHLIBS),install -D -m 755 -t $(DESTDIR)$(LIBDIR) \
		$(B)/lib/lib$(l).so.$(GS_SOVERSION_$(l)) && \
		ln -sf lib$(l).so.$(GS_SOVERSION_$(l)) $(DESTDIR)$(LIBDIR)/lib$(l).so && \
		$(call gs__merge,$(l),$(DESTDIR)$(LIBDIR)/lib$(l).a) &&) :
	$(if $(wildcard include/genesys/*.h),$(call gs__put,644,$(wildcard \
		include/genesys/*.h),$(gs__dest)/include/genesys))
	$(if $(wildcard include/uapi/drm/*.h),$(call gs__put,644,$(wildcard \
		include/uapi/drm/*.h),$(gs__dest)/include/genesys/drm))
	$(if $(GS_CONFIGS),$(call gs__put,644,$(GS_CONFIGS),$(gs__dest)/share/genesys/configs))
	$(if $(GS_CODELETS),$(call gs__put,644,$(GS_CODELETS),$(gs__dest)/share/genesys/codelets))
	$(foreach i,$(GS_INSTALL),install -D -m $(if $(shell test -x $(firstword \
		$(subst :, ,$(i))) && echo x),755,644) -t $(gs__dest)/$(lastword \
		$(subst :, ,$(i))) $(firstword $(subst :, ,$(i))) &&) :
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@VERSION@|$(VERSION)|' genesys.pc.in \
		>$(DESTDIR)$(LIBDIR)/pkgconfig/genesys.pc

# The firmware where the driver asks for it, and the driver for the kernel of
# KDIR, which is the running one's if it can be. The kernel knows no PREFIX.
gs__release = $(shell cat "$(KDIR)/include/config/kernel.release")

.PHONY: install-kernel
install-kernel: kernel firmware
	$(call gs__put,644,$(GS_FW),$(DESTDIR)/lib/firmware/genesys)
	$(call gs__put,644,$(B)/kernel/genesys.ko,$(DESTDIR)/lib/modules/$(or \
		$(gs__release),$(error $(KDIR) is no configured kernel))/updates)
	$(if $(DESTDIR),,PATH=$$PATH:/usr/sbin:/sbin depmod $(gs__release))
