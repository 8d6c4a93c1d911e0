# ring3: one file, not recursive.  `make help` lists the targets.
SHELL     := /bin/bash
.SHELLFLAGS := -o pipefail -c

VERSION   := 0.1.0
COMMIT    := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

PREFIX    ?= /usr/local
DESTDIR   ?=
LINK      ?= static
SANITIZE  ?= 0
ifeq ($(origin CC),default)
CC        := gcc
endif

ifeq ($(SANITIZE),1)
LINK      := dynamic
BUILD     ?= build/sanitize
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
endif
BUILD     ?= build

V         ?= 0
Q         := $(if $(filter 1,$(V)),,@)
say        = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' $(1) $(2))

WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Wformat=2 \
	     -Wno-missing-field-initializers -Werror
CFLAGS    ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude $(WARNINGS) -ffunction-sections -fdata-sections \
	     -fstack-protector-strong $(CFLAGS) $(SAN_FLAGS)
LIBS      := -lyajl -lseccomp -lcap -lcgroup -lm
ifeq ($(LINK),static)
LIBS      := -lyajl_s -lseccomp -lcap -lcgroup -lm
LINKFLAGS := -static
endif
LINKFLAGS += -Wl,--gc-sections -Wl,-z,relro,-z,now

# Under sudo, in a clone that belongs to the caller, everything is built as the caller: nothing in it becomes root's.
AS_USER   :=
ifeq ($(shell id -u),0)
ifneq ($(SUDO_UID),)
ifeq ($(shell stat -c %u .),$(SUDO_UID))
AS_USER   := $(shell command -v setpriv) --reuid=$(SUDO_UID) --regid=$(SUDO_GID) --init-groups \
	     env HOME=$(shell getent passwd $(SUDO_UID) | cut -d: -f6) SUDO_UID=
endif
endif
endif
JOBS      := -j$(shell nproc)
SUB        = $(AS_USER) $(MAKE) -s --no-print-directory $(JOBS)

HELPER_SRC := $(wildcard runtime/helper/*.c)
SRC       := $(filter-out $(HELPER_SRC),$(wildcard runtime/*.c runtime/*/*.c))
OBJ       := $(SRC:%.c=$(BUILD)/%.o)
LIB_OBJ   := $(filter-out $(BUILD)/runtime/main.o,$(OBJ))

# The helper program talks to systemd for --systemd-cgroup.  Its path is compiled in; where libsystemd is missing it is not built.
SYSTEMD_HELPER ?= $(PREFIX)/libexec/ring3/ring3-systemd
HAVE_SYSTEMD   := $(shell echo '\#include <systemd/sd-bus.h>' | $(CC) -E - >/dev/null 2>&1 && echo yes)
HELPER         := $(if $(HAVE_SYSTEMD),$(BUILD)/ring3-systemd)

.PHONY: all
ifeq ($(AS_USER),)
all: $(BUILD)/ring3 $(HELPER)
	$(if $(HELPER),,@echo 'without ring3-systemd, which --systemd-cgroup needs: libsystemd-dev is not installed')
else
all:
	+$(AS_USER) $(MAKE) $(JOBS) all
endif

$(BUILD)/ring3: $(OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(LINKFLAGS) -o $@ $(OBJ) $(LIBS)

HELPER_OBJ := $(HELPER_SRC:%.c=$(BUILD)/%.o)
$(HELPER_OBJ): ALL_CFLAGS += -Iruntime/helper
$(BUILD)/ring3-systemd: $(HELPER_OBJ) $(BUILD)/libring3.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -Wl,--gc-sections -Wl,-z,relro,-z,now -o $@ $^ -lsystemd

$(BUILD)/libring3.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/runtime/cli/version.o: ALL_CFLAGS += -DRING3_VERSION='"$(VERSION)"' -DRING3_COMMIT='"$(COMMIT)"'
$(BUILD)/runtime/spec/spec_default.o: config/default.json

# Another PREFIX or commit makes another program.
$(BUILD)/systemd-helper.path: SAID := $(SYSTEMD_HELPER)
$(BUILD)/commit: SAID := $(COMMIT)
$(BUILD)/systemd-helper.path $(BUILD)/commit: FORCE
	@mkdir -p $(@D)
	@echo '$(SAID)' | cmp -s - $@ || echo '$(SAID)' >$@
.PHONY: FORCE
$(BUILD)/runtime/cli/version.o: $(BUILD)/commit
$(BUILD)/runtime/host/host_systemd.o: ALL_CFLAGS += -DRING3_SYSTEMD_HELPER='"$(SYSTEMD_HELPER)"'
$(BUILD)/runtime/host/host_systemd.o: $(BUILD)/systemd-helper.path

-include $(OBJ:.o=.d) $(HELPER_OBJ:.o=.d)

# --- what has to be installed first ------------------------------------------------------------------------------
DEPS_BUILD := gcc make libc6-dev libyajl-dev libseccomp-dev libcap-dev libcgroup-dev libsystemd-dev
DEPS_DEMO  := $(DEPS_BUILD) busybox-static jq
DEPS_CHECK := $(DEPS_DEMO) binutils scdoc libcmocka-dev bats uidmap strace clang clang-format clang-tidy cppcheck libclang-rt-14-dev \
	      universal-ctags procps iproute2 zsh fish
DEPS_SCHEMAS := $(DEPS_DEMO) python3-jsonschema
DEPS_DEB   := $(DEPS_BUILD) build-essential dpkg-dev debhelper dh-apparmor scdoc lintian
DEPS_BENCH := $(DEPS_DEMO) strace crun runc golang-github-containers-common

.PHONY: deps deps-build deps-demo deps-schemas deps-deb deps-bench
deps: ; @tests/deps $(DEPS_CHECK) $(DEPS_DEB) $(DEPS_VM)
deps-build: ; @tests/deps $(DEPS_BUILD)
deps-demo: ; @tests/deps $(DEPS_DEMO)
deps-schemas: ; @tests/deps $(DEPS_SCHEMAS)
deps-deb: ; @tests/deps $(DEPS_DEB)
deps-bench: ; @tests/deps $(DEPS_BENCH)

.DELETE_ON_ERROR:

# --- man pages and completions, made from the program's tables ----------------------------------------------------
PAGES       := $(patsubst docs/man/%.scd,$(BUILD)/man/%,$(wildcard docs/man/*.scd))
COMPLETIONS := $(addprefix $(BUILD)/completions/,ring3.bash _ring3 ring3.fish)

$(BUILD)/tables: contrib/tables.c $(BUILD)/libring3.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Wl,--gc-sections -o $@ $^ -lyajl -lseccomp -lcap -lcgroup -lm
$(BUILD)/tables.txt: $(BUILD)/tables
	@$< >$@

$(BUILD)/man/%.1: docs/man/%.1.scd docs/man/page.awk $(BUILD)/tables.txt
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)awk -v page=$* -f docs/man/page.awk $(BUILD)/tables.txt $< | scdoc >$@

$(BUILD)/completions/ring3.bash: SHELL_NAME := bash
$(BUILD)/completions/_ring3: SHELL_NAME := zsh
$(BUILD)/completions/ring3.fish: SHELL_NAME := fish
$(BUILD)/completions/%: contrib/completions/% $(wildcard contrib/completions/*.awk) $(BUILD)/tables.txt
	@mkdir -p $(@D)
	$(Q)awk -f contrib/completions/$(SHELL_NAME).awk $(BUILD)/tables.txt $< >$@

.PHONY: man completions
man: $(PAGES)
completions: $(COMPLETIONS)

# --- install -----------------------------------------------------------------------------------------------------
# Man pages are made where scdoc is.
.PHONY: install uninstall
SHARE     := $(DESTDIR)$(PREFIX)/share
MAN       := $(if $(shell command -v scdoc),$(PAGES))
install: all
	@+$(SUB) $(COMPLETIONS) $(MAN)
	install -D -m 0755 $(BUILD)/ring3 $(DESTDIR)$(PREFIX)/bin/ring3
	$(if $(HELPER),install -D -m 0755 $(HELPER) $(DESTDIR)$(SYSTEMD_HELPER))
	install -D -m 0644 $(BUILD)/completions/ring3.bash $(SHARE)/bash-completion/completions/ring3
	install -D -m 0644 $(BUILD)/completions/_ring3 $(SHARE)/zsh/site-functions/_ring3
	install -D -m 0644 $(BUILD)/completions/ring3.fish $(SHARE)/fish/vendor_completions.d/ring3.fish
	$(if $(MAN),install -d $(SHARE)/man/man1 && install -m 0644 $(MAN) $(SHARE)/man/man1)

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/ring3 $(DESTDIR)$(SYSTEMD_HELPER) $(SHARE)/bash-completion/completions/ring3 $(SHARE)/zsh/site-functions/_ring3 \
		$(SHARE)/fish/vendor_completions.d/ring3.fish $(PAGES:$(BUILD)/man/%=$(SHARE)/man/man1/%)

# --- Debian package ----------------------------------------------------------------------------------------------
.PHONY: deb
DEB       := build/ring3_$(VERSION)_$(shell dpkg --print-architecture 2>/dev/null).deb
$(DEB): Makefile $(SRC) $(wildcard include/*/*.h config/* docs/*.md docs/man/* contrib/* contrib/*/*)
	@$(AS_USER) contrib/debian/build
deb: deps-deb $(DEB)

# --- demo --------------------------------------------------------------------------------------------------------
.PHONY: demo demo-rootless
demo: deps-demo
	@+$(SUB) $(BUILD)/ring3
	@RING3=$(abspath $(BUILD)/ring3) bash tests/demo.sh

demo-rootless: deps-demo
	@+$(SUB) $(BUILD)/ring3
	@RING3=$(abspath $(BUILD)/ring3) bash tests/demo.sh --rootless

# --- tests -------------------------------------------------------------------------------------------------------
# Every suite leaves TAP in build/results/NAME.tap; tests/tap adds the files up.
RESULTS   := build/results
export RESULTS
export AS_USER
TAP       := tests/tap
RUNTIME   ?= $(abspath $(BUILD)/ring3)
FUZZ_SECONDS ?= 60

UNIT      := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
UNIT_HELP := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
TEST_LIBS := -lcmocka -lyajl -lseccomp -lcap -lcgroup -lm

$(UNIT): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(UNIT_HELP) $(BUILD)/libring3.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Wl,--gc-sections -o $@ $< $(UNIT_HELP) $(BUILD)/libring3.a $(TEST_LIBS)

$(BUILD)/tests/%.o: ALL_CFLAGS += -Itests/unit
-include $(wildcard $(BUILD)/tests/unit/*.d)

$(BUILD)/tests/probe $(BUILD)/tests/engine: $(BUILD)/tests/%: tests/live/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 -static -o $@ $<

$(BUILD)/tests/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 -static -o $@ $<

$(BUILD)/tests/bench: tests/bench/bench.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 -static -o $@ $<

.PHONY: check check-all-built
check-all-built: $(BUILD)/ring3 $(UNIT) $(BUILD)/tests/probe $(BUILD)/tests/engine

# The test machine is made while the suites of this one run.
check: deps
	@$(AS_USER) rm -rf $(RESULTS)
	@$(AS_USER) mkdir -p build
	@tests/vm/build >build/vm-build.log 2>&1 </dev/null &
	@+$(SUB) check-all-built
	@+$(SUB) SANITIZE=1 check-all-built
	@for suite in lint check-docs check-deb check-unit check-sanitize fuzz check-live vm-suites; do \
		$(TAP) suite $$suite $(MAKE) --no-print-directory $$suite; \
	done
	@$(TAP) sum $(RESULTS)/*.tap

.PHONY: check-unit check-sanitize check-plan check-live
# As root where make is: some of them mount, change ids and load filters, in namespaces of their own.
check-unit:
	@+$(SUB) $(UNIT)
	@failed=0; for t in $(UNIT); do $(TAP) run $(UNIT_NAME)-$${t##*/test_} env CMOCKA_MESSAGE_OUTPUT=TAP $$t || failed=1; done; exit $$failed

# The same binaries under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer.
check-sanitize:
	@ASAN_OPTIONS=detect_leaks=1 $(MAKE) --no-print-directory SANITIZE=1 UNIT_NAME=sanitize check-unit
UNIT_NAME ?= unit

check-plan: $(BUILD)/tests/unit/test_plan
	@$(TAP) run plan env CMOCKA_MESSAGE_OUTPUT=TAP $<

# TESTS=tests/live/mounts.bats runs one file; RUNTIME=crun another runtime; FILTER=regex some tests.
TESTS     ?= $(sort $(wildcard tests/live/*.bats))
check-live:
	@+$(SUB) $(BUILD)/ring3 $(BUILD)/tests/probe $(BUILD)/tests/engine
	@+$(SUB) BUILD=build/faults CFLAGS='-O1 -g -DRING3_FAULTS' build/faults/ring3
	@$(AS_USER) tests/previous
	@BATS_TEST_TIMEOUT=60 PREVIOUS=$(abspath build/previous/ring3) RUNTIME=$(RUNTIME) PROBE=$(abspath $(BUILD)/tests/probe) $(TAP) run live bats --tap $(if $(FILTER),--filter '$(FILTER)') $(TESTS) </dev/null

include tests/vm/vm.mk

# The JSON schemas of a checkout of opencontainers/runtime-spec at SPEC; not part of make check, as it is nothing of ours.
.PHONY: check-schemas
check-schemas: deps-schemas
	@+$(SUB) $(BUILD)/ring3
	@RUNTIME=$(RUNTIME) $(TAP) run schemas tests/conformance/schemas $(SPEC)

# The programs of built checkouts of opencontainers/runtime-tools and opencontainers/runc, in the test machine: tests/conformance/README.md.
# Not part of make check: they are not ours.
.PHONY: check-upstream
check-upstream: deps-vm
	@$(if $(TOOLS)$(RUNC),,echo 'usage: make check-upstream TOOLS=PATH RUNC=PATH' >&2; exit 2)
	@+$(SUB) all $(BUILD)/tests/probe $(BUILD)/tests/engine
	@failed=0; \
	$(if $(TOOLS),RUNTIME=$(RUNTIME) tests/conformance/upstream runtime-tools $(TOOLS) || failed=1;) \
	$(if $(RUNC),RUNTIME=$(RUNTIME) tests/conformance/upstream runc $(RUNC) || failed=1;) exit $$failed

.PHONY: check-docs
check-docs:
	@+$(SUB) $(BUILD)/ring3 man completions
	@RUNTIME=$(RUNTIME) BUILD_DIR=$(abspath $(BUILD)) $(TAP) run docs bats --tap tests/docs/docs.bats </dev/null

.PHONY: check-deb
check-deb: deps-deb $(DEB)
	@DEB=$(abspath $(DEB)) $(TAP) run deb $(AS_USER) bats --tap tests/packaging/deb.bats </dev/null

# What docs/conformance.md says comes from the results of a whole run of check-unit and check-live.
.PHONY: conformance
conformance:
	@tests/conformance/table $(RESULTS) >docs/conformance.new && mv docs/conformance.new docs/conformance.md
	@sed -n "s/^\* //p" docs/conformance.md

# --- fuzz: libFuzzer targets, each an equal share of FUZZ_SECONDS --------------------------------------------------
FUZZ      := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_OBJ  := $(patsubst %.c,build/fuzz/%.o,$(filter-out runtime/main.c,$(SRC)))
FUZZ_FLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	     -fno-sanitize-recover=all

build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CLANG,$@)
	$(Q)clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
build/fuzz/runtime/cli/version.o: FUZZ_FLAGS += -DRING3_VERSION='"$(VERSION)"' -DRING3_COMMIT='"fuzz"'
-include $(FUZZ_OBJ:.o=.d)

build/fuzz/libring3.a: $(FUZZ_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $(FUZZ_OBJ)
$(FUZZ): build/fuzz/%: tests/fuzz/%.c build/fuzz/libring3.a
	$(call say,CLANG,$@)
	$(Q)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $< build/fuzz/libring3.a -lyajl -lseccomp -lcap -lcgroup -lm
# The same with a bug in it, which has to be found.
build/fuzz/%-planted: tests/fuzz/%.c build/fuzz/libring3.a
	$(call say,CLANG,$@)
	$(Q)clang $(FUZZ_FLAGS) -DPLANTED_BUG -fsanitize=fuzzer -o $@ $< build/fuzz/libring3.a -lyajl -lseccomp -lcap -lcgroup -lm

.PHONY: fuzz
fuzz:
	@+$(SUB) $(FUZZ) $(FUZZ:%=%-planted)
	@$(TAP) run fuzz $(AS_USER) env FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(FUZZ)

# --- bench, static analysis, lint, format --------------------------------------------------------------------------
.PHONY: bench
bench: deps-bench
	@+$(SUB) $(BUILD)/ring3 $(BUILD)/tests/floor $(BUILD)/tests/bench
	@RING3=$(abspath $(BUILD)/ring3) BIN=$(abspath $(BUILD)/tests) bash tests/bench/run

.PHONY: analyze
analyze:
	@+$(SUB) BUILD=build/analyze CFLAGS='-O2 -fanalyzer' build/analyze/libring3.a
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -Iinclude -D_GNU_SOURCE \
		--suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches runtime
	clang-tidy --quiet --checks='-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,clang-analyzer-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling' \
		--warnings-as-errors='*' $(SRC) -- -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -DRING3_VERSION='"0"' -DRING3_COMMIT='"0"'

C_FILES   := $(wildcard contrib/*.c runtime/*.c runtime/*/*.[ch] include/*/*.h tests/*/*.c tests/*/*.h)
.PHONY: lint check-layers check-sizes check-paths check-nss check-format format
lint:
	@+$(SUB) $(BUILD)/ring3
	@failed=0; for check in layers sizes paths nss bats format; do $(TAP) run lint-$$check $(AS_USER) tests/lint/check-$$check || failed=1; done; exit $$failed
check-layers check-sizes check-format:
	@tests/lint/$@
check-paths: $(OBJ)
	@tests/lint/$@
check-nss: $(BUILD)/ring3
	@tests/lint/$@
format:
	@$(AS_USER) clang-format -i $(C_FILES)

.PHONY: clean help
clean:
	rm -rf build

define HELP
make                 builds build/ring3, and build/ring3-systemd where libsystemd is (LINK=dynamic for shared libraries, SANITIZE=1 for sanitizers)
make demo            builds, runs a container and shows what it sees       (root; demo-rootless: anybody)
make check           every test, the machine's too; installs what it needs; ends with the count  (root)
make check-unit      the unit tests            make check-sanitize  the same under ASan, UBSan and LSan
make check-plan      config.json to plan, no privileges
make check-live      real containers on this machine: TESTS=FILE, FILTER=REGEX, RUNTIME=PROGRAM
make check-schemas   SPEC=PATH: state and features against the schemas of a runtime-spec checkout
make check-upstream  TOOLS=PATH RUNC=PATH: the tests of runtime-tools and runc, in the test machine
make check-vm        the same containers in a Debian with systemd and only cgroup v2 (QEMU): VM_SUITE=forky, AS="root user", TESTS, FILTER
make vm-shell        a root shell in that machine
make conformance     docs/conformance.md from the results of check-unit and check-live
make fuzz            libFuzzer targets, FUZZ_SECONDS=60 in all
make bench           speed and memory against the bare kernel, crun and runc
make check-docs      man pages, completions and guides say what is in the program
make lint            check-layers, check-sizes, check-paths, check-nss, check-format
make analyze         gcc -fanalyzer, cppcheck, clang-tidy
make format          clang-format on every C file
make man             the man pages (needs scdoc)       make completions  for bash, zsh and fish
make install         PREFIX=$(PREFIX), DESTDIR; man pages too where scdoc is
make deb             a Debian package in build/; make check-deb  whether it is reproducible and what lintian says
make deps            Debian packages that the tests need (deps-build, deps-demo, deps-schemas, deps-deb, deps-bench: smaller sets)
make clean
endef
export HELP
help: ; @printf '%s\n' "$$HELP"
