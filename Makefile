# ring3: one file, not recursive.  `make help` lists the targets.
VERSION   := 0.1.0
COMMIT    := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

PREFIX    ?= /usr/local
DESTDIR   ?=
LINK      ?= static
SANITIZE  ?= 0
CC        ?= gcc

ifeq ($(SANITIZE),1)
LINK      := dynamic
BUILD     ?= build/sanitize
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
endif
BUILD     ?= build

WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Wformat=2 \
	     -Wno-missing-field-initializers -Werror
CFLAGS    ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude $(WARNINGS) -ffunction-sections -fdata-sections \
	     -fstack-protector-strong $(CFLAGS) $(SAN_FLAGS)
LIBS      := -lyajl -lseccomp -lcap -lcgroup
ifeq ($(LINK),static)
LIBS      := -lyajl_s -lseccomp -lcap -lcgroup
LINKFLAGS := -static
endif
LINKFLAGS += -Wl,--gc-sections -Wl,-z,relro,-z,now

SRC       := $(wildcard runtime/*.c runtime/*/*.c)
OBJ       := $(SRC:%.c=$(BUILD)/%.o)
LIB_OBJ   := $(filter-out $(BUILD)/runtime/main.o,$(OBJ))

.PHONY: all
all: $(BUILD)/ring3

$(BUILD)/ring3: $(OBJ)
	$(CC) $(ALL_CFLAGS) $(LINKFLAGS) -o $@ $(OBJ) $(LIBS)

$(BUILD)/libring3.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $(LIB_OBJ)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/runtime/cli/version.o: ALL_CFLAGS += -DRING3_VERSION='"$(VERSION)"' -DRING3_COMMIT='"$(COMMIT)"'
$(BUILD)/runtime/spec/spec_default.o: config/default.json

-include $(OBJ:.o=.d)
