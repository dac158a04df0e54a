"""`kcfg` alone: the everyday commands by what they are for, on one screen."""

from kcfg.looks import BOLD
from kcfg.printing import say, say_spans

EVERYDAY = (
    ("Begin", "import ~/.kube/config", "a spec of what you have, no secret in it"),
    ("", "init", "a small spec to begin with"),
    ("Change", "plan", "what applying the spec would change"),
    ("", "apply", "write that; what is not the spec's stays"),
    ("", "undo", "take the last one back"),
    ("Secrets", "secret set KEY", "ask for a secret, keep it in its store"),
    ("", "secret migrate", "from a kubeconfig into the keyring"),
    ("Contexts", "ls", "list them"),
    ("", "use CONTEXT", "switch; `-` is the one before"),
    ("", "exec CONTEXT -- COMMAND", "run a command there, and switch nothing"),
    ("Check", "lint", "what is unsafe, ended or unused"),
    ("", "doctor", "what is missing on this machine"),
)
_INTRODUCTION = "Plan and apply for kubeconfig, with the secrets in your keyring."
_END = "`kcfg help` lists all commands, `kcfg help COMMAND` explains one."


def run() -> int:
    """Print the screen."""
    say(_INTRODUCTION, hang=0)
    say("")
    for task, line, words in EVERYDAY:
        say_spans([(f"{task:<10}", 0), (f"kcfg {line:<25}", BOLD), (words, 0)], hang=40)
    say("")
    say(_END, hang=0)
    return 0
