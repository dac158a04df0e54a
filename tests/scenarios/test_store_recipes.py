"""examples/stores: each recipe from `validate` to the credential that kubectl gets, with stand-ins for the programs."""

import json
import marshal
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import EXAMPLES, ROOT

from kcfg.x509 import make_authority, make_client

STORES = EXAMPLES / "stores"
HERE = Path(__file__).parent / "stores"
CLIS = json.loads((HERE / "clis.json").read_text())
README = (STORES / "README.md").read_text(encoding="utf-8")
TOKEN = "planted-token-77c1"
PAIR = [part.decode() for part in make_client("admin", (), make_authority("ca"))]
FAILURES = [
    (name, state) for name, cli in CLIS.items() for state in ("signed out", "locked", "no item") if state in cli
]
EXEC_INFO = json.dumps(
    {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": {"interactive": False}}
)


class Recipe:
    """A recipe in a folder of its own, and the machine that it runs on."""

    def __init__(self, kcfg, folder, name, environ):
        self._kcfg, self.folder, self.environ, self._stanzas = kcfg, folder, environ, {}
        shutil.copy(STORES / f"{name}.yaml", folder / "kcfg.yaml")

    def kcfg(self, *words):
        return self._kcfg(*words, cwd=self.folder, env=self.environ)

    def trust(self):
        done = self.kcfg("trust", "--yes")
        assert done.returncode == 0, done.stderr

    def plugin(self, user, **environ):
        """Run the rendered stanza as kubectl does: from another folder, with its variable."""
        if not self._stanzas:
            users = json.loads(self.kcfg("render", "-o", "json").stdout)["users"]
            self._stanzas = {each["name"]: each["user"]["exec"] for each in users}
        stanza = self._stanzas[user]
        assert stanza["command"] == "kcfg-credential"
        given = self.environ | {"KUBERNETES_EXEC_INFO": EXEC_INFO} | environ
        return self._kcfg("credential", *stanza["args"], cwd=ROOT, env=given)

    def status(self, user):
        done = self.plugin(user)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)["status"]

    def by_hand(self, said):
        """Run what a refusal says one should run."""
        place, words = re.search(r"to see why, run in (\S+): (.*)\n", said).groups()
        given = os.environ | self.environ
        return subprocess.run(["sh", "-c", words], capture_output=True, text=True, env=given, cwd=place, timeout=60)


@pytest.fixture
def machine(kcfg, tmp_path, monkeypatch):
    """A machine with the stand-in of a recipe: machine("pass", state="locked") → Recipe."""

    def make(name, state="ready"):
        programs, folder = tmp_path / "bin", tmp_path / "spec"
        programs.mkdir()
        folder.mkdir()
        program = programs / CLIS[name]["program"]
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -IS "{HERE}/stand_in.py" "{tmp_path}/prepared" "$@"\n')
        program.chmod(0o755)
        values = {"token": TOKEN, "pair": "".join(PAIR)}
        if "object" in CLIS[name]:
            pair = dict(zip(("clientCertificateData", "clientKeyData"), PAIR, strict=True))
            values = {"token": json.dumps({"token": TOKEN}), "pair": json.dumps(pair)}
        (tmp_path / "prepared").write_bytes(marshal.dumps((CLIS[name], state, values)))
        environ = {"PATH": f"{programs}:{os.environ['PATH']}"}
        if "variable" in CLIS[name]:
            environ[CLIS[name]["variable"]] = "session"
        return Recipe(kcfg, folder, name, environ)

    return make


def walk(recipe, name):
    """What every recipe does, whatever stands behind it."""
    allow(recipe, name)
    checked = recipe.kcfg("secret", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert [line.split()[-1] for line in checked.stdout.splitlines()[1:]] == ["ok", "ok"]
    check_credentials(recipe)
    inline = json.loads(recipe.kcfg("render", "--credentials", "inline", "--raw", "-o", "json").stdout)
    assert [user["user"].get("token") for user in inline["users"] if user["name"] == "ci-bot"] == [TOKEN]


def allow(recipe, name):
    """Nothing is run before the user trusts it; what that would be is shown."""
    asked = recipe.kcfg("trust")
    assert asked.returncode == 2  # nobody is here to be asked
    assert " runs " + CLIS[name]["program"] in asked.stderr or " runs sh " in asked.stderr
    assert "REDACTED" not in asked.stderr
    assert "{key}" in asked.stderr
    refused = recipe.plugin("ci-bot")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "kcfg trust" in refused.stderr

    recipe.trust()


def check_credentials(recipe):
    """What kubectl gets as either user."""
    assert recipe.status("ci-bot") == {"token": TOKEN}
    pair = recipe.status("admin")
    assert [pair["clientCertificateData"], pair["clientKeyData"]] == PAIR


def test_every_recipe_has_a_stand_in_and_a_part_of_the_readme():
    assert {path.stem for path in STORES.glob("*.yaml")} == set(CLIS)
    assert {cli["known"].partition(":")[0].partition(" ")[0] for cli in CLIS.values()} >= {"run"}
    for name in CLIS:
        assert f"({name}.yaml)" in README
        for store in yaml.safe_load((STORES / f"{name}.yaml").read_text())["secretStores"]:
            argv = store["command"]["argv"]
            assert any(
                yaml.safe_load(line.partition("argv:")[2]) == argv for line in README.splitlines() if "argv:" in line
            )


@pytest.mark.parametrize("name", CLIS)
def test_recipe_is_valid_and_leads_to_the_credential(name, machine):
    recipe = machine(name)
    valid, rendered = recipe.kcfg("validate"), recipe.kcfg("render")

    assert valid.returncode == 0, valid.stderr
    assert rendered.returncode == 0, rendered.stderr
    assert "planted" not in rendered.stdout
    walk(recipe, name)


@pytest.mark.parametrize(("name", "state"), FAILURES, ids=lambda each: each.replace(" ", "-"))
def test_refusal_is_one_line_with_what_to_type_and_that_tells_the_reason(name, state, machine):
    recipe = machine(name, state)
    recipe.trust()
    done, checked = recipe.plugin("ci-bot"), recipe.kcfg("secret", "check")
    shown = recipe.by_hand(done.stderr)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"failed with exit code {CLIS[name][state]['code']}" in done.stderr
    assert (shown.returncode, shown.stdout) == (CLIS[name][state]["code"], "")
    assert CLIS[name][state]["says"] in shown.stderr
    assert checked.returncode == 1
    assert checked.stdout.count("to see why, run: ") == 2
    assert "planted" not in done.stderr + checked.stdout + checked.stderr


@pytest.mark.parametrize("name", CLIS)
def test_absent_program_is_said_to_be_absent(name, machine, tmp_path):
    recipe = machine(name)
    recipe.trust()
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "sh").symlink_to(shutil.which("sh"))
    done = recipe.plugin("ci-bot", PATH=str(bare))

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert ("command not found; install it" if name != "age" else "a program is not installed") in done.stderr


def test_bitwarden_without_its_session_is_locked(machine):
    recipe = machine("bitwarden")
    recipe.trust()
    recipe.environ["BW_SESSION"] = ""

    assert "Vault is locked." in recipe.by_hand(recipe.plugin("ci-bot").stderr).stderr


@pytest.mark.parametrize("words", [["read", "--planted"], ["get", "x"], ["read"], ["read", "a", "b"]])
def test_the_stand_in_takes_no_words_but_known_ones(words, machine, tmp_path):
    machine("1password")
    done = subprocess.run([sys.executable, HERE / "stand_in.py", tmp_path / "prepared", *words], capture_output=True)

    assert done.returncode == 64
