# SPDX-License-Identifier: MIT
#
# Programs that "make bench-qemu", "make demo-qemu" and "make qemu-shell" run in
# a guest, linked statically. The benchmarks print figures and judge nothing, so
# they are no part of any check.
GS_GUEST_BENCHES := bench-latency bench-infer
GS_GUEST_TOOLS	:= gs-run classify
gs__guest_extra	:= $(addprefix $(B)/guest/,$(GS_GUEST_BENCHES) $(GS_GUEST_TOOLS))

GS_GUEST_bench-latency := tests/bench/qemu/latency.c tests/bench/qemu/npu.c \
		   tests/bench/qemu/trace.c
GS_GUEST_bench-infer := tests/bench/qemu/infer.c
GS_GUEST_gs-run	= $(GS_SRCS_gs-run)
GS_GUEST_classify = $(GS_SRCS_classify)

gs__guest_pkgs	= libelf zlib json-c libdrm libpng libjpeg
gs__guest_libs	= $(shell $(PKG_CONFIG) --static --libs $(gs__guest_pkgs))

$(gs__guest_extra): $(B)/guest/%: $$(GS_GUEST_$$*) $(wildcard tests/bench/qemu/*.h \
		include/genesys/*.h include/uapi/drm/*.h runtime/*/*.h) \
		$$(call gs__lib_files,genesys gsrunfiles gsheads gssupport)
	$(call gs__say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(GS_GUEST_CC) -o $@ $(filter %.c,$^) -Wl,--start-group \
		$(filter %.a,$^) -Wl,--end-group $(gs__guest_libs) -lm -lpthread

# Driver, firmware and programs. Packages may arrive with setup.sh, so the build
# is a new make.
.PHONY: guest-tools bench-qemu demo-qemu qemu-shell
guest-tools: kernel firmware $(gs__guest_extra) all
bench-qemu demo-qemu qemu-shell:
	@scripts/setup.sh --qemu
	@$(MAKE) $(gs__j) guest-tools
	@$(GS_ENV) scripts/$@.sh
