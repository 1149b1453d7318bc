# The two commands are `make demo` and `make test`; each sets up what is missing first. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo serve test check format chaos fuzz bench gallery lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    a video from a prompt, through the real HTTP API (PROMPT= IMAGE= ASPECT= OUT=)"
	@echo "make serve   a server that stays, with a key and a curl line to paste (PORT=)"
	@echo "make test    all tests"
	@echo "make check   format, lint, types, import contracts"
	@echo "make chaos   hundreds of rounds of faults against a whole server (ARGS='--rounds 200 --seed 7')"
	@echo "make fuzz    broken and hostile media through the limited children (ARGS='--seed 7')"
	@echo "make bench   speed and memory, as ratios to a limit or a peer (ARGS=--quick)"
	@echo "make gallery stills of the built-in engine's prompts, under docs/gallery"
	@echo "make format  put the code into its format"
	@echo "make lock    resolve the dependencies anew"

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "reelgate needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=python3.11")'
	@echo "Setting up $(VENV), which takes a minute the first time."
	@$(PYTHON) -m venv $(VENV) || { echo "Could not make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
KERNEL := src/reelgate/engines/animatic/drawing/compiled

# pip checks every file against its hash; the lock is whole, so nothing is resolved (--no-deps). The package itself is installed in place, so that edits count at once.
# Where the machine has no C compiler, one comes as a package and leaves again, as it is large.
$(VENV)/.installed: $(VENV)/.made requirements.lock requirements-compiler.lock pyproject.toml hatch_build.py $(wildcard $(KERNEL)/*.[ch])
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -c 'import hatch_build, sys; sys.exit(not hatch_build.compilers())' || $(PIP) install --require-hashes --no-deps -r requirements-compiler.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(PIP) uninstall --yes ziglang 2>/dev/null
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

# Python keeps what it compiles, so that every process that a command or a test starts is there half a second sooner.
unexport PYTHONDONTWRITEBYTECODE

# Variables reach the recipe through the environment, so that any text is safe in them.
export PROMPT IMAGE ASPECT OUT PORT ARGS

demo: $(VENV)/.installed
	@$(BIN)/reelgate demo $${PROMPT:+--prompt "$$PROMPT"} $${IMAGE:+--image "$$IMAGE"} \
		$${ASPECT:+--aspect "$$ASPECT"} $${OUT:+--out "$$OUT"}

serve: $(VENV)/.installed
	@$(BIN)/reelgate serve --dev $${PORT:+--port "$$PORT"}

# A process a core, each with servers of its own; the tests of a file stay together.
test: $(VENV)/.installed-dev
	@$(BIN)/pytest --numprocesses auto --dist loadfile $$ARGS

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run -Werror $(wildcard $(KERNEL)/*.[ch])
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(wildcard $(KERNEL)/*.[ch])
	$(BIN)/ruff check --fix .

chaos: $(VENV)/.installed-dev
	@PYTHONPATH=tests $(BIN)/python tests/fault/chaos.py $$ARGS

fuzz: $(VENV)/.installed-dev
	@PYTHONPATH=tests $(BIN)/python tests/fuzz.py $$ARGS

bench: $(VENV)/.installed-dev
	@$(BIN)/python bench/run.py $$ARGS

gallery: $(VENV)/.installed-dev
	@$(BIN)/python bench/gallery.py

COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	--quiet --upgrade --python-version 3.11

lock: $(VENV)/.installed-dev
	$(COMPILE) --group build -o requirements.lock pyproject.toml
	$(COMPILE) --group build --group dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(COMPILE) --group compiler -o requirements-compiler.lock
	for client in tests/acceptance/clients/*.in; do $(COMPILE) -o $${client%.in}.lock $$client; done

clean:
	rm -rf $(VENV) .venv-clients .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
