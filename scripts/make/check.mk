# SPDX-License-Identifier: MIT
#
# Tests, fuzzing, benchmarks and "make check".
#
#   gs_test             a cmocka program, run in the plain and in the SAN build;
#                       each of its test functions counts
#   gs_script_test      a command, run in the plain build from the top
#                       directory: exit 0 pass, 77 skip, else fail; when it
#                       prints TAP ("ok 1 - name"), each of its lines counts
#   gs_script_test_san  the same, run in the SAN build too
#   gs_fuzz             a libFuzzer program, built in $(B)-fuzz with clang, run
#                       FUZZ_SECONDS on a copy of its corpus
#   gs_fuzz_tsan        the same with ThreadSanitizer instead of the others; what
#                       it is to look for it counts itself, as "extra counters"
#   gs_bench            a program "make bench" runs, one after the other
#
# A command must not contain commas, and writes $$ for a $ of the shell. Tests
# see GS_BUILD and GS_SRC (absolute paths of build and source directory),
# GS_CACHE and PYTHON.
#
# More variables a build.mk may set:
#   GS_TIMEOUT_<test>   seconds a test may take, instead of TEST_TIMEOUT
#   GS_MAX_LEN_<fuzz>   longest input of a fuzz target, instead of 65536

GS_SCRIPTS	:=
GS_SCRIPTS_SAN	:=

gs__hash := \#
gs__escape = $(subst $(gs__hash),\$(gs__hash),$(subst $$,$$$$,$(1)))
gs_script_test = $(if $(3),$(error build.mk: comma in the command of test \
	"$(strip $(1))"))$(eval GS_SCRIPTS += $(strip $(1)))$(eval \
	GS_COMMAND_$(strip $(1)) := $(call gs__escape,$(2)))
gs_script_test_san = $(call gs_script_test,$(1),$(2))$(eval \
	GS_SCRIPTS_SAN += $(strip $(1)))

GS_RUNNER	:= $(PYTHON) scripts/test-summary
GS_EXPORTS	= GS_BUILD=$(abspath $(B)) GS_SRC=$(CURDIR) \
	GS_CACHE=$(GS_CACHE) PYTHON=$(PYTHON) CC='$(CC)' \
	ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:$${ASAN_OPTIONS:-} \
	UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:$${UBSAN_OPTIONS:-}
GS_ENV		= env $(GS_EXPORTS)

.PHONY: tests test benches bench models fuzzers fuzz check list

# Names given as T=, or all of $(1).
gs__pick = $(if $(T),$(filter $(T),$(1)),$(1))
gs__scripts = $(call gs__pick,$(if $(SAN),$(GS_SCRIPTS_SAN),$(GS_SCRIPTS)))
gs__unknown = $(filter-out $(GS_TESTS) $(GS_SCRIPTS) $(GS_FUZZERS) \
	$(GS_BENCHES),$(T))

# A plan is a file with a line a test: kind, name, seconds, command. PLAN= is
# set by "make check", which collects the lines of all builds in one file.
gs__tab := $(shell printf '\t')
define gs__nl


endef
gs__line = $(1)$(gs__tab)$(if $(LABEL),$(LABEL):)$(2)$(gs__tab)$(or \
	$(GS_TIMEOUT_$(2)),$(3))$(gs__tab)$(if $(PLAN),export $(GS_EXPORTS); )$(strip $(4))$(gs__nl)
gs__test_plan = $(foreach t,$(call gs__pick,$(GS_TESTS)),$(call \
	gs__line,cmocka,$(t),$(TEST_TIMEOUT),$(B)/tests/$(t)))$(foreach \
	t,$(gs__scripts),$(call \
	gs__line,script,$(t),$(TEST_TIMEOUT),$(GS_COMMAND_$(t))))
# Inputs the fuzzer finds stay in the copy and serve the next run.
gs__fuzz_line = mkdir -p $(B)/fuzz/corpus/$(1) $(B)/fuzz/artifacts && \
	$(if $(GS_CORPUS_$(1)),cp -r $(GS_CORPUS_$(1))/. $(B)/fuzz/corpus/$(1) &&) \
	$(B)/fuzz/$(1) -seed=1 -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	-max_len=$(or $(GS_MAX_LEN_$(1)),65536) -rss_limit_mb=2048 \
	-error_exitcode=1 -print_final_stats=1 -artifact_prefix=$(B)/fuzz/artifacts/$(1)- \
	$(B)/fuzz/corpus/$(1)
gs__fuzz_plan = $(foreach t,$(call gs__pick,$(GS_FUZZERS)),$(call \
	gs__line,fuzz,$(t),$(shell expr $(FUZZ_SECONDS) + 120),$(call \
	gs__fuzz_line,$(t))))

# $(1) plan text, $(2) what its file is called, $(3) options of the runner
gs__plan_text = $(subst $(gs__nl) ,$(gs__nl),$(1))
gs__run_plan = $(if $(PLAN),$(file >>$(PLAN),$(gs__plan_text))@:,$(shell mkdir \
	-p $(B)/log)$(file >$(B)/log/$(2),$(gs__plan_text))@$(GS_ENV) $(GS_RUNNER) \
	--jobs $(TEST_JOBS) --logs $(B)/log $(3) --plan $(B)/log/$(2))

gs__test_files = $(patsubst %,$(B)/tests/%,$(call gs__pick,$(GS_TESTS)))
gs__fuzz_files = $(patsubst %,$(B)/fuzz/%,$(call gs__pick,$(GS_FUZZERS)))

# Prerequisites below are expanded after all build.mk were read.
.SECONDEXPANSION:

tests: $$(patsubst %,$(B)/tests/%,$$(GS_TESTS))
benches: $$(patsubst %,$(B)/bench/%,$$(GS_BENCHES))

# With PLAN= everything that can be built was built, and what could not fails
# when it is run.
test: $$(if $$(PLAN),,$$(gs__test_files) $$(if $$(gs__scripts),all))
	$(if $(gs__unknown),$(error no such test: $(gs__unknown)))
	$(call gs__run_plan,$(gs__test_plan),plan,$(if $(T),--verbose))

bench: all $$(patsubst %,$(B)/bench/%,$$(call gs__pick,$$(GS_BENCHES)))
	$(if $(gs__unknown),$(error no such benchmark: $(gs__unknown)))
	@set -e; for t in $(call gs__pick,$(GS_BENCHES)); do \
		echo "== $$t"; $(GS_ENV) $(B)/bench/$$t; done

# Trained models on real pictures; exit status 77 where they cannot be fetched.
models: all
	@$(GS_ENV) $(PYTHON) tests/conformance/real_models.py $(T)

# Programs against what the published machines can do; NETWORKS=DIR has resnet18.onnx, resnet18.calib.npy and so on,
# by default those that scripts/make_networks.py makes.
.PHONY: bench-compiler
bench-compiler: all
	@dir="$(NETWORKS)"; \
	[ "$$dir" ] || dir=$$($(PYTHON) scripts/make_networks.py resnet18 resnet50) || exit $$?; \
	$(GS_ENV) $(B)/bin/bench-compiler "$$dir" $(if $(LAYERS),--layers $(LAYERS) $(T))

# Inference beside onnxruntime, T="resnet50 mobilenet_v2" of these networks.
.PHONY: bench-ort
bench-ort: all
	@dir="$(NETWORKS)"; status=0; \
	[ "$$dir" ] || dir=$$($(PYTHON) scripts/make_networks.py $(or $(T),resnet50)) || status=$$?; \
	[ $$status = 77 ] && echo "bench-ort: skipped, there are no networks" && exit 0; \
	[ $$status = 0 ] || exit $$status; \
	$(GS_ENV) $(PYTHON) tests/bench/ort/bench_ort.py "$$dir" $(T) || status=$$?; \
	[ $$status = 77 ] || exit $$status

ifneq ($(FUZZ),)
fuzzers: $$(patsubst %,$(B)/fuzz/%,$$(GS_FUZZERS))
fuzz: $$(if $$(PLAN),,$$(gs__fuzz_files))
	$(if $(gs__unknown),$(error no such test: $(gs__unknown)))
	$(call gs__run_plan,$(gs__fuzz_plan),plan,$(if $(T),--verbose))
else
fuzz fuzzers:
	@$(MAKE) $(gs__j) FUZZ=1 B=$(B)-fuzz $@
endif

# ---- make check --------------------------------------------------------------
# Every step adds to one file of results; only the last one judges. Builds go
# on after an error (-k), so one broken room does not hide the state of others.
# What is run then is one plan, so that no processor waits between its parts: the
# boots first, which take longest, the fuzzers last, which are short and equal.
gs__results = $(abspath $(B)/log/results)
gs__submake = $(MAKE) $(MAKEOVERRIDES) -k -j$(JOBS)
gs__step = @$(GS_RUNNER) --results $(gs__results) --logs $(B)/log --step
gs__plan = $(abspath $(B)/log/plan)
gs__suite = +@$(MAKE) PLAN=$(gs__plan)

check:
	@scripts/setup.sh --check
	@rm -rf $(B)/log
	@mkdir -p $(B)/log
	$(gs__step) format -- scripts/check-format.sh
	+@$(MAKE) -j2 gs__check_variants gs__check_guest
	$(gs__suite) B=$(B) check-qemu
	$(gs__suite) B=$(B) check-kernel
	$(gs__suite) B=$(B)-san SAN=1 LABEL=san test
	$(gs__suite) B=$(B) test
	$(if $(GS_FUZZERS),$(gs__suite) B=$(B)-fuzz FUZZ=1 LABEL=fuzz fuzz)
	@$(GS_RUNNER) --jobs $(TEST_JOBS) --logs $(B)/log \
		--results $(gs__results) --plan $(gs__plan)
	@$(GS_RUNNER) --total $(gs__results) $(if $(SKIPS),--skips $(SKIPS))

# Links, kernels and QEMU leave a processor idle now and then: two builds at a
# time, none in the directory of another.
.PHONY: gs__check_variants gs__check_guest
gs__check_variants:
	$(gs__step) build-clang -- $(gs__submake) B=$(B)-clang CC=$(CLANG) everything
	$(gs__step) build-san -- $(gs__submake) B=$(B)-san SAN=1 all tests
	$(if $(GS_FUZZERS),$(gs__step) build-fuzz -- $(gs__submake) B=$(B)-fuzz FUZZ=1 fuzzers)

gs__check_guest:
	$(gs__step) build -- $(gs__submake) B=$(B) everything
	$(gs__step) build-qemu -- $(gs__cached) scripts/build-qemu.sh
	$(gs__step) fetch-kernel -- $(gs__cached) scripts/fetch-kernel.sh
	$(gs__step) build-kernel -- $(gs__cached) scripts/build-kernel.sh
	$(gs__step) build-guest -- $(call gs__guest,scripts/fetch-kernel.sh,guest)
	$(gs__step) build-guest-debug -- $(call gs__guest,scripts/build-kernel.sh,guest-debug)

# What is not to be had here (exit 77) is skipped, and with it what is built
# with it, and what SKIPS does not list is a failure at the end.
gs__cached = env GS_CACHE=$(GS_CACHE)
gs__guest = /bin/bash -c '$(gs__cached) scripts/fetch-kselftest.sh && \
	$(gs__cached) $(1) && $(gs__submake) B=$(B) $(2)'

list:
	@printf '%-10s %s\n' libraries: '$(GS_LIBS) $(GS_SHLIBS)' tools: '$(GS_BINS)' \
		tests: '$(GS_TESTS)' scripts: '$(GS_SCRIPTS)' \
		fuzzers: '$(GS_FUZZERS)' benches: '$(GS_BENCHES)'
