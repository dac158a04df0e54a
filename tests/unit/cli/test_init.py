"""`init`: what it writes passes all that kcfg asks of a spec, is named after its folder and is true."""

import json
import re

import pytest
import yaml

from kcfg.spec.schema import read_schema


@pytest.fixture
def made(tmp_path, called, monkeypatch):
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert called("init").returncode == 0
    return folder


@pytest.mark.parametrize("line", ["fmt --check", "fmt --diff", "lint --fail-on info", "validate", "render"])
def test_it_passes_what_kcfg_asks_of_a_spec(line, made, called):
    done = called(*line.split())

    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in done.stderr
    assert "warning" not in done.stderr


def test_it_scans_clean(made, called):
    assert called("secret", "scan", *made.iterdir()).returncode == 0


@pytest.mark.parametrize(
    ("folder", "words", "name"),
    [("shop", [], "shop"), ("shop", ["--name", "acme"], "acme"), ("shop", ["--out", "clusters/kcfg.yaml"], "clusters"),
     ("Shop X", [], "shop-x-")],
)  # fmt: skip
def test_it_is_named_after_its_folder(folder, words, name, tmp_path, called, monkeypatch):
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    assert called("init", *words).returncode == 0

    (spec,) = (tmp_path / folder).rglob("kcfg.yaml")
    assert yaml.safe_load(spec.read_text())["metadata"]["name"].startswith(name)


@pytest.mark.parametrize("name", ["on", "y", "123", "1.5", "1e3", "null", "0o17", "2024-01-01"])
def test_a_name_that_yaml_would_take_for_something_else(name, tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert called("init", "--name", name).returncode == 0

    assert called("validate").returncode == 0
    assert called("fmt", "--check").returncode == 0


def test_the_editors_schema_stands_beside_it(made):
    first = (made / "kcfg.yaml").read_text().splitlines()[0]
    (path,) = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first).groups()

    assert (made / path).read_text() == read_schema("spec")
    assert json.loads((made / path).read_text())["$id"] == "urn:kcfg:schema:spec:v1"


def test_a_schema_that_is_there_stays(tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kcfg-spec.v1.schema.json").write_text("{}")
    assert called("init").returncode == 0

    assert (tmp_path / "kcfg-spec.v1.schema.json").read_text() == "{}"


def test_a_spec_is_not_written_over(made, called):
    before = (made / "kcfg.yaml").read_text()
    done = called("init")

    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert (made / "kcfg.yaml").read_text() == before


def test_what_it_says_of_labels_is_what_apply_does(made, called, tmp_path):
    config = tmp_path / "config"
    assert called("trust", "--yes").returncode == 0
    assert called("apply", "--yes", "--kubeconfig", config).returncode == 0

    (context,) = yaml.safe_load(config.read_text())["contexts"]
    assert context["context"]["extensions"][0]["extension"]["labels"] == {"env": "dev"}


def test_the_certificate_that_is_commented_out_may_be_switched_on(made, called):
    spec = made / "kcfg.yaml"
    spec.write_text(spec.read_text().replace("# certificate-authority:", "certificate-authority:"))
    done = called("validate")

    assert done.returncode == 1
    assert re.findall(r"error: (\S+) '(\S+)' cannot be read", done.stderr) == [
        ("clusters[0].certificate-authority:", "pki/dev.crt")
    ]
