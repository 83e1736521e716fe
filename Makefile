# The laboratory's set-up and checks. `make help` lists the targets.
# Everything is installed inside this folder and the user's cache folder;
# what is already there is not made again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

REPO   := $(CURDIR)
PYTHON ?= python3
VENV   := .venv
TOOLS  := .tools
NASX   := bin/nasx
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check --quiet --no-input

# What `make test` and `make check` pass to go test.
TESTFLAGS ?=
# What `make lab` passes to JupyterLab.
LABFLAGS  ?=
# What `make gates` passes to its program: --steps 20 for a trial.
GATESFLAGS ?=
# What `make bench` passes to its program: --cases digits --rounds 2 for a trial.
BENCHFLAGS ?=
# What `make growth` passes to its program: --bases digits --rounds 1 for a trial.
GROWTHFLAGS ?=

say = @printf '==> %s\n' '$(1)'

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: lab
lab: setup ## set everything up and open JupyterLab with the first lesson
	@tools/lab.sh $(LABFLAGS)

.PHONY: test
test: xla ## all Go tests (no browser, no root)
	$(call say,Go tests)
	@tools/data.sh go test -timeout 20m $(TESTFLAGS) ./...

.PHONY: check
check: setup check-tools ## tests, linters, the gates, all lessons, the browser test
	@tools/data.sh tools/check.sh

.PHONY: gates
gates: xla ## DARTS, SNAS and ENAS on digits, three seeds, held to what they must show (half an hour, then kept)
	@$(PY) tools/gates/run.py $(GATESFLAGS)

.PHONY: bench
bench: $(TOOLS)/peers/bench.stamp xla ## our steps against those of PyTorch and JAX (the first time it downloads several GB)
	@$(TOOLS)/peers/bin/python tools/peers/bench.py --nasx $(NASX) --out tools/peers/results/cpu $(BENCHFLAGS)

.PHONY: growth
growth: xla ## how our steps grow with the network, and how far they are from the floor (wants a quiet machine)
	@$(PY) tools/peers/growth.py --nasx $(NASX) --out tools/peers/results $(GROWTHFLAGS)
	@go run ./tools/peers/growth tools/peers/results/growth.json

.PHONY: lint
lint: tools ## formatting, go vet, staticcheck
	@tools/lint.sh

.PHONY: setup
setup: python tools xla $(TOOLS)/cells.stamp ## everything that `make lab` installs, without starting it
	@$(NASX) setup kernel >/dev/null
	@tools/settings.sh

.PHONY: python
python: $(VENV)/lab.stamp ## JupyterLab, into .venv

.PHONY: tools
tools: $(TOOLS)/go.stamp $(TOOLS)/gopls.stamp ## gonb, gopls and the linters, into .tools

.PHONY: xla
xla: nasx $(PY) ## the XLA plugin, into the cache
	@$(NASX) setup xla >/dev/null

.PHONY: nasx
nasx: prerequisites ## the command, as bin/nasx
	@[ -x $(NASX) ] || printf '==> %s\n' 'nasx (some minutes the first time: GoMLX is compiled)'
	@go build -o $(NASX) ./nasx/cmd/nasx

.PHONY: prerequisites
prerequisites:
	@PYTHON='$(PYTHON)' tools/prerequisites.sh

.PHONY: check-tools
check-tools: $(VENV)/check.stamp

$(PY): | prerequisites
	$(call say,Python environment)
	@$(PYTHON) -m venv --clear $(VENV)

$(VENV)/lab.stamp: tools/python/lab.lock | $(PY)
	$(call say,JupyterLab and its packages (a minute))
	@$(PIP) install --require-hashes --only-binary :all: -r $<
	@touch $@

$(VENV)/check.stamp: tools/python/check.lock $(VENV)/lab.stamp
	$(call say,packages for the checks)
	@$(PIP) install --require-hashes --only-binary :all: -r $<
	@touch $@

# The only wheels of PyTorch for Linux on amd64 in the usual index bring CUDA along.
$(TOOLS)/peers/bench.stamp: tools/peers/requirements.lock | prerequisites
	$(call say,PyTorch and JAX: several GB to download$(comma) 6 GB on disk; interrupt now if that is too much)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "make bench needs Python 3.11 or newer: PYTHON=python3.11 make bench")'
	@$(PYTHON) -m venv --clear $(TOOLS)/peers
	@$(TOOLS)/peers/bin/python -m pip --disable-pip-version-check --quiet --no-input install --require-hashes --only-binary :all: -r $<
	@touch $@

$(TOOLS)/go.stamp: tools/go/go.mod tools/go/go.sum | prerequisites
	$(call say,gonb$(comma) goimports$(comma) gofumpt and staticcheck (a minute))
	@cd tools/go && GOBIN='$(REPO)/$(TOOLS)' go install tool
	@touch $@

$(TOOLS)/gopls.stamp: tools/gopls/go.mod tools/gopls/go.sum | prerequisites
	$(call say,gopls (a minute))
	@cd tools/gopls && GOBIN='$(REPO)/$(TOOLS)' go install tool
	@touch $@

# Cells are Go programs: compiling every package once makes the first ones fast.
# A cell resolves its imports in a workspace and without a network, for which Go
# wants the go.mod of every module in the graph, and `go doc` all of the modules; a
# build fetches only some.
$(TOOLS)/cells.stamp: go.mod go.sum | prerequisites
	$(call say,packages that lessons use)
	@go mod download all
	@go build ./...
	@mkdir -p $(TOOLS) && touch $@

.PHONY: clean
clean: ## remove what this made here (runs and the cache stay)
	@if [ -x $(NASX) ]; then tools/stop.sh; fi
	@rm -rf $(VENV) $(TOOLS) bin
	@printf 'The cache (XLA plugin, data sets) stays: %s\n' "$${NASX_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/naslab}"

comma := ,
