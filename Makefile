# What one does with Guomen. Every target sets up what it needs; second calls do no work twice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The first Python from 3.11 on that can make a virtual environment.
FIND_PYTHON = for p in $${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$p"; exit; }; done; \
	echo "Guomen needs Python 3.11 or newer with venv. Debian: sudo apt-get install python3 python3-venv" >&2; \
	echo false
SETUP = "$$($(FIND_PYTHON))" tools/setup.py
RUN = .venv/bin/python
# Bytecode is kept: every process of the tests would compile all libraries anew, for seconds each.
export PYTHONDONTWRITEBYTECODE :=
SOURCES = src tests tools $(wildcard bench) manage.py
TEMPLATES = $(shell git ls-files --cached --others --exclude-standard 'src/*.html')

.PHONY: help setup demo test check bench format lock messages

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

setup: ## Install everything that work on the code needs
	@$(SETUP) all

demo: ## Load the scenario, decide a year of declarations, serve it (PORT=8000, SERVE=0, TLS=1)
	@$(SETUP) run
	@.venv/bin/guomen demo

test: setup ## Run all tests: those of the database on PostgreSQL, then everything on SQLite
	@$(RUN) -m guomen.site.postgres run -- $(RUN) -m pytest -n 2 --dist loadgroup -q -m "database and not browser" $(ARGS)
	@$(RUN) -m pytest -n 2 --dist loadgroup -q $(ARGS)

check: setup ## Run the linters, the type checker and the contracts of the architecture
	@$(RUN) -m tools.checks

bench: setup ## Measure speed and size against peers; prints ratios
	@$(RUN) -m bench $(ARGS)

format: setup ## Format the code and the templates
	@.venv/bin/ruff check --fix-only -q $(SOURCES)
	@.venv/bin/ruff format -q $(SOURCES)
	@$(if $(TEMPLATES),.venv/bin/djade --target-version 5.2 $(TEMPLATES) || true)

messages: setup ## Collect the texts of the pages for translation
	@$(RUN) -m tools.messages

lock: ## Write the lock files anew from pyproject.toml and package.json
	@test -x .venv/bin/uv || $(SETUP) run
	@$(RUN) -m tools.lock $(ARGS)
