"""Commands that work with a cluster: the right one, and nothing left behind."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import IN_SPEC

_SHELLS = ("bash", "zsh", "fish", "powershell", "direnv")

COMMANDS = (
    Command(
        "env",
        "kcfg.cli.env",
        "Print the lines that point a shell at kubeconfigs, for eval.",
        examples=(
            "kcfg env ~/.kube/acme",
            "kcfg env ~/.kube/acme --append --shell fish | source",
            "kcfg env -e prod --out ~/.kube/prod",
            "kcfg env --restore",
            "kcfg env prod.kubeconfig --shell direnv > .envrc",
        ),
        more='Use it as `eval "$(kcfg env FILE)"`, in fish `kcfg env FILE | source`. With -f, -e or --set the spec is '
        "rendered into --out first. What KUBECONFIG was before the first `env` is remembered in KCFG_OLD_KUBECONFIG. "
        "--append to an unset KUBECONFIG keeps ~/.kube/config.",
        arguments=(Argument("files", "the kubeconfigs", required=False, many=True, completes="file"),),
        options=(
            *IN_SPEC,
            Option("--out", "The kubeconfig to write from the spec.", kind="text", metavar="PATH"),
            Option(
                "--shell",
                f"{', '.join(_SHELLS[:-1])} or {_SHELLS[-1]} (an .envrc). Default: as $SHELL says.",
                kind="text",
                choices=_SHELLS,
            ),
            Option("--append", "Keep what KUBECONFIG lists, in front."),
            Option("--restore", "Set KUBECONFIG to what it was before."),
        ),
    ),
)
