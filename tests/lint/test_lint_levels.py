"""`lint:` in a spec: ids and globs set levels, an id beats a glob, and what is no rule is told at its line."""

import pytest

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: demo}}
lint: {levels}
clusters: [{{name: a, server: 'https://a.example.com', insecure-skip-tls-verify: true}}]
users: [{{name: u, as: x}}]
contexts: [{{name: a, cluster: a, user: u}}]
"""


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ("{}", "warning: clusters[0].insecure-skip-tls-verify"),
        ("{'KCFG5*': off}", ""),
        ("{KCFG501: error, 'KCFG5*': off}", "error: clusters[0].insecure-skip-tls-verify"),
        ("{'KCFG5*': error, KCFG501: info}", "info: clusters[0].insecure-skip-tls-verify"),
    ],
)
def test_ids_and_globs_set_levels(levels, said, tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kcfg.yaml").write_text(SPEC.format(levels=levels))
    done = called("lint")

    assert called("validate").returncode == 0
    assert (said in done.stdout) if said else "KCFG501" not in done.stdout


@pytest.mark.parametrize("name", ["KCFG999", "kcfg501", "'KCFG9*'"])
@pytest.mark.parametrize("command", ["validate", "lint"])
def test_what_is_no_rule_is_told_at_its_line(command, name, tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kcfg.yaml").write_text(SPEC.format(levels=f"{{{name}: off}}"))
    done = called(command)
    said = done.stdout + done.stderr

    assert done.returncode == 1
    assert f"kcfg.yaml:4:8: error: lint.{name.strip(chr(39))}: no rule " in said
    assert "`kcfg explain rules` lists them" in said
