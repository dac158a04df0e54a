"""What the option table is made of, and the fast parser over it. Imports nothing.

`parse` knows the closed, common form of a command line and returns None for everything else (help, unknown or
abbreviated flags, completion): typer decides then, over the same table.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


# `entry`: [context|cluster|user] NAME…; `declared`: context/NAME; `property`: contexts.NAME.namespace.
COMPLETES = (
    "context", "cluster", "user", "namespace", "entry", "declared", "property",
    "environment", "variable", "secret", "store", "file", "folder", "none",
)  # fmt: skip
_BY_METAVAR = {"FILE": "file", "PATH": "file", "DIR": "folder", "FILE|DIR": "file", "FILE|DIR|-": "file"}


class Option:
    """A flag: its spellings, what it takes, default, help. An `ignored` one is kubectl's, and changes nothing here.

    Kinds: `flag` (off or on), `bool` (not given, true or false), `text`, `list` (may be repeated).
    What a shell completes its value with is one of `COMPLETES`. `others` finds choices besides, which cost something to
    know: it is asked for a value that is none of `choices`, and for a list of all.

    `once`: two values contradict one another, where kubectl's own flags take the last. `without` and `needs` name
    options that exclude it, and of which it needs one; `filled`: an empty text is none. `dash` is what a lone `-` is:
    `stdin`, `stdout` (as if not given), the command's own matter (`itself`), or nothing. `together` keeps these.
    """

    __slots__ = (
        "choices", "completes", "dash", "default", "filled", "flags", "help", "ignored", "kind", "metavar", "name",
        "needs", "once", "others", "without",
    )  # fmt: skip

    def __init__(
        self,
        flags: str,
        help: str,  # noqa: A002
        *,
        kind: str = "flag",
        name: str = "",
        choices: tuple[str, ...] = (),
        others: "Callable[[], list[str]] | None" = None,
        default: "str | None" = None,
        metavar: str = "",
        ignored: bool = False,
        completes: str = "",
        once: bool = False,
        without: tuple[str, ...] = (),
        needs: tuple[str, ...] = (),
        filled: bool = False,
        dash: str = "",
    ) -> None:
        self.once = once
        self.without = without
        self.needs = needs
        self.filled = filled
        self.dash = dash
        self.flags = flags.split()
        self.help = help
        self.kind = kind
        self.name = name or self.flags[-1].lstrip("-").replace("-", "_")
        self.choices = choices
        self.others = others
        self.default = default
        self.metavar = metavar
        self.ignored = ignored
        self.completes = completes or _BY_METAVAR.get(metavar, "")

    def known(self) -> tuple[str, ...]:
        """Return every choice; () where any text will do."""
        return (*self.choices, *self.others()) if self.others else self.choices

    def admits(self, value: str) -> bool:
        """Return whether a value is one that it takes."""
        return not self.choices or value in self.choices or (self.others is not None and value in self.others())


class Argument:
    """A positional argument; `many` takes the rest. It completes with one of `COMPLETES`, or with these words.

    A file for which `-` is standard input says so: `dash` is `stdin`.
    """

    __slots__ = ("completes", "dash", "help", "many", "metavar", "name", "required")

    def __init__(
        self,
        name: str,
        help: str,  # noqa: A002
        *,
        required: bool = True,
        many: bool = False,
        completes: "str | tuple[str, ...]" = "",
        dash: str = "",
    ) -> None:
        self.dash = dash
        self.completes = completes
        self.name = name
        self.help = help
        self.required = required
        self.many = many
        self.metavar = name.upper()


class Command:
    """A command: its word, the module that runs it, one line of help, examples, options.

    `preset` is what the module's `run` gets besides: commands of one kind share a module. `rest` takes the words after
    `--`, whatever they look like. `failed` is the exit code of a program's runner that could not, where all others are
    the program's.
    """

    __slots__ = (
        "arguments", "examples", "failed", "group", "help", "module", "more", "name", "options", "preset", "rest",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        module: str,
        help: str,  # noqa: A002
        *,
        examples: tuple[str, ...] = (),
        more: str = "",
        arguments: tuple[Argument, ...] = (),
        options: tuple[Option, ...] = (),
        preset: "dict[str, Any] | None" = None,
        group: str = "",
        rest: "Argument | None" = None,
        failed: int = 2,
    ) -> None:
        self.failed = failed
        self.name = name
        self.rest = rest
        self.group = group
        self.preset = preset or {}
        self.module = module
        self.help = help
        self.examples = examples
        self.more = more
        self.arguments = arguments
        self.options = options


TRUE = ("true", "1", "t", "T", "TRUE", "True")
FALSE = ("false", "0", "f", "F", "FALSE", "False")


def parse(command: Command, argv: list[str]) -> "dict[str, Any] | None":  # noqa: C901
    """Parse the closed, common form of a command line; None means: let typer decide."""
    values: dict[str, Any] = dict(command.preset)
    if command.rest is not None:
        argv, values[command.rest.name] = _at_dashes(argv)
    flags: dict[str, Option] = {}
    for option in command.options:
        values[option.name] = False if option.kind == "flag" else [] if option.kind == "list" else option.default
        flags.update(dict.fromkeys(option.flags, option))
    words: list[str] = []
    first: dict[str, str] = {}
    at = 0
    while at < len(argv):
        word = argv[at]
        at += 1
        if not word.startswith("-") or word == "-":
            words.append(word)
            continue
        flag, value = _split(word)
        if flag not in flags:
            return None
        option = flags[flag]
        if option.kind in ("flag", "bool"):
            if value is not None and value not in TRUE and value not in FALSE:
                return None
            values[option.name] = value not in FALSE
            continue
        if value is None:
            if at == len(argv) or (argv[at].startswith("-") and argv[at] != "-"):
                return None
            value = argv[at]
            at += 1
        if not option.admits(value):
            return None
        if option.once and first.setdefault(option.name, value) != value:
            return None
        if option.kind == "list":
            values[option.name].append(value)
        else:
            values[option.name] = value
    return without_ignored(command, values) if _place(command, words, values) else None


def are_options(command: Command, words: list[str]) -> bool:
    """Return whether words are options of a command, each with its value."""
    kinds = {flag: option.kind for option in command.options for flag in option.flags}
    rest = iter(words)
    for word in rest:
        flag, value = _split(word)
        if not word.startswith("-") or flag not in kinds:
            return False
        if kinds[flag] in ("text", "list") and value is None and next(rest, None) is None:
            return False
    return True


def without_ignored(command: Command, values: "dict[str, Any]") -> "dict[str, Any]":
    """Drop what the command does not take."""
    for option in command.options:
        if option.ignored:
            del values[option.name]
    return values


def spell_out(command: Command, argv: list[str]) -> list[str]:
    """Return argv as typer takes it: no values for flags, the last one counts; one for a tri-state; `-o=x` → `-ox`.

    Raises KcfgError for two values of an option that takes one.
    """
    first: dict[str, str] = {}
    options = {flag: option for option in command.options for flag in option.flags}
    on: dict[str, bool] = {}
    spelled: list[str] = []
    if command.rest is not None:
        argv, rest = _at_dashes(argv)
        spelled += [f"--{command.rest.name}={word}" for word in rest]
    words = iter(argv)
    for word in words:
        if word == "--":
            spelled += [word, *words]
            break
        flag, value = _split(word)
        kind = options[flag].kind if flag in options else ""
        if kind == "flag" and (value is None or value in TRUE or value in FALSE):
            on[options[flag].flags[-1]] = value not in FALSE
        elif kind == "bool" and value is None:
            spelled.append(f"{flag}=true")
        elif kind in ("text", "list"):
            # The next word is the value, whatever it looks like: kubectl takes it so, too.
            value = next(words, None) if value is None else value
            if options[flag].once and value is not None and first.setdefault(options[flag].name, value) != value:
                raise _twice(command, options[flag])
            spelled += [flag] if value is None else [flag, value]
        else:
            spelled.append(word)
    return [flag for flag, wanted in on.items() if wanted] + spelled


def _twice(command: Command, option: Option) -> Exception:
    from kcfg.errors import KcfgError

    every = any(each.name == "all_environments" for each in command.options) and option.name == "environment"
    error = KcfgError(
        f"{option.flags[-1]} is given twice: kcfg {command.name} takes one",
        hint="--all-environments takes every one" if every else "run it once for each",
    )
    error.exit_code = command.failed
    return error


def _at_dashes(argv: list[str]) -> tuple[list[str], list[str]]:
    """Return the words before and after `--`."""
    at = argv.index("--") if "--" in argv else len(argv)
    return argv[:at], argv[at + 1 :]


def _split(word: str) -> "tuple[str, str | None]":
    """Return flag and joined value: `--flag=value`, `-fvalue` and, as in kubectl, `-f=value`."""
    if word.startswith("--"):
        flag, joined, value = word.partition("=")
        return flag, value if joined else None
    value = word[3:] if word[2:3] == "=" and len(word) > 3 else word[2:]
    return word[:2], value or None


def _place(command: Command, words: list[str], values: "dict[str, Any]") -> bool:
    if command.rest is not None and command.rest.required and not values[command.rest.name]:
        return False
    for argument in command.arguments:
        if argument.many:
            values[argument.name], words = words, []
        elif words:
            values[argument.name] = words.pop(0)
        elif argument.required:
            return False
        else:
            values[argument.name] = None
        if argument.many and argument.required and not values[argument.name]:
            return False
    return not words
