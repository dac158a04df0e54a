"""Commands that bring a spec and a kubeconfig together."""

from kcfg.cli.options import Command, Option
from kcfg.cli.table.shared import CREDENTIAL_COMMAND, FILE, PLAINTEXT, SET, TRUST, YAML_JSON

COMMANDS = (
    Command(
        "render",
        "kcfg.cli.render",
        "Render a spec into a kubeconfig, on standard output or into a file.",
        examples=(
            "kcfg render",
            "kcfg render -l env=prod --out ~/.kube/prod",
            "kcfg render --all-environments --out kubeconfigs",
            "kcfg render --context 'dev-*' --flatten -o json",
        ),
        more="No secret is read unless --credentials inline asks for it. A written file has mode 0600.",
        options=(
            FILE,
            Option("-e --environment", "The environment; repeat it with --out DIR.", kind="list", metavar="NAME"),
            Option("--all-environments", "Every environment of the spec, one file each: --out DIR."),
            SET,
            Option(
                "--out",
                "Write this file instead of standard output; a folder for several environments.",
                kind="text",
                metavar="PATH",
            ),
            YAML_JSON,
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
                "exec (default): a stanza that asks the keyring; inline: the secret itself; omit: none.",
                kind="text",
                choices=("exec", "inline", "omit"),
            ),
            CREDENTIAL_COMMAND,
            Option("--allow-empty", "An empty selection is fine."),
            PLAINTEXT,
            TRUST,
        ),
    ),
)
