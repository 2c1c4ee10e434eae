# Everything one needs to run, test and measure Alur. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run env env-dev test test-slow compiled lint types bench screenshots panduan-pictures docs lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

run: env ## start everything on one machine and play the demo story the first time
	@exec $(BIN)/alur run

env: $(VENV)/.run-stamp ## make the environment from the lock

env-dev: $(VENV)/.dev-stamp ## the environment with the tools for tests

# The lock names every package: resolving it anew would let a release of today in, and refuse it for lack of a hash.
$(VENV)/.run-stamp: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.lock $(VENV)/.run-stamp
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

# What is compiled once is not compiled by each of a thousand processes, whatever the machine's environment says.
test test-slow compiled: export PYTHONDONTWRITEBYTECODE :=

test: env-dev ## lint, types and every test
	@$(MAKE) --no-print-directory -j 2 lint types compiled
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder

# pytest compiles the tests in its own way, beside the types: else each process of a test run does all of it. What cannot be
# imported is told by the run itself.
compiled: env-dev
	-@$(BIN)/python -m pytest --collect-only -q >/dev/null

test-slow: env-dev ## hundreds of rounds of every fault; a failure tells its seed
	$(BIN)/python -m pytest -m slow -n auto --dist loadscope

lint: env-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env-dev
	$(BIN)/mypy

bench: env-dev ## measure, each figure as a ratio to a limit of the same run
	$(BIN)/python -m bench

screenshots: env-dev ## every page of the console, four pictures for each state, into ../alur-screenshots
	$(BIN)/python -m tests.browser.gallery $(OUT)

panduan-pictures: env-dev ## take the pictures of docs/panduan and the README anew
	$(BIN)/python -m tests.browser.gallery --guides

docs: env ## regenerate the machine pages
	$(BIN)/alur machines --write docs/machines

lock: ## recompute the locks after a change of dependencies (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove the environment and the local data
	rm -rf $(VENV) .alur
