"""Why a server could not be asked: the step that failed, a short name for machines, words and a remedy for people."""

from __future__ import annotations

import errno
import re
import socket
import ssl

from kcfg.errors import Signal
from kcfg.gourl import bracketed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.gourl import Url

ANONYMOUS = "system:anonymous"
STEPS = ("credentials", "tcp", "tls", "version", "user")


class Trouble(Signal):
    """What went wrong at a step. `cause` is one of a closed list of words; neither text ever holds a secret."""

    def __init__(self, step: str, cause: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.step = step
        self.cause = cause
        self.message = message
        self.hint = hint


# X509_V_ERR_… numbers of OpenSSL.
_VERIFY = {
    9: ("tls-not-yet-valid", "the server's certificate is not valid yet", "compare this machine's clock"),
    10: ("tls-expired", "the server's certificate has expired", "have the cluster's certificates renewed"),
    62: (
        "tls-name",
        "the server's certificate is for another name",
        "use a name that the certificate has, or set tls-server-name",
    ),
    64: (
        "tls-name",
        "the server's certificate is for another address",
        "use a name that the certificate has, or set tls-server-name",
    ),
}
_UNKNOWN_CA = (
    "tls-authority",
    "the server's certificate is not signed by this cluster's certificate-authority",
    "get the right certificate-authority from whoever runs the cluster; or something in between answers for it",
)
_SWALLOWED = "is that the API server's port? A firewall may swallow the answer"
_UNKNOWN_PUBLIC_CA = (
    "tls-authority",
    "the server's certificate is not signed by an authority that this machine knows",
    "set the cluster's certificate-authority-data",
)


def of_kubeconfig(message: str, hint: str = "`kcfg lint` says more") -> Trouble:
    """Return what in the kubeconfig itself keeps us from asking."""
    return Trouble("credentials", "kubeconfig", message, hint)


def of_network(error: OSError, host: str, port: int) -> Trouble:
    """Return why no connection was made."""
    where = f"{bracketed(host)}:{port}"
    if isinstance(error, socket.gaierror):
        return Trouble("tcp", "dns", f"no such host: {host}", "is the VPN up? Does the cluster still exist?")
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return Trouble("tcp", "timeout", f"{where} does not answer", "is the VPN up, or a firewall in between?")
    if error.errno == errno.ECONNREFUSED:
        return Trouble("tcp", "refused", f"{where} refuses connections", "is the API server running, on this port?")
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return Trouble("tcp", "unreachable", f"there is no route to {where}", "is the VPN up?")
    return Trouble("tcp", "network", f"cannot connect to {where}: {_reason(error)}")


def of_proxy(error: OSError, proxy: Url) -> Trouble:
    """Return why a proxy did not lead to the server."""
    shown = proxy.shown()
    found = re.search(r"Tunnel connection failed: (\d{3})", str(error))
    status = found[1] if found else ""
    if status == "407" or type(error).__name__ == "SOCKS5AuthError":
        if proxy.user is None:
            return Trouble("tcp", "proxy", f"the proxy {shown} wants a password", "put user and password into its URL")
        return Trouble("tcp", "proxy", f"the proxy {shown} refuses the user and password of its URL", "are they right?")
    if status:
        message = f"the proxy {shown} refuses to connect to the server (HTTP {status})"
        return Trouble("tcp", "proxy", message, "is the server allowed there? NO_PROXY goes around a proxy")
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = "its certificate is not one that the cluster's certificate-authority, or this machine, trusts"
        return Trouble("tcp", "proxy", f"the proxy {shown} cannot be used: {reason}", "http:// for a proxy without TLS")
    return Trouble(
        "tcp", "proxy", f"the proxy {shown} cannot be used: {_reason(error)}", "check proxy-url, HTTPS_PROXY"
    )


def of_tls(error: OSError, *, own_authority: bool) -> Trouble:
    """Return why TLS was not agreed on."""
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = _UNKNOWN_CA if own_authority else _UNKNOWN_PUBLIC_CA
        return Trouble("tls", *_VERIFY.get(error.verify_code, unknown))
    if isinstance(error, TimeoutError):
        return Trouble("tls", "timeout", "something listens there, but does not speak TLS in time", _SWALLOWED)
    reason = getattr(error, "reason", None) or ""
    if "ALERT" in reason:
        return of_alert(reason)
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"):
        return Trouble("tls", "not-tls", "what answers there does not speak TLS", "check scheme and port of the server")
    return Trouble("tls", "tls", f"the server ended the TLS handshake: {_reason(error)}", "is it an API server?")


def of_alert(reason: str) -> Trouble:
    """Return what a TLS alert of the server means: with TLS 1.3 it may come with the first answer."""
    if any(word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "BAD_CERT")):
        return Trouble(
            "tls",
            "client-certificate",
            "the server refuses the client certificate",
            "has it expired, or is it another cluster's? `kcfg check expiry`",
        )
    return Trouble("tls", "tls", f"the server refuses: {_plain(reason)}")


def of_answer(error: Exception) -> Trouble:
    """Return why there was no answer to a request, though a connection was made."""
    if isinstance(error, TimeoutError):
        return Trouble("version", "timeout", "the server takes the question and does not answer", "is it overloaded?")
    reason = getattr(error, "reason", None) or ""
    if isinstance(error, ssl.SSLError) and "ALERT" in reason:
        return of_alert(reason)
    return Trouble("version", "protocol", "the server ended the connection without an answer", "is it an API server?")


def of_status(step: str, status: int) -> Trouble:
    """Return what an HTTP status means here."""
    if status == 401:
        hint = "the credential has ended or is another cluster's: sign in again; `kcfg check expiry`"
        return Trouble("user", "unauthorized", "the server does not know this user (401)", hint)
    if status == 403:
        message = "the server knows the user, and does not allow the question (403)"
        return Trouble("user", "forbidden", message, "ask for a role in this cluster")
    if 300 <= status < 400:
        message = f"the server sends us elsewhere (HTTP {status})"
        return Trouble(step, "not-kubernetes", message, "a login page? Check the server's URL")
    if status >= 500:
        return Trouble(step, "server-error", f"the server has a problem (HTTP {status})", "try again in a while")
    return Trouble(step, "not-kubernetes", f"this is no Kubernetes API (HTTP {status})", "check the server's URL")


def of_anonymous(scheme: str, *, password: bool = False) -> Trouble:
    """Return what it means that the server takes us for nobody: no credential reached it, or none that it looks at.

    A password is one: Kubernetes has no basic auth since 1.19, and says 401 of it only without anonymous auth.
    """
    if password:
        message = f"the server does not know this user: it takes us for {ANONYMOUS}, as it looks at no password"
        hint = "Kubernetes takes none since 1.19: give the user a token, a certificate or an exec plugin"
        return Trouble("user", "anonymous", message, hint)
    hint = "the user has none for this server: give it a token, a certificate or an exec plugin"
    if scheme == "http":
        hint = "over http:// none is sent: write https:// into the cluster's server"
    return Trouble("user", "anonymous", f"the server takes us for {ANONYMOUS}: it saw no credential", hint)


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    said = getattr(error, "reason", None) or error.strerror or getattr(error, "msg", None)  # OpenSSL, the system, SOCKS
    return _plain(said or str(error) or "the connection ended")


def _plain(reason: object) -> str:
    return str(reason).lower().replace("_", " ")
