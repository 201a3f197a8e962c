# Thin: each target is one line of what a person would type. Meson describes the build, packaging/ what must be installed.
BUILD := build/release
CHECKED := build/sanitized
NODE := node/example

.PHONY: all run test bench fuzz install clean packages test-packages

all: $(BUILD)/src/cli/vigia

packages:
	@packaging/install-missing.sh packaging/build-packages.txt

test-packages:
	@packaging/install-missing.sh packaging/build-packages.txt packaging/test-packages.txt

$(BUILD)/build.ninja:
	@$(MAKE) --no-print-directory packages
	meson setup $(BUILD) --buildtype=debugoptimized >/dev/null

# Clang's sanitizers, and its fuzzer on the same library; linked by mold, as each of the many programs is large.
$(CHECKED)/build.ninja:
	CC=clang CC_LD=mold meson setup $(CHECKED) -Dtests=enabled -Dfuzz=true -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false >/dev/null

.PHONY: build
build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet src/cli/vigia

# With a recipe, as make's own rules know what to do with a vigia.p, which meson makes.
$(BUILD)/src/cli/vigia: build
	@:

# The example node is made once; then the page is served until Ctrl-C.
run: build
	@[ -e $(NODE)/node.db ] || $(BUILD)/src/cli/vigia init --example $(NODE)
	@exec $(BUILD)/src/cli/vigia serve --open $(NODE)

# All suites twice: as released, and with the address and undefined-behaviour sanitizers; then the parsers are fuzzed for a short, fixed time. As many run at a time as
# there are processors, at most four (VIGIA_TEST_JOBS).
test: test-packages $(BUILD)/build.ninja $(CHECKED)/build.ninja
	@meson configure $(BUILD) -Dtests=enabled
	@tests/run.sh $(BUILD) $(CHECKED)

bench: build
	@ninja -C $(BUILD) --quiet benchmarks
	@bench/run.sh $(BUILD)

# Longer than the tests do: make fuzz VIGIA_FUZZ_SECONDS=600. A target's findings are left in build/sanitized/found.
fuzz: test-packages $(CHECKED)/build.ninja
	@ninja -C $(CHECKED) --quiet
	@for source in fuzz/fuzz_*.c; do name=$$(basename $$source .c); corpus=$${name#fuzz_}; mkdir -p $(CHECKED)/found/$$corpus; \
	    $(CHECKED)/fuzz/$$name -max_total_time=$${VIGIA_FUZZ_SECONDS:-60} -rss_limit_mb=4096 -artifact_prefix=$(CHECKED)/found/$$corpus- $(CHECKED)/found/$$corpus fuzz/corpus/$$corpus || exit 1; done

install: build
	meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf build web/dist
