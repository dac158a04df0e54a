"""KCFG5xx: TLS that is switched off, and what nothing refers to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from kcfg.lint.rule import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.lint.subject import Item, Subject

_LOCAL = ("http://localhost:8080", "http://127.0.0.2:1", "http://[::1]:80", "http://kind.localhost:80")
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}")
_SERVER = "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n"


def _is_local(host: str) -> bool:
    """Return whether a host can only be this machine: 127.0.0.0/8, ::1, localhost and what ends in it (RFC 6761)."""
    name = host.rstrip(".")
    return name in ("::1", "localhost") or name.endswith(".localhost") or bool(_LOOPBACK.fullmatch(name))


def _check_insecure(subject: Subject) -> Iterator[Problem]:
    for cluster in subject.clusters:
        if cluster.body.get("insecure-skip-tls-verify") is True:
            yield cluster.problem(
                "anybody between here and the server can pose as it, and gets the credentials",
                "insecure-skip-tls-verify",
                hint="remove it, and give the server's certificate-authority",
                key=True,
            )


def _check_http(subject: Subject) -> Iterator[Problem]:
    for cluster in subject.clusters:
        try:
            parts = urlsplit(cluster.text("server"))
        except ValueError:
            continue
        if parts.scheme.lower() == "http" and not _is_local(parts.hostname or ""):
            yield cluster.problem("http:// sends everything in clear, tokens too", "server", hint="use https://")


def _unused(section: str, field: str) -> Callable[[Subject], Iterator[Problem]]:
    def check(subject: Subject) -> Iterator[Problem]:
        used = {context.text(field) for context in subject.contexts}
        for item in getattr(subject, section):
            if item.name not in used and (section, item.name) not in subject.referred:
                yield _no_context(item, field)

    return check


def _no_context(item: Item, field: str) -> Problem:
    return item.at_name(f"no context refers to the {field} {item.name!r}", hint="remove it, or add a context")


def _same_server(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme.lower(), 0)
    except ValueError:
        return url
    return f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}:{port}{parts.path.rstrip('/')}"


def _check_duplicates(subject: Subject) -> Iterator[Problem]:
    first: dict[tuple[str, str, str], Item] = {}
    for cluster in subject.clusters:
        if not cluster.text("server"):
            continue
        key = (_same_server(cluster.text("server")), cluster.text("tls-server-name"), cluster.text("proxy-url"))
        seen = first.setdefault(key, cluster)
        if seen.name != cluster.name:
            yield cluster.problem(
                f"the same server as cluster {seen.name!r}", "server", hint="let contexts share one cluster"
            )


RULES = (
    Rule(
        "KCFG501",
        "certificate is not verified",
        "warning",
        "insecure-skip-tls-verify trusts whoever answers. For a throwaway cluster, say so: "
        "`# kcfg:ignore KCFG501 local kind cluster`.",
        remedy="Remove it, and give the server's certificate-authority.",
        bad=(_SERVER + "    insecure-skip-tls-verify: true  # here\n",),
        good=(_SERVER + "    insecure-skip-tls-verify: false\n", _SERVER),
        check=_check_insecure,
    ),
    Rule(
        "KCFG502",
        "http:// server",
        "error",
        "Without TLS everyone on the way reads the credentials. The local machine is an exception.",
        remedy="Use https://; only a server on this machine may do without.",
        bad=(
            "clusters:\n- name: a\n  cluster:\n    server: http://a.example.com  # here\n",
            "clusters:\n- name: a\n  cluster:\n    server: http://127.0.0.1.example.com  # here\n",
            "clusters:\n- name: a\n  cluster:\n    server: http://notlocalhost:80  # here\n",
        ),
        good=(_SERVER, *(f"clusters:\n- name: a\n  cluster:\n    server: {each}\n" for each in _LOCAL)),
        check=_check_http,
    ),
    Rule(
        "KCFG503",
        "unused cluster",
        "info",
        "No context refers to it.",
        remedy="Remove it, or add a context.",
        bad=("clusters:\n- name: a  # here\n  cluster: {server: https://a.example.com}\n",),
        good=(_SERVER + "contexts:\n- name: a\n  context: {cluster: a}\n",),
        check=_unused("clusters", "cluster"),
    ),
    Rule(
        "KCFG504",
        "unused user",
        "info",
        "No context refers to it: an old credential that nobody would miss, and somebody could find.",
        remedy="Remove it, or add a context.",
        bad=("users:\n- name: a  # here\n  user: {tokenFile: token.txt}\n",),
        good=(
            _SERVER + "users:\n- name: a\n  user: {tokenFile: token.txt}\n"
            "contexts:\n- name: a\n  context: {cluster: a, user: a}\n",
        ),
        check=_unused("users", "user"),
    ),
    Rule(
        "KCFG505",
        "two clusters of one server",
        "info",
        "Two names for the same URL (and the same tls-server-name and proxy-url): a new certificate authority or a "
        "move must be written twice.",
        remedy="Let contexts share one cluster.",
        bad=(_SERVER + "- name: b\n  cluster:\n    server: https://A.example.com:443/  # here\n",),
        good=(_SERVER + "- name: b\n  cluster:\n    server: https://b.example.com\n",),
        check=_check_duplicates,
    ),
)
