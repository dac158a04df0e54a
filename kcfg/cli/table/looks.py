"""What a command looks at, and which environment variables it reads: for `--help`, told from its options and words."""

from kcfg.cli.options import Argument, Command, Option

_BARE = "KUBECONFIG's list, else ~/.kube/config"
_UPWARD = "the spec of -f, else the nearest kcfg.yaml upward"
_LIST = "the kubeconfig of --kubeconfig, else KUBECONFIG's list, else ~/.kube/config"
_FIRST = "the kubeconfig of --kubeconfig, else the first file of KUBECONFIG that exists, else ~/.kube/config"
_SECRETS = ("secret set", "secret get", "secret ls", "secret rm", "secret check", "secret copy")
_ASK = ("whoami", "check connectivity", "url", "curl", "get-token", "ns")
_CACHE = ("cache on", "cache off", "cache ls", "cache clear")
_LOG = ("log on", "log off", "log ls", "log clear")
_APPLY = ("diff", "apply", "status", "verify", "history", "undo")

# Names as they are written in help, what they are for, and the commands that read them beside those of `_by_options`.
VARIABLES: "dict[str, tuple[str, tuple[str, ...]]]" = {
    "KUBECONFIG": ("the kubeconfigs, as for kubectl", ()),
    "KCFG_CONTEXT": ("set inside of `kcfg exec` and `kcfg shell`: the context", ("exec", "shell")),
    "KCFG_SHELL": ("set inside of `kcfg shell`: how deep", ("shell",)),
    "KCFG_COLORS": ("colors of prompts before kcfg's own: env=prod:red,protected:magenta,*:none", ("exec", "shell")),
    "KCFG_OLD_KUBECONFIG": ("what KUBECONFIG was before the first `kcfg env`", ("env",)),
    "SHELL": ("the shell that lines are for, or that is started", ("env", "shell")),
    "KCFG_*": ("values of `env` stores; other names of theirs are allowed by `kcfg trust`", ("credential", *_SECRETS)),
    "DBUS_SESSION_BUS_ADDRESS": ("where the keyring answers", ("credential", "secret unlock", "doctor", *_SECRETS)),
    "XDG_STATE_HOME": (
        "below it is what kcfg remembers. Default: ~/.local/state",
        (*_APPLY, *_SECRETS, *_CACHE, *_LOG, "trust", "secret unlock", "secret migrate"),
    ),
    "XDG_RUNTIME_DIR": (
        "where a private kubeconfig lives while a program runs, and answers that are kept",
        ("exec", "shell", "credential", *_CACHE),
    ),
    "HTTPS_PROXY, HTTP_PROXY, NO_PROXY": ("proxies, as for kubectl", _ASK),
    "KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT": ("in a pod: the API server", ()),
    "KUBERNETES_EXEC_INFO": ("the API version that the caller wants", ("get-token", "credential")),
    "KUBERC": ("kubectl's own settings", ("doctor",)),
    "NO_COLOR, TERM=dumb": ("no colors", ("diff", "apply", "status", "undo", "exec", "shell")),
}


def environment(command: Command) -> "dict[str, str]":
    """Return the environment variables that a command reads, with what for, as its help lists them."""
    return {
        names: what
        for names, (what, commands) in VARIABLES.items()
        if command.name in commands or _by_options(command, names)
    }


def _by_options(command: Command, names: str) -> bool:
    options = {option.name for option in command.options}
    if names == "KUBECONFIG":
        takes: list[Option | Argument] = [*command.options, *command.arguments]
        return any("KUBECONFIG" in text for text in (command.more, *(each.help for each in takes)))
    if names == "KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT":
        return "in_cluster" in options
    return names in ("KCFG_*", "XDG_STATE_HOME") and "trust" in options


def looks_at(command: Command) -> str:
    """Return one sentence on which spec or kubeconfig a command looks at; "" where it looks at neither."""
    options = {option.name: option for option in command.options if not option.ignored}
    file, kubeconfig = options.get("file"), options.get("kubeconfig")
    found = []
    files = any(each.completes == "file" and each.name != "plan" for each in command.arguments)
    if files and any(
        "KUBECONFIG's list" in text for text in (command.more, *(each.help for each in command.arguments))
    ):
        return f"Looks at the files that are named; without them {_BARE}."
    if files and command.name != "test":  # which spec is tested, its files do not say
        needed = all(each.required for each in command.arguments)
        found.append("the files that are named" + ("" if needed or not (file or kubeconfig) else "; without them"))
    if file is not None and "kubeconfig" in file.without and kubeconfig is not None:
        first, other = (_LIST, "with -f, -e or --set a spec") if "KUBECONFIG" in kubeconfig.help else (_UPWARD, _ONLY)
        found.append(f"{first}; {other} instead")
    elif file is not None and kubeconfig is not None:
        found.append(f"{_UPWARD}, {'and' if 'first file' in kubeconfig.help else 'else'} {_of(kubeconfig.help)}")
    elif file is not None:
        found.append(_UPWARD)
    elif kubeconfig is not None:
        found.append(_of(kubeconfig.help))
    return f"Looks at {' '.join(found)}." if found else ""


_ONLY = "with --kubeconfig that kubeconfig"


def _of(text: str) -> str:
    return _FIRST if "first file" in text else _LIST
