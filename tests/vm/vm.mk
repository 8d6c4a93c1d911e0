# The test machine: a Debian with systemd and nothing but cgroup v2, in QEMU.  tests/vm/README.md.
DEPS_VM   := qemu-system-x86 debootstrap e2fsprogs util-linux

# VM_SUITE=forky another Debian; AS="root user" some suites; TESTS, ENGINES, FILTER, RUNTIME as for check-live.
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
	@RUNTIME=$(RUNTIME) PROBE=$(abspath $(BUILD)/tests/probe) TESTS="$(TESTS)" ENGINES="$(ENGINES)" FILTER='$(FILTER)' AS="$(AS)" tests/vm/run

check-vm:
	@$(MAKE) --no-print-directory vm-suites; code=$$?; $(TAP) sum $(RESULTS)/vm*.tap && exit $$code
