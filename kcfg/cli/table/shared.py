"""Options that several commands take."""

from kcfg.cli.options import Argument, Option

FILE = Option(
    "-f --file",
    "The spec: a file, a folder with a kcfg.yaml, or - for standard input. Default: the nearest kcfg.yaml upward.",
    kind="text",
    metavar="FILE|DIR|-",
    once=True,
    dash="stdin",
)
ENTRIES = Argument(
    "words",
    "[context|cluster|user] NAME…, or cluster/NAME…; default: chosen",
    required=False,
    many=True,
    completes="entry",
)
RENAMING = Argument(
    "words",
    "[context|cluster|user] OLD NEW, or cluster/OLD NEW; default: asked",
    required=False,
    many=True,
    completes="entry",
)
SPEC_TO_CHANGE = Option(
    "-f --file",
    "The spec: a file, or a folder with a kcfg.yaml. Default: the nearest kcfg.yaml upward.",
    kind="text",
    metavar="FILE|DIR",
    once=True,
)
ALLOW_OUTSIDE = Option(
    "--allow-outside",
    "Let the spec name files below this folder too, outside of its repository; repeat it.",
    kind="list",
    metavar="DIR",
)


def _environment(without: tuple[str, ...] = ()) -> Option:
    return Option(
        "-e --environment",
        "The environment of the spec.",
        kind="text",
        metavar="NAME",
        completes="environment",
        once=True,
        without=without,
    )


def _set(without: tuple[str, ...] = ()) -> Option:
    return Option(
        "--set",
        "Give a variable of the spec a value; repeat it.",
        kind="list",
        name="values",
        metavar="NAME=VALUE",
        completes="variable",
        without=without,
    )


ENVIRONMENT, SET = _environment(), _set()
IN_SPEC = (FILE, ENVIRONMENT, SET)


def instead_of_kubeconfig(help: str) -> tuple[Option, ...]:  # noqa: A002
    """Return the options of a spec that a command looks at, where it is given, in the place of a kubeconfig."""
    either = ("kubeconfig",)
    file = Option("-f --file", help, kind="text", metavar="FILE|DIR|-", once=True, without=either, dash="stdin")
    return (file, _environment(either), _set(either))


PLAINTEXT = Option("--allow-plaintext", "Let plain-text secrets stand in the spec (throwaway clusters).")
PLAINTEXT_TOO = Option("--allow-plaintext", PLAINTEXT.help, name="plaintext_too")
STRICT = Option("--strict", "Take warnings for errors.")
TRUST = Option("--trust", "Trust whatever this spec reaches, for this run; what that is goes to standard error.")
TRUST_FROM = Option(
    "--trust-from",
    "Trust what the spec reaches at this git revision, and nothing added since (in CI: the protected branch).",
    kind="text",
    metavar="REV",
)
YES = Option("--yes -y", "Do not ask; where nobody can be asked, it is needed.", name="yes")
YES_PROTECTED = Option("--yes-protected", "Yes, protected contexts too: nothing is asked.")
KUBECONFIG = Option(
    "--kubeconfig",
    "The kubeconfig file. Default: KUBECONFIG's list, or ~/.kube/config.",
    kind="text",
    metavar="FILE",
    dash="stdin",
)
BREAK_LOCK = Option("--break-lock", "Remove a lock file that a killed kubectl left behind.")
DIFF = Option("--diff", "Show what would change in each file, secrets hidden; write nothing. Exit 1 if anything would.")
OUT = Option(
    "--out",
    "Write this file (a new one: 0600) in one step instead of standard output, which is -.",
    kind="text",
    metavar="PATH",
    once=True,
    dash="stdout",
)
RAW = Option("--raw", "Show secrets on a terminal too.")
YAML_JSON = Option(
    "-o --output", "Format: yaml, json or kyaml.", kind="text", choices=("yaml", "json", "kyaml"), default="yaml"
)
LISTING = Option(
    "-o --output",
    "Format: table, wide, name, json or yaml.",
    kind="text",
    choices=("table", "wide", "name", "json", "yaml"),
    default="table",
)
NO_HEADERS = Option("--no-headers", "Leave the headings out.")
SPEC = instead_of_kubeconfig("List what this spec declares instead of a kubeconfig.")

CREDENTIAL_COMMAND = Option(
    "--credential-command",
    "The plugin named in exec stanzas.",
    kind="text",
    default="kcfg-credential",
    metavar="PATH",
)
_CONNECTION = (
    "--as", "--as-uid", "--as-group", "--cache-dir", "--certificate-authority", "--client-certificate",
    "--client-key", "--cluster", "--context", "-n --namespace", "--password", "--request-timeout", "-s --server",
    "--tls-server-name", "--token", "--user", "--username", "-v --v",
)  # fmt: skip
_SWITCHES = ("--disable-compression", "--insecure-skip-tls-verify", "--match-server-version", "--warnings-as-errors")


_KINDS = {**dict.fromkeys(_CONNECTION, "text"), **dict.fromkeys(_SWITCHES, "bool")}
_IGNORED = [
    Option(flags, "Ignored, as in kubectl.", kind=kind, name=f"ignored_{at}", ignored=True)
    for at, (flags, kind) in enumerate(_KINDS.items())
]


def as_kubectl(*options: Option) -> tuple[Option, ...]:
    """Return a command's options and those of kubectl's global ones that change nothing for `kubectl config`."""
    known = {flag for option in options for flag in option.flags}
    return (*options, *(option for option in _IGNORED if known.isdisjoint(option.flags)))


def text(flag: str, help: str, metavar: str = "TEXT", completes: str = "") -> Option:  # noqa: A002
    """Return an option that takes a text."""
    return Option(flag, help, kind="text", metavar=metavar, completes=completes)


CONTEXTS = Option(
    "--context",
    "Only this context; repeat it, or use globs.",
    kind="list",
    name="contexts",
    metavar="NAME",
    completes="context",
)
SELECTOR = Option(
    "-l --selector",
    "Only contexts with these labels, as in kubectl: env=prod,region in (eu,us).",
    kind="text",
    metavar="QUERY",
    once=True,
)


def namespace(help: str, *, completes: str = "namespace", needs: tuple[str, ...] = ()) -> Option:  # noqa: A002
    """Return a `-n` that may not be empty: in scripts a variable would not be set."""
    return Option("-n --namespace", help, kind="text", metavar="NAME", completes=completes, filled=True, needs=needs)


ONE_CONTEXT = Argument("context", "the context; default: the current one", required=False, completes="context")
NAMED = Option(
    "--context", "The context, as in kubectl.", kind="text", name="named", metavar="NAME", completes="context"
)
OF_SPEC = instead_of_kubeconfig("Look for the context in this spec instead of a kubeconfig.")
TRUST_SERVERS = Option(
    "--trust", "With a spec: run its plugins and `command` stores, and send its secrets to its servers."
)
