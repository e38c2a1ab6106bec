# `make` lists what can be made. Nothing is presupposed but a Python with venv.

# The Python to build .venv from, torch's release (unpinned, it may bring gigabytes of CUDA libraries), and the
# lock: LOCK=requirements-all.lock brings every extra. ARGS goes to the benchmark: make classic ARGS="--jobs 4".
PYTHON ?= python3
TORCH  ?= torch==2.13.0
LOCK   ?= requirements.lock
ARGS    =
DIR     = results/classic

# One thread a process: trials run side by side, one a core. Silent rendering.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export SDL_AUDIODRIVER := dummy

RUN   := .venv/bin/python -m
STAMP := .venv/.ready-$(notdir $(LOCK))

.PHONY: help setup classic smoke report readme test check bench lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP)  ## install everything into .venv (the other targets do it when needed)
	@echo "Everything is installed in .venv."

classic: $(STAMP)  ## run the classic suite and write results/classic/report/index.html
	$(RUN) benchmarks run --suite classic $(ARGS)

smoke: $(STAMP)  ## run every algorithm briefly on three tasks
	$(RUN) benchmarks run --suite smoke $(ARGS)

report: $(STAMP)  ## write the report of the finished trials in DIR (results/classic) anew
	$(RUN) benchmarks report $(DIR) $(ARGS)

readme: $(STAMP)  ## write the tables in README.md anew from the committed reports
	$(RUN) scripts.readme

test: $(STAMP)  ## run all tests, on all cores
	$(RUN) pytest -n auto --dist worksteal $(ARGS)

check: $(STAMP)  ## lint, check types, run the fast tests
	$(RUN) ruff check .
	$(RUN) mypy --strict benchmarks/api.py
	$(RUN) pytest -m "not slow" $(ARGS)

bench: $(STAMP)  ## measure the speed of what must be fast, into results/reference/bench
	$(RUN) pytest tests/performance --benchmark-enable --benchmark-only --benchmark-quiet $(ARGS)

# A .venv whose Python is gone or was upgraded is set up again, too.
.venv/bin/python: ;
$(STAMP): $(LOCK) pyproject.toml .venv/bin/python
	@PYTHON="$(PYTHON)" TORCH="$(TORCH)" LOCK="$(LOCK)" sh scripts/setup.sh
	@touch $@

# Fewest forks: one version of a package for all Pythons. Torch and its CUDA libraries stay out of the locks, so
# that CPU, CUDA and macOS share them.
COMPILE = build/uv/bin/uv pip compile pyproject.toml -q --universal --python-version 3.11 --fork-strategy fewest \
	--no-header --no-annotate --no-emit-index-url --group dev --group imitation
DROP    = grep -vE '^(torch|triton|pygame)==|^(nvidia|cuda)-'

lock:  ## find the newest versions that go together and write both locks
	$(PYTHON) -m venv build/uv && build/uv/bin/pip install -q uv
	echo "$(TORCH)" > build/torch.txt
	$(COMPILE) -c build/torch.txt -o build/default.lock
	$(COMPILE) -c build/default.lock --all-extras --group morl-baselines -o build/all.lock
	$(DROP) build/default.lock > requirements.lock
	$(DROP) build/all.lock > requirements-all.lock

clean:  ## remove .venv and whatever can be made anew, but no results
	rm -rf .venv build *.egg-info setup.log .pytest_cache .ruff_cache .mypy_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
