# Every target sets itself up first: `make setup` builds .venv from the hash-locked requirements.
PYTHON ?= python3
BIN := .venv/bin
LOCK := uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --quiet
CODE := bot cogs storage sandbox tests benchmarks

.PHONY: setup demo test soak check rehearse run bench picture lock settings licences audit sbom format clean

setup: .venv/.ready

.venv/.ready: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 setup")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch .venv/.ready

demo: setup  ## a whole evening in two minutes: a local Discord, a local provider, the real bot
	$(BIN)/python -m sandbox.demo

test: setup  ## unit, contract, integration, acceptance and meta tests
	$(BIN)/python -m pytest -q --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

SOAK ?= --jobs 1000 --kills 200
FUZZ ?= --clips 2000
soak: setup  ## kills the bot at random moments, feeds it changed clips, for long; SOAK="--database postgresql --seed N" FUZZ="--seed N"
	$(BIN)/python -m tests.clips.fuzz $(FUZZ)
	$(BIN)/python -m tests.acceptance.soak $(SOAK)

check: setup  ## formatting, lint, types, import contracts, the Dockerfile
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

rehearse: setup  ## the Dockerfile's steps without a container runtime, the real installation included; needs the network
	IMAGE_INSTALL=pip $(BIN)/python -m pytest -q tests/integration/test_image.py

run: setup  ## the bot, with the settings of the environment and .env
	$(BIN)/python -m bot run

BENCH ?=
bench: setup  ## measures; prints, never judges; BENCH="waiting --jobs 10000" measures one thing, at its own size
	$(BIN)/python -m benchmarks $(BENCH)

picture: setup  ## draws the pictures of the README and of the moderator's guide anew
	$(BIN)/python -m sandbox.picture docs/conversation.svg
	$(BIN)/python -m sandbox.panels docs

format: setup
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

lock: setup  ## resolves the locked requirements anew
	$(BIN)/$(LOCK) --output-file requirements.txt
	$(BIN)/$(LOCK) --group dev --output-file requirements-dev.txt
	$(BIN)/$(subst pyproject.toml,--group image --no-deps,$(LOCK)) --output-file requirements-image.txt

settings: setup  ## the README's table of settings, from the code
	$(BIN)/python -m tests.supply.settings_table

licences: setup  ## docs/licences.md, from what the locked packages say of themselves
	$(BIN)/python -m tests.supply.licences

audit: setup  ## known vulnerabilities of what is locked; needs the network, fails when it gets no answer
	$(BIN)/python -m tests.supply.audit

# The warning is that a list of requirements does not say which of them needs which.
sbom: setup  ## sbom.json: the parts of a running bot in CycloneDX, from the locked requirements
	$(BIN)/python -W ignore::UserWarning:cyclonedx.model.bom -m cyclonedx_py requirements \
		--pyproject pyproject.toml --output-reproducible --output-file sbom.json requirements.txt

clean:
	rm -rf sbom.json .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
