# Every target makes the environment it needs; `make demo` and `make test` work on a bare machine.
PYTHON ?= python3
PORT ?= 8321
BIN := .venv/bin
TORCH := torch==2.13.0
# One thread each: the processes share the cores. Idle ones take tests from the end of another's list.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal
UV := $(BIN)/uv --no-progress --quiet
STOPPED = { echo "Installing stopped. The first run needs the package index (behind a mirror: PIP_INDEX_URL and UV_DEFAULT_INDEX)"; \
  echo "and room on the disk: 1.3 GB to run Parley, 3 GB to work on it. Then give the same command again."; exit 1; }

.PHONY: demo test unit check audit bench docs notebooks lock format clean

demo: .venv/ready            ## the sample company, mined and served on the loopback address
	$(BIN)/parley demo --port $(PORT)

test: .venv/dev              ## the whole test suite, in a process for each core
	$(PYTEST)

unit: .venv/dev              ## what computes without a database, a server or a browser: under a minute
	$(PYTEST) tests/insights

check: .venv/dev             ## format, lint, types, layers, dependencies, security
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/bandit -q -c pyproject.toml -r insights pipelines api

bench: .venv/dev             ## ratios against named peers, written to benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

docs: .venv/dev              ## the reference from the code, then the site in site/; nothing in it loads from outside
	$(BIN)/python -m docs.reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open site/index.html, or with search: $(BIN)/python -m http.server --directory site"

notebooks: .venv/dev         ## run the notebooks again on the sample company and keep their outputs
	PARLEY_HOME=$(CURDIR)/scratch/notebooks $(BIN)/parley demo --no-serve
	PARLEY_HOME=$(CURDIR)/scratch/notebooks PARLEY_DATABASE=demo.db $(BIN)/python -m notebooks

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

audit: .venv/dev             ## known weaknesses of what is locked, and semgrep's public rules; needs the network
	$(UV) tool run pip-audit==2.9.0 --disable-pip --require-hashes -r requirements.lock
	$(UV) tool run pip-audit==2.9.0 --disable-pip --require-hashes -r requirements.runtime.lock
	$(UV) tool run semgrep scan --error --metrics off --config p/python --config p/security-audit insights pipelines api

# torch is left out of the lock: its CPU build comes first (below), and the CUDA packages are never wanted.
# The second one leaves out the developers' tools: for the container and other servers, at the same versions.
lock: .venv/ready
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --override requirements.overrides \
	  --no-emit-package torch --quiet --output-file requirements.lock
	sed -e 's/ \\$$//' -e '/^    --hash/d' requirements.lock > build-constraints.txt
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --constraint build-constraints.txt \
	  --no-emit-index-url --no-annotate --no-header --override requirements.overrides \
	  --no-emit-package torch --quiet --output-file requirements.runtime.lock
	rm build-constraints.txt

# What serving needs. No everyday command makes use of torch, so it is not here.
.venv/ready: requirements.runtime.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
	  { echo "There is no $(PYTHON). Install Python 3.11 to 3.14, or name the one you have: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 14) else \
	  "Parley needs Python 3.11 to 3.14; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv || \
	  (echo "Could not create .venv. On Debian and Ubuntu: apt install python3-venv"; exit 1)
	@echo "Installing what is locked (once; some minutes)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 || $(STOPPED)
	@$(UV) pip install --python $(BIN)/python --no-deps --require-hashes -r requirements.runtime.lock || $(STOPPED)
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# What developing and testing need besides. The CPU build of torch from PyTorch's own index; where that cannot be reached,
# the same version from the ordinary one.
.venv/dev: .venv/ready requirements.lock
	@echo "Installing what tests need (once; some minutes)…"
	@$(BIN)/python -c 'import torch' 2>/dev/null || \
	  UV_HTTP_TIMEOUT=60 UV_HTTP_RETRIES=1 $(UV) pip install --python $(BIN)/python --torch-backend cpu --no-deps $(TORCH) 2>/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	@$(UV) pip install --python $(BIN)/python --no-deps --require-hashes -r requirements.lock || $(STOPPED)
	@touch $@

clean:
	rm -rf .venv site .pytest_cache .mypy_cache .ruff_cache build *.egg-info
