"""One table of commands and options, for the fast parser here and for typer in `app`.

Imports nothing: a hot command is parsed from this table alone. `parse` knows the closed, common form
and returns None for everything else (help, unknown or abbreviated flags, completion): typer decides then.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Option:
    """A flag: its spellings, what it takes (`flag`, `text`, `list`), default, help."""

    __slots__ = ("choices", "default", "flags", "help", "kind", "metavar", "name")

    def __init__(
        self,
        flags: str,
        help: str,  # noqa: A002
        *,
        kind: str = "flag",
        name: str = "",
        choices: tuple[str, ...] = (),
        default: "str | None" = None,
        metavar: str = "",
    ) -> None:
        self.flags = flags.split()
        self.help = help
        self.kind = kind
        self.name = name or self.flags[-1].lstrip("-").replace("-", "_")
        self.choices = choices
        self.default = default
        self.metavar = metavar


class Argument:
    """A positional argument; `many` takes the rest."""

    __slots__ = ("help", "many", "metavar", "name", "required")

    def __init__(self, name: str, help: str, *, required: bool = True, many: bool = False) -> None:  # noqa: A002
        self.name = name
        self.help = help
        self.required = required
        self.many = many
        self.metavar = name.upper()


class Command:
    """A command: its words, the module that runs it, one line of help, examples, options."""

    __slots__ = ("arguments", "examples", "help", "module", "more", "name", "options")

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
    ) -> None:
        self.name = name
        self.module = module
        self.help = help
        self.examples = examples
        self.more = more
        self.arguments = arguments
        self.options = options


FILE = Option(
    "-f --file",
    "The spec: a file, a folder with a kcfg.yaml, or - for standard input. Default: the nearest kcfg.yaml upward.",
    kind="text",
    metavar="FILE|DIR|-",
)
PLAINTEXT = Option("--allow-plaintext", "Let plain-text secrets stand in the spec (throwaway clusters).")
TRUST = Option("--trust", "Run this spec's `command` stores without asking (for CI).")

COMMANDS = (
    Command(
        "init",
        "kcfg.cli.init",
        "Write a small commented spec that validates.",
        examples=("kcfg init", "kcfg init --out clusters/kcfg.yaml --name acme"),
        options=(
            Option("--name", "metadata.name of the spec.", kind="text", default="example", metavar="NAME"),
            Option("--out", "Where to write it.", kind="text", default="kcfg.yaml", metavar="PATH"),
        ),
    ),
    Command(
        "validate",
        "kcfg.cli.validate",
        "Check a spec: all problems at once, each with file:line:col.",
        examples=(
            "kcfg validate",
            "kcfg validate -f examples/fleet",
            "kcfg validate -o json < kcfg.yaml -f -",
        ),
        more="Exit 0: valid. 1: problems found. 2: the spec could not be parsed or read.",
        options=(
            FILE,
            Option("-o --output", "Format: text or json.", kind="text", choices=("text", "json"), default="text"),
            PLAINTEXT,
        ),
    ),
    Command(
        "render",
        "kcfg.cli.render",
        "Render a spec into a kubeconfig, on standard output or into a file.",
        examples=(
            "kcfg render",
            "kcfg render -l env=prod --out ~/.kube/prod",
            "kcfg render --context 'dev-*' --flatten -o json",
        ),
        more="No secret is read unless --credentials inline asks for it. A written file has mode 0600.",
        options=(
            FILE,
            Option("--out", "Write this file instead of standard output.", kind="text", metavar="PATH"),
            Option("-o --output", "Format: yaml or json.", kind="text", choices=("yaml", "json"), default="yaml"),
            Option("--context", "Only this context; repeat it, or use globs.", kind="list", metavar="NAME"),
            Option(
                "-l --selector",
                "Only contexts with these labels, as in kubectl.",
                kind="text",
                metavar="QUERY",
            ),
            Option("--minify", "Exactly one context, made current, as kubectl's --minify."),
            Option("--flatten", "Put the content of certificate files into the kubeconfig."),
            Option(
                "--credentials",
                "exec: a stanza that asks the keyring; inline: the secret itself; omit: none.",
                kind="text",
                choices=("exec", "inline", "omit"),
                default="exec",
            ),
            Option(
                "--credential-command",
                "The plugin named in exec stanzas.",
                kind="text",
                default="kcfg-credential",
                metavar="PATH",
            ),
            Option("--allow-empty", "An empty selection is fine."),
            PLAINTEXT,
            TRUST,
        ),
    ),
    Command(
        "trust",
        "kcfg.cli.trust",
        "Allow the commands that a spec's `command` stores run, as they are now.",
        examples=("kcfg trust", "kcfg trust -f examples/fleet --yes"),
        more="The permission is pinned to the commands' content: a change asks again.",
        options=(FILE, Option("--yes", "Do not ask.")),
    ),
    Command(
        "schema",
        "kcfg.cli.schema",
        "Print the JSON Schema of the spec, or of a kubeconfig.",
        examples=("kcfg schema > kcfg-spec.v1.schema.json", "kcfg schema kubeconfig"),
        arguments=(Argument("which", "spec (default) or kubeconfig", required=False),),
    ),
    Command(
        "credential",
        "kcfg.cli.credential",
        "The exec plugin that kubectl calls; the same as kcfg-credential.",
        examples=("kcfg credential get --provider env --name KCFG_TOKEN --kind token",),
        arguments=(Argument("arguments", "as render writes them", required=False, many=True),),
    ),
    Command("version", "kcfg.cli.version", "Print the version.", examples=("kcfg version",)),
)
BY_NAME = {command.name: command for command in COMMANDS}


def parse(command: Command, argv: list[str]) -> "dict[str, Any] | None":
    """Parse the closed, common form of a command line; None means: let typer decide."""
    values: dict[str, Any] = {}
    flags: dict[str, Option] = {}
    for option in command.options:
        values[option.name] = False if option.kind == "flag" else [] if option.kind == "list" else option.default
        flags.update(dict.fromkeys(option.flags, option))
    words: list[str] = []
    at = 0
    while at < len(argv):
        word = argv[at]
        at += 1
        if not word.startswith("-") or word == "-":
            words.append(word)
            continue
        flag, joined, value = word.partition("=")
        if flag not in flags or (joined and not flag.startswith("--")):
            return None
        option = flags[flag]
        if option.kind == "flag":
            if joined:
                return None
            values[option.name] = True
            continue
        if not joined:
            if at == len(argv) or (argv[at].startswith("-") and argv[at] != "-"):
                return None
            value = argv[at]
            at += 1
        if option.choices and value not in option.choices:
            return None
        if option.kind == "list":
            values[option.name].append(value)
        else:
            values[option.name] = value
    return _place(command, words, values)


def _place(command: Command, words: list[str], values: "dict[str, Any]") -> "dict[str, Any] | None":
    for argument in command.arguments:
        if argument.many:
            values[argument.name], words = words, []
        elif words:
            values[argument.name] = words.pop(0)
        elif argument.required:
            return None
        else:
            values[argument.name] = None
        if argument.many and argument.required and not values[argument.name]:
            return None
    return None if words else values
