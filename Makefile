# `make demo` and `make test` are all that a fresh machine with Python 3.11+ needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest
WORKERS ?= auto
CONSTRAINTS := tests/constraints.txt

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(INSTALLED) ## make the virtual environment with everything in it

$(INSTALLED): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kubewright needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint $(CONSTRAINTS) --editable '.[dev]'
	touch $@

.PHONY: lock
lock: ## take the newest versions of all that is installed, and write them down
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	sed -n '/^#/p' $(CONSTRAINTS) > build-constraints.tmp
	$(BIN)/python -m pip freeze --exclude-editable >> build-constraints.tmp
	mv build-constraints.tmp $(CONSTRAINTS)
	touch $(INSTALLED)

.PHONY: demo
demo: install ## generate a client from a test server, use it, and run an operator on it
	$(BIN)/kubewright demo

.PHONY: test
test: install ## all tests, with a real kube-apiserver (needs Go, or fetches it from PyPI)
	$(BIN)/python -m tests.support.apiserver --build
	$(PYTEST) -n $(WORKERS) --dist loadfile

.PHONY: test-fast
test-fast: install ## the tests that need no kube-apiserver
	$(PYTEST) -n $(WORKERS) --dist loadfile -m 'not conformance'

.PHONY: lint
lint: install ## ruff, black, import-linter
	$(BIN)/ruff check .
	$(BIN)/black --check --quiet .
	$(BIN)/lint-imports --no-cache

.PHONY: type
type: install ## mypy --strict and pyright strict
	$(BIN)/mypy
	$(BIN)/pyright

.PHONY: format
format: install ## black and ruff's fixes
	$(BIN)/ruff check --fix .
	$(BIN)/black --quiet .

.PHONY: generate
generate: install ## make generated/kubewright_k8s and examples/acme
	$(BIN)/kubewright generate

.PHONY: protobuf-fields
protobuf-fields: install ## read Kubernetes' Go modules for the numbers of protobuf fields (needs Go)
	$(BIN)/python generator/protobuf_fields.py

.PHONY: check-generated
check-generated: install ## generate anew, elsewhere, and compare
	rm -rf build/check-generated
	$(BIN)/kubewright generate --quiet --openapi runtime/kubewright/testing/_apiserver/documents/kubernetes.tar.xz \
	    --package kubewright_k8s --output build/check-generated
	$(BIN)/kubewright generate --quiet --crd examples/website-crd.yaml \
	    --package acme.kube --output build/check-generated
	diff --recursive --exclude __pycache__ --exclude _manifest.json \
	    generated/kubewright_k8s build/check-generated/kubewright_k8s
	diff --recursive --exclude __pycache__ --exclude _manifest.json \
	    examples/acme/kube build/check-generated/acme/kube
	$(BIN)/kubewright generate --check

.PHONY: check
check: lint type check-generated test ## what CI runs

.PHONY: bench
bench: install ## measure beside client-go and the Python peers, on a real kube-apiserver
	$(BIN)/python -m tests.bench

.PHONY: soak
soak: install ## ten minutes of random faults and writes under informers
	$(BIN)/python -m tests.soak --minutes 10

.PHONY: clean
clean: ## remove what was made here
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
