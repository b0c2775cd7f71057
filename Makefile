# The tasks of the portal; `make` alone lists them.

PORT ?= 8000
ARGS ?=
LOCALE ?=
ROWS ?= 100000
CASES ?= 200

# What `make check` sees instead of .env: the settings of a production site.
PRODUCTION = DEBUG=false LOCAL=false ALLOWED_HOSTS=portal.example.org \
	SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz \
	DATABASE_URL=sqlite://:memory: REDIS_URL=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format lock messages bench fuzz

help: ## List these tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

run: .venv/base .env ## Start the portal with its data on http://127.0.0.1:8000 (PORT=… moves it)
	@echo "Preparing the database"
	@.venv/bin/python manage.py migrate --verbosity 0
	@echo "Loading the data"
	@.venv/bin/python manage.py load_portal_data
	@.venv/bin/python manage.py create_first_administrator
	@echo "The portal is on http://127.0.0.1:$(PORT)/ (Ctrl+C stops it)"
	@.venv/bin/python manage.py runserver --skip-checks 127.0.0.1:$(PORT) >/dev/null

test: .venv/dev ## Run the whole suite (ARGS=tests/clusters runs a part)
	@$(install_chromium)
	@.venv/bin/python -m pytest -n auto $(ARGS)

check: .venv/dev ## Check style, templates, migrations, production settings and static files
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 --check {} +
	@echo "manage.py makemigrations --check"
	@$(PRODUCTION) .venv/bin/python manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy"
	@$(PRODUCTION) .venv/bin/python manage.py check --deploy --fail-level WARNING
	@echo "manage.py collectstatic"
	@directory=$$(mktemp -d) && trap 'rm -rf "$$directory"' EXIT && \
		$(PRODUCTION) STATIC_ROOT="$$directory" \
		.venv/bin/python manage.py collectstatic --noinput --verbosity 0
	@$(check_compose)

format: .venv/dev ## Format Python and templates
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} +

lock: .venv/lock/bin/uv ## Renew the pinned versions in requirements/ from pyproject.toml
	@$(lock) pyproject.toml --upgrade --output-file requirements/base.txt
	@$(lock) pyproject.toml --upgrade --extra production \
		--constraint requirements/base.txt --output-file requirements/production.txt
	@$(lock) pyproject.toml --upgrade --group dev \
		--constraint requirements/base.txt --output-file requirements/dev.txt
	@$(lock) pyproject.toml --upgrade --extra production --group bench \
		--constraint requirements/base.txt --output-file requirements/bench.txt

bench: .venv/bench ## Measure the table of partnerships beside its peers, pages, and imports (ROWS=…, DATABASE_URL=…)
	@$(bench_environment) .venv/bin/python bench/measure.py $(ROWS)
	@$(bench_environment) .venv/bin/python bench/country.py $(ROWS)
	@$(bench_environment) .venv/bin/python bench/api.py $(ROWS)
	@$(bench_environment) .venv/bin/python bench/importing.py $(ROWS)

fuzz: .venv/dev .venv/bench ## Try the API with thousands of requests, on the database in use (CASES=…)
	@$(bench_environment) .venv/bin/python bench/fuzz.py $(CASES)

messages: .venv/base ## Collect and compile the texts to translate (LOCALE=fr begins a language)
	@command -v xgettext >/dev/null || \
		{ echo "GNU gettext is needed; on Debian: apt-get install gettext" >&2; exit 1; }
	@.venv/bin/python manage.py makemessages $(if $(LOCALE),--locale $(LOCALE),--all) --ignore .venv --ignore tests
	@.venv/bin/python manage.py compilemessages --ignore .venv

# What the tasks need

.venv/bin/pip:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$python; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Making .venv with $$("$$python" --version)"; \
		exec "$$python" -m venv --clear .venv; \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found has no venv module; on Debian: apt-get install python3-venv"; \
	else \
		echo "Python 3.11 or newer is needed; on Debian 12 or newer: apt-get install python3 python3-venv"; \
	fi >&2; exit 1

# Files that remember what is installed, so that a later start skips it.
.venv/base .venv/dev .venv/bench: .venv/%: requirements/%.txt | .venv/bin/pip
	@echo "Installing the packages of $<"
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

.venv/lock/bin/uv: | .venv/bin/pip
	@.venv/bin/python -m venv .venv/lock
	@.venv/lock/bin/pip install -qq --disable-pip-version-check 'uv~=0.13.9'

.env: | .venv/bin/pip
	@echo "Writing .env with a new SECRET_KEY"
	@umask 077 && .venv/bin/python -c 'import secrets; \
		print("# The settings of this machine; docs/settings.md describes them."); \
		print("SECRET_KEY=" + secrets.token_urlsafe(50)); \
		print("LOCAL=true")' >$@

lock = .venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --custom-compile-command 'make lock'

# Measured on a database of its own, unless another one is named.
bench_environment = DATABASE_URL="$${DATABASE_URL:-sqlite:///$${TMPDIR:-/tmp}/portal-bench.sqlite3}" \
	SECRET_KEY=only-for-measuring-0123456789-abcdefghijklmnopqrstuvwxyz

define install_chromium
for name in chromium-headless-shell chromium chromium-browser google-chrome; do \
	if command -v $$name >/dev/null; then exit; fi; \
done; \
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo "Installing Chromium for the browser tests"; \
	export DEBIAN_FRONTEND=noninteractive; \
	install="apt-get install --yes --no-install-recommends"; \
	{ apt-get update && { $$install chromium-headless-shell || $$install chromium; }; } \
		>/dev/null </dev/null || echo "Chromium could not be installed" >&2; \
fi
endef

define check_compose
if docker compose version >/dev/null 2>&1; then compose="docker compose"; \
elif command -v docker-compose >/dev/null; then compose=docker-compose; \
else echo "docker compose is not installed: docker-compose.yml is left to the suite"; exit; fi; \
echo "$$compose config"; \
$(PRODUCTION) POSTGRES_PASSWORD=check TLS_DIRECTORY=/tmp $$compose config --quiet
endef
