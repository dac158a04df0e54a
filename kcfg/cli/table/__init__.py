"""Every command, by group: the one table behind the dispatcher, typer, help and docs.

`GROUPS` names the commands of each module, so that a run loads only the module of its own command.
"""

from sys import modules

from kcfg.cli.options import Command, are_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GROUPS = {
    "Author": (
        "author",
        ("init", "import", "validate", "test", "get-environments", "blame", "graph", "fmt", "explain", "schema"),
    ),
    "Spec": (
        "specs",
        ("spec set-cluster", "spec set-credentials", "spec set-context", "spec delete", "spec rename"),
    ),
    "Reconcile": ("reconcile", ("render", "diff", "apply", "status", "verify", "history", "undo")),
    "Files": (
        "files",
        (
            "view", "merge", "minify", "flatten", "split", "extract", "rename", "delete",
            "current-context", "use-context", "ns", "get-contexts", "get-clusters", "get-users",
        ),
    ),
    "Edit": (
        "edits",
        (
            "set-cluster", "set-credentials", "set-context", "set", "unset",
            "rename-context", "delete-context", "delete-cluster", "delete-user",
        ),
    ),
    "Secrets": (
        "secrets",
        (
            "secret set", "secret rotate", "secret get", "secret ls", "secret rm", "secret check", "secret unlock",
            "secret migrate", "secret restore", "secret copy", "secret scan",
            "trust", "cache on", "cache off", "cache ls", "cache clear",
            "log on", "log off", "log ls", "log clear", "credential",
        ),
    ),
    "Check": ("checks", ("lint", "check expiry", "check connectivity", "whoami", "doctor")),
    "Run": ("run", ("exec", "shell", "env", "url", "curl", "get-token")),
    "Borrow": ("accounts", ("issue", "revoke")),
    "Meta": ("meta", ("completion", "version")),
}  # fmt: skip
ALIASES = {
    "use": "use-context", "ctx": "use-context", "ls": "get-contexts", "plan": "diff", "rm": "delete",
    "spec rm": "spec delete",
}  # fmt: skip
SUBGROUPS = {
    "secret": "Secrets of a spec, in its stores.",
    "cache": "Answers of plugins and commands that are kept until they end, if you want that.",
    "log": "Which stored secret went to which cluster, when: names only, if you want that.",
    "spec": "Edit a spec: comments, order and style stay.",
    "check": "What ends when, and which contexts work.",
}
_ALLOW_OUTSIDE, _TRUST_FROM, _DIFF, _PLAINTEXT = "allow_outside", "trust_from", "diff", "plaintext_too"
# These show what a spec has, and send nothing anywhere: plain-text secrets in it are `validate`'s and `lint`'s matter.
_SHOWS = ("blame", "graph", "get-contexts", "get-clusters", "get-users", "trust", "lint", "check expiry")
NAMES = [name for _, names in GROUPS.values() for name in names]


def load(module: str) -> "Any":
    """Import a module by its name; `importlib` would cost every command half a millisecond."""
    __import__(module)
    return modules[module]


def commands(group: str) -> dict[str, Command]:
    """Return a group's commands by name."""
    return {command.name: _with_bounds(command) for command in _table(group)}


def _table(group: str) -> tuple[Command, ...]:
    table: tuple[Command, ...] = load(f"kcfg.cli.table.{GROUPS[group][0]}").COMMANDS
    return table


def _with_bounds(command: Command) -> Command:
    """Give the options that go with others: `--allow-outside` to what reads a spec, `--diff` to what edits files.

    And `--allow-plaintext` to what takes a spec with its environment, and would refuse it.
    """
    from kcfg.cli.table.shared import ALLOW_OUTSIDE, BREAK_LOCK, DIFF, KUBECONFIG, OUT, PLAINTEXT_TOO, TRUST_FROM

    if ALLOW_OUTSIDE not in command.options and any(
        option.metavar in ("FILE|DIR", "FILE|DIR|-") for option in command.options
    ):
        command.options += (ALLOW_OUTSIDE,)
    if TRUST_FROM not in command.options and any(option.name == "trust" for option in command.options):
        command.options += (TRUST_FROM,)
    names = {option.name for option in command.options}
    if (
        {"environment", "values"} <= names
        and not {"allow_plaintext", _PLAINTEXT} & names
        and command.name not in _SHOWS
    ):
        command.options += (PLAINTEXT_TOO,)
    edits = BREAK_LOCK in command.options and (KUBECONFIG in command.options or OUT in command.options)
    if edits and DIFF not in command.options:
        command.options += (DIFF,)
    return command


def call(command: Command, values: "dict[str, Any]") -> int:
    """Run a command with the values of its arguments and options; return its exit code."""
    from kcfg.coredump import forbid_core_dumps
    from kcfg.files import forget_read

    forbid_core_dumps()
    forget_read()
    for option in command.options:
        if option.dash == "stdout" and values.get(option.name) == "-":
            values[option.name] = None
    _require_together(command, values)
    plaintext = values.pop(_PLAINTEXT, False)
    outside = values.pop(_ALLOW_OUTSIDE, [])
    if revision := values.pop(_TRUST_FROM, None):
        values["trust"] = revision
    shows_only = values.pop(_DIFF, False)

    def run() -> int:
        code: int = load(command.module).run(**values)
        return code

    if not (shows_only or outside or plaintext):
        return run()
    from kcfg.boundary import allow_outside
    from kcfg.cli.shared.stores import allow_plaintext

    with allow_outside(outside), allow_plaintext(plaintext):
        if not shows_only:
            return run()
        from kcfg.cli.shared.preview import preview

        return preview(run)


def _require_together(command: Command, values: "dict[str, Any]") -> None:
    """Raise KcfgError for options that contradict one another, and for a `-` that cannot be read."""
    given = {each.name for each in command.options if values.get(each.name) not in (None, False, [], each.default)}
    ruled = any(each.name in given and (each.without or each.needs or each.filled) for each in command.options)
    if ruled or any("-" in (values.get(each.name) or ()) for each in command.arguments if each.completes == "file"):
        from kcfg.cli.table.together import require_together

        require_together(command, values, given)


def find(argv: list[str]) -> tuple[Command | None, list[str]]:
    """Return the command that a command line begins with (None: no such), and the words after it."""
    for count in (2, 1):
        name = ALIASES.get(" ".join(argv[:count]), " ".join(argv[:count]))
        if len(argv) < count or name not in NAMES:
            continue
        group = next(group for group, (_, names) in GROUPS.items() if name in names)
        return next(_with_bounds(each) for each in _table(group) if each.name == name), argv[count:]
    return _behind_options(argv) if argv[:1] and argv[0].startswith("-") else (None, argv)


def _behind_options(argv: list[str]) -> tuple[Command | None, list[str]]:
    """Return the command that options of its own stand before, as kubectl allows, and the words as it takes them."""
    for at in range(1, len(argv)):
        if not argv[at].startswith("-"):
            command, words = find(argv[at:])
            if command is not None and are_options(command, argv[:at]):
                return command, argv[:at] + words
    return None, argv
