"""A case for each row of the table: what stands in the kubeconfig, and the word for what then arrives."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

TOKEN, OTHER = "token-of-the-field", "token-of-the-file"
JANE = {"as": "jane@example.com", "token": TOKEN}
EXTRA = "Impersonate-Extra-Example.com%2fscopes"
# Answers in the version that it was asked for, and keeps the question. `@` stand for its files.
PLUGIN = """#!/bin/sh
printf '%s' "$KUBERNETES_EXEC_INFO" > '@/asked'
printf '{"apiVersion":"%s","kind":"ExecCredential","status":%s}' "$1" "$(cat '@/status')"
"""
PLUGIN_OF_ENV = """#!/bin/sh
printf '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"%s"}}' "$1" "$EXAMPLE"
"""


@dataclass(frozen=True)
class Case:
    """What the entries say beside the server and its authority; `judge` makes a word of what arrived.

    In a text `@` is the case's folder, and PORT, HTTP and SOCKS are the recorder's ports.
    """

    judge: Callable
    user: dict = field(default_factory=lambda: {"token": TOKEN})
    cluster: dict = field(default_factory=dict)
    context: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    sans: tuple = ("127.0.0.1",)
    authority: bool = True


def missing(seen):
    """Return the word for a request that never came: nothing was sent, or the connection was not liked."""
    return "fails" if seen.recorder.connections else "refused"


def arrived(wanted):
    """Make a judge of the request: `used` where it says so, `ignored` where it came without."""

    def judge(seen):
        if seen.request is None:
            return missing(seen)
        return "used" if wanted(seen) else "ignored"

    return judge


def header(name, *values):
    """Make a judge that compares the values of a header; some of them only are `partly`."""

    def judge(seen):
        if seen.request is None:
            return missing(seen)
        found = set(seen.request.all(name)) & set(values)
        return "used" if found == set(values) else "partly" if found else "ignored"

    return judge


def connects(seen):
    """Judge what a connection depends on: without it the client hangs up."""
    return "used" if seen.request else "ignored" if seen.recorder.connections else "refused"


def basic(seen):
    if seen.request is None:
        return missing(seen)
    kind, _, value = seen.request.one("Authorization").partition(" ")
    return "used" if kind == "Basic" and b64decode(value) == b"jane:secret-of-jane" else "ignored"


def which_token(seen):
    if seen.request is None:
        return missing(seen)
    found = {f"Bearer {OTHER}": "file", f"Bearer {TOKEN}": "token"}
    return found.get(seen.request.one("Authorization"), "ignored")


def proxy(kind):
    """Make a judge of the way that a request took."""

    def judge(seen):
        if seen.request is None:
            return "fails" if seen.recorder.proxied else "refused"
        return "used" if kind in seen.recorder.proxied else "ignored"

    return judge


def namespace(seen):
    if seen.request is None:
        return missing(seen)
    spaces = {"team-a": "used", "named-by-the-program": "caller"}
    return spaces.get(seen.request.path.rpartition("/pods")[0].rpartition("/")[2], "ignored")


def compression(seen):
    if seen.request is None:
        return missing(seen)
    if "gzip" not in seen.plain.all("Accept-Encoding"):
        return "needless"
    return "ignored" if "gzip" in seen.request.all("Accept-Encoding") else "used"


def cluster_info(seen):
    if seen.asked is None:
        return "refused"
    asked = json.loads(seen.asked or "{}")
    told = ((asked.get("spec") or {}).get("cluster") or {}).get("server")
    return "used" if told == f"https://127.0.0.1:{seen.recorder.port}" else "ignored"


def plugin(version, *, text=PLUGIN, status=None, **more):
    """Return a user with an exec stanza, and the files that it needs."""
    word = f"client.authentication.k8s.io/{version}"
    stanza = {"apiVersion": word, "command": "@/plugin", "args": [word], "interactiveMode": "Never"}
    status = status or {"token": TOKEN}
    return {"user": {"exec": {**stanza, **more}}, "files": {"plugin": text, "status": json.dumps(status)}}


BEARER = header("Authorization", f"Bearer {TOKEN}")
IS_JANE = arrived(lambda seen: seen.request.certificate == "jane")


def cases(authority, jane):
    """Return every row's case, for an authority and a client certificate (pairs in PEM)."""
    ca, (certificate, key) = authority[0], jane
    pem = {"jane.crt": certificate.decode(), "jane.key": key.decode(), "ca.crt": ca.decode()}
    pair = {"clientCertificateData": certificate.decode(), "clientKeyData": key.decode()}
    both = {"client-certificate-data": _base64(certificate), "client-key-data": _base64(key)}
    env = [{"name": "EXAMPLE", "value": TOKEN}]
    return {
        "as": Case(header("Impersonate-User", "jane@example.com"), JANE),
        "as-groups": Case(header("Impersonate-Group", "blue", "green"), {**JANE, "as-groups": ["blue", "green"]}),
        "as-uid": Case(header("Impersonate-Uid", "uid-of-jane"), {**JANE, "as-uid": "uid-of-jane"}),
        "as-user-extra": Case(header(EXTRA, "view"), {**JANE, "as-user-extra": {"example.com/scopes": ["view"]}}),
        "proxy-url http": Case(proxy("http"), cluster={"proxy-url": "http://127.0.0.1:HTTP"}),
        "proxy-url socks5": Case(proxy("socks5"), cluster={"proxy-url": "socks5://127.0.0.1:SOCKS"}),
        "tls-server-name": Case(
            connects, cluster={"tls-server-name": "api.example.com"}, sans=("api.example.com",)
        ),
        "insecure-skip-tls-verify": Case(connects, cluster={"insecure-skip-tls-verify": True}, authority=False),
        "certificate-authority": Case(
            connects, cluster={"certificate-authority": "@/ca.crt"}, files=pem, authority=False
        ),
        "certificate-authority relative": Case(
            connects, cluster={"certificate-authority": "ca.crt"}, files=pem, authority=False
        ),
        "certificate-authority-data": Case(connects),
        "client-certificate": Case(
            IS_JANE, {"client-certificate": "@/jane.crt", "client-key": "@/jane.key"}, files=pem
        ),
        "client-certificate-data": Case(IS_JANE, both),
        "token": Case(BEARER),
        "tokenFile": Case(
            header("Authorization", f"Bearer {OTHER}"), {"tokenFile": "@/token"}, files={"token": OTHER}
        ),
        "tokenFile with a line break": Case(
            header("Authorization", f"Bearer {OTHER}"), {"tokenFile": "@/token"}, files={"token": f"{OTHER}\n"}
        ),
        "tokenFile beside token": Case(
            which_token, {"token": TOKEN, "tokenFile": "@/token"}, files={"token": OTHER}
        ),
        "username": Case(basic, {"username": "jane", "password": "secret-of-jane"}),
        "exec v1": Case(BEARER, **plugin("v1")),
        "exec v1beta1": Case(BEARER, **plugin("v1beta1")),
        "exec client certificate": Case(IS_JANE, **plugin("v1beta1", status=pair)),
        "exec env": Case(BEARER, **plugin("v1beta1", text=PLUGIN_OF_ENV, env=env)),
        "exec provideClusterInfo": Case(cluster_info, **plugin("v1beta1", provideClusterInfo=True)),
        "namespace": Case(namespace, context={"namespace": "team-a"}),
        "disable-compression": Case(compression, cluster={"disable-compression": True}),
    }  # fmt: skip


def _base64(data):
    return b64encode(data).decode()


def kubeconfig(case, authority, recorder, folder):
    """Return the kubeconfig of a case, as text."""
    cluster = {"server": "https://127.0.0.1:PORT", **case.cluster}
    if case.authority:
        cluster["certificate-authority-data"] = _base64(authority[0])
    text = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": case.user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **case.context}}],
            "current-context": "x",
        },
        indent=1,
    )
    ports = {"PORT": recorder.port, "HTTP": recorder.http_port, "SOCKS": recorder.socks_port}
    for word, port in ports.items():
        text = text.replace(f"127.0.0.1:{word}", f"127.0.0.1:{port}")
    return text.replace('"@/', f'"{folder}/')
