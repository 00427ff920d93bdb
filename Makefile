# make run: the app.  make test: all tests.  make audit: known holes in the packages.  All set up what they need in .venv first.

PYTHON ?= python3
BIN := .venv/bin
AUDIT := .venv/audit

.PHONY: run test lint format audit screenshots

run: .venv/app.done
	$(BIN)/streamlit run streamlit_app.py

test: .venv/dev.done
	$(BIN)/pytest -n 2 --dist worksteal

lint: .venv/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/hadolint Dockerfile

format: .venv/dev.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Known holes in what is installed; its tool has packages of its own.
audit: .venv/dev.done $(AUDIT)/done
	$(AUDIT)/bin/python .ci/audit.py $(AUDIT)/bin/pip-audit $(BIN)/python

screenshots: .venv/dev.done
	$(BIN)/python tests/e2e/screenshots.py

.venv/app.done: requirements.txt | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev.done: requirements.txt requirements-dev.txt | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ .venv/app.done

$(AUDIT)/done: .ci/audit.txt | .venv
	$(BIN)/python -m venv $(AUDIT)
	$(AUDIT)/bin/pip install --quiet --disable-pip-version-check -r .ci/audit.txt
	touch $@

.venv:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(not (3, 11) <= v <= (3, 13) and f"CNN Classroom needs Python 3.11, 3.12 or 3.13 (TensorFlow has no wheel for others); $(PYTHON) is {v[0]}.{v[1]}. Name another: make run PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
