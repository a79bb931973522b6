# The commands of the README. Everything lives in .venv and var/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A test process for each processor, a file's tests in one of them; more than four would only fill the memory.
AT_ONCE := -n logical --maxprocesses 4 --dist loadfile
# Exactly the files whose hashes stand in the lock, and nothing that would be built from other, unnamed files.
INSTALL := python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all:

BENCHES ?= queue waiting progress_poll latency ledger summary long_work cold_start

.PHONY: bench messages run samples test test-attacks test-faults test-services setup check lock audit sbom clean

run: $(VENV)/.runtime  ## Site, worker and sandbox bank; prints one address
	@$(BIN)/python -m wizard_site.run

setup: $(VENV)/.development

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(VENV)/bin/python
	$(BIN)/$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.development: requirements.lock requirements-dev.lock | $(VENV)/bin/python
	$(BIN)/$(INSTALL) -r requirements-dev.lock
	@touch $@ $(VENV)/.runtime

test: $(VENV)/.development  ## Everything that needs no server; browser tests when a Chromium is there
	@$(BIN)/python -m pytest $(AT_ONCE)

test-services: $(VENV)/.development  ## The same and the races, on PostgreSQL and Redis
	@test -n "$$DATABASE_URL" -a -n "$$CELERY_BROKER_URL" || { \
	  echo "Set DATABASE_URL (postgres://…, may create databases) and CELERY_BROKER_URL (redis://…)."; exit 2; }
	@$(BIN)/python -m pytest $(AT_ONCE)

test-attacks: $(VENV)/.development  ## Every attack of docs/security.md; then the whole suite's log and messages are searched
	@$(BIN)/python -m pytest $(AT_ONCE) tests/attacks tests/browser/test_attacks.py
	@$(BIN)/python -m pytest $(AT_ONCE) --search-leaks

bench: $(VENV)/.development  ## Every measurement, small; docs/performance.md says how each is taken whole
	@for name in $(BENCHES); do echo; echo "== $$name"; $(BIN)/python -m bench.$$name || exit 1; done

FAULT_ROUNDS ?= 3
FAULT_LENGTH ?= 1
MODEL_EXAMPLES ?= 1000

test-faults: $(VENV)/.development  ## A thousand random orders; then a whole installation broken under thirty people (hours)
	@MODEL_EXAMPLES=$(MODEL_EXAMPLES) $(BIN)/python -m tests.faults_live.with_servers \
	  $(BIN)/python -m pytest $(AT_ONCE) tests/model tests/faults tests/races tests/operations
	@rm -f var/faults.jsonl
	@FAULTS=1 FAULT_ROUNDS=$(FAULT_ROUNDS) FAULT_LENGTH=$(FAULT_LENGTH) $(BIN)/python -m pytest -p no:randomly tests/faults_live; \
	  ended=$$?; $(BIN)/python -m tests.faults_live.table var/faults.jsonl; exit $$ended

check: $(VENV)/.development  ## Style, types, directions, migrations, deployment settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive onboarding wizard_site sandbox --configfile pyproject.toml
	@set -a; . ./.ci/deploy.env; set +a; \
	  export SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))'); \
	  export KONTOMATIK_API_KEY=$$SECRET_KEY; \
	  export FIELD_ENCRYPTION_KEY=$$($(BIN)/python -c 'import base64, os; print("k1:" + base64.b64encode(os.urandom(32)).decode())'); \
	  DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run && \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

samples: $(VENV)/.runtime  ## Sample statements and exports to try, in samples/
	@$(BIN)/python -m sandbox.samples samples

# --- what looks after the dependencies; in an environment of its own, so that nothing of it is near the product

AUDIT := .venv-audit
LOCK := $(AUDIT)/bin/uv pip compile --quiet --no-config --no-header --universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade)

$(AUDIT)/.ready: requirements-audit.lock
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/$(INSTALL) -r requirements-audit.lock
	@touch $@

lock: $(AUDIT)/.ready  ## Write the locks anew; what is locked stays as it is unless UPGRADE=1
	$(LOCK) requirements.txt --output-file requirements.lock
	$(LOCK) requirements-dev.txt --output-file requirements-dev.lock
	$(LOCK) requirements-audit.txt --output-file requirements-audit.lock

audit: $(AUDIT)/.ready  ## Ask the advisory service about every locked package; needs a network, and fails without one
	@for file in requirements.lock requirements-dev.lock; do \
	  $(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --requirement $$file || { \
	    echo "$$file: NOT AUDITED, or not clean. Where the advisory service was not reached, nothing was checked."; exit 1; }; \
	done

sbom: $(AUDIT)/.ready  ## Bill of materials of what runs (CycloneDX, the same bytes from the same lock), in var/sbom.json
	@mkdir -p var
	$(AUDIT)/bin/cyclonedx-py requirements requirements.lock --output-reproducible --output-file var/sbom.json

clean:  ## Forget the environment and everything that was made
	rm -rf $(VENV) $(AUDIT) var staticfiles samples

LANGUAGES := pl cs es pt ro lt lv et

messages: $(VENV)/.development  ## Collect texts for translators and compile what they wrote (needs gettext)
	$(BIN)/python manage.py makemessages --no-obsolete --add-location=file \
	  $(foreach language,$(LANGUAGES),--locale $(language)) \
	  --ignore .venv --ignore tests --ignore sandbox --ignore 'templates/admin/*' --ignore 'onboarding/admin/*' --ignore 'onboarding/staff/*' --ignore bench
	$(BIN)/python manage.py compilemessages --ignore .venv
