"""What the table says of options beside others, kept in one place for every command."""

from kcfg.cli.options import Command, Option
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def require_together(command: Command, values: "dict[str, Any]", given: set[str]) -> None:
    """Raise KcfgError for the first option that another one excludes, that needs one, or that is empty.

    And for a `-` where the command cannot read standard input. `given` are the names of options that have a value.
    """
    try:
        for option in command.options:
            if option.name in given:
                _require(command, option, values, given)
        for argument in command.arguments:
            value = values.get(argument.name)
            words = value if isinstance(value, list) else [value]
            if argument.completes == "file" and not argument.dash and "-" in words:
                what = {"file": "-f - reads a spec", "kubeconfig": "--kubeconfig - a kubeconfig"}
                ways = [what[each.name] for each in command.options if each.dash == "stdin" and each.name in what]
                raise KcfgError(
                    f"- is standard input, which kcfg {command.name} does not take as a file",
                    hint="; ".join(["name a file", *ways]),
                )
    except KcfgError as error:
        error.exit_code = command.failed
        raise


def _require(command: Command, option: Option, values: "dict[str, Any]", given: set[str]) -> None:
    flag = option.flags[-1]
    flags = {each.name: each.flags[-1] for each in command.options}
    if other := next((name for name in option.without if name in given), None):
        what = ": it looks at a spec, or at a kubeconfig" if other == "kubeconfig" else ""
        raise KcfgError(f"{flag} and {flags[other]} exclude one another{what}", hint="leave one out")
    if option.needs and not given.intersection(option.needs):
        needed = " or ".join(flags[name] for name in option.needs)
        raise KcfgError(f"{flag} goes with {needed}", hint=f"leave {flag} out, or give {needed}")
    if option.filled and values[option.name] == "":
        raise KcfgError(f"{flag}: an empty name", hint=f"leave {flag} out, or name one")
