# Every target sets up what it needs: Python 3.11+, git and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: release walks demo pictures test check cold crash sim fuzz mutation soak contexts hostile clients e2e kubectls lint wheel schemas lock clean

demo: $(VENV)/.installed
	@$(BIN)/python examples/demo.py

# The README's picture: the demo on a terminal, with a keyring and kubectl.
pictures: $(VENV)/.installed
	@$(BIN)/python examples/pictures/record.py

test: $(VENV)/.installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest -n auto --dist worksteal

CHECKED := $(foreach slow,cli/test_choose cli/test_env spec/test_outputs test_rendering spec/test_environments spec/test_json6902,--ignore tests/unit/$(slow).py) \
	tests/unit tests/laws tests/test_architecture.py tests/test_schemas.py tests/test_words.py

# What every commit passes: under a minute on two cores. `make test` is the whole.
check: $(VENV)/.installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@KCFG_EXAMPLES=5 $(BIN)/pytest -n auto $(CHECKED)

lint: $(VENV)/.installed
	@$(BIN)/vulture
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# All of the tests, and each of the thousands of processes starts Python anew: 20 minutes, where `test` forks a warm one.
cold: $(VENV)/.installed
	@KCFG_COLD=1 $(BIN)/pytest -n auto --dist worksteal

# Every edit of several files, killed and refused at every call, and every kind of credential adopted and undone:
# tests/files/crash.md has the table.
crash: $(VENV)/.installed
	@$(BIN)/python tests/files/crash.py
	@KCFG_CRASH=1 $(BIN)/pytest tests/importing/test_import_crash.py

# Every command that writes, in a simulation that replays: SEEDS=5000 of them, or one with its steps (SEED=17); and each
# fault that is put in on purpose is found. tests/sim has the table.
sim: $(VENV)/.installed
	@$(BIN)/python tests/sim/run.py
	@test -n "$(SEED)" || SEEDS=5000 $(BIN)/pytest -q -s -p no:xdist tests/sim/test_finds.py

# What kcfg reads of others, fuzzed: SECONDS for each target, two at a time; TARGETS="url pem" for some. tests/fuzz has the table.
SECONDS ?= 60
fuzz: $(VENV)/.installed
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r tests/fuzz/requirements.txt
	@$(BIN)/python tests/fuzz/fuzz.py $(SECONDS) $(TARGETS)

# One thing changed in a copy of what locks, writes, asks and keeps: do its tests notice? SAMPLE mutants of each module, by
# SEED; MODULES="lock trust/gate" for some. Minutes for each; tests/mutation has the table, and rows of what is asked are replaced.
SAMPLE ?= 40
MUTATION := .mutation/bin
mutation: $(VENV)/.installed
	@test -x $(MUTATION)/python || $(PYTHON) -m venv .mutation
	@$(MUTATION)/python -m pip install -q --disable-pip-version-check --require-hashes -r tests/mutation/requirements.txt
	@SAMPLE=$(SAMPLE) nice -n 10 $(MUTATION)/python tests/mutation/mutation.py $(MODULES)

# Many writers on two files, some of them killed: tests/files/soak.md has the table. And 50 shells, and 50 kubectls, at once.
soak: $(VENV)/.installed
	@$(BIN)/python tests/files/soak.py
	@$(BIN)/python tests/secrets/plugin_soak.py
	@KCFG_AT_ONCE=50 $(BIN)/pytest -k at_once tests/plugin/test_kept_plugins.py
	@KCFG_EDITS=50 $(BIN)/pytest tests/files/test_races.py
	@KCFG_SHELLS=50 $(BIN)/pytest tests/run/test_many_shells.py

# 1,020 contexts out of order in one field each, asked by kcfg and by kubectl: tests/connect/hostile.md.
contexts: $(VENV)/.installed
	@KCFG_SEEDS=17 $(BIN)/pytest -n 2 tests/connect/test_hostile_contexts.py

# Every command in 10,000 hostile repositories, some under strace; minutes. The table is for tests/trust/hostile.md.
hostile: $(VENV)/.installed
	@$(BIN)/python tests/trust/hostile.py

# What real clients make of each field of a kubeconfig: installs them below the cache folder; tests/clients has the table.
clients: $(VENV)/.installed
	@$(BIN)/python tests/clients/measure.py

.PHONY: bench bench-quick
# Every job beside its peers: benchmarks/results.md and its plot. On a machine that does nothing else; 15 minutes, 90 s.
bench: $(VENV)/.installed
	@missed=0; for each in run credential shell; do $(BIN)/python benchmarks/$$each.py || missed=1; done; exit $$missed

bench-quick: $(VENV)/.installed
	@$(BIN)/python benchmarks/run.py --quick

.PHONY: peers
# The same kubeconfigs to kcfg and its peers, which it installs below the cache folder: tests/peers has who loses what.
peers: $(VENV)/.installed
	@$(BIN)/python tests/peers/peer_jobs.py

# Against a real API server, with the oldest and the newest kubectl: needs Go, once, and etcd. tests/e2e has the table.
e2e: $(VENV)/.installed
	@command -v etcd >/dev/null || { echo "make e2e needs etcd; on Debian and Ubuntu: apt-get install etcd-server" >&2; exit 2; }
	@KCFG_CLUSTER=$$($(BIN)/python tests/cluster_binary.py) && export KCFG_CLUSTER && \
	  { $(BIN)/python tests/client_programs.py || true; } && $(BIN)/pytest -n 2 --dist loadfile tests/e2e

# Each kubectl in turn judges kcfg: the oldest here, 1.33, and the newest (see e2e). tests/conformance/versions.md has how they differ.
kubectls: $(VENV)/.installed
	@$(BIN)/python tests/conformance/versions.py --judges | while read -r kubectl; do \
	  echo "judged by $$kubectl"; \
	  KCFG_KUBECTL=$$kubectl KCFG_REQUIRE=kubectl $(BIN)/pytest -n 2 tests/conformance tests/lint/test_client_models.py \
	    tests/plugin/test_exec_api.py tests/secrets/test_pem_as_kubectl.py tests/targets/test_kuberc.py \
	    tests/targets/test_kubectl_script.py </dev/null || exit 1; done
	@$(BIN)/python tests/conformance/versions.py

.PHONY: oldest newest compat
# The libraries that pyproject.toml allows, and each Python: environments of their own below the cache folder; minutes
# for each. tests/compat has the table.
COMPAT := $(BIN)/python tests/compat/allowed_versions.py
oldest newest: $(VENV)/.installed
	@$(COMPAT) $@ -- -n auto $(CHECKED) tests/secrets tests/plugin

compat: $(VENV)/.installed
	@$(COMPAT) -- -n auto $(CHECKED) tests/secrets tests/plugin

# For machines without a clone: one file to copy and install.
wheel: $(VENV)/.installed
	@$(BIN)/python -m hatchling build -t wheel -d dist

# What packaging/RELEASE.md speaks of: built twice and compared, an SBOM, checksums; installed by pip, uv and pipx.
release: $(VENV)/.installed
	@$(BIN)/python packaging/release.py dist --install

.PHONY: docs
# The documentation, as a site: build/docs/index.html. Links are checked, anchors too; nothing is fetched.
docs: $(VENV)/.installed
	@$(BIN)/python docs/build.py build/docs

# The table of kcfg/README.md: how many files a line of data goes through.
walks: $(VENV)/.installed
	@PYTHONPATH=.:tests $(BIN)/python tests/test_walks.py

schemas: $(VENV)/.installed
	@$(BIN)/python schemas/generate.py

# Exact versions with hashes, for every platform; no address of a package index is written.
lock: $(VENV)/.installed
	@$(BIN)/pip install -q uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --group dev pyproject.toml -o requirements.lock

$(VENV)/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "kcfg needs Python 3.11 or newer; say which: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "this Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

clean:
	rm -rf $(VENV) .demo .fuzz .mutation dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
