"""Commands that look for what is wrong, and for what will be."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import IN_SPEC, TRUST, text

_KUBECONFIG = text(
    "--kubeconfig", "This kubeconfig. Default without a spec: KUBECONFIG's list, or ~/.kube/config.", "FILE"
)
_FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")

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
        ),
        more="Without a file: the nearest kcfg.yaml upward, else the kubeconfigs that kubectl would read. Without -e: "
        "the whole spec. `lint: {KCFG201: off}` in a spec sets a rule's level; `# kcfg:ignore KCFG501 reason` on a "
        "line or the line above lets one finding stand. Exit 0: nothing of the --fail-on level. 1: findings. "
        "2: a file cannot be read.",
        arguments=(Argument("files", "specs and kubeconfigs, each on its own", required=False, many=True),),
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
        "Exit 1: something has ended, or ends within the time. No store is read without --read-secrets.",
        options=(
            *IN_SPEC,
            _KUBECONFIG,
            Option("--within", "Days (30d), hours (12h) or weeks (4w).", kind="text", default="30d", metavar="TIME"),
            Option(
                "-o --output",
                "Format: table, json, yaml or ics (a calendar).",
                kind="text",
                choices=("table", "json", "yaml", "ics"),
                default="table",
            ),
            Option("--read-secrets", "Look at the secrets in the spec's stores, too."),
            TRUST,
        ),
    ),
)
