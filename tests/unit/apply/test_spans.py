"""Which parts of a text hold a secret, wherever and however it is written: what of a way back goes into the keyring."""

import codecs

import pytest

from kcfg.apply.spans import COMMENT, REST, secrets_in

TOKEN = "plum-4f1d-value"
LINES = f"""apiVersion: v1
kind: Config
clusters:
- cluster:
    server: https://a.example.com
  name: a
users:
- name: dev
  user:
    token: {TOKEN}
- name: ops
  user:
    username: ops
contexts:
- context:
    cluster: a
    user: dev
  name: a
"""
FLOW = f"""clusters: [{{name: a, cluster: {{server: "https://a.example.com"}}}}]
users: [{{name: dev, user: {{token: {TOKEN}}}}}, {{name: ops, user: {{username: ops}}}}]
"""


def found_in(text, *parts, encoded=None, lead=b""):
    """Return what is found for spans that are just these parts of a text."""
    raw = lead + text.encode() if encoded is None else encoded
    spans = []
    for part in parts:
        start = len(lead) + len(text[: text.index(part)].encode())
        spans.append((start, start + len(part.encode())))
    return secrets_in(raw, spans)


@pytest.mark.parametrize(
    "text", [LINES, FLOW, LINES.replace(": v1", ": v1 # é…"), FLOW.replace("server", '"ü": 1, server')]
)
@pytest.mark.parametrize("lead", [b"", codecs.BOM_UTF8])
def test_an_entry_with_a_secret_counts_wherever_it_is_touched(text, lead):
    dev = text[text.index("name: dev") : text.index("name: ops")].strip("\n -,{}[]")
    for part in (TOKEN, "plum", "-value", "token", "name: dev", dev):
        assert found_in(text, part, lead=lead) == {0: ["user/dev"]}, part
    for part in ("name: ops", "username", "https://a.example.com", "clusters", "users"):
        assert found_in(text, part, lead=lead) == {}, part
    assert found_in(text, "clusters", TOKEN, "username", "token", lead=lead) == {1: ["user/dev"], 3: ["user/dev"]}
    assert found_in(text, text, lead=lead) == {0: ["user/dev"]}


@pytest.mark.parametrize("text", [LINES, FLOW])
def test_what_only_borders_on_an_entry_is_none_of_it(text):
    start, end = text.index("name: dev"), text.index("name: ops")
    begun = start - (0 if text is LINES else 1)
    over = end - (2 if text is LINES else 3)

    assert secrets_in(text.encode(), [(0, begun)]) == {}
    assert secrets_in(text.encode(), [(0, begun + 1)]) == {0: ["user/dev"]}
    assert secrets_in(text.encode(), [(over, len(text))]) == {}
    if text is FLOW:
        assert secrets_in(text.encode(), [(over - 1, len(text))]) == {0: ["user/dev"]}
    assert secrets_in(text.encode(), []) == {}
    assert secrets_in(text.encode(), [(begun, begun)]) == {}
    blank = text.index("\n")
    assert secrets_in(text.encode(), [(blank, blank + 1)]) == {}


@pytest.mark.parametrize("more", range(4))
def test_places_are_bytes_of_the_file_after_its_mark(more):
    raw = codecs.BOM_UTF8 + f"# é{'x' * more}\n{FLOW}".encode()
    begun = raw.index(b"{name: dev")

    assert secrets_in(raw, [(0, begun)]) == {}
    assert secrets_in(raw, [(0, begun + 1)]) == {0: ["user/dev"]}


def test_utf_16_is_all_or_nothing():
    assert found_in(FLOW, "server", encoded=FLOW.encode("utf-16")) == {0: ["user/dev"]}
    safe = FLOW.replace("token", "username")
    assert found_in(safe, "server", encoded=safe.encode("utf-16")) == {}


def test_what_stands_behind_an_alias_belongs_to_all_who_use_it():
    text = f"""shared:
- &it {{token: {TOKEN}}}
- &other {{username: ops}}
users: [{{name: dev, user: *it}}, {{name: ops, user: *other}}, {{name: own, user: &own {{password: {TOKEN}x}}}},
  {{name: again, user: *own}}]
"""
    assert "user/dev" in found_in(text, f"token: {TOKEN}")[0]
    assert found_in(text, "name: dev") == {0: ["user/dev"]}
    assert found_in(text, "name: ops, user") == {}
    assert found_in(text, "password") == {0: ["user/own", "user/again"]}
    assert found_in(text, "name: again") == {0: ["user/again"]}


@pytest.mark.parametrize(
    ("text", "part", "titles"),
    [
        (f"users: [{{name: dev, user: {{token: {TOKEN}}}, user: {{username: a}}}}]\n", "username", ["user/dev"]),
        (f"- {{token: {TOKEN}}}\n- more\n", "more", [REST]),
        (f"users: [{{name: dev, password: {TOKEN}, user: {{}}}}]\n", "dev", ["user/dev"]),
        (f"users: [{{name: dev, user: {{token: {TOKEN}}}}}\n", "dev", [REST]),  # no YAML
        (f"token: {TOKEN}\nusers: []\n", "token", [REST]),
        (f"token: {TOKEN}\nusers: []\n", "users", None),
        (f"# token: {TOKEN}\nusers: []\n", "# token: " + TOKEN, [COMMENT]),
        ("# all is well\nusers: []\n", "# all is well", None),
        (f"users: [plain, {{user: {{token: {TOKEN}}}}}]\n", "token", ["user/"]),
        ("", "", None),
    ],
)
def test_what_stands_beside_the_entries(text, part, titles):
    found = found_in(text, part)

    assert found.get(0) == titles
    assert TOKEN not in str(found)
