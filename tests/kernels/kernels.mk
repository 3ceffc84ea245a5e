# SPDX-License-Identifier: GPL-2.0-only
# The same programs under other kernels, and from other compilers: what the verifiers make of them
# differs. Included by the Makefile.

KERNELS := $(patsubst tests/kernels/%.c,$(O)/kernels/%,$(wildcard tests/kernels/*.c))

# What looks at the programs themselves; it reads the object, not the skeleton.
$(O)/kernels/%: tests/kernels/%.c $(O)/libhopmark.a $(O)/hopmark.bpf.o
	$(call msg,TEST,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(USER_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(O)/libhopmark.a $(LDLIBS)

kernel-tests: $(KERNELS)

# As make does it, from what another clang makes: $(call with_clang,VERSION)
with_clang = $(MAKE) --no-print-directory O=$(O)/clang$(1) CLANG=clang-$(1) \
	LLVM_STRIP=llvm-strip-$(1) LLVM_OBJCOPY=llvm-objcopy-$(1) all packet-tests kernel-tests

check-clang: setup
	$(Q)scripts/setup --clang
	$(Q)$(call with_clang,14)
	$(Q)$(call with_clang,19)
	$(Q)O=$(O) tests/kernels/compilers 14 19

kernel-tools: setup
	$(Q)scripts/setup --vm
	$(Q)scripts/setup --clang
	$(Q)$(MAKE) --no-print-directory all static test-tools
	$(Q)$(call with_clang,19)

check-kernels: kernel-tools
	$(Q)O=$(O) tests/kernels/matrix
	$(Q)O=$(O) tests/kernels/matrix --faults

# The catalogue of faults, as `make matrix` has it; FAULTS="refused no-route" are some of it.
matrix-kernels: kernel-tools
	$(Q)O=$(O) tests/kernels/matrix --faults $(FAULTS)

check-kernels-quick: kernel-tools
	$(Q)O=$(O) tests/kernels/matrix --quick

update-kernels: kernel-tools
	$(Q)O=$(O) tests/kernels/update

.PHONY: kernel-tests check-clang kernel-tools check-kernels matrix-kernels check-kernels-quick update-kernels
