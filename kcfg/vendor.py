"""Another tool's credential plugin, started with its own secrets: `kcfg-credential --spec NAME --user USER`.

What is run, and which of its variables gets which secret, is what the user allowed (`trust/record`), never what the
kubeconfig says. Everything else passes through: the question in KUBERNETES_EXEC_INFO, standard input, the answer.
"""

from kcfg.errors import SecretError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from kcfg.secrets.secret import Secret

    Read = Callable[[list[str]], Secret]

_INSTALL = "install it again"
FLAGS = ("--spec", "--environment", "--user")


def plugin_of(argv: list[str], env: "Mapping[str, str]", read: "Read") -> "tuple[dict[str, Any], dict[str, str]]":
    """Return what the record has of the plugin that `argv` names, and its variables with their secrets.

    `read` gives the secret behind a plugin's own arguments (`--keyring ITEM` ...). Raises SecretError where nobody
    allowed it, where a file that it runs has changed, or where a secret is missing.
    """
    from kcfg.trust.record import find_plugin

    options = dict(zip(argv[::2], argv[1::2], strict=False))
    if len(argv) != 2 * len(options) or not {"--spec", "--user"} <= options.keys() <= set(FLAGS):
        raise SecretError("arguments are missing, unknown or repeated", hint="kcfg render writes them")
    plugin = find_plugin(options["--spec"], options.get("--environment", ""), options["--user"], env)
    if "account" in plugin:  # kcfg's own, which asks a server: more than this process should load
        import sys

        plugin = {**plugin, "path": sys.executable, "args": ["-P", "-m", "kcfg.accounts.plugin", *argv]}
    return plugin, {name: _value(name, read(place)) for name, place in plugin["secrets"].items()}


def become_vendor(command: "tuple[list[str], dict[str, str]]") -> int:
    """Run the plugin in this process's place; return its exit code where the platform cannot do that."""
    import os

    argv, env = command
    try:
        if os.name == "nt":
            import subprocess

            return subprocess.run(argv, env=env, check=False).returncode  # noqa: S603
        os.execve(argv[0], argv, env)  # noqa: S606
    except OSError as error:
        raise _trouble(argv[0], error, _INSTALL) from None


def ask_vendor(command: "tuple[list[str], dict[str, str]]", *, hint: str = _INSTALL) -> str:
    """Run a plugin and return what it answers, for those who put a limit on it; `hint` is for one that cannot start."""
    import subprocess

    argv, env = command
    try:
        done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, check=False)  # noqa: S603
    except OSError as error:
        raise _trouble(argv[0], error, hint) from None
    if done.returncode:
        raise SecretError(f"{argv[0]} failed with exit code {done.returncode}")
    return done.stdout.decode("utf-8", "replace")


def _value(name: str, secret: "Secret") -> str:
    value = secret.reveal().rstrip("\r\n")
    if "\0" in value:
        raise SecretError(f"the secret for {name} holds a NUL: no environment variable can", hint="store it again")
    return value


def _trouble(path: str, error: OSError, hint: str) -> SecretError:
    return SecretError(f"{path} cannot be run: {(error.strerror or 'unknown').lower()}", hint=hint)
