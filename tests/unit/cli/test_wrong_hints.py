"""Hints that lead where they should: stores that nobody declared, secrets that are not there, files of folders."""

import pytest
import yaml

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
secretStores: [{name: vault, provider: env, env: {prefix: HINTS_}}]
users: [{name: u, token: 'ref+STORE://u/token'}]
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda store: (tmp_path / "kcfg.yaml").write_text(SPEC.replace("STORE", store))


@pytest.mark.parametrize(
    ("store", "hint"),
    [("valt", "did you mean 'vault'?"), ("defualt", "did you mean 'default'?"), ("fault", "did you mean 'vault'?"),
     ("keepass", "declare it under secretStores")],
)  # fmt: skip
def test_a_store_that_nobody_declared(store, hint, spec, called):
    spec(store)

    assert f"hint: {hint}\n" in called("validate").stderr


def test_without_another_store_it_is_to_be_declared(spec, called, tmp_path):
    spec("vault")
    text = (tmp_path / "kcfg.yaml").read_text()
    (tmp_path / "kcfg.yaml").write_text(
        "".join(line + "\n" for line in text.splitlines() if "secretStores" not in line)
    )

    assert "hint: declare it under secretStores\n" in called("validate").stderr


def test_a_secret_that_is_not_there_is_not_to_be_stored_first(spec, called):
    spec("vault")
    done = called("secret", "rm", "u/token", "--yes")

    assert done.returncode == 2
    assert "hint: nothing to remove: `kcfg secret ls` shows what is there\n" in done.stderr


def test_a_certificate_is_named_from_the_file_that_declares_the_entry(tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "inc").mkdir()
    (tmp_path / "pki").mkdir()
    from conftest import EXAMPLES

    (tmp_path / "pki/ca.crt").write_text((EXAMPLES / "tutorial/fake-ca-file").read_text())
    head = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"
    (tmp_path / "kcfg.yaml").write_text(f"{head}metadata: {{name: demo}}\ninclude: [inc/b.yaml]\n")
    (tmp_path / "inc/b.yaml").write_text(f"{head}clusters:\n- name: b\n  server: https://b.example.com\n")
    assert called("spec", "set-cluster", "b", "--certificate-authority", "pki/ca.crt").returncode == 0

    (cluster,) = yaml.safe_load((tmp_path / "inc/b.yaml").read_text())["clusters"]
    assert cluster["certificate-authority"] == "../pki/ca.crt"
    assert called("validate").returncode == 0
