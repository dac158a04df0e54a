"""What of an exec stanza or an auth provider is a secret: one answer for redaction, lint, scan, import and edits."""

from __future__ import annotations

from kcfg.kubeconfig.secret_patterns import HIDDEN, flag_hides, hide_in_text, is_secret_name
from kcfg.kubeconfig.tokens import is_access_key_id, is_marked, is_secret_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from kcfg.kubeconfig.plugins_table import Row

BEHIND = "--"  # of kcfg's own plugin: what follows is another tool's command line
_UNKNOWN: Row = (frozenset(), frozenset())
_OURS = "kcfg-credential"
_KINDS = ("token", "client-certificate")


def redact_args(args: list[str], command: str = "") -> list[str]:
    """Return a program's arguments with `REDACTED` for what is a secret: by the flag before it, by its form."""
    program = _program(command, args)
    row = _flags(program)
    if program == _OURS:
        at = behind_own(command, args)
        own = [HIDDEN if is_secret_text(word) else word for word in args[:at]]
        theirs = [] if at is None else args[at:]
        return [*own, theirs[0], *redact_args(theirs[1:], theirs[0])] if theirs else own
    shown: list[str] = []
    flag = ""
    for word in args:
        if flag and not word.startswith("--") and _hides(flag, word, row):
            shown.append(HIDDEN)
        else:
            shown.append(_shown_word(word, row, after=flag))
        flag = word if word.startswith("-") and "=" not in word else ""
    return shown


def holds_secret(args: list[str], command: str = "") -> bool:
    """Return whether a secret is among a program's arguments."""
    return redact_args(args, command) != args


def shown_words(words: list[str]) -> str:
    """Return a command line for people: each word quoted for a shell, what is secret hidden."""
    from shlex import quote

    return " ".join(quote(word) for word in [words[0], *redact_args(words[1:], words[0])])


def shown_store(argv: list[str], filled: Callable[[str], str] = str) -> str:
    """Return the command line of a `command` store for people: its `--secret={key}` names a secret and is none."""
    import re
    from shlex import quote

    def names(word: str) -> bool:
        plain = re.fullmatch(r"(?:--?[a-z-]+=)?[\w./:-]*\{(?:key|property)\}[\w./:{}-]*", word)
        return plain is not None and not is_marked(word)

    pairs = zip(argv[1:], redact_args(argv[1:], argv[0]), strict=True)
    return " ".join(quote(filled(word)) for word in [argv[0], *(word if names(word) else seen for word, seen in pairs)])


def own_start(command: str, args: list[str], *, renamed: bool = True) -> int | None:
    """Return where in args the options of kcfg's own plugin begin; None for another program.

    One that is only called as ours is counts too, if it may be `renamed`.
    """
    name = _name(command)
    if name == "kcfg" and args[:1] == ["credential"]:
        return 1
    return 0 if name == _OURS or (renamed and _program(command, args) == _OURS) else None


def behind_own(command: str, args: list[str]) -> int | None:
    """Return where in the args of kcfg's own plugin the command line begins that it runs; None where there is none."""
    start = own_start(command, args)
    return None if start is None else next((at + 1 for at in range(start, len(args), 2) if args[at] == BEHIND), None)


def shown_variable(name: str, value: str) -> str:
    """Return the value of an environment variable, hidden where it is a secret."""
    from kcfg.kubeconfig.plugins_table import VARIABLES

    return _shown(name, value, VARIABLES)


def shown_setting(provider: str, name: str, value: str) -> str:
    """Return a setting of `auth-provider.config`, hidden where it is a secret."""
    from kcfg.kubeconfig.plugins_table import PROVIDERS

    return _shown(name, value, PROVIDERS.get(provider, _UNKNOWN))


def shown_value(name: str, value: str) -> str:
    """Return a value beside any other name, hidden where it is a secret."""
    return _shown(name, value, _UNKNOWN)


def secret_paths(exec_or_provider: object) -> Iterator[tuple[str | int, ...]]:
    """Yield where the secrets of an exec stanza, or of an auth provider, stand in it."""
    if not isinstance(exec_or_provider, dict):
        return
    stanza: dict[str, Any] = exec_or_provider
    args = [word if isinstance(word, str) else "" for word in _list(stanza.get("args"))]
    for index, (word, seen) in enumerate(zip(args, redact_args(args, str(stanza.get("command") or "")), strict=True)):
        if word != seen:
            yield "args", index
    for index, each in enumerate(_list(stanza.get("env"))):
        value = each.get("value") if isinstance(each, dict) else None
        if isinstance(value, str) and shown_variable(str(each.get("name") or ""), value) != value:
            yield "env", index, "value"
    config = stanza.get("config")
    for key, value in (config if isinstance(config, dict) else {}).items():
        if isinstance(value, str) and value and shown_setting(str(stanza.get("name")), str(key), value) != value:
            yield "config", key


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _name(command: str) -> str:
    return command.replace("\\", "/").rpartition("/")[2].casefold().removesuffix(".exe")


def _program(command: str, args: list[str]) -> str:
    """Return a plugin's name in the table."""
    program = _name(command)
    if program == "kubectl" and args and not args[0].startswith("-"):
        return f"kubectl-{args[0].replace('-', '_')}"
    if program == "kcfg" and args[:1] == ["credential"]:
        return _OURS
    if args[:1] == ["--kind"] and args[1:2] and args[1] in _KINDS:
        return _OURS  # by another name, which `--credential-command` gives it
    return program


def _flags(program: str) -> Row:
    if not program:
        return _UNKNOWN
    from kcfg.kubeconfig.plugins_table import FLAGS

    return FLAGS.get(program, _UNKNOWN)


def _hides(flag: str, value: str, row: Row) -> bool:
    name = flag.lstrip("-")
    return name in row[0] or (name not in row[1] and flag_hides(flag, value))


def _shown_word(word: str, row: Row, *, after: str) -> str:
    name, joined, value = word.rstrip("=").partition("=")  # base64 may end in them
    if word[:2].startswith("-") and joined and value and _hides(name, value, row):
        return f"{name}={HIDDEN}"
    if joined and value and not name.startswith("-") and _is_word(name):
        shown = shown_variable(name, value)  # `env NAME=value program`
        return word if shown == value else f"{name}={shown}"
    if word.startswith("-p") and len(word) > 3 and not row[1] and not _is_word(word[1:].partition("=")[0], lower=True):
        return f"-p{HIDDEN}"
    known = after.lstrip("-") in row[1] or name.lstrip("-") in row[1]
    if known and not is_marked(word) and "@" not in word:
        return word
    return HIDDEN if is_secret_text(word) and not joined else hide_in_text(word)


def _is_word(text: str, *, lower: bool = False) -> bool:
    plain = text.replace("_", "").replace("-", "").replace(".", "")
    return plain.isalpha() and plain.islower() if lower else plain.isalnum()


def _shown(name: str, value: str, row: Row) -> str:
    if not value:
        return value
    if name in row[0] or (name not in row[1] and is_secret_name(name)):
        return HIDDEN
    if is_marked(value):
        if name.casefold().replace("_", "-").endswith("access-key-id") and is_access_key_id(value):
            return value
        if is_secret_text(value) and "://" not in value:
            return HIDDEN
    return hide_in_text(value)
