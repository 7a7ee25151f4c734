# Two commands do all the set-up: `make demo` and `make test`. Everything lands in .venv; nothing outside is touched.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

# A run is seven processes and the tests start hundreds: each would compile every module anew where this is set.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test benchmark lint lock clean

demo: $(INSTALLED)
	$(BIN)/rig run dune_loop

test: $(INSTALLED)
	$(BIN)/python -m pytest -m "not alone" --numprocesses=logical --dist=loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -m alone

benchmark: $(INSTALLED)
	$(BIN)/python -m pytest tests/benchmark --benchmark-only

lint: $(INSTALLED)
	$(BIN)/ruff format . && $(BIN)/ruff check --fix . && $(BIN)/mypy && $(BIN)/lint-imports

# Packages are compiled when they are imported: most modules never are, and to compile all takes as long as the rest.
$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-compile -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

lock:
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header pyproject.toml -o requirements.lock

clean:
	rm -rf .venv
