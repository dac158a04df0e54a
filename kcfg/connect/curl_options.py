"""Which of curl's options may be given: those that can neither show the credential nor send it elsewhere. Pure.

What is not listed is refused, so that an option of a curl to come is, too. `-v` and `--trace` print the Authorization
header, `--libcurl` writes it down, `--config`, `--url`, `--next` and `--location` lead to other servers.
"""

from __future__ import annotations

from collections.abc import Sequence

from kcfg.errors import KcfgError

_SWITCHES = (
    "-0 --http1.0", "--http1.1", "--http2", "-4 --ipv4", "-6 --ipv6", "-# --progress-bar", "-f --fail",
    "--fail-with-body", "-G --get", "-i --include", "-I --head", "-j", "-J --remote-header-name", "-N --no-buffer",
    "-O --remote-name", "-R --remote-time", "-s --silent", "-S --show-error", "--compressed", "--create-dirs",
    "--no-clobber", "--no-keepalive", "--no-progress-meter", "--no-show-error", "--no-silent", "--path-as-is", "--raw",
    "--retry-all-errors", "--retry-connrefused", "--tcp-fastopen", "--tcp-nodelay", "--tr-encoding", "--xattr",
)  # fmt: skip
_WITH_VALUE = (
    "-A --user-agent", "-C --continue-at", "-d --data", "--data-ascii", "--data-binary", "--data-raw",
    "--data-urlencode", "-D --dump-header", "-F --form", "--form-string", "-H --header", "--json", "-m --max-time",
    "-o --output", "-r --range", "-T --upload-file", "-w --write-out", "-X --request", "-y --speed-time",
    "-Y --speed-limit", "-z --time-cond", "--connect-timeout", "--etag-compare", "--etag-save", "--expect100-timeout",
    "--keepalive-time", "--limit-rate", "--max-filesize", "--output-dir", "--rate", "--retry", "--retry-delay",
    "--retry-max-time", "--stderr", "--url-query",
)  # fmt: skip
_TAKES = {flag: False for spelled in _SWITCHES for flag in spelled.split()}
_TAKES |= {flag: True for spelled in _WITH_VALUE for flag in spelled.split()}
_INSECURE = ("-k", "--insecure", "--proxy-insecure", "--doh-insecure", "--ssl-allow-beast")
_LOUD = ("-v", "--verbose", "--trace", "--trace-ascii", "--trace-config", "--libcurl")
_OWN_HEADERS = ("authorization", "proxy-authorization", "host", "cookie")


def check_options(words: Sequence[str]) -> set[str]:
    """Return the options that are among these words. Raises KcfgError for one that kcfg does not pass on."""
    given: set[str] = set()
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            raise KcfgError("curl is asked for one path only", hint="kcfg curl [CONTEXT] PATH -- OPTIONS…")
        for flag, value in _spelled(word):
            if flag not in _TAKES:
                raise _refusal(flag)
            given.add(flag)
            if _TAKES[flag]:
                _check_value(flag, next(rest, None) if value is None else value)
    return given


def _spelled(word: str) -> list[tuple[str, str | None]]:
    """Return flags and joined values: `-sX`, `-XPOST` and `-sXPOST` are several letters in one word."""
    if word.startswith("--"):
        return [(word, None)]
    found: list[tuple[str, str | None]] = []
    for at, letter in enumerate(word[1:], 2):
        flag = f"-{letter}"
        if _TAKES.get(flag):
            return [*found, (flag, word[at:] or None)]
        found.append((flag, None))
    return found


def _check_value(flag: str, value: str | None) -> None:
    if value is None:
        raise KcfgError(f"curl's {flag} needs a value", hint="`curl --help all` lists its options")
    if flag in ("-H", "--header") and value.partition(":")[0].partition(";")[0].strip().lower() in _OWN_HEADERS:
        raise KcfgError("the credential's headers are kcfg's", hint="choose another context, or change its user")


def _refusal(flag: str) -> KcfgError:
    # The option's name, without what may be joined to it.
    shown = flag.partition("=")[0][:40]
    if flag in _INSECURE:
        return KcfgError(f"{shown} is refused: the credential would go to whoever answers", hint=trust_hint("NAME"))
    if flag in _LOUD:
        hint = "-i shows the answer's headers; `kcfg check connectivity` tells about TLS"
        return KcfgError(f"{shown} is refused: it shows the credential", hint=hint)
    if flag in ("-L", "--location", "--location-trusted"):
        return KcfgError(f"{shown} is refused: an API server does not send elsewhere", hint="leave it out")
    hint = "kcfg says whom to ask, and as whom; options for requests and output pass"
    return KcfgError(f"curl's {shown} is not passed on", hint=hint)


def trust_hint(cluster: str) -> str:
    """Return how a cluster's certificate authority is set."""
    return (
        "get its CA from whoever runs the cluster, then "
        f"`kcfg set-cluster {cluster} --certificate-authority ca.crt --embed-certs`"
    )
