# Go, make and a C compiler are enough for everything here but 'generate' and
# 'verify', which also need clang-14, llvm-strip-14 and libbpf's headers.

SHELL       := /bin/bash
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS     := -s -w -X main.version=$(VERSION)
LINNIX      := bin/linnix

.DEFAULT_GOAL := help
.PHONY: help run build test rules live kills soak determinism memory speed generate verify corpus clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: build ## record this host for 15 s under a harmless load and name the incident
	@scripts/run.sh $(LINNIX)

build: ## build bin/linnix
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(LINNIX) ./cmd/linnix

test: ## run every test, one package at a time, for a storm of one would disturb the others; those on the live kernel skip where it refuses (LINNIX_REQUIRE_LIVE=1 forbids that)
	go build ./...
	go test -p 1 -count=1 -timeout 15m ./...

rules: build ## run the tests of the built-in rules, on timelines and on the recorded captures
	$(LINNIX) replay test datasets/tests

live: ## run only the tests on the live kernel, and fail where it refuses
	LINNIX_REQUIRE_LIVE=1 go test -p 1 -count=1 -timeout 15m ./bpf/... ./record/... ./cmd/...

kills: ## kill recorders of each format 200 times in a storm, and look at what they left (about 20 min)
	LINNIX_REQUIRE_LIVE=1 go test -count=1 -timeout 90m -v -run TestKilledAnywhere ./cmd/linnix -kills 200

soak: ## storms for a minute at the highest rate, then ten minutes of watching the recorder's memory
	LINNIX_REQUIRE_LIVE=1 go test -count=1 -timeout 15m -v -run TestStormIsKept ./cmd/linnix -soak 1m
	LINNIX_REQUIRE_LIVE=1 go test -count=1 -timeout 30m -v -run TestMemoryIsFlat/.parquet ./cmd/linnix -soak 10m

determinism: ## replay captures in 1,000 varied ways and compare every byte (about 10 min)
	go test -count=1 -timeout 60m -v -run TestOneDigest ./cmd/linnix -runs 200 -seed $${SEED:-$$RANDOM}

memory: ## replay a capture of 50 million events with every detector, and tell the memory it took (about 10 min)
	go test -count=1 -timeout 60m -v -run TestReplayMemory ./cmd/linnix -events 50000001

speed: ## name the incidents in a capture of 10 million events, in each format, and tell how long that takes (about 3 min)
	go test -count=1 -timeout 30m -v -run TestInsightTenMillion ./cmd/linnix -events 10000002

generate: ## rebuild the BPF object, its loader and the JSON Schemas
	go generate ./...

verify: ## check format, vet, staticcheck, layers, and that generated files are unchanged
	@scripts/verify.sh $(STATICCHECK)

corpus: build ## record the labelled captures of scripts/corpus.txt, into datasets/captures or OUT=DIR; SEED_OFFSET=1000 draws other figures (about 25 min on a quiet host)
	@scripts/record_corpus.sh $(LINNIX) $(or $(OUT),datasets/captures) $(or $(SEED_OFFSET),0) $(ONLY)

clean: ## remove what was built
	rm -rf bin
