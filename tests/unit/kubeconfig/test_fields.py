"""One table of fields: a new one is a row of it, and whatever reads, prints, hides or moves fields knows it."""

import ast
import json
import subprocess
import sys

import pytest
from conftest import ROOT

from kcfg.kubeconfig import fields
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.fields import FIELDS
from kcfg.yaml.parse import parse_yaml

ROOM = ROOT / "kcfg" / "kubeconfig"
ROW = '        ("server", STRING, ALWAYS, URL, ENDPOINT),\n'
MADE_UP = (
    '        ("area", STRING, ENDPOINT),\n        ("quiet", BOOL),\n        ("second-ca", STRING, PATH),\n'
    '        ("second-ca-data", BYTES),\n'
)
# Runs with the rows above in the table; every other module is kcfg's own.
WITH_ROWS = """
import json, sys, types
import kcfg.kubeconfig
from pathlib import Path
text = Path("kcfg/kubeconfig/fields.py").read_text()
row, rows = json.loads(sys.argv[1])
assert text.count(row) == 1
module = types.ModuleType("kcfg.kubeconfig.fields")
sys.modules[module.__name__] = kcfg.kubeconfig.fields = module
exec(compile(text.replace(row, row + rows), "fields.py", "exec"), module.__dict__)
from kcfg.__main__ import run
sys.exit(run(sys.argv[2:]))
"""
BODY = {
    "area": "north",
    "quiet": True,
    "second-ca": "pki/second.crt",
    "server": "https://a.example.com",
}
TEXT = """apiVersion: v1
clusters:
- cluster:
    area: north
    quiet: true
    second-ca: pki/second.crt
    server: https://a.example.com
  name: a
contexts:
- context:
    cluster: a
    user: a
  name: a
current-context: a
kind: Config
users:
- name: a
  user: {}
"""


FORMS = {
    "kubectl's form": TEXT,
    "by hand": "# ours\n" + TEXT.replace("north", '"north"'),
    "JSON": json.dumps({"clusters": [{"name": "a", "cluster": BODY}]}),
}


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def run(request, tmp_path):
    """Return what runs a command on a kubeconfig with made-up fields, while the table knows them."""
    path = tmp_path / "config"
    path.write_text(request.param)
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "second.crt").write_text("-----BEGIN CERTIFICATE-----\nRkFLRQ==\n-----END CERTIFICATE-----\n")

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-c", WITH_ROWS, json.dumps([ROW, MADE_UP]), *words],
            cwd=ROOT,
            env={"HOME": str(tmp_path), "KUBECONFIG": str(path), "PATH": "/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    run.path = path
    return run


def cluster(text):
    return parse_yaml(text.encode(), "").value["clusters"][0]["cluster"]


def test_a_new_field_is_printed(run):
    code, text = run("view")

    assert (code, cluster(text)) == (0, BODY)


def test_without_its_row_a_field_is_not_printed():
    assert "area" not in decode(parse_yaml(TEXT.encode(), "")).to_value()["clusters"][0]["cluster"]


@pytest.mark.parametrize(("field", "value"), [("area", "south"), ("quiet", "false"), ("second-ca-data", "RkFLRQ==")])
def test_a_new_field_is_set(run, field, value):
    assert run("set", f"clusters.a.{field}", value) == (0, f'Property "clusters.a.{field}" set.\n')

    assert cluster(run.path.read_text())[field] == (False if value == "false" else value)


@pytest.mark.parametrize(("field", "value"), [("quiet", "some"), ("second-ca-data", "some!")])
def test_a_new_field_has_its_kind(run, field, value):
    assert run("set", f"clusters.a.{field}", value)[0] == 2


def test_a_new_path_is_read_into_the_data_beside_it(run):
    code, text = run("flatten")
    found = cluster(text)

    assert code == 0
    assert "second-ca" not in found
    assert found["second-ca-data"]


def test_new_data_is_not_shown(run):
    run("flatten", "--in-place")
    run("set", "clusters.a.second-ca-data", "RkFLRQ==")

    assert cluster(run("view")[1])["second-ca-data"] == "DATA+OMITTED"


def collections(tree):
    """Yield the texts of every literal collection."""
    for node in ast.walk(tree):
        members = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        yield {each.value for each in members if isinstance(each, ast.Constant)}


# What Go sends of a user as a header, in which header.
REVIEWED = {("refused", frozenset(("token", "as", "as-uid")))}


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_no_other_module_lists_fields(path):
    """More than two fields of one kind of thing in one collection are a table of fields."""
    found = {
        (path.stem, frozenset(texts & {row[0] for row in FIELDS[part]}))
        for part in ("clusters", "users", "contexts", "exec")
        for texts in collections(ast.parse(path.read_text(encoding="utf-8")))
        if len(texts & {row[0] for row in FIELDS[part]}) > 2
    }

    assert path.stem == "fields" or found <= REVIEWED


def test_every_word_of_the_table_is_known():
    kinds = {fields.STRING, fields.BOOL, fields.BYTES, fields.STRINGS, fields.MAP, fields.LISTS, fields.ENTRIES}
    kinds |= {fields.EXEC, fields.PROVIDER, fields.ENV, fields.PREFERENCES, fields.EXTENSIONS}
    words = {fields.ALWAYS, fields.NEEDED, fields.SECRET, fields.PATH, fields.URL, fields.ENDPOINT, fields.AS}

    for rows in FIELDS.values():
        for name, kind, *more in rows:
            assert kind in kinds, name
            assert {*more} <= words, name
