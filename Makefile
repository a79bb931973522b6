# The commands of the README. Everything lives in .venv and var/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A test process for each processor, a file's tests in one of them; more than four would only fill the memory.
AT_ONCE := -n logical --maxprocesses 4 --dist loadfile

.PHONY: messages run samples test test-services setup check clean

run: $(VENV)/.runtime  ## Site, worker and sandbox bank; prints one address
	@$(BIN)/python -m wizard_site.run

setup: $(VENV)/.development

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.development: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

test: $(VENV)/.development  ## Everything that needs no server; browser tests when a Chromium is there
	@$(BIN)/python -m pytest $(AT_ONCE)

test-services: $(VENV)/.development  ## The same and the races, on PostgreSQL and Redis
	@test -n "$$DATABASE_URL" -a -n "$$CELERY_BROKER_URL" || { \
	  echo "Set DATABASE_URL (postgres://…, may create databases) and CELERY_BROKER_URL (redis://…)."; exit 2; }
	@$(BIN)/python -m pytest $(AT_ONCE)

check: $(VENV)/.development  ## Style, types, directions, migrations, deployment settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive onboarding wizard_site --configfile pyproject.toml
	@set -a; . ./.ci/deploy.env; set +a; \
	  DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run && \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

samples: $(VENV)/.runtime  ## Sample statements and exports to try, in samples/
	@$(BIN)/python -m sandbox.samples samples

clean:  ## Forget the environment and everything that was made
	rm -rf $(VENV) var staticfiles samples

LANGUAGES := pl cs es pt ro lt lv et

messages: $(VENV)/.development  ## Collect texts for translators and compile what they wrote (needs gettext)
	$(BIN)/python manage.py makemessages --no-obsolete --add-location=file \
	  $(foreach language,$(LANGUAGES),--locale $(language)) \
	  --ignore .venv --ignore tests --ignore sandbox --ignore 'templates/admin/*' --ignore 'onboarding/admin/*' --ignore bench
	$(BIN)/python manage.py compilemessages --ignore .venv
