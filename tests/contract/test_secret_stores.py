"""What every secret store promises, run against each of them; the keyring is a real Secret Service."""

import json
import os
import sys
import traceback

import pytest

from kcfg.errors import SecretError, SecretNotFound
from kcfg.exec_stanza import make_stanza, read_stanza, reference_in, store_of
from kcfg.secrets import PROVIDERS, find_placed, find_provider, open_store, place_args
from kcfg.secrets.keyring import unlock
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import MAX_BYTES, Secret
from kcfg.secrets.stores import Settings, exists
from kcfg.spec.schema import read_schema
from kcfg.spec.secrets import placed_store

CANARY = "canary-4f1d"
REF = SecretRef("ci-bot/token")
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
VALUES = {
    "short": "x",
    "token": "eyJhbGciOi.eyJ.sig",
    "unicode": "pässwörd ✓ 🔑",
    "multi-line": "one\ntwo\n\nfour",
    "pem": PEM * 3,
    "final newline": "x\n",
    "final CR": "x\r",
    "CR LF": "a\r\nb\r\n",
    "only newline": "\n",
    "spaces": "  x  ",
    "JSON": '{"clientKeyData": "k"}',
    "largest": "k" * MAX_BYTES,
    "largest with newline": "k" * (MAX_BYTES - 1) + "\n",
}
ALL = [*PROVIDERS]
WRITABLE = [name for name in ALL if find_provider(name).WRITABLE]
PLACED = [name for name in ALL if find_placed(name)]
# The system's own keyring, of macOS or Windows: examples/ci/keyrings.yaml.
NATIVE = os.environ.get("KCFG_TEST_KEYRING") == "native"
PRINT = "import os,sys; sys.stdout.write(os.environ.get('S_' + sys.argv[1].replace('/', '_'), ''))"


class Place:
    """A store, and `put`: how its secrets come to be there."""

    def __init__(self, store, put):
        self.store = store
        self.put = put


# A row for each provider: its settings, and how a value comes to be there; None where the store writes it itself.
ROWS = {
    "keyring": ({}, None),
    "env": ({}, lambda environ, ref, value: environ.__setitem__(ref.key.upper().translate(NAMES), value)),
    "file": ({"directory": "secrets"}, None),
    "command": (
        {"argv": [sys.executable, "-c", PRINT, "{key}"]},
        lambda environ, ref, value: environ.__setitem__(f"S_{ref.key.replace('/', '_')}", line(value)),
    ),
}


def make_place(provider, request, tmp_path):
    environ = dict(os.environ)
    if provider == "keyring" and not NATIVE:
        environ = request.getfixturevalue("secret_service").env
    given, put = ROWS[provider]
    declaration = {"name": "default", "provider": provider, provider: given}
    settings = Settings(declaration, spec_name="prod", directory=str(tmp_path), environ=environ, trusted=True)
    store = open_store(settings)
    place = Place(store, lambda ref, value: put(environ, ref, value) if put else store.write(ref, Secret(value)))
    place.environ, place.declaration = environ, placed_store(declaration, str(tmp_path))
    return place


def line(value):
    """What a command prints for a value: most end it, and the store takes the one line end away."""
    return value + ("\r\n" if value.endswith("\r") else "\n")


NAMES = str.maketrans("/-.", "___")


@pytest.fixture(params=ALL)
def place(request, tmp_path):
    return make_place(request.param, request, tmp_path)


@pytest.fixture(params=WRITABLE)
def store(request, tmp_path):
    return make_place(request.param, request, tmp_path).store


def test_value_comes_back_byte_for_byte(place):
    for name, value in VALUES.items():
        place.put(REF, value)
        assert place.store.read(REF).reveal() == value, name


def test_missing_secret_is_not_found(place):
    with pytest.raises(SecretNotFound) as caught:
        place.store.read(SecretRef("never-stored"))

    assert "never" in caught.value.message.lower()
    assert not exists(place.store, SecretRef("never-stored"))


def test_what_it_has_exists(place):
    place.put(REF, "x")

    assert exists(place.store, REF)


def test_description_names_the_item(place):
    assert "ci" in place.store.describe(REF).lower()


def test_keys_are_apart(place):
    place.put(SecretRef("a/b"), "one")
    place.put(SecretRef("a/c"), "two")

    assert place.store.read(SecretRef("a/b")).reveal() == "one"


def test_each_provider_has_a_row():
    assert [*ROWS] == ALL


@pytest.mark.parametrize("provider", PLACED)
def test_the_plugins_arguments_lead_to_the_secret_and_back_to_the_reference(provider, request, tmp_path):
    place, module = make_place(provider, request, tmp_path), find_placed(provider)
    store = place.declaration
    place.put(REF, "x")
    args = place_args(REF, "prod", store)
    stanza = make_stanza(REF, kind="token", spec_name="prod", store=store)
    own = read_stanza(stanza)
    found = {"name": "default", **store_of(own, [REF.key])}

    assert args[0] == f"--{provider}"
    assert module.read_at(dict(zip(args[::2], args[1::2], strict=True)), place.environ).reveal() == "x"
    assert place_args(reference_in(own, store, "prod"), "prod", store) == args
    assert reference_in(own, found, "prod", [REF.key]) == REF
    assert module.is_there(REF, store[provider]) in (True, None)
    assert module.backend()
    assert not {"settings", provider} & module.new_settings("prod").keys()
    lead = module.lead(REF, "prod", store[provider])
    assert lead.name.casefold() in args[1].casefold()
    assert lead.shown
    assert bool(lead.what) or not lead.asks


@pytest.mark.parametrize("provider", ALL)
def test_each_setting_is_in_the_published_schema(provider):
    definition = json.loads(read_schema("spec"))["$defs"].get(f"{provider.title()}Store", {"properties": {}})
    settings = find_provider(provider).SETTINGS

    assert [*definition["properties"]] == [each["name"] for each in settings]
    assert definition.get("required", []) == [each["name"] for each in settings if each.get("needed")]
    assert all(each["about"].endswith(".") for each in settings)


@pytest.mark.parametrize("provider", [name for name in ALL if name not in WRITABLE])
def test_read_only_store_refuses_and_says_how(provider, request, tmp_path):
    store = make_place(provider, request, tmp_path).store
    for refused in (lambda: store.write(REF, Secret(CANARY)), lambda: store.delete(REF)):
        with pytest.raises(SecretError) as caught:
            refused()
        assert "read-only" in caught.value.message
        assert caught.value.hint
        assert CANARY not in str(traceback.format_exception(caught.value))


def test_overwriting_leaves_the_new_value(store):
    for value in ("long " * 1000, "short", "third"):
        store.write(REF, Secret(value))

    assert store.read(REF).reveal() == "third"


def test_delete_removes(store):
    store.write(REF, Secret("x"))
    store.delete(REF)

    assert not exists(store, REF)
    with pytest.raises(SecretNotFound):
        store.delete(REF)


@pytest.mark.parametrize("value", ["", "a\0b", "\ud800", "k" * (MAX_BYTES + 1)], ids=["empty", "NUL", "half", "large"])
def test_what_no_store_could_keep_is_refused(store, value):
    store.write(REF, Secret("old"))
    with pytest.raises(SecretError):
        store.write(REF, Secret(value))

    assert store.read(REF).reveal() == "old"


def test_file_is_private_from_its_first_byte(tmp_path, request):
    old = os.umask(0)
    try:
        make_place("file", request, tmp_path).store.write(REF, Secret(CANARY))
    finally:
        os.umask(old)

    found = [path.stat().st_mode & 0o777 for path in sorted((tmp_path / "secrets").rglob("*"))]
    assert found == [0o700, 0o600]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_file_is_never_read_or_written_through_a_link(tmp_path, request):
    store = make_place("file", request, tmp_path).store
    store.write(REF, Secret("x"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("before")
    (tmp_path / "secrets/ci-bot/token").unlink()
    (tmp_path / "secrets/ci-bot/token").symlink_to(elsewhere)
    for refused in (lambda: store.write(REF, Secret("y")), lambda: store.read(REF)):
        with pytest.raises(SecretError, match="symbolic link"):
            refused()

    assert elsewhere.read_text() == "before"


def test_file_in_a_folder_that_others_may_write_is_refused(tmp_path, request):
    store = make_place("file", request, tmp_path).store
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets").chmod(0o777)

    with pytest.raises(SecretError, match="others may write"):
        store.write(REF, Secret("x"))


def test_file_that_others_may_read_is_refused(tmp_path, request):
    store = make_place("file", request, tmp_path).store
    store.write(REF, Secret("x"))
    (tmp_path / "secrets/ci-bot/token").chmod(0o640)

    with pytest.raises(SecretError, match="others may read"):
        store.read(REF)


@pytest.mark.secret_service
def test_locked_keyring_refuses_and_stays_locked(secret_service, request, tmp_path):
    store = open_store(Settings({"provider": "keyring"}, spec_name="prod", environ=secret_service.env))
    store.write(REF, Secret("x"))
    secret_service.lock()
    for refused in (lambda: store.write(REF, Secret(CANARY)), lambda: store.delete(REF), lambda: store.read(REF)):
        with pytest.raises(SecretError, match="locked") as caught:
            refused()
        assert "kcfg secret unlock" in caught.value.hint

    assert secret_service.locked()
    with pytest.raises(SecretError, match="stays locked"):
        unlock(secret_service.env)
    secret_service.unlock()
    unlock(secret_service.env)
    assert store.read(REF).reveal() == "x"


@pytest.mark.secret_service
def test_delete_leaves_no_copy_of_another_tools_making(secret_service):
    store = open_store(Settings({"provider": "keyring"}, spec_name="prod", environ=secret_service.env))
    words = ("service", "kcfg/prod/ci-bot/token", "username", "kcfg")
    secret_service.tool("store", "--label=x", *words, value=CANARY)
    store.write(REF, Secret("ours"))
    store.delete(REF)

    assert not exists(store, REF)
    assert secret_service.tool("lookup", *words).stdout == ""


@pytest.mark.secret_service
def test_item_of_another_tool_is_read_and_not_changed(secret_service):
    store = open_store(Settings({"provider": "keyring"}, spec_name="prod", environ=secret_service.env))
    secret_service.tool("store", "--label=x", "service", "S", "username", "U", value="theirs")
    ref = SecretRef(store="", service="S", username="U")

    assert store.read(ref).reveal() == "theirs"
    with pytest.raises(SecretError, match="another tool"):
        store.write(ref, Secret("x"))
    with pytest.raises(SecretError, match="another tool"):
        store.delete(ref)


@pytest.mark.secret_service
def test_write_in_front_of_a_hung_service_ends(secret_service):
    import signal
    import time

    store = open_store(Settings({"provider": "keyring"}, spec_name="prod", environ=secret_service.env))
    secret_service.daemon.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(SecretError, match="did not answer") as caught:
        store.write(REF, Secret(CANARY))

    assert time.monotonic() - began < 7
    assert CANARY not in str(traceback.format_exception(caught.value))


@pytest.mark.secret_service
def test_hostile_keyring_settings_are_ignored(secret_service, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text("open('ran', 'w').close()\nclass K: pass")
    config = tmp_path / "home/.config/python_keyring"
    config.mkdir(parents=True)
    (config / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=evil.K\nkeyring-path=.\n")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "evil.K")
    monkeypatch.setenv("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/session")
    monkeypatch.setenv("KEYRING_PROPERTY_GET_PASSWORD", "x")
    store = open_store(Settings({"provider": "keyring"}, spec_name="prod", environ=secret_service.env))
    store.write(REF, Secret("x"))

    assert store.read(REF).reveal() == "x"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("printed", "value"), [("x\nnotes\n", "x"), ("x\r\nnotes", "x"), ("x", "x"), ("x\n\n", "x")])
def test_first_line_leaves_the_notes_below_it(printed, value, tmp_path):
    command = {"argv": ["printf", "%s", printed], "firstLine": True}
    declaration = {"name": "default", "provider": "command", "command": command}
    settings = Settings(declaration, directory=str(tmp_path), environ=dict(os.environ), trusted=True)

    assert open_store(settings).read(REF).reveal() == value
