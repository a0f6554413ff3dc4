# What a newcomer types: `make demo`, `make test`. Everything else is for those who work on Nightshift.
PYTHON ?= python3
BIN := .venv/bin
# As many as in CI: about half of what a story takes is waiting.
PROCESSES ?= 4
FUZZ_SECONDS ?= 1800
PYTEST := $(BIN)/pytest -n $(PROCESSES) --dist worksteal
.DELETE_ON_ERROR:
.PHONY: demo test test-all client planted mutation fuzz check format docs picture lock clean

demo: .venv/runtime.stamp node_modules/runtime.stamp ## rehearse a night on loopback: no account, no key
	$(BIN)/nightshift rehearse

test: .venv/dev.stamp node_modules/dev.stamp ## the tests of each change
	$(PYTEST) -m "not nightly" $(PYTEST_ARGS)

test-all: .venv/dev.stamp node_modules/dev.stamp ## these, and those that take so long that they run once a night
	$(PYTEST) $(PYTEST_ARGS)

client: .venv/runtime.stamp ## the gate's static client where the system has no C compiler: fetches one for it (400 MB)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-client.lock
	$(BIN)/python hooks/build_client.py
	$(BIN)/python -m pip uninstall -q --disable-pip-version-check --yes ziglang

fuzz: .venv/dev.stamp ## the gate under the fuzzer, from its corpus on, with a new seed
	$(BIN)/python -m tests.hooks.test_fuzz $(FUZZ_SECONDS)

planted: .venv/dev.stamp node_modules/dev.stamp ## plant each bug of tests/planted, and see whether it is noticed
	$(BIN)/python -m tests.planted.run $(PLANTED_ARGS)

mutation: .venv/mutation.stamp node_modules/dev.stamp ## change the code in small ways, and count what the tests notice
	$(BIN)/python -m tests.mutation.run $(MUTATION_ARGS)

check: .venv/dev.stamp ## lint, format and types; workflows and the image's recipe
	$(BIN)/zizmor --offline --quiet .github docs/night.yml
	$(BIN)/hadolint Containerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/dev.stamp node_modules/dev.stamp ## after a change of what Nightshift says, or of its pages: also the site, in site/
	$(BIN)/python docs/generate.py
	$(BIN)/python -m bot config schema >docs/nightshift.schema.json
	$(BIN)/python docs/man_page.py >docs/nightshift.1
	$(BIN)/python docs/grafana_dashboard.py >docs/monitoring/dashboard.json
	$(BIN)/python docs/site_build.py

picture: .venv/dev.stamp node_modules/runtime.stamp ## the documentation's pictures, after a change of what a pull request, the digest or the dashboard shows; needs Chromium
	$(BIN)/python docs/picture.py

lock: ## after a change of the dependencies in pyproject.toml; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra build --extra dev --extra fleet --extra traces pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements-dev.lock \
	  --custom-compile-command "make lock" --extra mutation pyproject.toml -o requirements-mutation.lock
	echo 'ziglang==0.17.1' | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" - -o requirements-client.lock

clean:
	rm -rf .venv node_modules

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Nightshift needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv

# "compat" puts this folder on the path. The other way installs an import hook, whose modules every start of a Python
# loads: 30 ms instead of 13, several times for each session.
.venv/runtime.stamp: requirements.lock pyproject.toml .venv/client.stamp | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation \
	  --config-settings editable_mode=compat -e .
	touch $@

# With the system's C compiler, or not at all: then the gate's client is hooks/gate.py.
.venv/client.stamp: hooks/gate_client.c hooks/build_client.py hooks/static_client.py | .venv/bin/python
	$(BIN)/python hooks/build_client.py
	touch $@

.venv/dev.stamp: requirements-dev.lock .venv/runtime.stamp
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

.venv/mutation.stamp: requirements-mutation.lock .venv/dev.stamp
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-mutation.lock
	touch $@

# The CLI's own install script is not needed: its binary lies in a package of its own for each platform.
node_modules/runtime.stamp: package-lock.json
	npm ci --omit=dev --no-progress --loglevel=error
	touch $@ 

node_modules/dev.stamp: package-lock.json
	npm ci --no-progress --loglevel=error
	touch node_modules/runtime.stamp $@
