# All that a developer does here. A newcomer needs two: `make demo` and `make test`.
# Each sets up what it needs first (tools/setup), and costs nothing the second time.

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test check soak bench tailing chaos golden format lock clean

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## a legacy application, the daemon and a receiver together (ARGS=--seconds=120)
	@tools/setup run
	@$(BIN)/logtrace demo $(ARGS)

test: ## all tests, those against a real Agent stand-in too (ARGS='-k name' for some)
	@tools/setup dev
	@tools/setup agent || echo "setup: tests/peer will be skipped, with the reason above"
	$(PYTEST) -m "not soak" $(ARGS)

check: ## what must be clean before a commit: format, lint, types, imports, spelling, quick tests
	@tools/setup dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(PYTEST) -q -m "not (slow or peer or soak)" tests/unit tests/property tests/docs

soak: ## property tests with 20 times as many examples, ten minutes of fuzzing, two of chaos
	@tools/setup dev
	$(PYTEST) --hypothesis-profile=soak --fuzz=10 --timeout=3600 -m "soak or not (slow or peer)" tests/property tests/scenarios

bench: ## lines per CPU second from file to acknowledged payload; encoding and shipping alone
	@tools/setup run
	$(BIN)/python bench/throughput.py $(ARGS)
	$(BIN)/python bench/shipping.py

tailing: ## how soon lines are read, and what following files costs (ARGS='fair idle' for some)
	@tools/setup run
	$(BIN)/python -m bench.tailing $(ARGS)

chaos: ## kill, rotate and refuse, and count every line (ARGS='--seconds 120 --seed 1')
	@tools/setup run
	$(BIN)/python -m bench.chaos $(ARGS)

golden: ## write the expected outputs anew; read the difference before committing it
	@tools/setup dev
	LOGTRACE_GOLDEN=rewrite $(PYTEST) -q -m scenario
	LOGTRACE_GOLDEN=rewrite $(PYTEST) -q tests/golden tests/docs

format: ## format the code, and mend what the linter can
	@tools/setup dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: ## pin requirements/*.txt anew
	tools/lock

clean: ## remove what the other targets made
	rm -rf .venv .venv-agent .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
	find logtrace tests bench -name __pycache__ -prune -exec rm -rf {} +
