# Every target sets itself up first: `make setup` builds .venv from the hash-locked requirements.
PYTHON ?= python3
BIN := .venv/bin
LOCK := uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --quiet
CODE := bot cogs storage sandbox tests benchmarks

.PHONY: setup demo test soak check run bench picture lock format clean

setup: .venv/.ready

.venv/.ready: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 setup")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch .venv/.ready

demo: setup  ## a whole evening in two minutes: a local Discord, a local provider, the real bot
	$(BIN)/python -m sandbox.demo

test: setup  ## unit, contract, integration, acceptance and meta tests
	$(BIN)/python -m pytest -q --numprocesses auto --maxprocesses 4 --dist loadfile

SOAK ?= --jobs 1000 --kills 200
soak: setup  ## kills the bot at random moments under load, for long; SOAK="--seed N" repeats a run
	$(BIN)/python -m tests.acceptance.soak $(SOAK)

check: setup  ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

run: setup  ## the bot, with the settings of the environment and .env
	$(BIN)/python -m bot run

BENCH ?=
bench: setup  ## measures; prints, never judges; BENCH="waiting --jobs 10000" measures one thing, at its own size
	$(BIN)/python -m benchmarks $(BENCH)

picture: setup  ## draws the picture of the README anew
	$(BIN)/python -m sandbox.picture docs/conversation.svg

format: setup
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

lock: setup  ## resolves the locked requirements anew
	$(BIN)/$(LOCK) --output-file requirements.txt
	$(BIN)/$(LOCK) --group dev --output-file requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
