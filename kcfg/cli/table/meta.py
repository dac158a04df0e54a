"""Commands about kcfg itself."""

from kcfg.cli.options import Command

COMMANDS = (Command("version", "kcfg.cli.version", "Print the version.", examples=("kcfg version",)),)
