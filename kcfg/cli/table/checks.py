"""Commands that look for what is wrong, and for what will be."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import IN_SPEC, KUBECONFIG, SELECTOR, TRUST, instead_of_kubeconfig

_KUBECONFIG = Option(
    "--kubeconfig",
    "This kubeconfig; with -f: both. Default without a spec: KUBECONFIG's list, or ~/.kube/config.",
    kind="text",
    metavar="FILE",
    dash="stdin",
)
_FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")
_OF_SPEC = instead_of_kubeconfig("Ask for the contexts of this spec instead of a kubeconfig's.")
_CONTEXTS = Option(
    "--context", "Only this context; repeat it, or use globs.", kind="list", metavar="NAME", completes="context"
)
_TIMEOUT = Option(
    "--timeout", "Time for a server, and for a plugin: 10s, 500ms, 1m.", kind="text", default="10s", metavar="TIME"
)
_SIGN_IN = Option("--trust", "With a spec: run its plugins, and send its secrets to its servers.")

COMMANDS = (
    Command(
        "lint",
        "kcfg.cli.lint",
        "Find what is unsafe, ended, unused or read differently by other clients.",
        examples=(
            "kcfg lint",
            "kcfg lint ~/.kube/config --fix",
            "kcfg lint -f examples/environments -e prod",
            "kcfg lint -f examples/fleet -o sarif > kcfg.sarif",
            "kcfg lint --rule 'KCFG4*' --fail-on warning",
            "kcfg lint --clients kr8s,lightkube",
        ),
        more="Without a file: the nearest kcfg.yaml upward, else the kubeconfigs that kubectl would read. Without -e: "
        "the whole spec. `lint: {KCFG201: off}` in a spec sets a rule's level; `# kcfg:ignore KCFG501 reason` on a "
        "line or the line above lets one finding stand. Exit 0: nothing of the --fail-on level. 1: findings. "
        "2: a file cannot be read.",
        arguments=(
            Argument(
                "files",
                "specs and kubeconfigs, each on its own; - reads standard input",
                required=False,
                many=True,
                completes="file",
                dash="stdin",
            ),
        ),
        options=(
            *IN_SPEC,
            _KUBECONFIG,
            Option("-o --output", f"Format: {', '.join(_FORMATS)}.", kind="text", choices=_FORMATS, default="text"),
            Option(
                "--fail-on",
                "The mildest level that makes the exit code 1.",
                kind="text",
                choices=("error", "warning", "info"),
                default="error",
            ),
            Option("--rule", "Only this rule; repeat it, or use globs.", kind="list", metavar="ID"),
            Option("--ignore", "Not this rule; repeat it, or use globs.", kind="list", metavar="ID"),
            Option(
                "--clients",
                "These read the file too: find what they do not do as kubectl does. `kcfg explain clients` lists them.",
                kind="list",
                metavar="NAME[,NAME]",
            ),
            Option("--fix", "Repair what is safe: file modes, wrapped base64. All else in a file stays."),
        ),
    ),
    Command(
        "check expiry",
        "kcfg.cli.check.expiry",
        "List certificates and tokens by the day they end.",
        examples=(
            "kcfg check expiry",
            "kcfg check expiry --within 90d -o ics > kcfg.ics",
            "kcfg check expiry --kubeconfig ~/.kube/config -o json",
        ),
        more="Without a file: the nearest kcfg.yaml upward, else the kubeconfigs that kubectl would read. "
        "Exit 1: something has ended, ends within the time, or is not valid yet. Of what is in a store kcfg "
        "remembers the end, from when it stored it; --read-secrets looks again.",
        options=(
            *IN_SPEC,
            _KUBECONFIG,
            Option(
                "--within", "30d, 12h, 4w, 30m, 90s, or several: 1h30m.", kind="text", default="30d", metavar="TIME"
            ),
            Option(
                "-o --output",
                "Format: table, json, yaml or ics (a calendar).",
                kind="text",
                choices=("table", "json", "yaml", "ics"),
                default="table",
            ),
            Option(
                "--read-secrets", "Look again: at the secrets in the spec's stores, or where kcfg's own stanzas lead."
            ),
            TRUST,
        ),
    ),
    Command(
        "check connectivity",
        "kcfg.cli.check.connectivity",
        "Find out which contexts work, and why the others do not.",
        examples=(
            "kcfg check connectivity",
            "kcfg check connectivity --context 'prod-*' --timeout 3s -o wide",
            "kcfg check connectivity -f examples/fleet -o json",
        ),
        more="For each context: TCP, TLS with the given certificate authority, /version, and who the server says this "
        "user is; through the proxies that kubectl would use. Exec plugins are run as kubectl runs them, but cannot "
        "ask anything. A spec's servers are asked without credentials unless --trust is given. Exit 1: a context "
        "does not work.",
        options=(
            *_OF_SPEC,
            KUBECONFIG,
            _CONTEXTS,
            SELECTOR,
            _TIMEOUT,
            Option("--max-parallel", "How many servers are asked at once.", kind="text", default="100", metavar="N"),
            Option(
                "-o --output",
                "Format: table, wide, json or yaml.",
                kind="text",
                choices=("table", "wide", "json", "yaml"),
                default="table",
            ),
            _SIGN_IN,
        ),
    ),
    Command(
        "whoami",
        "kcfg.cli.whoami",
        "Show who the server says you are.",
        examples=("kcfg whoami", "kcfg whoami --context 'prod-*' -o wide", "kcfg whoami --all -o json"),
        more="Asked by SelfSubjectReview (v1, v1beta1, v1alpha1); a server without it tells no name, only whether it "
        "knows you. Exit 1: a server does not know you. 2: it cannot be asked.",
        options=(
            *_OF_SPEC,
            KUBECONFIG,
            Option(
                "--context",
                "This context; repeat it, or use globs. Default: the current one.",
                kind="list",
                metavar="NAME",
                completes="context",
            ),
            SELECTOR,
            Option("--all", "Every context.", without=("context",)),
            _TIMEOUT,
            Option(
                "-o --output",
                "Format: table, wide, json or yaml.",
                kind="text",
                choices=("table", "wide", "json", "yaml"),
                default="table",
            ),
            _SIGN_IN,
        ),
    ),
    Command(
        "doctor",
        "kcfg.cli.doctor",
        "Check this machine: keyring, kubectls, plugin, file modes, locks, environment.",
        examples=("kcfg doctor", "kcfg doctor -o json"),
        more="Changes nothing, unlocks nothing, sends nothing. Each problem has a remedy. Exit 1: there are problems.",
        options=(
            KUBECONFIG,
            Option("-o --output", "Format: text or json.", kind="text", choices=("text", "json"), default="text"),
        ),
    ),
)
