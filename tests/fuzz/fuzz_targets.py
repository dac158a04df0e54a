"""What kcfg reads of others, each a function of bytes: it raises where something does not hold.

An input that is refused as documented is fine. All else that comes out is wrong, and so is what takes long.
"""

import contextlib
import json
import os
import tempfile
from binascii import a2b_base64
from fnmatch import fnmatchcase
from hashlib import sha1
from pathlib import Path

from kubectl_judge import Judge

from kcfg import expiry, gourl, journal, x509
from kcfg.apply import history
from kcfg.apply.live import open_live
from kcfg.apply.undo import plan_undo
from kcfg.certificate import is_common
from kcfg.cli.history import obstacles
from kcfg.cli.shared.saved import open_saved
from kcfg.connect import plugin
from kcfg.connect.exec_credential import version_asked
from kcfg.connect.trouble import Trouble
from kcfg.errors import FileError, KcfgError, MissingFile
from kcfg.globs import FILE, choose_names, expand
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.document import text_holds_secret
from kcfg.kubeconfig.edits import Edits
from kcfg.kubeconfig.forms import any_yaml, by_hand, kubectl
from kcfg.kubeconfig.jsonpath import evaluate, evaluate_all
from kcfg.kubeconfig.model import SECTIONS
from kcfg.kubeconfig.redact import redact
from kcfg.pem import certificates_only, chain_only, private_key_only, write_block
from kcfg.repair import explain, repair
from kcfg.secrets.ref import key_fault, parse_ref, slug_key
from kcfg.session import parse_answer
from kcfg.spec.check import check_spec
from kcfg.spec.format import format_spec
from kcfg.spec.load import load_spec
from kcfg.spec.revision import Revision
from kcfg.spec.select import can_select, parse_selector
from kcfg.state import state_path
from kcfg.trust.record import find_command, find_plugin
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.json import json_value
from kcfg.yaml.parse import MAX_DEPTH, parse_yaml, parse_yaml_documents

CORPUS = Path(__file__).parent / "corpus"
PLACE = tempfile.TemporaryDirectory(prefix="kcfg-fuzz-")
JUDGE = Judge(os.environ.get("KCFG_FUZZ_KUBECTL", ""), PLACE.name, int(os.environ.get("KCFG_FUZZ_EVERY", "1")))


def text_of(data):
    """The text of a field."""
    return data.decode("utf-8", "replace")


def argument_of(data):
    """The text that an argument is: bytes that are no UTF-8 come as surrogates."""
    return data.decode("utf-8", "surrogateescape")


def value_of(config):
    return dump_yaml(config.to_value(unknown=True))


def edits_of(config):
    """The edits that commands make most: another context, another namespace, an entry gone, a new one."""
    entries = {("contexts", "new"): {"name": "new", "context": {"cluster": "c", "user": ""}}}
    for section in SECTIONS:
        names = list(config.section(section))
        if len(names) > 1:
            entries[section, names[-1]] = None
    yield Edits({}, {"current-context": "x: y"})
    yield Edits(entries, {})


def kubeconfig(data):
    """The forms of kubectl and of people against any YAML, and a real kubectl; what is printed is read as the same."""
    JUDGE.sees(data)
    try:
        slow = any_yaml.read(data, "file")
    except KcfgError:
        slow = None
    fast = []
    for read in (kubectl.read, by_hand.read):
        with contextlib.suppress(KcfgError):
            fast += filter(None, [read(data, "file")])
    if slow is None:
        assert not fast, "a form takes what is no kubeconfig"
        text_holds_secret(data)
        return
    for form in fast:
        assert value_of(form.config) == value_of(slow.config)
        assert dump_yaml(redact(form.config).to_value()) == dump_yaml(redact(slow.config).to_value())
    printed = dump_yaml(slow.config.to_value())
    again = decode(parse_yaml(printed.encode("utf-8", "surrogatepass"), "printed"))
    assert dump_yaml(again.to_value()) == printed
    text_holds_secret(data)
    if not data:
        return
    for edits in edits_of(slow.config):
        outcomes = [after for form in (slow, *fast) if isinstance(after := edited(form, edits), bytes)]
        meanings = [any_yaml.read(after, "edited").config for after in outcomes]
        assert len({value_of(each) for each in meanings}) < 2, "an edit by a form means something else"
        for config in meanings:
            for (section, name), item in edits.entries.items():
                assert (name in config.section(section)) == (item is not None)


def edited(form, edits):
    try:
        return form.edited(edits)
    except KcfgError as error:
        return str(error)


def json_text(data):
    """JSON by `json` against the YAML parser."""
    text = text_of(data)
    known = json_value(text, MAX_DEPTH)
    if known is not None:
        slow = parse_yaml_documents(text.encode(), "file")[0]
        assert (known[0], []) == (slow.value, slow.duplicate_keys)
    kubeconfig(data)


class Memory:
    """One file, as a tree that a spec is read from."""

    def __init__(self, data):
        self.files = {"kcfg.yaml": data}

    def read(self, path):
        if path not in self.files:
            raise MissingFile("no such file")
        return self.files[path]

    def real(self, path):
        return os.path.normpath(path)

    def is_file(self, path):
        return path in self.files

    def is_dir(self, path):
        return path in ("", ".")

    exists = is_file

    def glob(self, pattern):
        return sorted(expand(pattern, lambda folder: [(name, FILE) for name in self.files] if not folder else []))

    def below(self, root_file):
        return self


def spec(data):
    """A spec: read, judged; its format is one that stays."""
    with contextlib.suppress(KcfgError):
        found = load_spec("kcfg.yaml", tree=Memory(data))
        check_spec(found, found.read)
    try:
        once = format_spec(data, "kcfg.yaml")
    except KcfgError:
        return
    assert format_spec(once, "formatted") == once
    before, after = ([each.value for each in parse_yaml_documents(raw, "")] for raw in (data, once))
    assert before == after


def reference(data):
    """A reference is written as it was, and a slug is a key."""
    text = argument_of(data)
    with contextlib.suppress(KcfgError):
        found = parse_ref(text)
        assert str(found) == text
        assert parse_ref(str(found)) == found
    slug = slug_key(text)
    assert not key_fault(slug), slug


def selector(data):
    """A selector of labels."""
    text = argument_of(data)
    with contextlib.suppress(KcfgError):
        test = parse_selector(text)
        for labels in ({}, {"env": "prod"}, {"a/b": "", "region": "eu"}):
            assert test(labels) in (True, False)
    key, _, value = text.partition("=")
    if can_select(key, value):
        assert parse_selector(f"{key}={value}")({key: value})


VALUE = {
    "clusters": [{"name": "a", "cluster": {"server": "https://a.example.com"}}, {"name": "b", "cluster": None}],
    "contexts": [{"name": "c", "context": {"n": 1.0, "yes": True, "x.y": [1.0, ["z"]]}}],
    "current-context": "c",
}


def jsonpath(data):
    """A template of `-o jsonpath`."""
    text = argument_of(data)
    with contextlib.suppress(KcfgError):
        assert isinstance(evaluate(text, VALUE), str)
    with contextlib.suppress(KcfgError):
        json.dumps(evaluate_all(text, VALUE))


def exec_credential(data):
    """What a plugin prints, and what kubectl says to one."""
    with contextlib.suppress(Trouble):
        found = plugin.parse_answer(data, "tool", "client.authentication.k8s.io/v1")
        assert found.token or found.certificate
    with contextlib.suppress(KcfgError):
        version_asked(text_of(data))
    with contextlib.suppress(KcfgError):
        parse_answer(text_of(data), "tool")


def pem(data):
    """PEM: what is written anew stays, and so does what is repaired."""
    for rewritten in (certificates_only, chain_only, private_key_only):
        once = rewritten(data)
        if once:
            assert rewritten(once) == once
    mended, wrong = repair(data)
    assert (mended == data) or wrong
    if wrong:
        assert repair(mended) == (mended, [])
    assert all(explain(data, "the key"))
    x509.read_certificates(data)
    x509.pair_fault(data, data)


def certificate(data):
    """DER, or base64 of it: the walk to its end, against `cryptography`."""
    with contextlib.suppress(ValueError):
        data = a2b_base64(data, strict_mode=True)
    block = write_block("CERTIFICATE", data)
    x509.describe_certificate(data)
    known = x509.read_certificates(block)
    starts, ends = expiry.certificate_validity(block.decode())
    if known:
        assert (starts, ends) == (known[0].starts, known[0].ends)
    fault = x509.certificate_fault(block, client=True)
    assert not (fault and is_common(data))


def token(data):
    """A JWT; or the claims of one."""
    from base64 import urlsafe_b64encode

    claims = urlsafe_b64encode(data).rstrip(b"=").decode()
    for text in (text_of(data), f"eyJ.{claims}.x", f"eyJ.{text_of(data)}.x"):
        for moment in expiry.token_validity(text):
            assert not moment or len(moment) == 20, moment


class Objects:
    """Objects by their hashes, as git gives them."""

    def __init__(self, data):
        self.known, names = {}, []
        for part in data.split(b"\n--\n"):
            kind, _, body = part.partition(b":")
            for at, name in enumerate(names[:10]):
                body = body.replace(b"@@%d" % at, bytes.fromhex(name)).replace(b"@%d" % at, name.encode())
            name = sha1(b"%s %d\0" % (kind, len(body)) + body).hexdigest()
            names.append(name)
            self.known[name] = (text_of(kind), body)
        self.last = names[-1]

    def read(self, name):
        if name not in self.known:
            raise KcfgError("no such object")
        return self.known[name]


def git_objects(data):
    """Objects: `kind:body` each, apart by `--`; `@0` is the name of the first, `@@0` its bytes."""
    found = Revision.__new__(Revision)
    found.top, found.revision = PLACE.name, "main"
    found._objects, found._trees, found._seen = Objects(data), {}, 0
    with contextlib.suppress(KcfgError):
        found._root = found._tree_of(found._objects.last)
        for pattern in ("**", "*.yaml", "a/**/b"):
            for name in found.glob(os.path.join(found.top, pattern)):
                assert found.exists(name)
        for name in ("kcfg.yaml", "a/kcfg.yaml", "a/../b"):
            with contextlib.suppress(FileError):
                found.read(os.path.join(found.top, name))


def saved_plan(data):
    """A saved plan."""
    path = os.path.join(PLACE.name, "plan")
    Path(path).write_bytes(data)
    with contextlib.suppress(KcfgError):
        found = open_saved(path)
        wish, options = found.wish(None), found.options()
        assert found.kubeconfig
        with contextlib.suppress(KcfgError):
            found.require_alone(wish, None, options)


def records(data):
    """What kcfg remembers, damaged: an applied kubeconfig, its history, journals, what is trusted."""
    environ = {"HOME": PLACE.name, "XDG_STATE_HOME": os.path.join(PLACE.name, "state")}
    path = os.path.join(PLACE.name, "config")
    Path(path).write_bytes(b"contexts: []\n")
    name = open_live_name(path)
    for state in (f"targets/{name}", f"history/{name}/1", "trust", "journal/1"):
        file = Path(state_path(state, environ))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    live = open_live(path, environ)
    with contextlib.suppress(KcfgError):
        live.digest(b"x")
        events = history.read_events(live)
        for event in events:
            assert f"{event.time}{', '.join(event.changes)}" is not None
        obstacles(live, events)
        history.next_id(live)
        plan_undo(live)
    for steps in journal.all_steps(environ):
        journal.concerns(steps, [path])
    for find in (lambda: find_command("acme", "vault", environ), lambda: find_plugin("acme", "", "bob", environ)):
        with contextlib.suppress(KcfgError):
            assert isinstance(find(), dict)


def open_live_name(path):
    from kcfg.apply.live import identity

    return identity(path)


NAMES = ["prod", "prod-eu", "a", "", "a.b", "[x]", "a-b", ".hidden", "**", "!", "]", "\n", "ä"]


def glob(data):
    """A glob: names by it are those of `fnmatch`."""
    text = argument_of(data)
    chosen, idle = choose_names([text], NAMES)
    assert bool(chosen) != bool(idle)
    found = set(expand(text, lambda folder: [(name, FILE) for name in NAMES if name] if not folder else []))
    if "/" not in text and text != "**":
        plain = {name for name in NAMES if name and fnmatchcase(name, text)}
        assert found == {name for name in plain if text.startswith(".") or not name.startswith(".")}


def url(data):
    """A URL: refused with ValueError, or a server that says itself again."""
    text = argument_of(data)
    with contextlib.suppress(ValueError):
        gourl.parse_url(text)
    try:
        found = gourl.parse_server(text)
    except ValueError:
        gourl.bracket_hint(text)
        return
    assert found.host
    assert 0 <= found.number() <= 65535
    if "%" not in found.host:
        again = gourl.parse_server(found.shown())
        assert (again.scheme, again.host, again.port) == (found.scheme, found.host, found.port)


TARGETS = {
    each.__name__.replace("_", "-"): each
    for each in (
        kubeconfig, json_text, spec, reference, selector, jsonpath, exec_credential, pem, certificate, token,
        git_objects, saved_plan, records, glob, url,
    )
}  # fmt: skip
