"""Commands about kcfg itself."""

from kcfg.cli.options import Argument, Command

COMMANDS = (
    Command(
        "completion",
        "kcfg.cli.completion",
        "Print the script that makes a shell complete kcfg's words: contexts, clusters, environments, secrets.",
        examples=(
            "kcfg completion bash > ~/.local/share/bash-completion/completions/kcfg",
            "kcfg completion zsh > ~/.zfunc/_kcfg",
            "kcfg completion fish > ~/.config/fish/completions/kcfg.fish",
            "kcfg completion powershell >> $PROFILE",
        ),
        more="For this session only: `source <(kcfg completion bash)`, also in zsh after compinit; "
        "`kcfg completion fish | source`. `kubectl kcfg` completes by `kubectl_complete-kcfg` on PATH.",
        arguments=(
            Argument("shell", "bash, zsh, fish or powershell", completes=("bash", "zsh", "fish", "powershell")),
        ),
    ),
    Command("version", "kcfg.cli.version", "Print the version.", examples=("kcfg version",)),
)
