"""What of a history is in the keyring: named in the index before it is there, and no longer than it is there."""

import pytest

from kcfg.apply import kept
from kcfg.apply.kept import forget, keep, kept_names, obstacle, read_kept, require_open
from kcfg.apply.live import open_live
from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets.index import read_index, record_history
from kcfg.secrets.secret import MAX_BYTES, Secret

HIDDEN = Secret("plum-4f1d")


class Keyring:
    """Items by their names; `fails` is raised by the call of that name."""

    def __init__(self):
        self.items, self.fails, self.named = {}, {}, []

    def __call__(self, spec_name, environ):
        self.spec_name, self.environ = spec_name, environ
        return self

    def _do(self, what):
        if what in self.fails:
            raise self.fails[what]

    def _name(self, ref):
        return f"kcfg/{self.spec_name}/{ref.key}"

    def require_open(self):
        self._do("open")

    def read(self, ref):
        self._do("read")
        if self._name(ref) not in self.items:
            raise SecretNotFound("none")
        return self.items[self._name(ref)]

    def write(self, ref, secret):
        self.named = [*read_index(self.environ)]
        self.items[self._name(ref)] = secret
        self._do("write")

    def delete(self, ref):
        self._do("delete")
        self.read(ref)
        del self.items[self._name(ref)]


@pytest.fixture
def keyring(monkeypatch):
    made = Keyring()
    monkeypatch.setattr(kept, "KeyringStore", made)
    return made


@pytest.fixture
def live(tmp_path):
    (tmp_path / "config").write_text("contexts: []\n")
    return open_live(str(tmp_path / "config"), {"XDG_STATE_HOME": str(tmp_path / "state")})


def test_an_item_is_named_before_it_is_there_and_goes_with_its_name(live, keyring):
    name = keep(live, "acme", HIDDEN)

    assert name == "kcfg/acme/history/1"
    assert keyring.named == [name]
    assert keyring.items == {name: HIDDEN}
    assert read_index(live.environ)[name]["of"] == live.identity
    assert read_kept(name, live.environ) is HIDDEN
    second = keep(live, "acme", HIDDEN)
    assert kept_names(live) == [name, second] == [name, "kcfg/acme/history/2"]
    forget(name, live.environ)
    assert [*keyring.items] == kept_names(live) == [second]
    forget(name, live.environ)
    with pytest.raises(SecretNotFound):
        read_kept(name, live.environ)


def test_a_name_that_the_keyring_has_is_not_taken(live, keyring):
    keyring.items = {f"kcfg/acme/history/{number}": Secret("theirs") for number in (1, 2, 4)}

    assert keep(live, "acme", HIDDEN) == "kcfg/acme/history/3"
    assert kept_names(live) == ["kcfg/acme/history/3"]
    assert keyring.items["kcfg/acme/history/1"].reveal() == "theirs"


def test_names_of_another_kubeconfig_are_not_of_this_one(live, keyring):
    for of in (" before", "~after"):
        record_history("acme", of, first=1, backend="b", now="t", environ=live.environ)

    assert kept_names(live) == []
    assert keep(live, "acme", HIDDEN) == "kcfg/acme/history/3"


def test_what_cannot_be_kept_leaves_no_name_and_no_item(live, keyring):
    for step in ("open", "read", "write"):
        keyring.fails = {step: SecretError("locked")}
        with pytest.raises(SecretError, match="locked"):
            keep(live, "acme", HIDDEN)
        assert (kept_names(live), keyring.items) == ([], {}), step
    keyring.fails = {"write": SecretError("locked"), "delete": SecretError("locked too")}
    with pytest.raises(SecretError, match=r"locked$"):
        keep(live, "acme", HIDDEN)
    assert kept_names(live) == ["kcfg/acme/history/1"]  # the item is there: the next sweep needs its name


def test_an_item_that_cannot_be_removed_keeps_its_name(live, keyring):
    name = keep(live, "acme", HIDDEN)
    keyring.fails = {"delete": SecretError("locked")}
    with pytest.raises(SecretError):
        forget(name, live.environ)

    assert kept_names(live) == [name]


def test_what_is_in_the_way_is_known_before(live, keyring):
    assert obstacle(HIDDEN, live.environ) == ""
    assert obstacle(Secret("k" * (MAX_BYTES + 1)), live.environ) == "the secret is larger than 64 KiB"
    with pytest.raises(SecretError, match="larger"):
        keep(live, "acme", Secret("k" * (MAX_BYTES + 1)))
    require_open(live.environ)
    keyring.fails = {"open": SecretError("locked")}
    assert obstacle(HIDDEN, live.environ) == "locked"
    with pytest.raises(SecretError, match="locked"):
        require_open(live.environ)
