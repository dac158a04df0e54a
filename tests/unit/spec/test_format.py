"""`fmt`: canonical order and style; comments stay where they belong; twice is once."""

import pytest
from conftest import EXAMPLES, ROOT

from kcfg.errors import KcfgError
from kcfg.spec.format import format_spec
from kcfg.yaml.parse import parse_yaml_documents

MESSY = """# yaml-language-server: $schema=x
# head

kind: KubeconfigSpec   # the kind
apiVersion: kcfg/v1\t

# people
users:
    # the bot
    -   token: ref+default://ci-bot/token   # its token
        name: ci-bot
        # why
        labels:
            a: b


    -
      # odd
      name: x
      exec:
        command: x
        apiVersion: client.authentication.k8s.io/v1
        args: [a,
           b]
        installHint: |
            hi
              there
        interactiveMode: Never
# servers
clusters:   # all of them
  - {name: a, server: 'https://a.example.com'}
metadata: {name: acme}
# the end
"""
NEAT = """# yaml-language-server: $schema=x
# head

apiVersion: kcfg/v1
kind: KubeconfigSpec   # the kind
metadata: {name: acme}
# servers
clusters:   # all of them
- {name: a, server: 'https://a.example.com'}

# people
users:
# the bot
- name: ci-bot
  # why
  labels:
    a: b
  token: ref+default://ci-bot/token   # its token

-
  # odd
  name: x
  exec:
    apiVersion: client.authentication.k8s.io/v1
    command: x
    args: [a,
      b]
    installHint: |
      hi
        there
    interactiveMode: Never
# the end
"""


def test_messy_becomes_neat():
    assert format_spec(MESSY.encode(), "f").decode() == NEAT


def test_windows_line_ends_stay():
    assert format_spec(MESSY.replace("\n", "\r\n").encode(), "f").decode() == NEAT.replace("\n", "\r\n")


FILES = [
    *EXAMPLES.rglob("*.yaml"),
    *(ROOT / "tests/specs/negative").glob("*.yaml"),
    *(ROOT / "tests/laws/styles").iterdir(),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_meaning_stays_and_twice_is_once(path):
    raw = path.read_bytes()
    try:
        before = [each.value for each in parse_yaml_documents(raw, path.name)]
        once = format_spec(raw, path.name)
    except KcfgError as error:
        if "safely" in error.message:
            raise
        return  # not YAML: nothing to format

    assert [each.value for each in parse_yaml_documents(once, path.name)] == before
    assert format_spec(once, path.name) == once


SPECS = [path for path in sorted(EXAMPLES.rglob("*.yaml")) if "\nkind: KubeconfigSpec\n" in path.read_text()]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_examples_are_canonical(path):
    assert format_spec(path.read_bytes(), path.name) == path.read_bytes()


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb:   *x\n", "a:   !!str 1\n", "? a\n:   b\n", "x: &m {a: 1}\ny:\n    <<: *m\n"]
)
def test_anchors_tags_and_complex_keys_keep_their_layout(text):
    assert format_spec(f"{text}  \n\n".encode(), "f").decode() == text


def test_command_formats_in_place_checks_and_filters(tmp_path, kcfg):
    (tmp_path / "kcfg.yaml").write_text(
        NEAT.replace("- {name: a", "  - {name: a").replace("metadata:", "include: [b.yaml]\nmetadata:")
    )
    (tmp_path / "b.yaml").write_text("kind: KubeconfigSpec\napiVersion: kcfg/v1\n")
    check = kcfg("fmt", "--check", cwd=tmp_path)
    first, again = kcfg("fmt", cwd=tmp_path), kcfg("fmt", "--check", cwd=tmp_path)

    assert (check.returncode, check.stdout) == (1, "kcfg.yaml would change\nb.yaml would change\n")
    assert (first.returncode, first.stdout) == (0, "kcfg.yaml formatted\nb.yaml formatted\n")
    assert (again.returncode, again.stdout) == (0, "")
    assert (tmp_path / "b.yaml").read_text() == "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"


def test_a_file_that_is_no_yaml_is_left_alone(tmp_path, kcfg):
    (tmp_path / "bad.yaml").write_text("a: [")
    done = kcfg("fmt", "bad.yaml", cwd=tmp_path)

    assert done.returncode == 2
    assert "bad.yaml:2:1: error: YAML" in done.stderr
    assert (tmp_path / "bad.yaml").read_text() == "a: ["


def test_diff_shows_what_would_change_without_values_and_changes_nothing(tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (
        "users:\n- token: hunter2  # hunter3\n  name: a  # why\n  password: |\n    hunter4\nkind: KubeconfigSpec\n"
        "apiVersion: kcfg/v1\n"
    )
    (tmp_path / "kcfg.yaml").write_text(text)
    done = called("fmt", "--diff", "kcfg.yaml")

    assert done.returncode == 1
    assert (tmp_path / "kcfg.yaml").read_text() == text
    assert done.stdout.splitlines() == [
        "--- kcfg.yaml",
        "+++ kcfg.yaml (formatted)",
        "@@ -1,8 +1,8 @@",
        "+apiVersion: kcfg/v1",
        "+kind: KubeconfigSpec",
        " users:",
        "-- token: REDACTED  # …",
        "-  name: a  # why",
        "+- name: a  # why",
        "+  token: REDACTED  # …",
        "   password: REDACTED",
        " REDACTED",
        "-kind: KubeconfigSpec",
        "-apiVersion: kcfg/v1",
        " ",
    ]
    assert called("fmt", "kcfg.yaml").returncode == 0
    assert called("fmt", "--diff", "kcfg.yaml").stdout == ""


@pytest.mark.parametrize(
    "text",
    [
        "spec:   {a: 1}\nkind: Deployment\napiVersion: apps/v1\n", "kind:   Config\napiVersion: v1\n", "foo:   [1,2]\n",
        "- a\n-   b\n", "apiVersion:   kcfg/v1\nkind: KubeconfigSpec\n---\nfoo: 1\n",
    ],
)  # fmt: skip
def test_what_is_no_spec_stays_as_it_is(text, tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text(text)
    for more in ([], ["--check"], ["--diff"]):
        done = called("fmt", "other.yaml", *more)

        assert done.returncode == 2
        assert "error: this is not a kcfg spec" in done.stderr
        assert (tmp_path / "other.yaml").read_text() == text


def test_standard_input_stands_alone(tmp_path, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("kind: KubeconfigSpec\napiVersion: kcfg/v1\n")
    done = called("fmt", "-", "a.yaml")

    assert done.returncode == 2
    assert "- stands alone" in done.stderr
