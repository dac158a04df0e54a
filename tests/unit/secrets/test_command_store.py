"""Secrets printed by a command: what is run, what is taken of its output, what is told when it fails."""

import os
import subprocess
import sys

import pytest

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets import command
from kcfg.secrets.command import is_told_property, picks_property, property_fault
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import MAX_BYTES, Secret
from kcfg.secrets.stores import Settings

REF = SecretRef("ci-bot/token", property="password")


def store(*argv, trusted=True, directory=".", show=None, **more):
    declaration = {"name": "vault", "provider": "command", "command": {"argv": [*argv], **more}}
    environ = {"PATH": os.environ["PATH"]}
    return command.open(Settings(declaration, directory=directory, environ=environ, trusted=trusted, show=show))


def printing(text, **more):
    return store(sys.executable, "-c", f"import sys; sys.stdout.buffer.write({text!r})", **more)


def test_nothing_runs_before_it_was_allowed(tmp_path):
    with pytest.raises(SecretError, match="'vault' runs a command that you have not allowed") as caught:
        store("touch", str(tmp_path / "ran"), trusted=False).read(REF)

    assert "kcfg trust" in caught.value.hint
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("printed", "value"),
    [(b"plum", "plum"), (b"plum\n", "plum"), (b"plum\r\n", "plum"), (b"plum\n\n", "plum\n"), (b"a\nb\n", "a\nb")],
)
def test_the_end_of_the_line_is_not_of_the_secret(printed, value):
    assert printing(printed).read(REF).reveal() == value


@pytest.mark.parametrize("printed", [b"plum\nnotes\n", b"plum\r\nnotes", b"plum", b"plum\n"])
def test_the_first_line_alone_where_that_was_said(printed):
    assert printing(printed, firstLine=True).read(REF).reveal() == "plum"


def test_as_much_as_a_secret_may_have_is_taken_and_no_more():
    assert printing(b"k" * 10, firstLine=False).read(REF).reveal() == "k" * 10
    assert len(store(sys.executable, "-c", f"print('k' * {MAX_BYTES})").read(REF).reveal()) == MAX_BYTES
    with pytest.raises(SecretError, match="printed more than 64 KiB"):
        store(sys.executable, "-c", f"print('k' * {MAX_BYTES + 1})").read(REF)


def test_what_is_no_text_is_refused_and_not_quoted():
    with pytest.raises(SecretError, match="not UTF-8 text") as caught:
        printing(b"\xff").read(REF)

    assert caught.value.__context__ is None


def test_nothing_printed_is_nothing_found():
    for printed in (b"", b"\n"):
        with pytest.raises(SecretNotFound, match="for 'ci-bot/token' printed nothing"):
            printing(printed).read(REF)


def test_it_runs_where_the_spec_is_with_the_environment_that_was_given_and_no_input(tmp_path):
    code = "import os, sys; print(os.getcwd(), sorted({'HOME', 'PATH'} & {*os.environ}), sys.stdin.read())"
    said = store(sys.executable, "-c", code, directory=str(tmp_path)).read(REF).reveal()

    assert said.rstrip() == f"{os.path.realpath(tmp_path)} ['PATH']"


def test_what_it_says_beside_the_secret_is_shown_nowhere(capfd):
    store(sys.executable, "-c", "import sys; print('x'); print('plum', file=sys.stderr)").read(REF)

    assert capfd.readouterr() == ("", "")


def test_failures_are_told_by_what_they_are():
    with pytest.raises(SecretError, match=r"'false' for 'ci-bot/token' failed with exit code 1$") as caught:
        store("false").read(REF)
    assert caught.value.hint == "run it by hand to see why"
    with pytest.raises(SecretError, match=r"failed with exit code 127: a program is not installed$"):
        store("sh", "-c", "exit 127").read(REF)
    with pytest.raises(SecretError, match=r"failed with exit code 128$"):
        store("sh", "-c", "exit 128").read(REF)
    with pytest.raises(SecretError, match="command not found") as caught:
        store("no-such-program").read(REF)
    assert caught.value.hint == "install it, or correct argv"
    with pytest.raises(SecretError, match="permission denied"):
        store("/etc/passwd").read(REF)
    with pytest.raises(SecretError, match=r"gave no answer within 0\.2 s"):
        store("sleep", "60", timeout=0.2).read(REF)


def test_ten_seconds_are_given_where_nothing_else_was_said(monkeypatch):
    waited = []

    def run(argv, *, timeout, **more):
        waited.append(timeout)
        return subprocess.CompletedProcess(argv, 0, b"plum")

    monkeypatch.setattr(subprocess, "run", run)
    store("x").read(REF)
    store("x", timeout=3).read(REF)
    assert waited == [10, 3]


def test_the_hint_says_what_to_type_and_where(tmp_path, monkeypatch):
    def show(argv, fill):
        return " ".join(fill(word) for word in argv[:1])

    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for directory, said in ((".", "run: false"), (str(tmp_path), "run: false"), ("sub", "run in sub: false")):
        with pytest.raises(SecretError) as caught:
            store("false", show=show, directory=directory).read(REF)
        assert caught.value.hint == f"to see why, {said} >/dev/null"


def test_key_and_property_are_filled_in():
    assert store("a", "{key}", "x={property}/{key}").command_line(REF) == [
        "a", "ci-bot/token", "x=password/ci-bot/token"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a", "A1", "_x", "0", "a.b", "a-b", "client.key-1"])
def test_a_plain_property_is_given(name):
    assert property_fault(name) == ""


@pytest.mark.parametrize("name", ["-a", ".a", "a..b", "a b", "a;b", "$a", "é", "a/b", "a\n"])
def test_another_one_is_refused(name):
    assert "is not [A-Za-z0-9_][A-Za-z0-9_.-]*" in property_fault(name)
    with pytest.raises(SecretError) as caught:
        store("a", "{property}").command_line(SecretRef("k", property=name))
    assert caught.value.hint == "write ref+vault://k#PROPERTY"
    assert store("a", "{key}").command_line(SecretRef("k", property=name)) == ["a", "k"]


def test_a_property_that_is_needed_and_missing_is_told():
    with pytest.raises(SecretError, match="the command is told a property, and the reference names none"):
        store("a", "{property}").command_line(SecretRef("k"))


@pytest.mark.parametrize("key", ["", "-x", "a b", "../a", "A"])
def test_a_key_that_is_none_is_not_run(key):
    with pytest.raises(SecretError) as caught:
        store("a", "{key}").command_line(SecretRef(key))
    assert caught.value.hint == "kcfg render writes the arguments"


def test_whether_the_property_is_told():
    assert is_told_property(["a", "x{property}"])
    assert not is_told_property(["a", "{key}"])
    assert picks_property({"argv": ["{property}"]})


def test_nothing_is_written_or_deleted_there():
    for refused in (lambda: store("pass").write(REF, Secret("x")), lambda: store("pass").delete(REF)):
        with pytest.raises(SecretError, match="a `command` store is read-only") as caught:
            refused()
        assert caught.value.hint == "use the tool behind 'pass'"
    assert store("pass").describe(REF) == "command 'pass' for 'ci-bot/token'"
    assert (command.WRITABLE, command.RECORDED) == (False, True)
