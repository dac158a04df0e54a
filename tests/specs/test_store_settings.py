"""A store without the settings that it needs is told at its place, whatever refers to it."""

import pytest

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: a}}
secretStores: [{{name: default, provider: {}}}]
clusters: [{{name: a, server: "https://a.example.com"}}]
users: [{{name: u, token: "ref+default://u/token"}}]
contexts: [{{name: a, cluster: a, user: u}}]
"""
COMMANDS = [["validate"], ["lint"], ["secret", "ls"], ["secret", "check"], ["diff"], ["apply", "--yes"], ["render"]]


@pytest.mark.parametrize("provider", ["file", "command"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_its_place_and_what_to_add(words, provider, kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC.format(provider))
    done = kcfg(*words)

    assert done.returncode in (1, 2)
    assert (
        f"kcfg.yaml:4:16: error: secretStores[0]: provider '{provider}' needs its settings" in done.stdout + done.stderr
    )
    assert f"add `{provider}:`" in done.stdout + done.stderr
