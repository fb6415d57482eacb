# Every target, in one place. `make` alone lists them; the text after ## is what it lists.
MODEL ?= northwest
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILED := $(VENV)/.compiled
SOURCES ?= ../shared/data
UV := $(shell command -v uv 2>/dev/null)

PACKAGE := pyproject.toml $(shell find siting -type f ! -name '*.pyc' 2>/dev/null)
DATA := $(shell find data -type f 2>/dev/null)
MODEL_FILES := $(shell find models/$(MODEL) -type f ! -path '*/whatif/*' 2>/dev/null)
BASE := out/$(MODEL)/base/manifest.json

# Exit 6 is a verified plan that is not proven to the asked gap: siting says so itself, and make goes on.
accept = ; code=$$?; [ $$code -eq 6 ] || exit $$code

.DEFAULT_GOAL := help
.PHONY: help setup run whatif compare check verify test bench acceptance data knobs lock wheel clean distclean
# A plan kept after Ctrl-C is not removed by make.
.PRECIOUS: out/%/base/manifest.json

help: ## list the targets
	@printf 'siting: where the next modular AI-compute clusters go, and why\n\n'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nMODEL is northwest unless given; the models are in models/, what-ifs in models/<model>/whatif/.\n'

setup: $(READY) ## make .venv with the locked versions (uv where present, else pip)

# uv and pip read the same hashed lock. Compiled at once: every process imports it, and where nobody may write bytecode
# each of them would compile it anew. The first uv command that fails (no network for it, say) hands over to pip.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "siting needs Python 3.11 or newer; name one with PYTHON="; exit 1; }
	@[ -x $(BIN)/python ] || { [ -n "$(UV)" ] && uv venv --quiet --seed --python $(PYTHON) $(VENV); } || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) from requirements.lock"
	@{ [ -n "$(UV)" ] && uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock; } \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@{ [ -n "$(UV)" ] && uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; } \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The package itself, for the same reason: a run is a dozen processes, each of which imports it.
$(COMPILED): $(READY) $(PACKAGE)
	@$(BIN)/python -m compileall -q siting
	@touch $@

run: $(BASE) ## [MODEL=] solve the model; layers, map and report in out/<model>/base
	@echo "out/$(MODEL)/base is up to date: open out/$(MODEL)/base/map.html or report.html"

out/%/base/manifest.json: $(COMPILED) $(PACKAGE) $(DATA) $(MODEL_FILES)
	@$(BIN)/siting run $* $(accept)

whatif: $(COMPILED) ## MODEL= EDIT=<overlay> and/or SET="budget.total_musd=30000" [NAME=]: a run beside the base
	@[ -n "$(EDIT)$(SET)" ] || { echo 'say what changes: make whatif EDIT=tight-grid, or SET="budget.total_musd=30000"'; exit 2; }
	@$(BIN)/siting run $(MODEL) $(if $(NAME),--name '$(NAME)') $(foreach edit,$(EDIT),--what-if '$(edit)') $(foreach pair,$(SET),--set '$(pair)') $(accept)

compare: $(READY) ## MODEL= A=base B=<what-if>: what differs between two runs, as a table, layer and map
	@[ -n "$(A)" ] && [ -n "$(B)" ] || { echo 'say which two: make compare A=base B=tight-grid'; exit 2; }
	@$(BIN)/siting compare out/$(MODEL)/$(A) out/$(MODEL)/$(B)

check: $(READY) ## [MODEL=] check scenario and layers, solve nothing
	@$(BIN)/siting check $(MODEL)

verify: $(READY) ## [MODEL=] check the published plans of the model again from their files
	@for folder in out/$(MODEL)/*/; do [ ! -e "$$folder/manifest.json" ] || [ "$$(basename "$$folder")" = compare ] || $(BIN)/siting verify "$$folder" || exit $$?; done

test: $(READY) ## ruff, mypy and the tests
	@$(BIN)/ruff check siting tests
	@$(BIN)/ruff format --check --quiet siting tests
	@$(BIN)/mypy
	@$(BIN)/pytest -n 2 -rs -m "not slow"

bench: $(COMPILED) ## [GROUPS=] every figure of speed and scale, in tests/bench/RESULTS.md
	@$(BIN)/python -c "import spopt" 2>/dev/null || { echo "installing spopt, which figures are compared with"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check "spopt>=0.7"; } || echo "without it its figures miss"
	@$(BIN)/python -m tests.bench $(GROUPS)

acceptance: $(COMPILED) ## the slow tests too, and the published figures beside ours: a table and acceptance.json
	@$(BIN)/pytest -n 2 -rs; code=$$?; $(BIN)/python -m tests.acceptance && exit $$code

data: $(READY) ## [SOURCES=] build data/northwest again from the public sources
	@$(BIN)/siting data build northwest --sources $(SOURCES)

knobs: models/KNOBS.md ## write models/KNOBS.md: every knob, unit, default, range, meaning

models/KNOBS.md: $(READY) $(PACKAGE)
	@$(BIN)/siting knobs --write $@

lock: ## resolve requirements.lock again (needs uv)
	uv pip compile --quiet --upgrade --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --group dev \
		--custom-compile-command "make lock" --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock

wheel: $(READY) ## build the wheel, models and data inside, in dist/
	@$(BIN)/python -m hatchling build -t wheel

clean: ## remove runs, published plans and caches
	rm -rf runs out dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## clean, and remove .venv
	rm -rf $(VENV)
