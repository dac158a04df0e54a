"""History keeps no secret of anybody: however the text spells it, and whatever stands beside what was changed."""

import base64
import io
import json
import os
import sys
from pathlib import Path

import pytest

from kcfg.__main__ import run as main

MARK = "zxplantedsecret"
SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
clusters:
- {name: dev, server: "https://SERVER.example.com"}
users:
- name: dev
  exec: {apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Never}
contexts:
- {name: dev, cluster: dev, user: dev}
"""
TOKEN, PASSWORD = f"{MARK}-token", f"{MARK}&pw/tail"
ENCODED = base64.b64encode(f"-----BEGIN {'RSA PRIVATE'} KEY-----\n{MARK * 8}\n".encode()).decode()


def pretty_json(indent):
    value = {
        "apiVersion": "v1", "kind": "Config", "current-context": "",
        "clusters": [{"name": "one", "cluster": {"server": "https://one.example.com"}}],
        "users": [
            {"name": "basic", "user": {"username": "me", "password": PASSWORD}},
            {"name": "token", "user": {"token": TOKEN}},
        ],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "token"}}],
    }  # fmt: skip
    return json.dumps(value, indent=indent).replace("&", "\\u0026").replace("zx", "\\u007ax")


def escaped(text):
    return "".join(f"\\x{ord(each):02x}" for each in text).replace("\\x2f", "\\/")


def yaml_with(user, more="", last="- name: z\n  user: {}\n"):
    return f"""apiVersion: v1
kind: Config
{more}clusters:
- cluster: {{server: https://one.example.com}}
  name: one
contexts:
- context: {{cluster: one, user: neighbour}}
  name: one
current-context: one
users:
- name: neighbour
  user:
{user}
{last}"""


STYLES = {
    "json": pretty_json(2),
    "json-tabs": pretty_json("\t"),
    "json-one-line": pretty_json(None),
    "json-nothing-there": pretty_json(2).replace('"clusters": [', '"clusters" : ['),
    "quoted-x": yaml_with(f'    token: "{escaped(TOKEN)}"'),
    "quoted-slash": yaml_with(f'    username: me\n    password: "{escaped(PASSWORD)}"'),
    "quoted-over-lines": yaml_with(f'    token: "{TOKEN[:8]}\\\n      {TOKEN[8:]}"'),
    "literal": yaml_with(f"    token: |-\n      {TOKEN}"),
    "folded": yaml_with(f"    token: >-\n      {TOKEN}\n      more"),
    "base64-over-lines": yaml_with(f"    client-key-data: |\n      {ENCODED[:60]}\n      {ENCODED[60:]}"),
    "binary": yaml_with(f"    token: !!binary {base64.b64encode(TOKEN.encode()).decode()}"),
    "anchor": yaml_with("    token: *t", more=f"x-values: [&t {TOKEN}]\n"),
    "merge": yaml_with("    <<: *u", more=f"x-values:\n- &u {{token: {TOKEN}}}\n"),
    "anchored-entry": yaml_with(f"    &u {{token: {TOKEN}}}", last="- {name: z, user: *u}\n"),
    "flow": yaml_with("    {}").partition("users:")[0] + f"users: [{{name: a, user: {{token: {TOKEN}}}}}]\n",
    "flow-over-lines": yaml_with("    {}").partition("users:")[0]
    + f"users: [\n  {{name: a, user: {{token: {TOKEN}}}}},\n  {{name: b, user: {{}}}}\n]\n",
    "twice": yaml_with(f"    token: {TOKEN}\n    username: me"),
    "exec": yaml_with(
        f"    exec: {{apiVersion: client.authentication.k8s.io/v1, command: x, args: [--password, {TOKEN}]}}"
    ),
    "beside": yaml_with("    {}", more=f"extensions:\n- name: tool\n  extension: {{apiToken: {TOKEN}}}\n"),
    "preferences": yaml_with("    {}", more=f"preferences: {{password: {TOKEN}}}\n"),
    "url": yaml_with("    {}").replace("https://one", f"https://me:{TOKEN}@one"),
    "comment": yaml_with("    {}", last=f"# token: {TOKEN}\n- name: z\n  user: {{}}\n# password: {TOKEN}\n"),
    "second-document": yaml_with("    {}") + f"---\nusers:\n- {{name: a, user: {{token: {TOKEN}}}}}\n",
    "kubectls-form": f"""apiVersion: v1
clusters:
- cluster:
    server: https://one.example.com
  name: one
contexts:
- context:
    cluster: one
    user: basic
  name: one
current-context: one
kind: Config
preferences: {{}}
users:
- name: basic
  user:
    password: {TOKEN}
    username: me
""",
}
FORMS = {
    "as-it-is": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "umlauts": lambda text: text.replace("one.example", "öne.example").encode(),
    "utf-16": lambda text: text.encode("utf-16"),
}


def needles():
    plain = MARK[:12]
    yield from (plain, escaped(plain), plain.replace("zx", "\\u007ax"))
    yield from (base64.b64encode(("\0" * shift + MARK).encode()).decode()[4:-4] for shift in range(3))


def leaks(folder):
    """Files below a folder with the mark: as it is, spelled with escapes, in base64."""
    files = [Path(at) / name for at, _, names in os.walk(folder) for name in names]
    texts = {file: file.read_text() for file in files}
    read = {file: json.dumps(json.loads(text), ensure_ascii=False) for file, text in texts.items() if text[:1] in "{["}
    return [
        file.name for file in files for text in (texts[file], read.get(file, ""))
        if any(each in text or each in text.replace("\\\\", "\\") for each in needles())
        or any(each in "".join(text.replace("\\n", " ").split()) for each in needles())
    ]  # fmt: skip


@pytest.fixture
def world(tmp_path, private_home, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    return tmp_path


def apply(server):
    Path("kcfg.yaml").write_text(SPEC.replace("SERVER", server))
    return main(["apply", "--yes", "--trust", "--kubeconfig", "config"])


MATRIX = [(style, "as-it-is") for style in STYLES]
MATRIX += [(style, form) for form in FORMS if form != "as-it-is" for style in ("json", "anchor", "flow-over-lines")]


@pytest.mark.parametrize(("style", "form"), MATRIX)
def test_secrets_of_neighbours_are_never_kept(style, form, world, private_home, capfd):
    before = FORMS[form](STYLES[style])
    Path("config").write_bytes(before)

    if apply("first") != 0:  # a form that cannot be edited in place
        assert Path("config").read_bytes() == before
        assert leaks(private_home) == []
        return
    assert leaks(private_home) == []
    after = Path("config").read_bytes()
    assert apply("second") == 0
    assert leaks(private_home) == []

    for expected in (after, before):
        standing = Path("config").read_bytes()
        code = main(["undo", "--yes", "--kubeconfig", "config"])
        said = capfd.readouterr().err
        if code:
            assert "keeps no copy of a secret" in said
            assert Path("config").read_bytes() == standing
            break
        assert Path("config").read_bytes() == expected
    assert leaks(private_home) == []


def test_a_neighbour_that_is_not_touched_does_not_stand_in_the_way(world, private_home, capfd):
    for style in ("kubectls-form", "literal", "folded", "quoted-x", "anchored-entry", "comment", "second-document"):
        before = STYLES[style].encode()
        Path("config").write_bytes(before)
        assert apply("first") == 0, style
        assert main(["undo", "--yes", "--kubeconfig", "config"]) == 0, (style, capfd.readouterr().err)
        assert Path("config").read_bytes() == before


def test_the_search_finds_what_is_there(tmp_path):
    for text in (TOKEN, escaped(TOKEN), pretty_json(2), ENCODED, json.dumps(escaped(TOKEN)), json.dumps([TOKEN])):
        (tmp_path / "x").write_text(text)
        assert leaks(tmp_path) == ["x"] or len(leaks(tmp_path)) == 2, text
