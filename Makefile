# make run      the main job on the bundled recording: the report, and patches under out/
# make test     every test that needs no server
# make e2e      build the testbed of real components, and test against it (slow the first time), then what make load does
# make load     hold what simulate predicts against real Flux and Argo CD, on a machine that does nothing else
# make check    formatting, vet, lint, known vulnerabilities, modules tidy
# make bench    benchmarks, with time, bytes and allocations
# make record   make the bundled recording anew, from the testbed
# make fuzz     each fuzz test for FUZZTIME (20s)
# make golden   renew golden files; read the diff before you commit it

SHELL     := /bin/bash -o pipefail
RECORDING := fixtures/recordings/testbed.jsonl.gz
FUZZTIME  ?= 20s
# The race detector needs a C compiler; where there is none, the tests run without.
RACE      := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)
BIN       := $(CURDIR)/bin

.PHONY: run build test e2e load check bench record fuzz golden clean
.DEFAULT_GOAL := run

build:
	go build -o $(BIN)/tuppence ./cmd/tuppence

run: build
	$(BIN)/tuppence analyse --recording $(RECORDING)
	@rm -rf out && mkdir -p out && cp -R fixtures/testbed/fleet out/fleet
	@echo && echo 'Patches for the sample fleet, in out/fleet (the diff is in out/patches.diff):'
	$(BIN)/tuppence patch --recording $(RECORDING) --repo out/fleet > out/patches.diff

test:
	go test $(RACE) ./...

e2e: build
	$(MAKE) -C fixtures/testbed test TUPPENCE=$(BIN)/tuppence
	$(MAKE) -C fixtures/testbed load TUPPENCE=$(BIN)/tuppence

load: build
	$(MAKE) -C fixtures/testbed load TUPPENCE=$(BIN)/tuppence

bench:
	go test -run '^$$' -bench . -benchmem ./...

record: build
	$(MAKE) -C fixtures/testbed record TUPPENCE=$(BIN)/tuppence OUT=$(CURDIR)/$(RECORDING)

golden:
	go test ./report ./recommend ./cmd/... ./collector/flux ./collector/argo ./pricing ./pricing/bill ./pricing/budget ./pricing/aws ./pricing/azure ./pricing/gcp ./report/patch ./report/patch/chart ./report/gate ./report/pull -update

fuzz:
	@set -e; for p in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	  echo "$$p $$f"; go test $$p -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x | tail -n 1; done; done

check: $(BIN)/golangci-lint $(BIN)/govulncheck
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo 'run gofmt -w on the files above'; exit 1; }
	go vet ./...
	go -C fixtures/testbed vet ./...
	go mod tidy -diff
	go mod verify
	$(BIN)/golangci-lint run ./...
	@.ci/vulncheck $(BIN)/govulncheck

# The tools of make check, each pinned in a module of its own.
$(BIN)/golangci-lint: .ci/lint/go.sum
	go -C .ci/lint build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(BIN)/govulncheck: .ci/vuln/go.sum
	go -C .ci/vuln build -o $@ golang.org/x/vuln/cmd/govulncheck

clean:
	rm -rf bin out fixtures/testbed/bin fixtures/testbed/logs
