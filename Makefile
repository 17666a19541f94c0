# Everything a person types: `make run` and `make test`. The build tag gives
# SQLite its full-text index; netgo keeps name resolution in Go, so that odd
# spellings of loopback addresses are not resolved by the C library.
TAGS    := sqlite_fts5,netgo
GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)
LINT    := bin/golangci-lint
EVAL    ?= ../shared/eval

.PHONY: build run test race check fuzz eval bench train clean

build: ## the program, as bin/tamiz
	$(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o bin/tamiz ./cmd/tamiz

run: build ## crawls the built-in demo site and shows what came out
	./bin/tamiz demo --db demo.db

test: ## all tests; no network, no services
	$(GO) test -tags $(TAGS) -timeout 5m ./...

race: ## the same under the race detector
	$(GO) test -race -tags $(TAGS) -timeout 15m ./...

check: $(LINT) ## format, vet, lint (allowed imports included), tidy modules
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these'; exit 1; }
	$(GO) vet -tags $(TAGS) ./...
	$(LINT) run --build-tags $(TAGS) ./...
	$(GO) mod tidy -diff
	cd tools && $(GO) mod tidy -diff

$(LINT): tools/go.mod tools/go.sum
	cd tools && $(GO) build -o ../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

fuzz: ## every fuzz target for a few seconds
	./scripts/fuzz.sh $(TAGS) 10s

eval: build ## quality on development data; skips where that data is absent
	./scripts/eval.sh "$(EVAL)"

bench: build ## speed and memory, as ratios within one run
	$(GO) test -tags $(TAGS) -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf bin demo.db demo.db-wal demo.db-shm
