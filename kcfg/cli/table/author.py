"""Commands that write and check specs."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import IN_SPEC, PLAINTEXT, text

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
        "Check a spec (or a kubeconfig): all problems at once, each with file:line:col.",
        examples=(
            "kcfg validate",
            "kcfg validate -f examples/fleet -e prod",
            "kcfg validate -o json < kcfg.yaml -f -",
            "kcfg validate --kubeconfig ~/.kube/config",
        ),
        more="Exit 0: valid. 1: problems found. 2: the spec could not be parsed or read.",
        options=(
            *IN_SPEC,
            Option("-o --output", "Format: text or json.", kind="text", choices=("text", "json"), default="text"),
            PLAINTEXT,
            text("--kubeconfig", "Check this kubeconfig: what kubectl finds wrong before it connects.", "FILE"),
            Option("--context", "Only these contexts of it.", kind="list", metavar="NAME"),
        ),
    ),
    Command(
        "schema",
        "kcfg.cli.schema",
        "Print the JSON Schema of the spec, or of a kubeconfig.",
        examples=("kcfg schema > kcfg-spec.v1.schema.json", "kcfg schema kubeconfig"),
        arguments=(Argument("which", "spec (default) or kubeconfig", required=False),),
    ),
)
