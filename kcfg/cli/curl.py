"""`kcfg curl`: becomes curl; the context's server, trust and identity are in memory that only this process has."""

from __future__ import annotations

import os

from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.reaching import Source
    from kcfg.cli.shared.trusting import Trust


def run(
    *,
    words: list[str],
    named: str | None,
    service: str | None,
    pod: str | None,
    node: str | None,
    namespace: str | None,
    kubeconfig: str | None,
    in_cluster: bool,
    file: str | None,
    environment: str | None,
    values: list[str],
    trust: Trust,
    yes_protected: bool,
) -> int:
    """Run curl in the place of kcfg: its output, signals and exit code are its own."""
    from kcfg.cli.shared.reaching import Source
    from kcfg.connect.curl import LEFT_OUT
    from kcfg.run.child import FAILED, become

    targets = {"service": service, "pod": pod, "node": node}
    try:
        context, path, options = split_words(words, behind=any(targets.values()))
        source = Source(context, named, kubeconfig, file, environment, values, in_cluster, True, yes_protected)
        argv = prepare(source, targets, namespace, path, options, trust=trust)
        environ = {name: value for name, value in os.environ.items() if name.lower() not in LEFT_OUT}
        become(argv[0], ["curl", *argv[1:]], environ, None)  # core dumps stay forbidden: curl has the secrets, too
    except KcfgError as error:
        error.exit_code = max(error.exit_code, FAILED)
        raise


def split_words(words: list[str], *, behind: bool) -> tuple[str | None, str, list[str]]:
    """Return context, path and curl's options, which begin with the first that looks like one."""
    at = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    named, options = words[:at], words[at:]
    path = named.pop() if named and named[-1].startswith("/") else None
    if path is None and not behind:
        raise KcfgError("no path: it begins with a slash", hint="kcfg curl [CONTEXT] /version")
    if len(named) > 1:
        raise KcfgError("too many words before the path", hint="kcfg curl [CONTEXT] PATH -- OPTIONS…")
    return named[0] if named else None, path or "/", options


def prepare(
    source: Source,
    targets: dict[str, str | None],
    namespace: str | None,
    path: str,
    options: list[str],
    *,
    trust: Trust,
) -> list[str]:
    """Return curl's command line; what is secret is behind the file descriptors that it names."""
    from kcfg.cli.shared.reaching import open_context, place, reach, sign_in
    from kcfg.connect.curl import make_config, refuse_insecure
    from kcfg.connect.curl_options import check_options
    from kcfg.connect.tls import make_context
    from kcfg.connect.trouble import Trouble
    from kcfg.memory import has_memory

    given = check_options(options)
    curl = _find_curl()
    config, name = open_context(source, with_user=True, trust=trust)
    below = place(config, name, targets, namespace, path)
    endpoint = reach(config, name, with_user=True)
    refuse_insecure(endpoint, name, str(config.contexts[name].body.get("cluster")))
    sign_in(endpoint, name)
    try:
        # curl says nothing useful about a pair that cannot be used; without such memory it would have to be in a file.
        if endpoint.scheme == "https" and has_memory():
            make_context(endpoint)
    except Trouble as trouble:
        raise KcfgError(f"{name}: {trouble.message}", hint=trouble.hint) from None
    return [curl, "-q", "--config", hand_over(make_config(endpoint, below, given, hand_over).encode()), *options]


def hand_over(content: bytes) -> str:
    """Put a content where the program that this process becomes can read it, and no file is; return that path."""
    from kcfg.memory import Memory, has_memory

    if has_memory():
        return Memory(content, inherited=True).path
    handle = _filled_pipe(content)
    os.set_inheritable(handle, True)
    return f"/dev/fd/{handle}"


def _filled_pipe(content: bytes) -> int:
    if not os.path.isdir("/dev/fd"):
        raise KcfgError("this system cannot hand curl a secret without a file", hint="use kcfg exec and kubectl")
    handle, writing = os.pipe()
    os.set_blocking(writing, False)
    with os.fdopen(writing, "wb", 0) as file:
        if (file.write(content) or 0) < len(content):
            raise KcfgError(
                "certificate or configuration is too long for a pipe", hint="name fewer certificates in the CA"
            )
    return handle


def _find_curl() -> str:
    from shutil import which

    from kcfg.run.child import NOT_FOUND

    if found := which("curl"):
        return found
    error = KcfgError("curl is not installed", hint="install curl, 7.76 or newer")
    error.exit_code = NOT_FOUND
    raise error
