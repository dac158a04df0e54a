"""A command line that asks the same of another command, for messages that name it."""

from __future__ import annotations

from shlex import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kcfg.cli.options import Option


def command_line(name: str, given: Mapping[str, object]) -> str:
    """Return `kcfg NAME` with the flags that were given, as its table spells them; what it does not take is left out.

    `given` has values by the names of options. A variable may be a secret: `--set` is told without values.
    """
    from kcfg.cli.table import find

    command, _ = find([name])
    assert command is not None
    words = [word for option in command.options for word in _words(option, given)]
    return " ".join(["kcfg", name, *words])


def _words(option: Option, given: Mapping[str, object]) -> Iterator[str]:
    value, flag = given.get(option.name), option.flags[0]
    if option.kind == "flag":
        yield from [flag] if value is True else []
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from (flag, _assigned(each) if option.metavar == "NAME=VALUE" else quote(each))
    elif isinstance(value, str) and value != option.default:
        yield from (flag, quote(value))


def _assigned(text: str) -> str:
    name, _, _ = text.partition("=")
    return f"{quote(name)}=..."
