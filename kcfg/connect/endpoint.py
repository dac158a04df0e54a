"""A context → what a connection needs: URL, proxy, trust and identity, by client-go's rules."""

from __future__ import annotations

import os
import posixpath
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import cache
from urllib.parse import quote, unquote

from kcfg.connect.proxies import proxy_for, proxy_of
from kcfg.connect.trouble import Trouble, of_kubeconfig
from kcfg.dataclass import dataclass, field
from kcfg.errors import FileError
from kcfg.gourl import Url, bracket_hint, parse_server
from kcfg.kubeconfig.check import check_entries
from kcfg.kubeconfig.refused import is_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.model import Entry, Kubeconfig

Read = Callable[[str], bytes]


@dataclass(slots=True, repr=False)
class Endpoint:
    """One context's server and identity. Not shown anywhere: it holds credentials."""

    scheme: str
    host: str
    port: int
    prefix: str = ""
    proxy: Url | None = None
    tls_name: str = ""
    insecure: bool = False
    authority: bytes | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    certificate: bytes | None = None
    key: bytes | None = None
    plugin: dict[str, Any] | None = None
    plugin_folder: str = ""
    cluster: dict[str, Any] = field(default_factory=dict)

    @property
    def has_password(self) -> bool:
        """Whether a user name and a password are what is sent."""
        return any(name == "Authorization" and value.startswith("Basic ") for name, value in self.headers)


def make_endpoint(
    config: Kubeconfig, context: str, environ: Mapping[str, str], read: Read, *, with_user: bool = True
) -> Endpoint:
    """Return what a context's connection needs; its plugin is not run. Raises Trouble."""
    read = cache(read)  # what is checked in the end was read before
    entry = config.contexts[context]
    cluster = _referred(config.clusters, entry, "cluster")
    endpoint = _of_cluster(cluster, environ, read)
    if with_user and entry.body.get("user"):
        _add_user(endpoint, _referred(config.users, entry, "user"), read)
    for problem in check_entries(config, read, contexts=[context], users=with_user):
        raise of_kubeconfig(problem.message, problem.hint or "`kcfg validate --kubeconfig FILE` says more")
    return endpoint


def _referred(entries: dict[str, Entry], context: Entry, kind: str) -> Entry:
    name = context.body.get(kind) or ""
    if name not in entries:
        message = f"{kind} {name!r} does not exist" if name else f"the context names no {kind}"
        raise of_kubeconfig(message, "`kcfg validate --kubeconfig FILE` says more")
    return entries[name]


def _of_cluster(cluster: Entry, environ: Mapping[str, str], read: Read) -> Endpoint:
    body = cluster.body
    try:
        server = parse_server(str(body.get("server") or ""))
        port = server.number()
    except ValueError as error:
        hint = bracket_hint(str(body.get("server") or "")) or "write https://HOST:PORT"
        raise of_kubeconfig(f"the cluster's server is no URL: {error}", hint) from None
    scheme = server.scheme
    try:
        named = str(body.get("proxy-url") or "")
        proxy = proxy_of(named) if named else proxy_for(scheme, server.host, port, environ)
    except ValueError as error:
        what = "the cluster's proxy-url" if named else "the proxy of the environment"
        raise of_kubeconfig(
            f"{what} is no URL of a proxy: {error}", "write http://HOST:PORT, https:// or socks5://"
        ) from None
    endpoint = Endpoint(scheme, server.host.lower(), port, _prefix(server), proxy, cluster=body)
    if scheme == "https":
        endpoint.tls_name = body.get("tls-server-name") or ""
        endpoint.insecure = body.get("insecure-skip-tls-verify") is True
        endpoint.authority = _content(cluster, "certificate-authority", read)
        if endpoint.insecure and endpoint.authority is not None:
            message = "insecure-skip-tls-verify beside a certificate authority: kubectl refuses both"
            raise of_kubeconfig(message, "remove insecure-skip-tls-verify")
    if server.user is not None:
        # In the URL it goes over http too, and replaces any token.
        endpoint.headers.append(("Authorization", _basic(server.user, server.password or "")))
    return endpoint


def _prefix(server: Url) -> str:
    """Return the path below which everything is asked: as `path.Join` cleans it, and with its escapes anew."""
    path = posixpath.normpath(f"/{unquote(server.path).lstrip('/')}")
    return "" if path == "/" else quote(path, safe="/:@!$&'()*+,;=~")


def _add_user(endpoint: Endpoint, user: Entry, read: Read) -> None:
    body = user.body
    if endpoint.scheme == "https":  # as in client-go, nothing secret goes over http
        endpoint.certificate = _content(user, "client-certificate", read)
        endpoint.key = _content(user, "client-key", read)
        authorization = _authorization(user, read)
        if authorization and not endpoint.headers:
            endpoint.headers.append(("Authorization", authorization))
        elif not authorization and body.get("exec") and endpoint.certificate is None:
            endpoint.plugin = body["exec"]
            endpoint.plugin_folder = os.path.dirname(os.path.abspath(user.origin)) if user.origin else ""
    endpoint.headers += _impersonation(body)
    for _, value in endpoint.headers:
        if not is_header(value):
            hint = "a line break at its end? Write it without"
            raise of_kubeconfig("the user's credential holds characters that HTTP cannot send", hint)


def _authorization(user: Entry, read: Read) -> str:
    body = user.body
    if token := _token(user, read):
        return f"Bearer {token}"
    if body.get("username"):
        return _basic(body["username"], body.get("password") or "")
    provider = body.get("auth-provider")
    if not provider:
        return ""
    if provider.get("name") != "oidc":
        hint = "replace it with an exec plugin; `kcfg lint` tells which"
        raise of_kubeconfig("kubectl no longer has this auth-provider", hint)
    found = (provider.get("config") or {}).get("id-token")
    if not found:
        raise of_kubeconfig("the auth-provider has no id-token", "sign in with kubectl first: kcfg renews none")
    return f"Bearer {found}"


def _basic(name: str, password: str) -> str:
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def _token(user: Entry, read: Read) -> str:
    # As in client-go, the file goes before the field, which stands in for a file that cannot be read.
    token = str(user.body.get("token") or "")
    if path := user.body.get("tokenFile"):
        try:
            token = _file(user, path, "tokenFile", read).decode("utf-8", "replace").strip() or token
        except Trouble:
            if not token:
                raise
        if not token:
            raise of_kubeconfig(
                "the user's tokenFile is empty", "write the token into it: kubectl goes no further either"
            )
    return token


def _impersonation(body: dict[str, Any]) -> list[tuple[str, str]]:
    if not body.get("as"):
        return []
    headers = [("Impersonate-User", str(body["as"]))]
    if body.get("as-uid"):
        headers.append(("Impersonate-Uid", str(body["as-uid"])))
    headers += [("Impersonate-Group", str(group)) for group in body.get("as-groups") or []]
    for name, values in (body.get("as-user-extra") or {}).items():
        key = quote(str(name).lower(), safe="")
        headers += [(f"Impersonate-Extra-{key}", str(value)) for value in values or []]
    return headers


def _content(entry: Entry, name: str, read: Read) -> bytes | None:
    if data := entry.body.get(f"{name}-data"):
        try:
            return b64decode("".join(str(data).split()), validate=True)
        except ValueError:
            hint = "encode PEM with `base64 -w0`"
            raise of_kubeconfig(f"{name}-data is not base64", hint) from None
    path = entry.body.get(name)
    return _file(entry, path, name, read) if path else None


def _file(entry: Entry, path: str, name: str, read: Read) -> bytes:
    full = os.path.join(os.path.dirname(entry.origin), path) if entry.origin else path
    try:
        return read(full)
    except FileError as error:
        raise of_kubeconfig(f"{name} {full}: {error.message}", error.hint) from None
