"""The registry of providers: names, flags, settings, and what leads to a secret."""

import sys
import types

import pytest

from kcfg import coredump, outside, secrets
from kcfg.errors import SecretError
from kcfg.secrets import stores
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.stores import Lead, Settings

REF = SecretRef("ci/token", property="p")


@pytest.fixture
def found(monkeypatch):
    """The modules that were asked for so far: none."""
    modules = {}
    monkeypatch.setattr(secrets, "_found", modules)
    return modules


@pytest.fixture
def team(monkeypatch, found):
    """A store of an installed package, and what its module says."""
    module = types.SimpleNamespace(RECORDED=True, NOUN="vault", SETTINGS=({"name": "at", "kind": "folder"},))
    monkeypatch.setattr(outside, "load_module", lambda group, name: module if name == "team" else None)
    monkeypatch.setattr(outside, "find_names", lambda group: ["team"])
    return module


def test_a_provider_is_loaded_once_when_it_is_asked_for(monkeypatch, found):
    monkeypatch.delitem(sys.modules, "kcfg.secrets.env", raising=False)
    module = secrets.find_provider("env")

    assert module.__name__ == "kcfg.secrets.env"
    assert secrets.find_provider("env") is module
    assert [*found] == ["env"]


def test_what_an_installed_package_has_is_found_where_it_is_recorded(team, found):
    assert secrets.find_provider("team") is team
    team.RECORDED = False
    found.clear()
    with pytest.raises(SecretError, match="'team' is not RECORDED"):
        secrets.find_provider("team")


def test_what_nobody_has_is_told_with_what_there_is(team, monkeypatch):
    with pytest.raises(SecretError, match="unknown provider 'other'") as caught:
        secrets.find_provider("other")
    assert caught.value.hint.startswith("one of keyring, env, file, command, team; or install")

    def fail(group, name):
        raise ImportError("no module named x")

    monkeypatch.setattr(outside, "load_module", fail)
    with pytest.raises(SecretError, match="'other' cannot be loaded: no module named x"):
        secrets.find_provider("other")


@pytest.mark.parametrize(
    ("name", "recorded"), [("keyring", False), ("env", False), ("file", False), ("command", True), ("team", True)]
)
def test_where_only_the_trust_record_says_what_is_reached(team, name, recorded):
    assert secrets.is_recorded(name) is recorded
    assert (secrets.find_placed(name) is None) == recorded
    assert (secrets.find_recorded(name) is None) != recorded


def test_a_new_spec_can_begin_with_what_needs_nothing():
    assert secrets.new_stores() == ["keyring", "env", "file"]


@pytest.mark.parametrize(
    ("flag", "provider", "leads", "recorded", "forms", "noun"),
    [
        ("--env", "env", True, False, (("--env",),), "variable"),
        ("--keyring", "keyring", True, False, (("--keyring",), ("--keyring", "--username")), "keyring item"),
        ("--command", "command", True, True, (("--command", "--key"),), "the store"),
        ("--store", "", True, True, (("--store", "--key"),), "the store"),
        ("env", "", False, False, (), ""),
        ("--other", "", False, False, (), ""),
        ("--", "", False, False, (), ""),
    ],
)
def test_flags_that_lead_to_a_secret(team, flag, provider, leads, recorded, forms, noun):
    assert secrets.provider_at(flag) == provider
    assert (secrets.leads(flag), secrets.is_recorded_at(flag)) == (leads, recorded)
    assert secrets.forms_at(flag) == forms
    assert secrets.noun_at(flag) == noun


def test_flags_and_blocks_of_providers():
    assert [secrets.flag_of(name) for name in ("env", "command", "team")] == ["--env", "--command", "--store"]
    assert [secrets.block_of(name) for name in ("env", "command", "team")] == ["env", "command", "settings"]
    assert secrets.settings_of({"provider": "env", "env": {"prefix": "P"}, "settings": {"no": 1}}) == {"prefix": "P"}
    assert secrets.settings_of({"provider": "team", "settings": {"at": "x"}}) == {"at": "x"}
    assert secrets.settings_of({"provider": "env", "env": None}) == secrets.settings_of({}) == {}


def test_arguments_lead_to_the_place_or_to_the_record():
    assert secrets.place_args(REF, "acme", {"name": "v", "provider": "env", "env": {"prefix": "P_"}}) == [
        "--env", "P_CI_TOKEN"
    ]  # fmt: skip
    assert secrets.place_args(REF, "acme", {"name": "v", "provider": "command"}) == [
        "--command", "acme/v", "--key", "ci/token"
    ]  # fmt: skip
    theirs = SecretRef(service="S", username="U")
    assert secrets.place_args(theirs, "acme", {"name": "v", "provider": "command"}) == [
        "--keyring", "S", "--username", "U"
    ]  # fmt: skip


def test_who_is_told_the_property():
    def picks(provider, **settings):
        return secrets.picks_property({"provider": provider, **settings})

    assert picks("command", command={"argv": ["a", "{property}"]})
    assert not picks("command", command={"argv": ["a"]})
    assert not picks("env")


def test_what_keeps_the_secrets_of_a_provider():
    assert [secrets.backend_of(name) for name in ("keyring", "env", "file", "command")] == [
        "SecretService", "env", "file", "command"
    ]  # fmt: skip
    assert secrets.settings_of_kind("file", "folder") == ["directory"]
    assert secrets.settings_of_kind("command", "argv") == ["argv"]
    assert secrets.settings_of_kind("command", "folder") == []


def test_core_dumps_are_off_before_a_store_is_opened(monkeypatch):
    order = []
    monkeypatch.setattr(coredump, "forbid_core_dumps", lambda: order.append("off"))
    module = types.SimpleNamespace(open=lambda settings: order.append("opened"))
    monkeypatch.setattr(secrets, "_found", {"keyring": module, "env": module})
    secrets.open_store(Settings({"provider": "env"}))
    secrets.open_store(Settings({}))

    assert order == ["off", "opened"] * 2


def test_a_lead_asks_and_settings_are_not_trusted_unless_that_is_said():
    assert Lead("file", "x", shown="y").asks
    assert Lead("file", "x", shown="y").what == ""
    settings = Settings({})
    assert (settings.trusted, settings.environ, settings.directory, settings.show) == (False, {}, ".", None)


def test_a_store_that_cannot_tell_does_not_say_no():
    def fail(ref):
        raise SecretError("locked")

    with pytest.raises(SecretError, match="locked"):
        stores.exists(types.SimpleNamespace(read=fail), REF)
