# SPDX-License-Identifier: MIT
#
# Macros for the build.mk of a room. Each call only registers a target; the
# rules are generated after the last build.mk was read, so rooms may name the
# libraries of other rooms in any order.
#
#   $(eval $(call gs_lib,NAME,SOURCES,PKGS,LIBS))
#	$(B)/lib/libNAME.a. PKGS and LIBS are what whoever links it needs too.
#   $(eval $(call gs_shlib,NAME,SOURCES,LIBS,PKGS,VERSION_SCRIPT,SOVERSION))
#	$(B)/lib/libNAME.so and libNAME.a. The shared library contains LIBS.
#   $(eval $(call gs_bin,NAME,SOURCES,LIBS,PKGS))
#	$(B)/bin/NAME.
#   $(eval $(call gs_test,NAME,SOURCES,LIBS,PKGS))
#   $(eval $(call gs_bench,NAME,SOURCES,LIBS,PKGS))
#   $(eval $(call gs_fuzz,NAME,SOURCES,LIBS,PKGS,CORPUS_DIR))
#   $(eval $(call gs_fuzz_tsan,NAME,SOURCES,LIBS,PKGS,CORPUS_DIR))
#   $(eval $(call gs_script_test,NAME,COMMAND))
#   $(eval $(call gs_script_test_san,NAME,COMMAND))
#	See check.mk.
#   $(eval $(call gs_install,FILES,DIR))
#	Install FILES into $(PREFIX)/DIR.
#
# SOURCES  *.c files; those below $(B)/gen are generated and compiled with
#          relaxed warnings; *.h below $(B)/gen are made before anything of
#          the target is compiled.
# LIBS     names given to gs_lib or gs_shlib; their own LIBS and PKGS come
#          along. NAME.so links the shared library of a gs_shlib.
# PKGS     pkg-config packages, or flags of the linker (-lm -lpthread).
#
# Variables a build.mk may set:
#   GS_CFLAGS_<name>       more flags for the objects of one target
#   GS_LDFLAGS_<name>      and for linking it
#   GS_CFLAGS_<source>     more flags for one source, in every target
#   GS_EXAMPLES += NAME    a program of gs_bin that "make install" leaves out
#   GS_ALL += FILE         one more file for "make all" (with a rule of its own)

# ---- flags -----------------------------------------------------------------
# No contraction into fused multiply-add: results must not depend on the
# compiler or on the machine the model runs on.
GS_CPPFLAGS	:= -Iinclude -Iinclude/uapi -I. -I$(B)/gen -D_GNU_SOURCE \
		   -DGS_VERSION='"$(VERSION)"'
# Debugging information says where files are from the top, in every clone.
GS_CFLAGS	:= -std=c11 -fPIC -fvisibility=hidden -ffp-contract=off \
		   -ffile-prefix-map=$(CURDIR)=.
GS_WARN		:= -Wall -Wextra -Wconversion -Wstrict-prototypes \
		   -Wmissing-prototypes $(if $(WERROR),-Werror)
GS_LDFLAGS	:=
GS_SHLDFLAGS	:= -Wl,-z,defs

# Sanitizers raise false "may be uninitialized" and the like in gcc, which is
# why WERROR is off by default there; plain gcc and clang builds are strict.
ifneq ($(SAN),)
GS_SANITIZE	:= -fsanitize=address,undefined -fno-sanitize-recover=all \
		   -fno-omit-frame-pointer
endif
ifneq ($(FUZZ),)
GS_SANITIZE	:= -fsanitize=fuzzer-no-link,address,undefined \
		   -fno-sanitize-recover=all -fno-omit-frame-pointer
# Counters of coverage would be races, which clang 14 takes for the program's.
GS_TSAN		:= -fno-sanitize=all -fsanitize=thread
GS_WARN		+= -Wno-missing-prototypes
GS_CPPFLAGS	+= -DGS_FUZZING=1
endif
ifneq ($(GS_SANITIZE),)
GS_CFLAGS	+= $(GS_SANITIZE)
GS_LDFLAGS	+= $(GS_SANITIZE)
GS_SHLDFLAGS	:=
endif

# ---- registration ----------------------------------------------------------
GS_LIBS		:=
GS_SHLIBS	:=
GS_BINS		:=
GS_TESTS	:=
GS_BENCHES	:=
GS_FUZZERS	:=
GS_ALL		:=
GS_INSTALL	:=

# $(1) kind, $(2) name, $(3) sources, $(4) libs, $(5) packages
define gs__register
$(if $(GS_SRCS_$(2)),$(error build.mk: target "$(2)" is defined twice))
$(if $(strip $(3)),,$(error build.mk: target "$(2)" has no sources))
GS_$(1) += $(2)
GS_SRCS_$(2) := $(3)
GS_LIBS_$(2) := $(4)
GS_PKGS_$(2) := $(5)
endef

gs_lib = $(eval $(call gs__register,LIBS,$(strip $(1)),$(2),$(4),$(3)))
gs_bin = $(eval $(call gs__register,BINS,$(strip $(1)),$(2),$(3),$(4)))
gs_test = $(eval $(call gs__register,TESTS,$(strip $(1)),$(2),$(3),$(4)))
gs_bench = $(eval $(call gs__register,BENCHES,$(strip $(1)),$(2),$(3),$(4)))
gs_fuzz = $(eval $(call gs__register,FUZZERS,$(strip $(1)),$(2),$(3),$(4))\
	)$(eval GS_CORPUS_$(strip $(1)) := $(5))
# All it is made of is compiled for it once more: all libraries must be known.
gs_fuzz_tsan = $(call gs_fuzz,$(1),$(2) $(foreach l,$(call \
	gs__closure,$(3)),$(GS_SRCS_$(l))),,$(4) $(foreach l,$(call \
	gs__closure,$(3)),$(GS_PKGS_$(l))),$(5))$(eval \
	GS_CFLAGS_$(strip $(1)) := $(GS_TSAN))$(eval \
	GS_LDFLAGS_$(strip $(1)) := $(GS_TSAN))
gs_shlib = $(eval $(call gs__register,SHLIBS,$(strip $(1)),$(2),$(3),$(4))\
	)$(eval GS_MAP_$(strip $(1)) := $(5)\
	)$(eval GS_SOVERSION_$(strip $(1)) := $(or $(strip $(6)),0))
gs_install = $(foreach f,$(1),$(eval GS_INSTALL += $(f):$(strip $(2))))

# ---- helpers ---------------------------------------------------------------
gs__uniq = $(if $(1),$(firstword $(1)) $(call gs__uniq,$(filter-out \
	$(firstword $(1)),$(1))))
# A library and all it needs. A shared library brings its own along.
gs__closure = $(call gs__uniq,$(call gs__closure1,$(1)))
gs__closure1 = $(foreach l,$(1),$(l) $(call gs__closure1,$(GS_LIBS_$(l))))
gs__lib_file = $(if $(filter %.so,$(1)),$(B)/lib/lib$(1),$(B)/lib/lib$(1).a)
gs__lib_files = $(foreach l,$(call gs__closure,$(1)),$(call gs__lib_file,$(l)))
gs__all_pkgs = $(call gs__uniq,$(GS_PKGS_$(1)) \
	$(foreach l,$(call gs__closure,$(GS_LIBS_$(1))),$(GS_PKGS_$(l))))

# Objects of a target: sources keep their path below $(B)/obj/NAME.
gs__gen_objs = $(patsubst $(B)/gen/%.c,$(B)/obj/$(1)/gen/%.o,$(filter \
	$(B)/gen/%.c,$(GS_SRCS_$(1))))
gs__src_objs = $(patsubst %.c,$(B)/obj/$(1)/%.o,$(filter-out \
	$(B)/gen/%,$(filter %.c,$(GS_SRCS_$(1)))))
gs__objs = $(gs__src_objs) $(gs__gen_objs)
# Generated files which must exist before an object of $(1) is compiled.
gs__gen = $(foreach l,$(1) $(call gs__closure,$(GS_LIBS_$(1))),$(filter \
	$(B)/gen/%,$(GS_SRCS_$(l))))

# Flags of packages, asked once and only when something is compiled.
gs__pkg = $(if $(filter-out undefined,$(origin gs__pkg_$(1)_$(2))),,$(eval \
	gs__pkg_$(1)_$(2) := $(shell $(PKG_CONFIG) --$(1) $(2) || echo missing)\
	))$(if $(filter missing,$(gs__pkg_$(1)_$(2))),$(error \
	package $(2) is missing, run scripts/setup.sh))$(gs__pkg_$(1)_$(2))
gs__pkg_cflags = $(foreach p,$(filter-out -%,$(call gs__all_pkgs,$(1))),$(call \
	gs__pkg,cflags,$(p)))
gs__pkg_libs = $(foreach p,$(call gs__all_pkgs,$(1)),$(if $(filter \
	-%,$(p)),$(p),$(call gs__pkg,libs,$(p))))

gs__say = $(if $(Q),@printf '  %-7s %s\n' '$(1)' '$(2)')
gs__ne = $(if $(subst x$(strip $(1)),,x$(strip $(2)))$(subst \
	x$(strip $(2)),,x$(strip $(1))),y)

# A stamp $@ which changes only when its text does.
gs__stamp = $(if $(call gs__ne,$(file <$@),$(1)),$(shell mkdir -p \
	$(@D))$(file >$@,$(1)))

# All that decides how the objects of target $(1) are compiled.
gs__flags = $(CC) $(GS_CPPFLAGS) $(CPPFLAGS) $(GS_CFLAGS) $(GS_WARN) $(CFLAGS) \
	$(call gs__all_pkgs,$(1)) $(GS_CFLAGS_$(1)) \
	$(foreach s,$(GS_SRCS_$(1)),$(GS_CFLAGS_$(s)))

# ---- rules -----------------------------------------------------------------
# $(1) target, $(2) warning flags
define gs__compile
	$$(call gs__say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(CCACHE) $$(CC) $$(GS_CPPFLAGS) $$(CPPFLAGS) $$(GS_CFLAGS) $(2) \
		$$(call gs__pkg_cflags,$(1)) $$(CFLAGS) $$(GS_CFLAGS_$(1)) \
		$$(GS_CFLAGS_$$<) -MMD -MP -c -o $$@ $$<
endef

# Objects of target $(1). They are compiled again when .flags changes, and the
# target is linked again when .list does, as when a source is gone.
define gs__rules_objs
$(gs__src_objs): $(B)/obj/$(1)/%.o: %.c $(B)/obj/$(1)/.flags | $(gs__gen)
$(call gs__compile,$(1),$$(GS_WARN))
$(gs__gen_objs): $(B)/obj/$(1)/gen/%.o: $(B)/gen/%.c $(B)/obj/$(1)/.flags | $(gs__gen)
$(call gs__compile,$(1),-w)
$(B)/obj/$(1)/.flags: FORCE
	$$(call gs__stamp,$$(call gs__flags,$(1)))
$(B)/obj/$(1)/.list: FORCE
	$$(call gs__stamp,$(gs__objs) $(GS_LIBS_$(1)) $(GS_PKGS_$(1)) \
		$$(CC) $$(CFLAGS) $$(GS_LDFLAGS) $$(LDFLAGS) $$(GS_LDFLAGS_$(1)))
GS_OBJS += $(gs__objs)
endef

define gs__rules_lib
$(B)/lib/lib$(1).a: $(gs__objs) $(B)/obj/$(1)/.list
	$$(call gs__say,AR,$$@)
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$(filter %.o,$$^)
endef

# $(1) target, $(2) file, $(3) more flags
define gs__rules_bin
$(2): $(gs__objs) $(call gs__lib_files,$(GS_LIBS_$(1))) $(B)/obj/$(1)/.list
	$$(call gs__say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(GS_LDFLAGS) $$(LDFLAGS) $$(CFLAGS) $$(GS_LDFLAGS_$(1)) \
		$(3) -o $$@ $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a %.so,$$^) \
		-Wl,--end-group $$(call gs__pkg_libs,$(1))
.PHONY: $(1)
$(1): $(2)
endef

define gs__rules_shlib
$(B)/lib/lib$(1).so.$(GS_SOVERSION_$(1)): $(gs__objs) $(GS_MAP_$(1)) \
		$(call gs__lib_files,$(GS_LIBS_$(1))) $(B)/obj/$(1)/.list
	$$(call gs__say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -shared $$(GS_LDFLAGS) $$(GS_SHLDFLAGS) $$(LDFLAGS) \
		$$(CFLAGS) -Wl,-soname,lib$(1).so.$(GS_SOVERSION_$(1)) \
		$(if $(GS_MAP_$(1)),-Wl$(gs__comma)--version-script=$(GS_MAP_$(1))) \
		-o $$@ $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) \
		-Wl,--end-group $$(call gs__pkg_libs,$(1))
$(B)/lib/lib$(1).so: $(B)/lib/lib$(1).so.$(GS_SOVERSION_$(1))
	@ln -sf $$(<F) $$@
endef
gs__comma := ,

# $(1) kind, $(2) directory, $(3) more link flags: rules of all programs
define gs__rules_programs
$(foreach n,$(GS_$(1)),$(eval $(call gs__rules_objs,$(n)))$(eval \
	$(call gs__rules_bin,$(n),$(B)/$(2)/$(n),$(3))))
endef

# Called once, after the last build.mk.
define gs__generate
$(foreach n,$(GS_LIBS) $(GS_SHLIBS),$(eval $(call gs__rules_objs,$(n)))$(eval \
	$(call gs__rules_lib,$(n))))
$(foreach n,$(GS_SHLIBS),$(eval $(call gs__rules_shlib,$(n))))
$(call gs__rules_programs,BINS,bin,-Wl$(gs__comma)-rpath$(gs__comma)'$$$$ORIGIN/../lib')
$(call gs__rules_programs,TESTS,tests,-Wl$(gs__comma)-rpath$(gs__comma)'$$$$ORIGIN/../lib')
$(call gs__rules_programs,BENCHES,bench,-Wl$(gs__comma)-rpath$(gs__comma)'$$$$ORIGIN/../lib')
$(if $(FUZZ),$(call gs__rules_programs,FUZZERS,fuzz,-fsanitize=fuzzer))
endef

GS_OBJS		:=
GS_LIB_FILES	= $(GS_LIBS:%=$(B)/lib/lib%.a) \
		  $(foreach l,$(GS_SHLIBS),$(B)/lib/lib$(l).so $(B)/lib/lib$(l).a)
GS_BIN_FILES	= $(GS_BINS:%=$(B)/bin/%)

# Reader of ONNX files, generated from the schema of the installed package.
$(B)/gen/onnx/onnx.pb-c.c $(B)/gen/onnx/onnx.pb-c.h &: $(ONNX_PROTO)
	$(call gs__say,GEN,$(B)/gen/onnx/onnx.pb-c.c)
	@mkdir -p $(@D)
	$(Q)$(PROTOC_C) -I$(patsubst %/onnx/onnx.proto,%,$<) --c_out=$(B)/gen $<
