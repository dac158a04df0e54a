"""A command line that is being written: what the word at its end can become, by the command table."""

from __future__ import annotations

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table import ALIASES, GROUPS, NAMES, SUBGROUPS, commands, find

Candidate = tuple[str, str]
HELP = ("--help", "Show what the command takes.")
TOP_FLAGS = [HELP, ("--version", "Print the version.")]


class Line:
    """The words before the last one: its command, the values of its options, the words that are none.

    `waiting` is the option whose value the last word is.
    """

    def __init__(self, words: list[str]) -> None:
        self.command, rest = find(words) if words else (None, [])
        self.given: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.waiting: Option | None = None
        self.only_words = False
        self.after: list[str] = []  # what stands behind `--`
        if self.command is not None:
            self._read(self.command, rest)

    def _read(self, command: Command, rest: list[str]) -> None:
        flags = {flag: option for option in command.options for flag in option.flags}
        for word in rest:
            if self.waiting is not None:
                self._give(self.waiting, word)
                self.waiting = None
            elif self.only_words and command.rest is not None:
                self.after.append(word)
            elif self.only_words or not word.startswith("-") or word == "-":
                self.words.append(word)
            elif word == "--":
                self.only_words = True
            else:
                flag, value = split_flag(word)
                option = flags.get(flag)
                if option is not None and value is None and option.kind in ("text", "list"):
                    self.waiting = option
                elif option is not None:
                    self._give(option, value or "")

    def _give(self, option: Option, value: str) -> None:
        self.given.setdefault(option.name, []).append(value)

    def value(self, name: str) -> str | None:
        """Return the value of an option that was written, the last one."""
        return self.given[name][-1] if name in self.given else None

    def takes(self, name: str) -> bool:
        """Return whether the command has an option of this name that means something to it."""
        return self.command is not None and any(each.name == name and not each.ignored for each in self.command.options)

    def argument(self) -> Argument | None:
        """Return the argument that the last word is."""
        at = len(self.words)
        arguments = self.command.arguments if self.command is not None else ()
        for place, argument in enumerate(arguments):
            if argument.many or place == at:
                return argument
        return None

    def flags(self) -> list[Candidate]:
        """Return the flags that may still be written."""
        if self.command is None:
            return TOP_FLAGS
        found = [
            (flag, option.help)
            for option in self.command.options
            if not option.ignored and (option.name not in self.given or option.kind == "list")
            for flag in option.flags
        ]
        return [*found, HELP]


def split_flag(word: str) -> tuple[str, str | None]:
    """Return flag and joined value: `--flag=value`, `-fvalue`, `-f=value`."""
    if word.startswith("--"):
        flag, joined, value = word.partition("=")
        return flag, value if joined else None
    return word[:2], word[2:].removeprefix("=") or None


def command_words(words: list[str]) -> list[Candidate]:
    """Return the words that go on with a command's name, each with its help."""
    prefix = "".join(f"{word} " for word in words)
    helps = {name: command.help for group in GROUPS for name, command in commands(group).items()}
    found: dict[str, str] = {}
    for name in NAMES:
        if name.startswith(prefix):
            first, _, more = name.removeprefix(prefix).partition(" ")
            found[first] = SUBGROUPS.get(first, "") if more and not prefix else helps[name]
    if not prefix:
        found |= {alias: helps[name] for alias, name in ALIASES.items()}
    return list(found.items())
