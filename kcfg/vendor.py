"""Another tool's credential plugin, started with its own secrets: `kcfg-credential --spec NAME --user USER`.

Behind `--` may be its command line, where it is started so only to keep its answers (`kcfg cache on`).

What is run, and which of its variables gets which secret, is what the user allowed (`trust/record`), never what the
kubeconfig says. Everything else passes through: the question in KUBERNETES_EXEC_INFO, standard input, the answer.
"""

from kcfg.errors import SecretError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from kcfg.cache.cache import Answer
    from kcfg.secrets.secret import Secret

    Read = Callable[[list[str]], Secret]

_INSTALL = "install it again"
_BEHIND = "--"
FLAGS = ("--spec", "--environment", "--user")


def plugin_of(argv: list[str], env: "Mapping[str, str]", read: "Read") -> "tuple[dict[str, Any], dict[str, str]]":
    """Return what the record has of the plugin that `argv` names, and its variables with their secrets.

    `read` gives the secret behind a plugin's own arguments (`--keyring ITEM` ...). Raises SecretError where nobody
    allowed it, where a file that it runs has changed, or where a secret is missing.
    """
    from kcfg.trust.record import find_plugin

    words, command = _split(argv)
    options = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) != 2 * len(options) or not {"--spec", "--user"} <= options.keys() <= set(FLAGS):
        raise SecretError("arguments are missing, unknown or repeated", hint="kcfg render writes them")
    plugin = find_plugin(options["--spec"], options.get("--environment", ""), options["--user"], env, command)
    if "account" in plugin:  # kcfg's own, which asks a server: more than this process should load
        import sys

        plugin = {**plugin, "path": sys.executable, "args": ["-P", "-m", "kcfg.accounts.plugin", *argv]}
    return plugin, {name: _value(name, read(place)) for name, place in plugin["secrets"].items()}


def _split(argv: list[str]) -> "tuple[list[str], list[str] | None]":
    """Return the plugin's own arguments, and the command line behind them, if there is one."""
    at = next((at for at in range(0, len(argv), 2) if argv[at] == _BEHIND), len(argv))
    return argv[:at], argv[at + 1 :] if at < len(argv) else None


def hint_of(plugin: "Mapping[str, Any]") -> str:
    """Return what to do where a plugin is not there: in its vendor's words, if it has some."""
    return str(plugin.get("installHint") or _INSTALL)


def become_vendor(command: "tuple[list[str], dict[str, str]]", *, hint: str = _INSTALL) -> int:
    """Run the plugin in this process's place; return its exit code where the platform cannot do that."""
    import os

    argv, env = command
    try:
        if os.name == "nt":
            import subprocess

            return subprocess.run(argv, env=env, check=False).returncode  # noqa: S603
        os.execve(argv[0], argv, env)  # noqa: S606
    except OSError as error:
        raise _trouble(argv[0], error, hint) from None


def answer_vendor(
    argv: list[str], plugin: "dict[str, Any]", secrets: "Mapping[str, str]", environ: "Mapping[str, str]"
) -> "Answer | None":
    """Return what a plugin of the record gives, or gave a short while ago: None while the user has no answers kept.

    `argv` is kcfg-credential's. A failure is an Answer too. The user's setting is looked for in `environ` alone: a spec
    names the variables of `secrets`.
    """
    from kcfg.cache.setting import read_setting

    if read_setting(environ) is None or "interactiveMode" in plugin:
        return None
    from kcfg.cache.cache import Answer, open_cache
    from kcfg.cache.name import asker_of, is_interactive, name_of
    from kcfg.cache.once import ask_once

    command = [plugin["path"], *plugin["args"]]
    env = {**environ, **secrets}
    cache = open_cache(environ)
    kind = f"{argv} {[plugin.get(each) for each in ('account', 'via', 'user', 'servers')]}"
    name = name_of(cache.setting.salt, kind, command, env, pins=plugin["pins"]) if cache else ""
    if cache is None or not name:
        return None

    def run() -> Answer:
        code, text = _run(command, env, hint_of(plugin))
        if code:
            return Answer("", code=code)
        from kcfg.cache.ends import end_of_answer

        return Answer(text, ends=end_of_answer(text, env.get("KUBERNETES_EXEC_INFO", "")))

    words, _ = _split(argv)
    options = dict(zip(words[::2], words[1::2], strict=False))
    label = "/".join(filter(None, map(options.get, FLAGS)))
    asker = asker_of(environ)
    return ask_once(cache, name, f"user {label}", run, asker=asker, failures=not is_interactive(env))


def ask_vendor(command: "tuple[list[str], dict[str, str]]", *, hint: str = _INSTALL) -> str:
    """Run a plugin and return what it answers, for those who put a limit on it; `hint` is for one that cannot start."""
    argv, env = command
    code, text = _run(argv, env, hint)
    if code:
        raise failed(argv[0], code)
    return text


def failed(path: str, code: int) -> SecretError:
    """Return what there is to say of a plugin that failed: its own words are on its standard error."""
    return SecretError(f"{path} failed with exit code {code}")


def _run(argv: list[str], env: "Mapping[str, str]", hint: str) -> tuple[int, str]:
    import subprocess

    try:
        done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, check=False)  # noqa: S603
    except OSError as error:
        raise _trouble(argv[0], error, hint) from None
    code = done.returncode if done.returncode >= 0 else 128 - done.returncode  # of a signal, as a shell says it
    return code, done.stdout.decode("utf-8", "replace")


def _value(name: str, secret: "Secret") -> str:
    value = secret.reveal().rstrip("\r\n")
    if "\0" in value:
        raise SecretError(f"the secret for {name} holds a NUL: no environment variable can", hint="store it again")
    return value


def _trouble(path: str, error: OSError, hint: str) -> SecretError:
    return SecretError(f"{path} cannot be run: {(error.strerror or 'unknown').lower()}", hint=hint)
