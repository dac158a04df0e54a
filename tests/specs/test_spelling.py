"""Plain words that YAML reads as something else, in keys as in values; line ends and empty documents of a spec."""

import json

import pytest

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"


@pytest.fixture
def said(kcfg, tmp_path):
    def run(text):
        (tmp_path / "kcfg.yaml").write_bytes(text.encode())
        done = kcfg("validate", "-o", "json")
        return [f"{each['line']}:{each['column']} {each['message']}" for each in json.loads(done.stdout)["problems"]]

    return run


@pytest.mark.parametrize(
    ("key", "read"),
    [("y", "true"), ("n", "false"), ("on", "true"), ("Off", "false"), ("no", "false"), ("010", "8"), ("0x1f", "31"),
     ("1_000", "1000"), ("1.0", "1"), ("!!bool yes", "true")],
)  # fmt: skip
def test_keys(key, read, said):
    """F9: a label, an axis, a variable."""
    shown = key.removeprefix("!!bool ")
    labels = HEAD + f"clusters: [{{name: c, server: 'https://c', labels: {{{key}: x}}}}]\n"
    assert f"4:52 the key {shown} is read as {read}" in said(labels)
    for text in ("generate: [{forEach: {KEY: [a]}, context: {name: c}}]", "variables: {KEY: {default: x}}"):
        assert any(f"the key {shown} is read as {read}" in each for each in said(HEAD + text.replace("KEY", key)))


def test_keys_that_say_what_they_mean(said):
    labels = "{'y': a, \"010\": b, 12: c, yes-no: d, N1: e}"

    assert said(HEAD + f"clusters: [{{name: c, server: 'https://c', labels: {labels}}}]\n") == []


def test_numbers_of_a_matrix(said):
    """F8: 01 is 1, and 010 is 8."""
    text = HEAD + (
        "generate:\n- forEach: {zone: [01, 0x1f, 1_000, 010, 8, '09', -3]}\n  exclude: [{zone: 0o10}]\n"
        "  include: [{zone: +5}]\n  cluster: {name: 's{zone}', server: 'https://s{zone}.example.com'}\n"
    )

    assert said(text) == [
        "5:20 01 is read as 1",
        "5:24 0x1f is read as 31",
        "5:30 1_000 is read as 1000",
        "5:37 010 is read as 8",
        "6:20 0o10 is read as 8",
        "7:20 +5 is read as 5",
    ]


def test_numbers_of_objects(said):
    text = HEAD + (
        "generate:\n- forEach: [{zone: 01}, {zone: 8, y: a}]\n  include: [{zone: 8, at: 0x2}]\n"
        "  user: {name: 'u{zone}'}\n"
    )

    assert said(text) == ["5:20 01 is read as 1", "5:35 the key y is read as true", "6:27 0x2 is read as 2"]


@pytest.mark.parametrize("tail", ["---\n", "\n---\n# nothing\n", "---\n---\n", "--- # x\n...\n"])
def test_an_empty_document_is_nothing(tail, said):
    """F18."""
    assert said(HEAD + tail) == []


def test_fmt_keeps_the_line_ends_of_a_file(kcfg, tmp_path):
    """F15: a checkout with core.autocrlf is formatted as it is."""
    path = tmp_path / "kcfg.yaml"
    plain = HEAD + "clusters:\n- server: 'https://c'\n  name: c\n"
    path.write_bytes(plain.replace("\n", "\r\n").encode())
    assert kcfg("fmt", "--check").returncode == 1
    assert kcfg("fmt").returncode == 0
    windows = path.read_bytes()

    assert windows.count(b"\r\n") == windows.count(b"\n") == 6
    assert kcfg("fmt", "--check").returncode == 0
    path.write_bytes(plain.encode())
    kcfg("fmt")
    assert path.read_bytes() == windows.replace(b"\r\n", b"\n")
