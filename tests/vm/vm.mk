# The test machine: a Debian with systemd and nothing but cgroup v2, in QEMU.  tests/vm/README.md.
DEPS_VM   := qemu-system-x86 debootstrap e2fsprogs util-linux

# VM_SUITE=forky another Debian; AS="root user" some suites; TESTS, ENGINES, FILTER, RUNTIME as for check-live.
# Each suite has a machine of its own, and a machine has one thread: MACHINES at once.
VM_ALL    := userns root engines-systemd user engines-cgroupfs smoke	# two at a time, in this order, take equally long
ifeq ($(origin AS),default)	# which make takes for the assembler
AS := $(VM_ALL)
endif
MACHINES  ?= $(shell tests/vm/at-once)
.PHONY: deps-vm vm-build vm-shell vm-suites check-vm
deps-vm: ; @tests/deps $(DEPS_VM)

vm-build: deps-vm
	@tests/vm/build

vm-shell: deps-vm
	@+$(AS_USER) $(MAKE) --no-print-directory $(JOBS) all $(BUILD)/tests/probe $(BUILD)/tests/engine
	@RUNTIME=$(RUNTIME) PROBE=$(abspath $(BUILD)/tests/probe) tests/vm/shell

# Leaves its results to whoever adds them up: check-vm, or check.
vm-suites: deps-vm deps-deb $(DEB)
	@+$(AS_USER) $(MAKE) --no-print-directory $(JOBS) all $(BUILD)/tests/probe $(BUILD)/tests/engine
	@rm -f $(RESULTS)/vm*.tap
	@tests/vm/build
	@RUNTIME=$(RUNTIME) PROBE=$(abspath $(BUILD)/tests/probe) TESTS="$(TESTS)" ENGINES="$(ENGINES)" FILTER='$(FILTER)' \
		xargs -n 1 -P $(MACHINES) tests/vm/run <<<"$(AS)"

check-vm:
	@$(MAKE) --no-print-directory vm-suites; code=$$?; $(TAP) sum $(RESULTS)/vm*.tap && exit $$code
