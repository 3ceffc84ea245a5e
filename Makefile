# SPDX-License-Identifier: GPL-2.0-only
# hopmark: `make` builds build/hopmark; `sudo make demo` and `sudo make check` do the rest,
# packages included. V=1 shows the commands, O=DIR builds elsewhere, WERROR=1 is what CI uses,
# SAN=1 builds with sanitizers, in build/san.

O ?= $(if $(SAN),build/san,build)
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
LLVM_OBJCOPY ?= llvm-objcopy
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config
BPF_ARCH ?= x86
ARCH_INCLUDE ?= /usr/include/$(shell $(CC) -print-multiarch)
VERSION := 0.1.0

Q = $(if $(V),,@)
msg = $(if $(V),,@printf '  %-8s %s\n' $(1) $(patsubst $(O)/%,%,$(2)))

LIBS := libbpf jansson libseccomp zlib
TEST_LIBS := cmocka
WARN := -Wall -Wextra $(if $(WERROR),-Werror)
CFLAGS ?= -O2 -g
# What takes no room in the static binary: functions that nobody calls, and tables to unwind them.
SMALL := -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
USER_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) $(SMALL) $(SAN_FLAGS) -Iinclude -Iuser -I$(O) \
	$(SYSROOT_CFLAGS) -D_GNU_SOURCE -DHM_VERSION='"$(VERSION)"'
SAN_FLAGS = $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all)
, := ,
# -u: user/no_network.c comes before what libpcap would ask; so what its capture modules need is not linked.
PCAP_LDLIBS = -Wl,-u,hm_no_network $(shell $(PKG_CONFIG) --libs libpcap)
LDLIBS = $(shell $(PKG_CONFIG) --libs $(LIBS)) $(PCAP_LDLIBS)
STATIC_LDLIBS = $(shell $(PKG_CONFIG) --static --libs $(LIBS)) $(PCAP_LDLIBS)
TEST_LDLIBS = $(LDLIBS) $(shell $(PKG_CONFIG) --libs $(TEST_LIBS))
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g $(WARN) -Wno-unused-parameter -D__bpf__ -D__TARGET_ARCH_$(BPF_ARCH) -Iinclude -Ibpf -Ivmlinux \
	-idirafter $(ARCH_INCLUDE)

# No DWARF; nor what libbpf never reads: the relocations of .BTF.ext, a quarter of the rest, and the
# names of where jumps go to.
BPF_STRIP = $(LLVM_STRIP) -g -R .rel.BTF.ext -w -N 'LBB*'

USER_OBJ := $(patsubst user/%.c,$(O)/user/%.o,$(filter-out user/main.c,$(wildcard user/*.c)))
UNIT := $(patsubst tests/unit/%.c,$(O)/unit/%,$(wildcard tests/unit/test_*.c))
PACKET_SKEL := $(patsubst tests/packets/%.bpf.c,$(O)/packets/%.skel.h,$(wildcard tests/packets/*.bpf.c))
PACKETS := $(patsubst tests/packets/%.c,$(O)/packets/%,$(wildcard tests/packets/test_*.c))
LAB_TOOLS := $(patsubst tests/lab/tools/%.c,$(O)/lab/%,$(filter-out %.bpf.c,$(wildcard tests/lab/tools/*.c))) \
	$(patsubst tests/lab/tools/%.bpf.c,$(O)/lab/%.bpf.o,$(wildcard tests/lab/tools/*.bpf.c))
LOAD := $(patsubst tests/load/%.c,$(O)/load/%,$(filter-out %.bpf.c,$(wildcard tests/load/*.c)))
BENCH := $(patsubst tests/bench/%.c,$(O)/bench/%,$(wildcard tests/bench/bench_*.c))

all: $(O)/hopmark

$(O)/hopmark: $(O)/user/main.o $(O)/libhopmark.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(SAN_FLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Needs no library and no loader. --fatal-warnings: what glibc can only do with its shared libraries
# at hand (getaddrinfo, getpwnam, dlopen, iconv) is an error here, not a surprise there.
# Relocations are packed where the linker can; that of Debian 12 can for x86.
PACKED = $(if $(filter x86,$(BPF_ARCH)),-Wl$(,)-z$(,)pack-relative-relocs)
$(O)/hopmark-static: $(O)/user/main.o $(O)/libhopmark.a
	$(call msg,STATIC,$@)
	$(Q)$(CC) -static-pie -Wl,--fatal-warnings,--gc-sections $(PACKED) -s $(LDFLAGS) -o $@ $^ $(STATIC_LDLIBS)

static: $(O)/hopmark-static

$(O)/libhopmark.a: $(USER_OBJ)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(CROSS)ar rcs $@ $^

$(O)/user/%.o: user/%.c Makefile
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(USER_CFLAGS) -MMD -MP -c -o $@ $<

# Only the loader knows the skeleton; the objects themselves are carried compressed.
$(O)/user/loader.o $(O)/user/loader_load.o: $(O)/hopmark.skel.h
$(O)/user/objects.o: $(O)/hopmark.bpf.o.gz $(O)/hopmark-old.bpf.o.gz

$(O)/%.bpf.o.gz: $(O)/%.bpf.o
	$(call msg,GZIP,$@)
	$(Q)gzip -9nc $< > $@.tmp && mv $@.tmp $@

$(O)/hopmark.bpf.o: bpf/hopmark.bpf.c Makefile scripts/without-lines
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $< && $(BPF_STRIP) $@
	$(Q)scripts/without-lines $(LLVM_OBJCOPY) $@
	$(Q)$(CLANG) -dumpversion | cut -d. -f1 >$(O)/hopmark.clang

# The same for the verifier of kernels before 5.12: bpf/verifier.bpf.h.
$(O)/hopmark-old.bpf.o: bpf/hopmark.bpf.c Makefile scripts/without-lines
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -DHM_OLD_KERNEL -MMD -MP -c -o $@ $< && $(BPF_STRIP) $@
	$(Q)scripts/without-lines $(LLVM_OBJCOPY) $@

# Without the bytes of the object: nobody opens it from there.
$(O)/hopmark.skel.h: $(O)/hopmark.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name hopmark_bpf | \
		awk '/return \(const void \*\)"/ {print "\treturn NULL;"; skip = 1} !skip {print} /";$$/ {skip = 0}' > $@.tmp && mv $@.tmp $@

# Tests: each tests/*/test_x.c is one program.
$(O)/unit/%: tests/unit/%.c $(O)/libhopmark.a
	$(call msg,TEST,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(USER_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(O)/libhopmark.a \
		$(TEST_LDLIBS)

# Programs that only the packet tests load; each is a skeleton named after its file.
$(O)/packets/%.bpf.o: tests/packets/%.bpf.c Makefile
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $< && $(BPF_STRIP) $@

$(O)/packets/%.skel.h: $(O)/packets/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

$(O)/packets/%: tests/packets/%.c $(O)/libhopmark.a $(O)/hopmark.skel.h $(PACKET_SKEL)
	$(call msg,TEST,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(USER_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(O)/libhopmark.a \
		$(TEST_LDLIBS)

# tests/lab/lib/programs.sh builds these too, when a scenario is run by hand.
$(O)/lab/%: tests/lab/tools/%.c
	$(call msg,TEST,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -o $@ $< $(LAB_LDLIBS)

$(O)/lab/foreign $(O)/lab/chain $(O)/lab/kept: LAB_LDLIBS = $(shell $(PKG_CONFIG) --libs libbpf)

$(O)/lab/%.bpf.o: tests/lab/tools/%.bpf.c
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) -g -O2 -Wall -target bpf -mcpu=v3 \
		-I/usr/include/$(shell uname -m)-linux-gnu -c -o $@ $<

$(O)/bench/%: tests/bench/%.c $(O)/libhopmark.a $(O)/hopmark.skel.h $(PACKET_SKEL)
	$(call msg,BENCH,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(USER_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(O)/libhopmark.a $(LDLIBS)

# Tools that make load: a program around the BPF program of its name, or without one.
$(O)/load/%.bpf.o: tests/load/%.bpf.c Makefile
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -Itests/load -MMD -MP -c -o $@ $< && $(BPF_STRIP) $@

$(O)/load/%.skel.h: $(O)/load/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

$(patsubst tests/load/%.bpf.c,$(O)/load/%,$(wildcard tests/load/*.bpf.c)): $(O)/load/%: $(O)/load/%.skel.h

$(O)/load/burst: $(O)/packets/varied.skel.h

$(O)/load/%: tests/load/%.c
	$(call msg,TOOL,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(USER_CFLAGS) -Itests/load -MMD -MP -MF $@.d -o $@ $< $(LDLIBS)

include tests/fuzz/fuzz.mk
include tests/kernels/kernels.mk

# For arm64, with libraries fetched as Debian packages: builds both sides and runs what takes no
# kernel (the recordings, judged) in qemu's user mode.
ARM64 := $(abspath $(O))/arm64
ARM64_ROOT := $(ARM64)/sysroot/root
ARM64_MAKE = $(MAKE) --no-print-directory O=$(ARM64) CC=aarch64-linux-gnu-gcc \
	CROSS=aarch64-linux-gnu- BPF_ARCH=arm64 ARCH_INCLUDE=/usr/aarch64-linux-gnu/include \
	PKG_CONFIG="env PKG_CONFIG_LIBDIR=$(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/pkgconfig pkg-config" \
	SYSROOT_CFLAGS="-isystem $(ARM64_ROOT)/usr/include -idirafter /usr/include" \
	LDFLAGS=-L$(ARM64_ROOT)/usr/lib/aarch64-linux-gnu

$(ARM64)/sysroot/fetched: scripts/arm64
	$(call msg,FETCH,$@)
	$(Q)scripts/arm64 $(@D)

arm64:
	$(Q)scripts/setup --arm64
	$(Q)$(MAKE) --no-print-directory $(ARM64)/sysroot/fetched
	$(Q)$(ARM64_MAKE) static
	$(Q)STATIC=$(ARM64)/hopmark-static RUNNER=qemu-aarch64 tests/static/run

unit-tests: $(UNIT)
packet-tests: $(PACKETS)
test-tools: unit-tests packet-tests kernel-tests lab-tools load-tools
lab-tools: $(LAB_TOOLS)
bench-tools: $(BENCH)
load-tools: $(LOAD)

# What a fresh machine needs comes first; then a second make sees the new tools.
setup:
	$(Q)scripts/setup

check: setup
	$(Q)$(MAKE) --no-print-directory all $(if $(SAN),,static) test-tools fuzz-replay
	$(Q)O=$(O) tests/run

# With sanitizers, what takes no network; `make check SAN=1` is everything.
check-san: setup
	$(Q)$(MAKE) --no-print-directory SAN=1 O=$(O)/san all unit-tests packet-tests
	$(Q)O=$(O)/san tests/run unit/ packets/ golden cli

demo: setup
	$(Q)$(MAKE) --no-print-directory all
	$(Q)O=$(O) scripts/demo

# As in `make check`, with all the filters and frames.
check-filter: setup
	$(Q)$(MAKE) --no-print-directory all packet-tests
	$(Q)FILTER_EXPRESSIONS=300 FILTER_FRAMES=100000 $(O)/packets/test_filter

# As in `make check`, with all the streams: four minutes.
check-streams: setup
	$(Q)$(MAKE) --no-print-directory all packet-tests
	$(Q)STREAMS=100000 $(O)/packets/test_programs_streams

# As in `make check`, a minute of each kind of flood instead of a second.
flood: setup
	$(Q)$(MAKE) --no-print-directory all load-tools
	$(Q)O=$(O) FLOOD_SECONDS=$(or $(FLOOD_SECONDS),60) bash tests/lab/flood.sh

# As in `make check`, with 10,000 connections: some ten minutes.
check-healthy: setup
	$(Q)$(MAKE) --no-print-directory all lab-tools
	$(Q)O=$(O) HEALTHY=$(or $(HEALTHY),10000) bash tests/lab/healthy.sh

# Every fault of the catalogue, in four minutes, and what is said of it in each place.
matrix: setup
	$(Q)$(MAKE) --no-print-directory all lab-tools
	$(Q)O=$(O) bash tests/lab/faults.sh
	$(Q)O=$(O) tests/lab/matrix

# The same faults over IPv6; the table is that of IPv4.
matrix-ipv6: setup
	$(Q)$(MAKE) --no-print-directory all lab-tools
	$(Q)O=$(O) FAULT_FAMILY=6 bash tests/lab/faults.sh

# README's table, of the last run; read the diff.
update-matrix:
	$(Q)O=$(O) tests/lab/matrix --update

# An hour of steady traffic; SOAK=10m is shorter.
soak: setup
	$(Q)$(MAKE) --no-print-directory all
	$(Q)O=$(O) SOAK=$(or $(SOAK),1h) bash tests/lab/soak.sh

# Beside what Debian ships, in less than ten minutes.
bench:
	$(Q)scripts/setup --bench
	$(Q)$(MAKE) --no-print-directory all load-tools lab-tools bench-tools
	$(Q)O=$(O) tests/bench/run

# Twelve pairs of bulk TCP, in two minutes: few of `make bench` tell no per cent.
bench-bulk:
	$(Q)scripts/setup --bench
	$(Q)$(MAKE) --no-print-directory all load-tools lab-tools
	$(Q)O=$(O) BENCH_BULK=$(or $(BENCH_BULK),12) tests/bench/run

# README's figures and plot, of the last `make bench` and `make bench-bulk`; read the diff.
update-bench:
	$(Q)O=$(O) tests/bench/update

INSTALLED := $(O)/hopmark$(if $(STATIC),-static)
install: $(INSTALLED) $(O)/hopmark.1
	$(call msg,INSTALL,$(DESTDIR)$(PREFIX)/bin/hopmark)
	$(Q)install -D -m 0755 $(INSTALLED) $(DESTDIR)$(PREFIX)/bin/hopmark
	$(Q)install -D -m 0644 $(O)/hopmark.1 $(DESTDIR)$(PREFIX)/share/man/man1/hopmark.1

# Of what the program says itself.
$(O)/hopmark.1: scripts/man $(INSTALLED)
	$(call msg,MAN,$@)
	$(Q)scripts/man $(INSTALLED) >$@

clean:
	$(Q)rm -rf $(O)

.PHONY: all static arm64 test-tools unit-tests packet-tests kernel-tests lab-tools load-tools bench-tools
.PHONY: setup check check-san check-filter check-streams check-healthy matrix matrix-ipv6 update-matrix flood soak demo bench bench-bulk update-bench install clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(wildcard $(O)/user/*.d $(O)/*.d $(O)/load/*.d $(O)/unit/*.d $(O)/packets/*.d $(O)/kernels/*.d $(O)/bench/*.d)
