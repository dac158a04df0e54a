"""Import, then render, gives the entries back: each one as it was, or named with the reason why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubeconfigs import EXTENSIONS, JSON, NAMES, SEVERAL, TEXTS, VALID, fields
from samples import AUTHORITY, CERTIFICATE, KEY, V1BETA1, encoded

from kcfg.errors import FileError, SecretError
from kcfg.importing.draft import assign_keys, make_draft, place_certificates
from kcfg.importing.plan import LAYOUTS, Place, checked, leave_out_invalid, make_files
from kcfg.importing.proof import prove
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.model import SECTIONS
from kcfg.kubeconfig.paths import relocate
from kcfg.secrets.value import check_form
from kcfg.spec.format import format_spec
from kcfg.yaml.parse import Document

DISK = {"/pki/ca.crt": AUTHORITY[0], "/pki/key.pem": KEY}


def read_file(path):
    if path not in DISK:
        raise FileError("no such file or directory")
    return DISK[path]


def kubeconfig(value):
    document = Document("", "", None)
    document.value = value
    return relocate(decode(document), None)


def imported(value, layout, *, as_files, allow_plaintext=True):
    """Return (the kubeconfig, its draft, the files, what differs)."""
    config = kubeconfig(value)
    place = Place("/spec", "law", layout)
    draft = make_draft(config, read_file, allow_plaintext=allow_plaintext)
    place_certificates(draft, as_files=as_files, taken=lambda _: None)
    assign_keys(draft, lambda key, secret: True)
    leave_out_invalid(draft, place, allow_plaintext=allow_plaintext)
    files = make_files(draft, place)
    spec, problems = checked("/spec", files, allow_plaintext=allow_plaintext)
    assert problems == []
    secrets = {each.ref: each.found.secret for each in draft.stored}
    there = DISK | {f"/spec/{path}": content for path, content in files.items()}
    before = config.copy()
    for section in SECTIONS:
        kept = {name: each for name, each in before.section(section).items() if (section, name) not in draft.left}
        setattr(before, section, kept)
    proof = prove(before, spec, read_file=there.__getitem__, read_secret=secrets.__getitem__)
    return config, draft, files, proof


@SEVERAL
@given(value=VALID, layout=st.sampled_from(LAYOUTS), as_files=st.booleans())
def test_every_entry_comes_back_or_is_named(value, layout, as_files):
    config, draft, files, proof = imported(value, layout, as_files=as_files)

    said = {note.split(":")[0] for found in draft.entries.values() for each in found.values() for note in each.notes}
    assert {line.split(": ")[0].rpartition(".")[2] for line in proof.differences} <= said & {"server", "proxy-url"}
    for section in SECTIONS:
        kept, left = draft.entries[section], {name for where, name in draft.left if where == section}
        assert kept.keys() | left == config.section(section).keys()
        assert not kept.keys() & left
    for path, content in files.items():
        if path.endswith(".yaml"):
            assert format_spec(content, path) == content


URLS = st.sampled_from(["https://dev.example.com:6443", "http://192.0.2.1", "https://dev.example.com/k8s/clusters/c-1"])
SAFE = TEXTS.filter(lambda text: text.isprintable() and text.strip() == text and text)


def is_real(text):
    try:
        check_form(text, "token")
    except SecretError:
        return False
    return True


SECRETS = SAFE.filter(is_real)  # a placeholder is refused
GOOD_CLUSTER = st.fixed_dictionaries(
    {"server": URLS},
    optional={
        "certificate-authority": st.just("/pki/ca.crt"),
        "tls-server-name": TEXTS,
        "disable-compression": st.booleans(),
        "proxy-url": st.sampled_from(["", "socks5://proxy.example.com:1080", "https://proxy.example.com"]),
        "extensions": EXTENSIONS.filter(lambda each: all(one["name"] for one in each)),
        "unknown": JSON,
    },
)
_EXEC = st.fixed_dictionaries(
    {"apiVersion": st.just(V1BETA1), "command": SAFE},
    optional={
        "args": st.none() | st.lists(TEXTS, max_size=3),
        "env": st.none() | st.lists(st.fixed_dictionaries({"name": SAFE, "value": TEXTS}), max_size=2),
        "installHint": TEXTS,
        "provideClusterInfo": st.booleans(),
        "interactiveMode": st.sampled_from(["", "Never", "Always"]),
        "unknown": JSON,
    },
)
_CREDENTIALS = [
    st.fixed_dictionaries({"token": SECRETS}),
    st.just({"tokenFile": __file__}),
    st.fixed_dictionaries({"username": SAFE.filter(bool), "password": SECRETS}),
    st.just({"client-certificate-data": encoded(CERTIFICATE), "client-key": "/pki/key.pem"}),
    st.just({"client-certificate-data": encoded(CERTIFICATE), "client-key-data": encoded(KEY)}),
    st.fixed_dictionaries({"exec": _EXEC}),
    st.fixed_dictionaries(
        {
            "auth-provider": fields(
                name=TEXTS, config=st.dictionaries(TEXTS.filter(lambda key: key != "<<"), SECRETS, max_size=3)
            )
        }
    ),
]
_WHO = st.fixed_dictionaries({"as": SAFE}, optional={"as-uid": TEXTS, "as-groups": st.lists(TEXTS, max_size=2)})
GOOD_USER = st.tuples(st.one_of(_CREDENTIALS), st.just({}) | _WHO, st.just({}) | fields(unknown=JSON)).map(
    lambda parts: {key: value for part in parts for key, value in part.items()}
)
GOOD_NAMES = st.lists(NAMES.filter(bool), min_size=1, max_size=3, unique=True)


@st.composite
def good_kubeconfigs(draw):
    """Kubeconfigs in which nothing is wrong: all of it must come back."""
    clusters, users, contexts = draw(GOOD_NAMES), draw(GOOD_NAMES), draw(GOOD_NAMES)
    bodies = {
        name: {
            **draw(st.sampled_from([{}, {"namespace": ""}, {"namespace": "kube-system"}])),
            "cluster": draw(st.sampled_from(clusters)),
            "user": draw(st.sampled_from(["", *users])),
        }
        for name in contexts
    }
    return {
        "clusters": [{"name": name, "cluster": draw(GOOD_CLUSTER)} for name in clusters],
        "users": [{"name": name, "user": draw(GOOD_USER)} for name in users],
        "contexts": [{"name": name, "context": body} for name, body in bodies.items()],
    }


@SEVERAL
@given(value=good_kubeconfigs(), layout=st.sampled_from(LAYOUTS), as_files=st.booleans())
def test_all_of_a_valid_kubeconfig_comes_back(value, layout, as_files):
    _, draft, _, proof = imported(value, layout, as_files=as_files)

    assert draft.left == {}
    assert proof.differences == []
    assert sum(proof.equal.values()) == sum(len(entries) for entries in value.values())


@pytest.mark.parametrize("text", ["${a}", "$${a}", "{{a}}", "{a}", "ref+default://a/b", "ref+x"])
def test_texts_with_a_meaning_in_specs_come_back(text):
    variables = [{"name": text, "value": text}, {"name": f"{text}_TOKEN", "value": f"{text}-1"}]
    stanza = {"apiVersion": V1BETA1, "command": text, "args": [text], "env": variables}
    provider = {"name": text, "config": {"a": text, "token": f"{text}-1", text: text}}
    value = {
        "clusters": [{"name": text, "cluster": {"server": "https://dev.example.com", "tls-server-name": text}}],
        "users": [
            {"name": text, "user": {"exec": stanza}},
            {"name": "b", "user": {"auth-provider": provider, "username": text}},
            {"name": "c", "user": {"token": f"{text}-1", "as": text, "as-user-extra": {text: [text]}}},
        ],
        "contexts": [{"name": text, "context": {"cluster": text, "user": text, "namespace": "web"}}],
    }
    _, draft, _, proof = imported(value, "single", as_files=True)

    assert (draft.left, proof.differences) == ({}, [])


@pytest.mark.parametrize(
    ("section", "body"),
    [
        ("contexts", {"cluster": "a", "user": "a", "namespace": "{a}"}),
        ("users", {"client-key-data": encoded(KEY)}),
        ("users", {"password": "correct-horse"}),
    ],
)
def test_what_no_server_takes_is_left_out_and_said(section, body):
    value = {
        "clusters": [{"name": "a", "cluster": {"server": "https://dev.example.com"}}],
        "users": [{"name": "a", "user": {}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
    }
    value[section] = [{"name": "a", section.removesuffix("s"): body}]
    _, draft, _, _ = imported(value, "single", as_files=True)

    assert (section, "a") in draft.left
