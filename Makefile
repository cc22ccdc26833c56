# Needs Python 3.11 or later and make; each target sets up the rest in .venv.
# On a registry of your own, set pip's usual variables (PIP_INDEX_URL …).

# The first Python that is new enough; PYTHON=… overrides it.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$name" && break; done)
BIN := .venv/bin
STAMP := .venv/installed
EXTRAS_STAMP := .venv/installed-extras
BACKENDS_STAMP := .venv/installed-backends
FUZZ_STAMP := .venv/installed-fuzz
FUZZ_SECONDS ?= 60
TORCH ?= torch==2.13.0
TENSORFLOW ?= tensorflow-cpu==2.21.0
GRAIN ?= grain==0.2.18
# Without what they need, in part: tensorflow-text asks for a second TensorFlow, beside tensorflow-cpu.
HUB ?= keras-hub==0.32.0 tensorflow-text==2.21.1
HUB_NEEDS ?= absl-py kagglehub kagglesdk sentencepiece
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := sanitize tests benchmarks

export KERAS_BACKEND ?= jax
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help demo test test-extras test-backends fuzz bench docs lint clean

help:
	@echo 'make demo           train a small Keras model and attack it, unguarded and guarded'
	@echo 'make test           run the tests'
	@echo 'make test-extras    run the tests that need optional packages'
	@echo 'make test-backends  run the tests that need torch and TensorFlow (large download)'
	@echo 'make fuzz           fuzz the header parsers for FUZZ_SECONDS (60)'
	@echo 'make bench          measure speed; writes build/bench.json. With DATA=folder (dev/*.jsonl.gz)'
	@echo '                    recall per disguise, with STRINGS=folder hostile strings that stay active'
	@echo 'make docs           run every example and check every link in the docs'
	@echo 'make lint           ruff and mypy'
	@echo 'make clean          remove what the other targets made'

demo: $(STAMP)
	@$(BIN)/sanitize demo

test: $(STAMP)
	@$(BIN)/python -m pytest -m "not torch and not extras and not soak"

test-extras: $(EXTRAS_STAMP)
	@$(BIN)/python -m pytest -m "extras and not soak"

test-backends: $(BACKENDS_STAMP)
	@KERAS_BACKEND=torch $(BIN)/python -m pytest tests/detectors tests/tuning -m torch
	@$(BIN)/python -m pytest tests/training
	@KERAS_BACKEND=jax $(BIN)/python -m pytest tests/keras/test_hub.py
	@KERAS_BACKEND=torch $(BIN)/python -m pytest tests/keras tests/tensor -m "not extras and not soak"
	@KERAS_BACKEND=tensorflow $(BIN)/python -m pytest tests/keras tests/tensor -m "not extras and not soak"

fuzz: $(FUZZ_STAMP)
	@$(BIN)/python -m tests.fuzz -max_total_time=$(FUZZ_SECONDS)

bench: $(STAMP)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.decoding $(if $(DATA),--data '$(DATA)')
	@$(BIN)/python -m benchmarks.markup $(if $(STRINGS),--strings '$(STRINGS)')

docs: $(STAMP)
	@$(BIN)/python -m pytest tests/test_docs.py tests/test_readme.py

lint: $(STAMP)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(STAMP): setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo 'error: Python 3.11 or later is needed and none was found;' \
			'name one with: make PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and \
		f"error: Python 3.11 or later is needed; $(PYTHON) is {v[0]}.{v[1]}")'
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'error: this Python lacks venv; on Debian or Ubuntu: apt install python3-venv' >&2; exit 1; }
	@echo 'Setting up .venv (about a minute, once) …'
	@"$(PYTHON)" -m venv .venv
	@$(PIP) install --editable '.[keras,test]'
	@touch $@

$(EXTRAS_STAMP): $(STAMP)
	@echo 'Installing the extras …'
	@$(PIP) install --editable '.[all]'
	@touch $@

$(FUZZ_STAMP): $(STAMP)
	@$(PIP) install --editable '.[fuzz]'
	@touch $@

$(BACKENDS_STAMP): $(STAMP)
	@echo 'Installing $(TORCH) and $(TENSORFLOW) …'
	@$(PIP) install '$(TORCH)' '$(TENSORFLOW)' '$(GRAIN)' $(HUB_NEEDS)
	@$(PIP) install --editable '.[train]'
	@$(PIP) install --no-deps $(HUB)
	@touch $@
