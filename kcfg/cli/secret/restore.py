"""`kcfg secret restore`: credentials go from their store back into a kubeconfig, in plain text.

The store keeps them: the file changes in one step, and a user whose credential cannot be read stays as it is.
"""

from __future__ import annotations

import os

from kcfg.printing import printable, say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.document import KubeconfigFile
    from kcfg.kubeconfig.model import Body


def run(*, kubeconfig: str, dry_run: bool, yes: bool, break_lock: bool) -> int:
    """Write what the plugin would give; exit 1 when a user stays with its stanza."""
    from kcfg.errors import FileError, Location, count
    from kcfg.kubeconfig.file import load_file

    if not os.path.isfile(kubeconfig):
        raise FileError("no such file", location=Location(kubeconfig), hint="name the kubeconfig to restore")
    file = load_file(kubeconfig)
    bodies, left = _read(file)
    if bodies and not dry_run:
        from kcfg.cli.secret.users import replace_users
        from kcfg.cli.shared.consent import require_consent
        from kcfg.git.guard import require_private

        require_private(kubeconfig)
        require_consent(
            f"Write {count(len(bodies), 'credential')} in plain text into {printable(kubeconfig)}?", yes=yes
        )
        replace_users(file, bodies, break_lock=break_lock)
    word = "would be restored" if dry_run else "restored"
    for name in bodies:
        say(f'user "{name}" {word} from {_place(file, name)}')
    if not bodies:
        say(f"{kubeconfig} unchanged")
    for name, reason in left.items():
        tell(f"kcfg: users.{name}: not restored: {reason}")
    if bodies and not dry_run:
        tell("kcfg: note: the store keeps its copies; `kcfg secret rm` removes those of a spec")
    return 1 if left else 0


def _read(file: KubeconfigFile) -> tuple[dict[str, Body], dict[str, str]]:
    """Return the users with their credentials, and why others stay as they are."""
    from kcfg.errors import SecretError
    from kcfg.restore import place_of, restored

    found: dict[str, Body] = {}
    left: dict[str, str] = {}
    for name, entry in file.config.users.items():
        if not place_of(entry.body):
            continue
        try:
            found[name] = restored(entry.body, os.environ)
        except SecretError as error:
            hint = error.hint or error.problems[0].hint
            left[name] = f"{error.message}; {hint}" if hint else error.message
    return found, left


def _place(file: KubeconfigFile, name: str) -> str:
    from kcfg.restore import place_of

    return place_of(file.config.users[name].body)
