"""A spec's commands run only as the user allowed them."""

import contextlib
import json
import threading

import pytest

from kcfg.errors import SecretError
from kcfg.secrets import open_store
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.stores import Settings
from kcfg.spec.load import load_spec
from kcfg.trust.gate import check_trust
from kcfg.trust.record import declared_store, find_command, recorded_store

ARGV = ["pass", "{key}"]


def is_trusted(spec, environ):
    return not check_trust(spec, environ).new


def trust(spec, environ):
    check_trust(spec, environ).remember()


@pytest.fixture
def environ(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def make_spec(tmp_path):
    """Write a spec with one command store and load it: make_spec(argv=…, folder=…)."""

    def make(*, folder="acme", name="acme", **command):
        root = tmp_path / folder
        root.mkdir(exist_ok=True)
        store = {"name": "vault", "provider": "command", "command": {"argv": ARGV, **command}}
        spec = {"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": name}, "secretStores": [store]}
        (root / "kcfg.yaml").write_text(json.dumps(spec))
        return load_spec(str(root))

    return make


def test_nothing_is_trusted_before_it_was_allowed(make_spec, environ):
    spec = make_spec()

    assert not is_trusted(spec, environ)
    trust(spec, environ)
    assert is_trusted(spec, environ)


@pytest.mark.parametrize(
    "changed",
    [{"argv": ["sh", "-c", "pass"]}, {"argv": [*ARGV, "x"]}, {"timeout": 299}, {"firstLine": True}, {"folder": "copy"}],
    ids=str,
)
def test_any_change_asks_again(make_spec, environ, changed):
    trust(make_spec(), environ)

    assert not is_trusted(make_spec(**changed), environ)
    assert is_trusted(make_spec(), environ)


def test_a_store_more_asks_again(make_spec, environ, tmp_path):
    trust(make_spec(), environ)
    file = tmp_path / "acme/kcfg.yaml"
    spec = json.loads(file.read_text())
    spec["secretStores"].append({"name": "more", "provider": "command", "command": {"argv": ["id"]}})
    file.write_text(json.dumps(spec))

    assert not is_trusted(load_spec(str(file)), environ)


def test_plugin_finds_what_was_allowed_not_what_the_spec_says_now(make_spec, environ, tmp_path):
    trust(make_spec(), environ)
    make_spec(argv=["sh", "-c", "evil"])

    assert find_command("acme", "vault", environ) == {
        "argv": ARGV,
        "timeout": 10,
        "directory": str((tmp_path / "acme").resolve()),
        "pins": {},
    }


@pytest.mark.parametrize(("name", "store"), [("acme", "other"), ("other", "vault"), ("", "vault")])
def test_plugin_is_told_what_to_do_about_an_unknown_command(make_spec, environ, name, store):
    trust(make_spec(), environ)

    with pytest.raises(SecretError, match="not trusted") as caught:
        find_command(name, store, environ)
    assert "kcfg trust" in caught.value.hint


def test_two_specs_of_one_name_do_not_lend_each_other_commands(make_spec, environ):
    trust(make_spec(), environ)
    trust(make_spec(folder="other", argv=["sh", "-c", "evil"]), environ)

    with pytest.raises(SecretError, match="two specs are called 'acme'"):
        find_command("acme", "vault", environ)


def test_a_clone_that_moved_has_no_say_beside_where_it_is(make_spec, environ, tmp_path):
    trust(make_spec(), environ)
    (tmp_path / "acme").rename(tmp_path / "former")
    moved = make_spec(folder="moved")

    assert not check_trust(moved, environ).stranger
    trust(moved, environ)
    assert find_command("acme", "vault", environ)["directory"] == str((tmp_path / "moved").resolve())
    (tmp_path / "former").rename(tmp_path / "acme")
    with pytest.raises(SecretError, match="two specs are called 'acme'"):
        find_command("acme", "vault", environ)


@pytest.mark.parametrize(
    "store",
    [
        {"name": "vault", "provider": "command", "command": {"argv": ARGV, "timeout": 9}},
        {"name": "vault", "provider": "from-outside", "settings": {"address": "https://vault.example.com"}},
        {"name": "vault", "provider": "from-outside", "settings": {}},
    ],
    ids=lambda store: store["provider"],
)
def test_a_store_is_declared_as_it_was_recorded(store):
    assert declared_store("vault", recorded_store(store, "/team", {"/bin/pass": "digest"})) == store


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": 1}', '{"x": {"name": "acme"}}', "null"])
def test_damaged_record_trusts_nothing(make_spec, environ, tmp_path, text):
    spec = make_spec()
    trust(spec, environ)
    (tmp_path / "state/kcfg/trust.json").write_text(text)

    assert not is_trusted(spec, environ)
    with pytest.raises(SecretError, match="not trusted"):
        find_command("acme", "vault", environ)


@pytest.fixture
def sent(tmp_path):
    """Write a spec that sends a secret to servers, and load it: sent({name: what stands in the cluster})."""

    def make(clusters):
        spec = {
            "apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": "acme"},
            "secretStores": [{"name": "vars", "provider": "env", "env": {"prefix": "KCFG_"}}],
            "clusters": [{"name": name, **fields} for name, fields in clusters.items()],
            "users": [{"name": "ops", "token": "ref+vars://ops"}],
            "contexts": [{"name": name, "cluster": name, "user": "ops"} for name in clusters],
        }  # fmt: skip
        (tmp_path / "kcfg.yaml").write_text(json.dumps(spec))
        return load_spec(str(tmp_path))

    return make


ONE, TWO, THREE = ({"server": f"https://{name}.example.com"} for name in ("one", "two", "three"))


def test_a_new_endpoint_is_told_with_the_one_that_was_allowed(sent, environ):
    trust(sent({"a": ONE}), environ)
    proxied = {**ONE, "proxy-url": "http://proxy.example.com"}

    assert check_trust(sent({"a": ONE}), environ).new == []
    (other,) = check_trust(sent({"a": TWO}), environ).new
    (same,) = check_trust(sent({"a": proxied}), environ).new
    assert other.endswith("goes to https://two.example.com (allowed so far: https://one.example.com)")
    assert same.endswith("through proxy http://proxy.example.com (allowed so far: directly)")


def test_of_several_that_were_allowed_none_is_told(sent, environ):
    trust(sent({"a": ONE, "b": TWO}), environ)

    (new,) = check_trust(sent({"a": THREE}), environ).new
    assert new.endswith("goes to https://three.example.com")


def test_what_a_base_reaches_is_not_new(sent, environ):
    base = check_trust(sent({"a": ONE}), environ).reach

    assert check_trust(sent({"a": ONE}), environ, base=base).new == []
    assert len(check_trust(sent({"a": ONE, "b": TWO}), environ, base=base).new) == 1


@pytest.mark.parametrize("length", [5, 7])
def test_an_endpoint_of_another_form_is_not_one_that_was_allowed(sent, environ, tmp_path, length):
    trust(sent({"a": ONE}), environ)
    file = tmp_path / "state/kcfg/trust.json"
    state = json.loads(file.read_text())
    (known,) = state["acme"]["endpoints"]
    state["acme"]["endpoints"] = [[*known, "more"][:length]]
    file.write_text(json.dumps(state))

    assert len(check_trust(sent({"a": ONE}), environ).new) == 1


def test_specs_trusted_at_once_are_all_trusted(make_spec, environ):
    specs = [make_spec(folder=f"spec{number}") for number in range(12)]
    threads = [threading.Thread(target=trust, args=(spec, environ)) for spec in specs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [is_trusted(spec, environ) for spec in specs] == [True] * 12


def test_record_is_private(make_spec, environ, tmp_path):
    trust(make_spec(), environ)

    assert (tmp_path / "state/kcfg").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state/kcfg/trust.json").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def spy(tmp_path):
    """A spec whose command leaves a mark when it runs."""
    (tmp_path / "kcfg.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: spy}\n"
        "secretStores: [{name: default, provider: command, command: {argv: [sh, -c, 'touch ran; echo planted']}}]\n"
        "clusters: [{name: c, server: 'https://c.example.com'}]\n"
        "users: [{name: u, token: ref+default://u}]\n"
        "contexts: [{name: c, cluster: c, user: u}]\n"
    )
    return tmp_path / "ran"


INLINE = ("render", "--credentials", "inline")


@pytest.mark.parametrize("words", [("validate",), ("render",), ("render", "--credentials", "omit"), ("trust",), INLINE])
def test_no_command_runs_untrusted(kcfg, spy, words):
    done = kcfg(*words)

    assert not spy.exists()
    if words in (INLINE, ("trust",)):
        assert done.returncode == (1 if words == INLINE else 2)
        assert "trust" in done.stderr


def test_trust_allows_until_the_command_changes(kcfg, spy):
    assert "touch ran" in kcfg("trust", "--yes").stderr
    assert "token: planted" in kcfg(*INLINE).stdout
    assert spy.exists()
    assert kcfg("trust").stdout == "kcfg.yaml: unchanged\n"
    spec = spy.parent / "kcfg.yaml"
    spec.write_text(spec.read_text().replace("echo planted", "echo other"))

    assert kcfg(*INLINE).returncode == 1


def test_trust_option_is_for_one_run(kcfg, spy):
    assert "token: planted" in kcfg(*INLINE, "--trust").stdout
    assert kcfg(*INLINE).returncode == 1


@pytest.mark.parametrize("key", ["a b", "-o", "a;b", "$(id)", "a/../b", "`id`", "a'b", "", "a/b"])
def test_a_command_is_given_no_key_that_is_more_than_one_plain_word(key, environ, tmp_path):
    seen = tmp_path / "seen"
    command = {"argv": ["sh", "-c", 'echo "$1" > "$0"; echo value', str(seen), "{key}"]}
    declaration = {"name": "vault", "provider": "command", "command": command}
    settings = Settings(declaration, spec_name="acme", directory=str(tmp_path), environ=environ, trusted=True)

    with contextlib.suppress(SecretError):
        open_store(settings).read(SecretRef(key, store="vault"))
    assert seen.exists() == (key == "a/b")  # the one that is a plain word
