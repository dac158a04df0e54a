"""A stand-in for a store's program: its words and flags as clis.json knows them, its exit codes, its line ends.

Started as `stand_in.py PREPARED ARGUMENTS…`: a file with the program's part of clis.json, its state and its values, by
marshal, for to import json would double the start. What the real program would not take ends with exit code 64.
"""

import marshal
import os
import sys


def parse(cli, argv):
    """Return the flags, and the name that options and operands make; an unknown flag ends the program."""
    flags, options, operands = [], [], []
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if word in cli["flags"]:
            flags.append(word)
        elif word.startswith("-") and name in cli["options"]:
            options.append(f"{name}={value if equals else next(words)}")
        elif word.startswith("-"):
            sys.exit(refuse(f"unknown flag {word}"))
        else:
            operands.append(word)
    known = len(cli["words"])
    if operands[:known] != cli["words"] or len(operands) != known + cli["operands"]:
        sys.exit(refuse(f"unknown words {operands}"))
    return flags, " ".join([*options, *operands[known:]])


def refuse(text):
    print(f"stand-in: {text}", file=sys.stderr)
    return 64


def main(prepared, *argv):
    with open(prepared, "rb") as file:
        cli, state, values = marshal.load(file)
    flags, name = parse(cli, argv)
    if "variable" in cli and not os.environ.get(cli["variable"]):
        state = "locked"
    names = {os.path.expandvars(known): value for known, value in cli["names"].items()}
    if state == "ready" and name not in names:
        state = "no item"
    if state != "ready":
        print(cli[state]["says"], file=sys.stderr)
        return cli[state]["code"]
    value = values[names[name]]
    sys.stdout.write(value + ("" if cli.get("no end with") in flags else cli["end"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
