"""Secrets in variables: which variable a key has, and back."""

import pytest

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets import env
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import Secret
from kcfg.secrets.stores import Settings

REF = SecretRef("ci-bot/token.1")


def store(environ, **declaration):
    return env.open(Settings({"provider": "env", **declaration}, environ=environ))


def test_a_key_is_a_variable_in_capitals_after_its_prefix():
    assert env.variable_name("KCFG_", "ci-bot/token.1") == "KCFG_CI_BOT_TOKEN_1"
    assert env.place(REF, "acme", {"prefix": "P_"}) == ["--env", "P_CI_BOT_TOKEN_1"]
    assert env.place(REF, "acme", {}) == ["--env", "CI_BOT_TOKEN_1"]
    assert env.new_settings("my-team") == {"prefix": "MY_TEAM_"}


def test_a_variable_is_read_where_it_is_set_and_not_empty():
    environ = {"P_CI_BOT_TOKEN_1": "plum", "EMPTY": ""}

    assert store(environ, env={"prefix": "P_"}).read(REF).reveal() == "plum"
    assert env.read_at({"--env": "P_CI_BOT_TOKEN_1"}, environ).reveal() == "plum"
    for name in ("EMPTY", "ABSENT"):
        with pytest.raises(SecretError, match=f"environment variable {name} is not set"):
            env.read_at({"--env": name}, environ)
        with pytest.raises(SecretNotFound, match=f"environment variable {name} is not set") as caught:
            store(environ).read(SecretRef(name.lower()))
        assert caught.value.hint == f"set {name}"


def test_nothing_is_written_or_deleted_there():
    for refused in (lambda: store({}).write(REF, Secret("x")), lambda: store({}).delete(REF)):
        with pytest.raises(SecretError, match="read-only") as caught:
            refused()
        assert "set or unset CI_BOT_TOKEN_1" in caught.value.hint
    assert store({}, env=None).describe(REF) == "environment variable CI_BOT_TOKEN_1"


def test_the_key_and_the_settings_of_a_variable():
    assert env.key_at("P_CI_BOT", "acme", {"prefix": "P_"}) == "ci_bot"
    assert env.key_at("CI_BOT", "acme", {}) == "ci_bot"
    assert env.settings_at("P_CI_BOT", ["other", "ci-bot"]) == {"prefix": "P_"}
    assert env.settings_at("P_CI_BOT", ["other"]) == {}
    assert env.settings_at("CI_BOT", ["ci-bot"]) == {"prefix": ""}


@pytest.mark.parametrize(("prefix", "asks"), [("KCFG_", False), ("", True), ("MY_KCFG_", True), ("KCF", True)])
def test_what_does_not_begin_as_kcfgs_own_has_to_be_allowed(prefix, asks):
    lead = env.lead(SecretRef("ci"), "acme", {"prefix": prefix})

    assert (lead.kind, lead.name, lead.asks) == ("variable", f"{prefix}CI", asks)
    assert (lead.what, lead.shown) == (f"the environment variable {prefix}CI", f"${prefix}CI")


def test_a_variable_may_be_there_where_kcfg_runs_later():
    assert env.is_there(SecretRef("ci"), {}) is True
    assert env.backend() == "env"
    assert (env.WRITABLE, env.RECORDED) == (False, False)
