"""What kubectl finds wrong with a kubeconfig when it builds a client from it: its findings, words and order.

kubectl looks only at the selected context, and only when it contacts a cluster; here it can be any context, or all.
Files are asked for through `read`. Rules: client-go's `clientcmd/validation.go`; then `refused`.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from kcfg.closest import suggest
from kcfg.errors import FileError, Location, Problem
from kcfg.kubeconfig.fields import IMPERSONATION
from kcfg.kubeconfig.refused import Found, is_secure, refused_cluster, refused_user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from kcfg.kubeconfig.model import Entry, Kubeconfig

    Place = Callable[[str, Entry | None, str], Location | None]
Read = Callable[[str], bytes]
_MODES = ("Never", "IfAvailable", "Always")
_SCHEMES = ("http", "https", "socks5")


def check_config(
    config: Kubeconfig, read: Read, *, contexts: Iterable[str] | None = None, place: Place | None = None
) -> list[Problem]:
    """Return what is wrong with contexts (default: all) and the clusters and users they refer to, users first.

    `place` says where the field ("" for the whole) of an entry stands; without it a Problem names the file.
    """
    names = list(config.contexts if contexts is None else contexts)
    found = check_entries(config, read, contexts=None if contexts is None else names, place=place)
    return [*found, *_check_clients(config, read, names, place or _file_of)]


def check_entries(
    config: Kubeconfig,
    read: Read,
    *,
    contexts: Iterable[str] | None = None,
    place: Place | None = None,
    users: bool = True,
) -> list[Problem]:
    """Return the same, but for what only the making of a client finds.

    Without `users` nothing is said of them: a cluster alone is asked.
    """
    where = place or _file_of
    problems: list[Problem] = []
    referred: dict[str, dict[str, Entry]] = {"users": {}, "clusters": {}}
    for name in config.contexts if contexts is None else contexts:
        context = config.contexts.get(name)
        if context is None:
            problems.append(Problem(f'context "{name}" does not exist', hint=suggest(name, config.contexts)))
            continue
        for section, field in [("users", "user"), ("clusters", "cluster")][not users :]:
            other = context.body.get(field) or ""
            found = config.section(section).get(other)
            if found is not None:
                referred[section][other] = found
            else:
                problems.append(_dangling(config, context, field, other, where("contexts", context, field)))
    for user in referred["users"].values():
        problems += _problems("users", user, map(Found, _check_user(user, read)), where)
    for cluster in referred["clusters"].values():
        problems += _problems("clusters", cluster, map(Found, _check_cluster(cluster, read)), where)
    if contexts is None and config.current_context and config.current_context not in config.contexts:
        text = f"context was not found for specified context: {config.current_context}"
        hint = suggest(config.current_context, config.contexts)
        problems.append(Problem(text, location=where("", None, "current-context"), path="current-context", hint=hint))
    return problems


def _check_clients(config: Kubeconfig, read: Read, names: list[str], where: Place) -> Iterator[Problem]:
    users: dict[str, Entry] = {}
    clusters: dict[str, Entry] = {}
    for name in names:
        context = config.contexts.get(name)
        cluster = context and config.clusters.get(context.body.get("cluster") or "")
        user = context and config.users.get(context.body.get("user") or "")
        if cluster:
            clusters[cluster.name] = cluster
        if cluster and user and is_secure(cluster):
            users[user.name] = user
    for user in users.values():
        yield from _problems("users", user, refused_user(user, read), where)
    for cluster in clusters.values():
        yield from _problems("clusters", cluster, refused_cluster(cluster, read), where)


def _dangling(config: Kubeconfig, context: Entry, field: str, other: str, location: Location | None) -> Problem:
    if other:
        text, hint = f'{field} "{other}" was not found', suggest(other, config.section(f"{field}s"))
    else:
        text, hint = f"{field} was not specified", f"kcfg set-context NAME --{field} …"
    if field == "cluster":
        hint = hint or "kubectl would talk to http://localhost:8080 instead"
    text = f'{text} for context "{context.name}"'
    return Problem(text, location=location, path=f"contexts.{context.name}", hint=hint)


def _file_of(_section: str, entry: Entry | None, _field: str) -> Location | None:
    return Location(entry.origin) if entry is not None and entry.origin else None


def _problems(section: str, entry: Entry, found: Iterable[Found], where: Place) -> Iterator[Problem]:
    for text, field, hint, level in found:
        location = where(section, entry, field)
        yield Problem(text, location=location, path=f"{section}.{entry.name}", hint=hint, level=level)


def _check_user(user: Entry, read: Read) -> Iterator[str]:
    body, name = user.body, user.name
    if body.get("client-certificate") or body.get("client-certificate-data"):
        yield from _check_certificate(user, read)
    if body.get("exec") is not None:
        yield from _check_exec(body, name)
    methods = [method for method, given in (("token", _has(body, "token")), ("basicAuth", _basic(body))) if given]
    if len(methods) > 1:
        found = " ".join(methods)
        yield f"more than one authentication method found for {name}; found [{found}], only one is allowed"
    if any(_has(body, field) for field in IMPERSONATION[1:]) and not _has(body, "as"):
        yield f"requesting uid, groups or user-extra for {name} without impersonating a user"


def _has(body: dict[str, Any], field: str) -> bool:
    return bool(body.get(field))


def _basic(body: dict[str, Any]) -> bool:
    return _has(body, "username") or _has(body, "password")


def _check_certificate(user: Entry, read: Read) -> Iterator[str]:
    body, name = user.body, user.name
    both = "are both specified for"
    if _has(body, "client-certificate") and _has(body, "client-certificate-data"):
        yield f"client-cert-data and client-cert {both} {name}. client-cert-data will override."
    if _has(body, "client-key") and _has(body, "client-key-data"):
        yield f"client-key-data and client-key {both} {name}; client-key-data will override"
    if not (_has(body, "client-key") or _has(body, "client-key-data")):
        yield (
            f"client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
        )
    for field, what in (("client-certificate", "client-cert"), ("client-key", "client-key")):
        if _has(body, field):
            yield from _unreadable(user, body[field], what, read)


def _unreadable(entry: Entry, path: str, what: str, read: Read) -> Iterator[str]:
    full = os.path.normpath(os.path.join(os.path.dirname(entry.origin), path))
    try:
        read(full)
    except FileError as error:
        yield f"unable to read {what} {full} for {entry.name} due to open {full}: {error.message}"


def _check_exec(body: dict[str, Any], name: str) -> Iterator[str]:
    plugin = body["exec"]
    use = f"must be specified for {name} to use exec authentication plugin"
    if body.get("auth-provider") is not None:
        yield f"authProvider cannot be provided in combination with an exec plugin for {name}"
    if not plugin.get("command"):
        yield f"command {use}"
    if not plugin.get("apiVersion"):
        yield f"apiVersion {use}"
    for variable in plugin.get("env") or []:
        if not (variable or {}).get("name"):
            yield f"env variable name {use}"
    mode = plugin.get("interactiveMode") or ""
    if not mode:
        yield f"interactiveMode {use}"
    elif mode not in _MODES:
        yield f'invalid interactiveMode for {name}: "{mode}"'


def _check_cluster(cluster: Entry, read: Read) -> Iterator[str]:
    body, name = cluster.body, cluster.name
    if not body.get("server"):  # kubectl finds it, and talks to http://localhost:8080 without a word
        yield f'no server found for cluster "{name}"'
    if proxy := body.get("proxy-url"):
        yield from _check_proxy(proxy, name)
    if _has(body, "certificate-authority") and _has(body, "certificate-authority-data"):
        yield (
            f"certificate-authority-data and certificate-authority are both specified for {name}. "
            "certificate-authority-data will override."
        )
    if _has(body, "certificate-authority"):
        yield from _unreadable(cluster, body["certificate-authority"], "certificate-authority", read)
    if body.get("insecure-skip-tls-verify") and (
        _has(body, "certificate-authority") or _has(body, "certificate-authority-data")
    ):
        yield f"specifying a root certificates file with the insecure flag is not allowed, in cluster {name}"


def _check_proxy(proxy: str, name: str) -> Iterator[str]:
    from kcfg.gourl import parse_url
    from kcfg.kubeconfig.secret_patterns import hide_url

    shown = hide_url(proxy)
    try:
        scheme = parse_url(proxy).scheme
    except ValueError:
        yield f'invalid \'proxy-url\' "{shown}" for cluster "{name}": could not parse: {shown}'
        return
    if scheme not in _SCHEMES:
        said = f'unsupported scheme "{scheme}", must be http, https, or socks5'
        yield f'invalid \'proxy-url\' "{shown}" for cluster "{name}": {said}'
