"""A text read entry by entry means what the YAML parser says it means, or is left to it; edits are the same, too."""

import os
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubeconfigs import CONFIG, PIECES, SEVERAL, VALID, as_json, as_yaml, by_libyaml

from kcfg.errors import KcfgError
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.edits import Edits
from kcfg.kubeconfig.forms import by_hand
from kcfg.yaml.emit import dump_yaml

STYLES = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "styles").iterdir())}
# What people write, and what looks like it.
LINES = st.sampled_from((Path(__file__).parent / "lines.txt").read_text().splitlines())


def agree(text):
    """Assert it, and return whether it was read entry by entry."""
    found = by_hand.read(text.encode(), "file")
    if found is None:
        return False
    config = decode(by_libyaml(text.encode(), "file"))
    assert _value(found.config) == _value(config)
    assert [list(found.config.section(name)) for name in ("clusters", "users", "contexts")] == [
        list(config.section(name)) for name in ("clusters", "users", "contexts")
    ]
    assert "".join(text[span.start : span.end] for span in found.spans) in text or len(found.spans) > 1
    return True


def agree_or_refuse(text):
    """What the parser refuses is not read by hand either."""
    try:
        decode(by_libyaml(text.encode(), "file"))
    except KcfgError:
        assert by_hand.read(text.encode(), "file") is None
        return
    agree(text)


def _value(config):
    return dump_yaml(config.to_value(unknown=True))


@pytest.mark.parametrize("style", STYLES)
def test_styles(style):
    framed = agree(STYLES[style].decode("utf-8-sig"))

    assert framed == (style in ("comments.yaml", "tabs_and_blanks.yaml", "unknown.yaml", "wide_lists.yaml"))


@SEVERAL
@given(CONFIG)
def test_what_kubectl_prints(config):
    try:
        printed = dump_yaml(decode(by_libyaml(as_json(config).encode(), "file")).to_value())
    except KcfgError:
        return
    agree(printed)


@SEVERAL
@given(CONFIG)
def test_what_others_print(config):
    agree(as_yaml(config))


@SEVERAL
@given(st.lists(LINES, max_size=14))
def test_lines(lines):
    text = "\n".join(lines) + "\n"
    agree_or_refuse(text)


# Texts of several lines, and what may stand inside of them; `{}` is another word in each entry.
LONG = st.sampled_from(
    [
        *("'{}", "'{} b'", "{}", "-{}", "{} b", "|", "|-", '"{}', "a: {}", "b: '{}'", "{}: a", "# {}", "# it's", ""),
        *("c'", 'c"', "- {}", "  {}", "  a: {}", "https://{}.example.com/#a", "{} # a", "'", "true"),
    ]
)
WORD = st.sampled_from(["a", "b", "aws", "-a", "1", "true", "/a", "it's", "a b", "#", "- a"])


@SEVERAL
@given(st.lists(LONG, min_size=1, max_size=5), st.lists(WORD, min_size=2, max_size=3), st.integers(0, 4))
def test_entries_written_alike_with_texts_of_several_lines(lines, words, blank):
    hint = "\n        ".join(lines)
    head = "- name: {}\n  user:\n    exec:\n      command: a\n      installHint: "
    entries = [head.format(chr(at)) + hint.replace("{}", word) for at, word in enumerate(words, ord("a"))]
    entries[-1] = entries[-1].replace("\n        ", "\n\n        ", blank == 4)
    text = "users:\n" + "\n".join(entries) + "\n"
    agree_or_refuse(text)


@SEVERAL
@given(VALID, st.data())
def test_a_part_edited_is_the_whole_edited(config, data):
    try:
        text = dump_yaml(decode(by_libyaml(as_json(config).encode(), "file")).to_value())
    except KcfgError:
        return
    part = KubeconfigFile("file", text.encode())
    entries = {}
    for section in ("clusters", "users", "contexts"):
        for name in part.config.section(section):
            if data.draw(st.booleans()):
                item = part.item(section, name)
                entries[section, name] = data.draw(st.sampled_from([None, item, {**item, "beside": 1}]))
    edits = Edits(entries, {"current-context": "x", "more": [1]})

    edited = part.edited(edits)

    with mock.patch.dict(os.environ, {"KCFG_NO_FASTPATH": "1"}):
        assert edited == KubeconfigFile("file", text.encode()).edited(edits)


APPLIED = """apiVersion: v1
clusters: null
contexts:
- context:
    cluster: a
    extensions:
    - extension:
        labels:
          app.kubernetes.io/name: web
          env: "1"
        protected: true
        spec: acme
      name: kcfg
    namespace: web
    user: u
  name: one
- context:
    cluster: b
    extensions:
    - extension:
        spec: acme
      name: kcfg
    user: u
  name: two
current-context: ""
kind: Config
preferences: {}
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      args:
      - --kind
      - token
      - "a: b"
      - --spec=acme
      command: kcfg-credential
      env:
      - name: A
        value: b:c
      installHint: '`kcfg-credential` comes with kcfg; see Install in its README'
      interactiveMode: Never
      provideClusterInfo: false
"""


TOOLS = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "tools").iterdir())}


@pytest.mark.parametrize("text", [APPLIED.encode(), *TOOLS.values()], ids=["kcfg", *TOOLS])
def test_what_tools_write_is_read_and_edited_without_a_yaml_parser(text):
    file = KubeconfigFile("file", text)
    name = next(iter(file.config.contexts))
    item = file.item("contexts", name)
    other = {**item, "context": {**item["context"], "namespace": "other"}}

    with mock.patch("kcfg.yaml.parse.parse_yaml", side_effect=AssertionError("the YAML parser was asked")):
        again = KubeconfigFile("file", text)
        edited = again.edited(Edits({("contexts", name): other}, {"current-context": name}))

    assert agree(text.decode())
    with mock.patch.dict(os.environ, {"KCFG_NO_FASTPATH": "1"}):
        assert edited == KubeconfigFile("file", text).edited(
            Edits({("contexts", name): other}, {"current-context": name})
        )


MORE_PIECES = (" #", ">", "{a: b}", "|2\n", "\\")


@SEVERAL
@given(st.sampled_from([*TOOLS.values()]), st.data())
def test_what_tools_write_with_anything_inserted(raw, data):
    text = raw.decode()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(at, min(at + 12, len(text))))
        text = text[:at] + data.draw(st.sampled_from(["", *PIECES, *MORE_PIECES])) + text[end:]
    try:
        agree(text)
    except KcfgError:
        pytest.fail("kubectl refuses this, and it was read")


@SEVERAL
@given(st.lists(st.sampled_from(APPLIED.splitlines()), max_size=3), st.randoms(use_true_random=False))
def test_what_kcfg_writes_with_lines_moved(lines, random):
    text = APPLIED.splitlines()
    for line in lines:
        text.insert(random.randrange(len(text)), line)
        del text[random.randrange(len(text))]
    try:
        agree("\n".join(text) + "\n")
    except KcfgError:
        pytest.fail("a text that is read entry by entry has an error")


@pytest.mark.parametrize(
    "head", ['   "users":', " a: b", "{}", "{a: b}", "- a", "? a\n: b", "'a': b", "--- !!map", "&x"]
)
def test_what_ends_before_the_entries_ends_the_document(head):
    try:
        agree(f"{head}\nkind: Config\nusers:\n- name: u\n  user:\n    token: t\n")
    except KcfgError:
        assert head not in ('   "users":', "{}")


MORE = STYLES | TOOLS
BY_HAND = [name for name in MORE if by_hand.read(MORE[name], "") is not None]
NEW = {"clusters": {"server": "https://new.example.com"}, "users": {"token": "fake"}, "contexts": {"namespace": "n"}}


@SEVERAL
@given(st.sampled_from(BY_HAND), st.data())
def test_an_edit_entry_by_entry_is_the_edit_of_the_whole(style, data):
    raw = MORE[style]
    file = KubeconfigFile("file", raw)
    entries = {}
    for section, known in NEW.items():
        for name in file.config.section(section):
            item = file.item(section, name)
            wrapper = section[:-1]
            kind = data.draw(
                st.sampled_from(["leave", "leave", "remove", "change", "set", "drop", "swap", "beside", "clear"])
            )
            body = item.get(wrapper) or {}
            field = data.draw(st.sampled_from([*body, "namespace", "proxy-url", "as", "zone"]))
            value = data.draw(st.sampled_from(["", "plain", "a b", "it's", 'say "x"', "yes", "a: b", "x" * 90, True]))
            wanted = {
                "remove": None,
                "set": {**item, wrapper: {**body, field: value}},
                "drop": {**item, wrapper: {each: body[each] for each in body if each != field}},
                "swap": {**item, wrapper: {each: body[each] for each in list(body)[1:]} | {field: value}},
                "change": {**item, wrapper: {**body, **known}},
                "beside": {**item, "beside": [1, "a: b"]},
                "clear": {**item, wrapper: {}},
            }
            if kind != "leave":
                entries[section, name] = wanted[kind]
        for number in range(data.draw(st.integers(0, 2))):
            entries[section, f"new-{number}"] = {"name": f"new-{number}", section[:-1]: known}
    top = data.draw(st.sampled_from([{}, {"current-context": "x: y"}, {"current-context": None}, {"more": 1}]))
    edits = Edits(entries, top)

    def outcome():
        try:
            return KubeconfigFile("file", raw).edited(edits).decode()
        except KcfgError as error:
            return str(error)

    edited = outcome()
    with mock.patch.dict(os.environ, {"KCFG_NO_FASTPATH": "1"}):
        assert edited == outcome()


def test_renames_beside_what_goes_and_comes_keep_every_comment():
    raw = (
        b"users:\n# one\n- name: a  # a\n  user: {token: t}\n# two\n- name: b\n  user: {}\n- name: c # c\n  user: {}\n"
    )
    edits = Edits({
        ("users", "a"): {"name": "z", "user": {"token": "t"}},
        ("users", "b"): None,
        ("users", "new"): {"name": "new", "user": {}},
    })  # fmt: skip

    edited = KubeconfigFile("file", raw).edited(edits)

    assert edited.decode() == (
        "users:\n# one\n- name: z  # a\n  user: {token: t}\n# two\n- name: c # c\n  user: {}\n- name: new\n  user: {}\n"
    )
