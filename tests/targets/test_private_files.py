"""Files with secrets and git: asked about each by its own name, and the first that git would commit is named."""

import subprocess

import pytest
from cases import HERE, VALUES
from terminal import on_terminal

FLEET = HERE / "flux/inline"


@pytest.fixture
def tree(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def render(kcfg, tree, *words):
    return kcfg("render", "-f", FLEET, *words, "--credentials", "inline", "--out", "o", "--trust", cwd=tree, env=VALUES)


@pytest.mark.parametrize(
    ("target", "ignored", "named"),
    [
        ("flux", "", "o/prod-eu.yaml"),
        ("flux", "/o/file\n", "o/prod-eu.yaml"),
        ("flux", "o/prod-eu.yaml\n", "o/dev.yaml"),
        ("flux", "o/*.yaml\n!o/dev.yaml\n", "o/dev.yaml"),
        ("flux", "o/*.yaml\n", ""),
        ("flux", "o/\n", ""),
        ("secret", "o/kubeconfig\n", "o/secret.yaml"),
        ("secret", "o/secret.yaml\n", ""),
        ("direnv", "o/.envrc\n", "o/kubeconfig"),
        ("direnv", "o/kubeconfig\n", ""),
    ],
)
def test_the_file_that_git_would_commit_is_named(target, ignored, named, tree, kcfg):
    (tree / ".gitignore").write_text(ignored)
    done = render(kcfg, tree, "--to", target)

    if named:
        assert done.returncode == 2
        assert done.stderr.startswith(f"{named}: error: refusing to write secrets into a git work tree")
        assert not (tree / "o").exists()
    else:
        assert done.returncode == 0, done.stderr
        assert subprocess.run(["git", "-C", tree, "status", "--porcelain"], capture_output=True, text=True).stdout == (
            "?? .gitignore\n" if target != "direnv" else "?? .gitignore\n?? o/\n"
        )


@pytest.mark.parametrize("target", ["flux", "secret"])
def test_values_are_not_shown_on_a_terminal_without_raw(target, tmp_path):
    words = ["render", "-f", str(FLEET), "--to", target, "--credentials", "inline", "--trust"]
    hidden, shown = (on_terminal([*words, *more], b"", cwd=tmp_path, env=VALUES) for more in ([], ["--raw"]))

    assert hidden[0] == 2
    assert "--raw shows them" in hidden[1]
    assert "kind: Secret" not in hidden[1]
    assert shown[0] == 0
    assert "kind: Secret" in shown[1]
