# Every target sets up what it needs: a virtual environment and the pinned packages. The pins are complete, so
# nothing is resolved (--no-deps): a new release of a package we do not name cannot stand in the way.
VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
SPREAD := -n 2 --dist loadfile

.PHONY: demo test check bench eval weights chaos pins clean

$(RUNTIME): requirements.txt
	python3 -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	touch $@

demo: $(RUNTIME)            ## the whole product on a simulated world, nothing to configure; POSTS=<file> FROM= TO= plays a file
	@exec $(PY) -m bot demo $(if $(POSTS),--posts "$(POSTS)" $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)")) $(if $(STAY),--stay) $(if $(PAGE_PORT),--port $(PAGE_PORT))

test: $(DEV)                ## the whole suite, a file at a time on each of two cores
	$(PY) -m pytest $(SPREAD)

check: $(DEV)               ## lint, types, boundaries, tests with coverage
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m pytest $(SPREAD) --cov --cov-report=term

bench: $(DEV)               ## speed and memory, to build/bench.json
	$(PY) -m tests.bench

eval: $(DEV)                ## quality, to build/eval.json; DATA=<folder> measures on another folder of the same layout
	$(PY) -m tests.eval $(if $(DATA),--data $(DATA))

weights: $(DEV)             ## learn the scam model's weights anew, from the folder's posts under the MIT licence
	$(PY) -m tests.weights $(if $(DATA),--data $(DATA))

chaos: $(DEV)               ## seeded faults, to build/chaos.json; LONG=1 make chaos for the large figures
	$(PY) -m tests.chaos

pins:                       ## compile the pinned requirements from pyproject.toml
	$(PY) -m pip install --quiet pip-tools
	$(VENV)/bin/pip-compile -q --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --generate-hashes --strip-extras -o requirements.txt pyproject.toml
	$(VENV)/bin/pip-compile -q --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --generate-hashes --strip-extras --allow-unsafe --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) build
