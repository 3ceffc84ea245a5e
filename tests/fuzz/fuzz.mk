# SPDX-License-Identifier: GPL-2.0-only
# Fuzz targets, twice: with libFuzzer (`make fuzz`, clang) and with replay.c, which only runs files
# (`make check`, $(CC)); both with the sanitizers, whatever the program itself is built with.

FUZZ_SECONDS ?= 60
FUZZ_CLANG ?= clang
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_REPLAY := $(addprefix $(O)/fuzz/replay/,$(FUZZ_TARGETS))
FUZZ_LIVE := $(addprefix $(O)/fuzz/live/,$(FUZZ_TARGETS))

FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_CFLAGS = $(filter-out $(SAN_FLAGS),$(USER_CFLAGS)) -O1 -Itests/fuzz $(FUZZ_SAN)

# What reads outside bytes, and what is behind it; quiet_log.c stands in for log.c.
FUZZ_SRC := $(filter-out user/main.c user/log.c user/cmd% user/loop.c user/loader% user/attach.c \
	user/source_live.c user/live_watch% user/live_follow.c user/live_probe.c user/doctor% \
	user/out_doctor.c user/child.c user/heartbeat.c user/rights% user/confine.c,$(wildcard user/*.c))
FUZZ_REPLAY_OBJ := $(patsubst %.c,$(O)/fuzz/replay/%.o,$(FUZZ_SRC) tests/fuzz/quiet_log.c)
FUZZ_LIVE_OBJ := $(patsubst %.c,$(O)/fuzz/live/%.o,$(FUZZ_SRC) tests/fuzz/quiet_log.c)

$(O)/fuzz/replay/%.o: %.c Makefile tests/fuzz/fuzz.mk
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/fuzz/live/%.o: %.c Makefile tests/fuzz/fuzz.mk
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D) && $(FUZZ_CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(O)/fuzz/replay/libfuzz.a: $(FUZZ_REPLAY_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/fuzz/live/libfuzz.a: $(FUZZ_LIVE_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(FUZZ_REPLAY): $(O)/fuzz/replay/%: $(O)/fuzz/replay/tests/fuzz/fuzz_%.o \
		$(O)/fuzz/replay/tests/fuzz/replay.o $(O)/fuzz/replay/libfuzz.a
	$(call msg,FUZZ,$@)
	$(Q)$(CC) $(FUZZ_SAN) -o $@ $^ $(TEST_LDLIBS)

$(FUZZ_LIVE): $(O)/fuzz/live/%: $(O)/fuzz/live/tests/fuzz/fuzz_%.o $(O)/fuzz/live/libfuzz.a
	$(call msg,FUZZ,$@)
	$(Q)$(FUZZ_CLANG) $(FUZZ_SAN) -fsanitize=fuzzer -o $@ $^ $(TEST_LDLIBS)

fuzz-replay: $(FUZZ_REPLAY)
fuzz-tools: $(FUZZ_LIVE)

# Each target for FUZZ_SECONDS, then a table. FUZZ=NAME... chooses targets.
fuzz: setup
	$(Q)$(MAKE) --no-print-directory fuzz-tools
	$(Q)O=$(O) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(or $(FUZZ),$(FUZZ_TARGETS))

.PHONY: fuzz fuzz-tools fuzz-replay
-include $(wildcard $(O)/fuzz/*/user/*.d $(O)/fuzz/*/tests/fuzz/*.d)
