"""KCFG506: names that look the same to people."""

import pytest


@pytest.fixture
def told(tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*names, kind="spec"):
        if kind == "spec":
            entries = "".join(
                f"- {{name: {each!r}, server: 'https://h{at}.example.com'}}\n" for at, each in enumerate(names)
            )
            (tmp_path / "kcfg.yaml").write_text(
                f"apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {{name: demo}}\nclusters:\n{entries}"
            )
            done = called("lint", "--rule", "KCFG506")
        else:
            entries = "".join(f"- {{name: {each!r}, cluster: {{server: 'https://h.example.com'}}}}\n" for each in names)
            (tmp_path / "config").write_text(f"apiVersion: v1\nkind: Config\nclusters:\n{entries}")
            (tmp_path / "config").chmod(0o600)
            done = called("lint", "config", "--rule", "KCFG506")
        return [line for line in done.stdout.splitlines() if "KCFG506" in line]

    return run


@pytest.mark.parametrize("kind", ["spec", "kubeconfig"])
@pytest.mark.parametrize(
    "names",
    [
        ("a", "\u0430"),
        ("\u0430", "a"),
        ("prod", "pr\u043ed"),
        ("prod", "\uff50\uff52\uff4f\uff44"),
        ("TEA", "\u03a4\u0395\u0391"),
    ],
)
def test_two_that_look_the_same(told, names, kind):
    (line,) = told(*names, kind=kind)

    assert "looks like another cluster" in line


@pytest.mark.parametrize("name", ["pr\u043ed", "prod-\u0435u", "st\u0430ge", "\u0391lpha", "\uff50rod"])
def test_a_letter_of_another_script_among_latin_ones(told, name):
    (line,) = told(name)

    assert "which looks like" in line


@pytest.mark.parametrize(
    "names",
    [
        ("prod", "Prod"),
        ("\u043f\u0440\u043e\u0434", "prod"),
        ("k\u00f6ln", "koln"),
        ("\u6771\u4eac-prod",),
        ("node1", "nodel"),
    ],
)
def test_what_is_another_name_is_none_of_its_business(told, names):
    assert told(*names) == []
