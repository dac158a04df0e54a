"""Secrets printed by a command: an argument list, no shell, a deadline, output never shown."""

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets.ref import key_fault
from kcfg.secrets.secret import MAX_BYTES, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kcfg.secrets.ref import SecretRef
    from kcfg.secrets.stores import Setting, Settings, Show

ABOUT = "Secrets printed by a command, run without a shell once the user trusts it."
NOUN = "the store"
SETTINGS: "tuple[Setting, ...]" = (
    {
        "name": "argv",
        "kind": "argv",
        "about": "A program and its arguments; `{key}` and `{property}` are a reference's. "
        "One that is told the property prints that field alone, any other a JSON object that has it.",
        "needed": True,
        "examples": [
            ["pass", "show", "kcfg/{key}"],
            ["vault", "kv", "get", "-field={property}", "secret/kcfg/{key}"],
        ],
    },
    {
        "name": "timeout",
        "kind": "seconds",
        "about": "Seconds until the command is given up.",
        "default": 10,
        "most": 300,
    },
    {
        "name": "firstLine",
        "kind": "flag",
        "about": "Take the first line of what it prints alone: a `pass` entry has notes below its password.",
    },
)
WRITABLE = False
RECORDED = True


def open(settings: "Settings") -> "CommandStore":  # noqa: A001
    """Return the store of a `command` declaration; it refuses to run until the spec is trusted."""
    store = CommandStore(settings.declaration["command"], settings.environ, settings.directory, settings.show)
    store.trusted = settings.trusted
    store.name = settings.declaration["name"]
    return store


_NOT_FOUND = 127  # a shell's word for it
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_WORD = _PLAIN | frozenset(".-")


def property_fault(name: str) -> str:
    """Return why a command cannot be given a property, or an empty string: a shell may read it, or an option parser."""
    if not name:
        return "the command is told a property, and the reference names none"
    if name[0] in _PLAIN and set(name) <= _WORD and ".." not in name:
        return ""
    return "the property that the command is given is not [A-Za-z0-9_][A-Za-z0-9_.-]*"


def picks_property(settings: "Mapping[str, Any]") -> bool:
    """Return whether the command is told the property of a reference, and prints that field alone."""
    return is_told_property(settings["argv"])


def is_told_property(argv: list[str]) -> bool:
    """Return whether a property is filled into a command's arguments."""
    return any("{property}" in word for word in argv)


def fill(word: str, ref: "SecretRef") -> str:
    """Return a word of argv for a reference."""
    return word.replace("{key}", ref.key).replace("{property}", ref.property)


class CommandStore:
    """Runs a command for each secret; `{key}` and `{property}` in its arguments are filled in."""

    trusted = False
    name = ""

    def __init__(
        self,
        command: "Mapping[str, Any]",
        environ: "Mapping[str, str]",
        directory: str,
        show: "Show | None" = None,
    ) -> None:
        self._argv: list[str] = command["argv"]
        self._timeout = float(command.get("timeout", 10))
        self._first_line = bool(command.get("firstLine"))
        self._environ = environ
        self._directory = directory
        self._show = show  # argv as people may see it

    def read(self, ref: "SecretRef") -> Secret:
        """Return what the command prints, or its first line, without the line's end."""
        if not self.trusted:
            raise SecretError(
                f"secret store {self.name!r} runs a command that you have not allowed",
                hint="read the spec's secretStores, then `kcfg trust`; in CI: --trust",
            )
        output = self._run(ref)
        if not output:
            raise SecretNotFound(f"{self.describe(ref)} printed nothing")
        return Secret(output)

    def _run(self, ref: "SecretRef") -> str:
        import subprocess

        argv = self.command_line(ref)
        what = self.describe(ref)
        try:
            done = subprocess.run(  # noqa: S603
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._timeout,
                env=dict(self._environ),
                cwd=self._directory,
                check=False,
            )
        except FileNotFoundError:
            raise SecretError(f"{what}: command not found", hint="install it, or correct argv") from None
        except subprocess.TimeoutExpired:
            raise SecretError(f"{what} gave no answer within {self._timeout:g} s", hint=self._by_hand(ref)) from None
        except OSError as error:
            raise SecretError(f"{what}: {(error.strerror or 'cannot run').lower()}") from None
        if done.returncode:
            # Most say with one code that they are locked, that nobody is signed in and that there is no such item.
            why = ": a program is not installed" if done.returncode == _NOT_FOUND else ""
            raise SecretError(f"{what} failed with exit code {done.returncode}{why}", hint=self._by_hand(ref))
        printed = done.stdout.partition(b"\n")[0] if self._first_line else done.stdout.removesuffix(b"\n")
        raw = printed.removesuffix(b"\r")
        if len(raw) > MAX_BYTES:
            raise SecretError(f"{what} printed more than {MAX_BYTES >> 10} KiB")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            # The exception holds the bytes: ours is raised outside, so that nothing refers to it.
            pass
        raise SecretError(f"{what} printed something that is not UTF-8 text")

    def command_line(self, ref: "SecretRef") -> list[str]:
        """Return the arguments for a reference: what a kubeconfig's stanza says must stay one plain word in them.

        Raises SecretError where it does not.
        """
        if fault := key_fault(ref.key):
            raise SecretError(fault, hint="kcfg render writes the arguments")
        if is_told_property(self._argv) and (fault := property_fault(ref.property)):
            raise SecretError(fault, hint=f"write ref+{self.name}://{ref.key}#PROPERTY")
        return [fill(word, ref) for word in self._argv]

    def _by_hand(self, ref: "SecretRef") -> str:
        """Return what to type to see what the command says, its output and what is secret in its arguments aside."""
        if self._show is None:
            return "run it by hand to see why"
        import os

        words = self._show(self._argv, lambda word: fill(word, ref))
        place = "" if os.path.realpath(self._directory) == os.path.realpath(".") else f" in {self._directory}"
        return f"to see why, run{place}: {words} >/dev/null"

    def write(self, ref: "SecretRef", secret: Secret) -> None:
        """Refuse: the command only prints."""
        raise self._read_only()

    def delete(self, ref: "SecretRef") -> None:
        """Refuse, as `write` does."""
        raise self._read_only()

    def _read_only(self) -> SecretError:
        return SecretError("a `command` store is read-only", hint=f"use the tool behind {self._argv[0]!r}")

    def describe(self, ref: "SecretRef") -> str:
        """Name the command and the key."""
        return f"command {self._argv[0]!r} for {ref.key!r}"
