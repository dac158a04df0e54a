"""Text in kubectl's own form: what it means, prints and becomes is what the YAML parser says."""

import os
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kubeconfigs import CONFIG, NAMES, PIECES, SEVERAL, as_json, by_libyaml

from kcfg.errors import KcfgError
from kcfg.kubeconfig.changes import Changes
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.forms import kubectl
from kcfg.kubeconfig.print_yaml import yaml_pieces
from kcfg.kubeconfig.redact import redact
from kcfg.yaml.emit import dump_yaml

TEXT = """apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: RkFLRQ==
    server: https://main.example.com:6443
  name: main
- cluster:
    certificate-authority: pki/ca.crt
    disable-compression: true
    insecure-skip-tls-verify: true
    proxy-url: socks5://proxy.example.com:1080
    server: https://two.example.com
    tls-server-name: api.example.com
  name: arn:aws:eks:eu-west-1:cluster/two
contexts:
- context:
    cluster: main
    user: one
  name: one
- context:
    cluster: arn:aws:eks:eu-west-1:cluster/two
    extensions:
    - extension:
        labels:
          env: prod
          region: eu
        protected: true
        spec: acme
      name: kcfg
    namespace: shop
    user: 6dae42f8-user
  name: two
- context:
    cluster: ""
    user: ""
  name: none
current-context: two
kind: Config
users:
- name: one
  user:
    client-certificate-data: RkFLRQ==
    client-key-data: RkFLRUZBS0U=
- name: 6dae42f8-user
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      args:
      - --region
      - eu-west-1
      - --client-id=6dae42f8
      - get-token
      - -n
      command: aws
      env:
      - name: AWS_PROFILE
        value: shop
      installHint: '`kcfg-credential` comes with kcfg; see Install in its README'
      interactiveMode: Never
      provideClusterInfo: false
- name: three
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: null
      command: plugin
      env: null
      interactiveMode: IfAvailable
      provideClusterInfo: true
- name: four
  user:
    as: admin
    as-uid: u-1
    client-certificate: pki/four.crt
    client-key: pki/four.key
    password: fake-password
    token: fake-token
    tokenFile: pki/token
    username: four
- name: five
  user: {}
"""
LINES = TEXT.splitlines(keepends=True)
MORE_PIECES = ("\r\n", "...\n", "\0", "\x85")
MANY = settings(SEVERAL, max_examples=int(os.environ.get("KCFG_EXAMPLES", "30")) * 10)


def agree(raw):
    """Assert that a text is read, and printed, as the YAML parser has it; return whether it was in the form."""
    found = kubectl.read(raw, "file")
    if found is None:
        return False
    config = decode(by_libyaml(raw, "file"))
    printed = dump_yaml(config.to_value())
    assert b"".join(yaml_pieces(found.config)).decode() == printed
    assert dump_yaml(found.config.to_value(unknown=True)) == dump_yaml(config.to_value(unknown=True))
    for section in ("clusters", "users", "contexts"):
        assert list(found.config.section(section)) == list(config.section(section))
    hidden = dump_yaml(redact(config).to_value())
    assert b"".join(yaml_pieces(redact(found.config))).decode() == hidden
    return True


def test_the_form_is_known():
    assert agree(TEXT.encode())
    assert agree(TEXT.replace("kind: Config\n", "kind: Config\npreferences: {}\n").encode())
    assert agree(b'apiVersion: v1\nclusters: null\ncontexts: []\ncurrent-context: ""\nkind: Config\nusers: null\n')


def test_many_entries_are_read_as_few_are():
    form = "- cluster:\n    certificate-authority-data: {}\n    server: https://a.example.com\n  name: {}\n"
    data = ["RkFLRQ==", "RkFLRUs=", "RkFLRUtF", "RkFLRR==", "RkFLRUt=", "RkFLR", "true"]
    clusters = [form.format(each, "c" * number) for number, each in enumerate(data, 1)]
    for some in ([0], [0, 1, 2], [1, 2, 3], [2, 4], [5, 0], [6], [0, 1, 2, 6]):
        text = "".join(clusters[number] for number in some)
        agree(TEXT.replace("contexts:\n", f"{text}contexts:\n", 1).encode())


@MANY
@given(st.data())
def test_text_with_anything_inserted(data):
    at = data.draw(st.integers(0, len(TEXT)))
    end = data.draw(st.integers(at, min(at + 12, len(TEXT))))
    raw = (TEXT[:at] + data.draw(st.sampled_from(["", *PIECES, *MORE_PIECES])) + TEXT[end:]).encode()
    try:
        agree(raw)
    except KcfgError:
        pytest.fail("kubectl refuses this, and the form has it")


@MANY
@given(st.lists(st.tuples(st.integers(0, len(LINES)), st.sampled_from([*LINES, None])), max_size=4))
def test_lines_moved(moves):
    lines = list(LINES)
    for at, line in moves:
        lines[at : at + (line is None)] = [] if line is None else [line]
    try:
        agree("".join(lines).encode())
    except KcfgError:
        pytest.fail("kubectl refuses this, and the form has it")


@SEVERAL
@given(CONFIG)
def test_what_kubectl_prints(config):
    try:
        printed = dump_yaml(decode(by_libyaml(as_json(config).encode(), "file")).to_value())
    except KcfgError:
        return
    agree(printed.encode())


VALUES = NAMES | st.sampled_from(
    ["a", "plain-text", "https://a.example.com", "arn:aws:x", "6dae42f8", "yes", "RkFLRQ=="]
)
FIELDS = {
    "clusters": ["server", "certificate-authority-data", "proxy-url", "insecure-skip-tls-verify"],
    "users": ["token", "username", "client-key-data", "exec"],
    "contexts": ["cluster", "user", "namespace"],
}


STANZA = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "provideClusterInfo": False}
SHAPES = {
    "insecure-skip-tls-verify": bool,
    "client-key-data": lambda _: "RkFLRQ==",
    "certificate-authority-data": lambda _: "RkFLRQ==",
    "exec": lambda value: {**STANZA, "command": "c", "args": [value], "env": [{"name": "A", "value": value}]},
}


def edits(draw, changes):
    """Make a few edits; the same for every draw of the same values."""
    for section, name, field, value, kind in draw:
        known = list(changes.config.section(section))
        if isinstance(name, int):
            name = known[name % len(known)]  # noqa: PLW2901
        if kind == "switch":
            changes.set_current_context(value)
        elif kind == "remove" and name in known:
            changes.remove(section, name)
        elif kind == "rename" and name in known and value not in known:
            changes.rename(section, name, value)
        else:
            body = changes.body(section, name) or {}
            changes.put(section, name, {**body, field: SHAPES.get(field, str)(value)}, tidy_paths=False)


EDIT = st.one_of(
    *(
        st.tuples(
            st.just(section),
            st.integers(0, 9) | VALUES,
            st.sampled_from(fields),
            VALUES,
            st.sampled_from(["set", "set", "switch", "remove", "rename"]),
        )
        for section, fields in FIELDS.items()
    )
)


@MANY
@given(st.lists(EDIT, min_size=1, max_size=3, unique_by=lambda edit: edit[0]))
def test_an_edit_writes_what_it_writes_without_the_form(draw):
    def outcome():
        try:
            changes = Changes([KubeconfigFile("config", TEXT.encode())], "config")
            edits(draw, changes)
            return [file.edited(each) for file, each in changes.wanted()]
        except KcfgError as error:
            return str(error)

    fast = outcome()
    with mock.patch.dict(os.environ, {"KCFG_NO_FASTPATH": "1"}):
        assert fast == outcome()
