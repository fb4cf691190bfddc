# Everything a newcomer needs: `make demo` and `make test`. Each makes .venv by itself, and again when pyproject.toml changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EVENTS ?= 1000000
BASE := $(VENV)/.base
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint docs pictures bench clean

demo: $(BASE)
	@$(BIN)/reioc demo $(ARGS)

test: lint docs
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

docs: $(INSTALLED)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --builder html docs build/docs

# The documentation's pictures of the screens are what the end-to-end test sees.
pictures: $(INSTALLED)
	rm -rf build/screens/pictures
	REIOC_BROWSER=required $(BIN)/pytest -n 0 tests/screens
	rm -f docs/pictures/*.png
	cp build/screens/pictures/*.png docs/pictures/

bench: $(INSTALLED)
	$(BIN)/python benchmarks/engine.py $(ARGS)
	$(BIN)/python benchmarks/breakdown.py
	$(BIN)/python benchmarks/suspenders.py
	$(BIN)/python benchmarks/ioc.py
	$(BIN)/python benchmarks/queued.py
	$(BIN)/python benchmarks/journal.py
	$(BIN)/python benchmarks/memory.py --events $(EVENTS)

# The demo needs little; what the tests install besides, Tiled's server above all, is a gigabyte.
$(BASE): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; $(PYTHON) is " + sys.version)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --editable '.[demo]'
	@touch $@

$(INSTALLED): $(BASE)
	@$(BIN)/python -m pip install --quiet --editable '.[test,docs]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
