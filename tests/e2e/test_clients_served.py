"""Kubeconfigs that kcfg wrote, read by client libraries: each says who the server takes it for, in a table of its own.

What a client cannot do is a cell, in the client's words, and stands in CANNOT: a newer client that can fails here.
"""

import json
import os
import re
import socket
import socketserver
import subprocess
import threading
from dataclasses import dataclass, field

import client_programs
import pytest
from conftest import require
from real_cluster import SERVER_NAME, TOKEN

TOKEN_OF = {"token": "ref+default://robot/token"}
CERTIFICATE_OF = {"client-certificate": "admin.crt", "client-key-data": {"secretRef": {"key": "admin/key"}}}
INLINE = ("--credentials", "inline", "--trust")
BY_PATH = ("--no-embed", "--trust")


@dataclass(frozen=True)
class Form:
    """A row: what the spec says, the words of `render`, and what must stand in the kubeconfig for the row to be true.

    In the cluster's fields ELSEWHERE is an address that the server's certificate does not name, PROXY that of a proxy.
    """

    user: dict = field(default_factory=lambda: TOKEN_OF)
    words: tuple = INLINE
    has: str = ""
    who: str = "robot"
    cluster: dict = field(default_factory=dict)
    names: tuple = ("local", "me", "here")  # of cluster, user and context


FORMS = {
    "a token in the keyring, by kcfg-credential": Form(words=(), has="command: kcfg-credential"),
    "a certificate in the keyring, by kcfg-credential": Form(CERTIFICATE_OF, (), "exec:", "plum-admin"),
    "a token in the keyring, with `--exec-api v1beta1`": Form(words=("--exec-api", "v1beta1"), has="k8s.io/v1beta1"),
    "a token in the file": Form(has=f"token: {TOKEN}"),
    "a certificate and its key in the file": Form(CERTIFICATE_OF, INLINE, "client-key-data:", "plum-admin"),
    "a certificate and its key by their paths": Form(
        {"client-certificate": "admin.crt", "client-key": "admin.key"}, BY_PATH, "client-key: ", "plum-admin"
    ),
    "a token by its path": Form({"tokenFile": "token"}, BY_PATH, "tokenFile: "),
    "a token by its path, with a line feed after it": Form({"tokenFile": "token-line"}, BY_PATH, "tokenFile: "),
    "the authority in the file": Form(words=(*INLINE, "--flatten"), has="certificate-authority-data: "),
    "the authority by its path": Form(words=(*INLINE, "--no-embed"), has="certificate-authority: "),
    "`tls-server-name`": Form(cluster={"server": "ELSEWHERE", "tls-server-name": SERVER_NAME}, has="tls-server-name"),
    "`insecure-skip-tls-verify`": Form(
        cluster={"server": "ELSEWHERE", "insecure-skip-tls-verify": True}, has="insecure-skip-tls-verify: true"
    ),
    "`proxy-url`": Form(cluster={"proxy-url": "PROXY"}, has="proxy-url: http://"),
    "`as` and `as-groups`, by one who may": Form(
        {"as": "alice", "as-groups": ["viewers"], **CERTIFICATE_OF}, INLINE, "as: alice", "alice"
    ),
    "JSON (`-o json`)": Form(words=(*INLINE, "-o", "json"), has='"kind": "Config"'),
    "KYAML (`-o kyaml`)": Form(words=(*INLINE, "-o", "kyaml"), has='kind: "Config",'),
    "names that YAML 1.1 takes for other than texts": Form(names=("yes", "1:30", "2001-01-01"), has='"yes"'),
    "names that YAML 1.2 takes for other than texts": Form(names=("0o17", "1e3", "~"), has='"1e3"'),
    "names with `: `, ` #`, quotes and other scripts": Form(
        names=("arn:aws:eks:eu-west-1:111122223333:cluster/a", "it's \"me\" #1", "größe: 東京"), has="東京"
    ),
    "two files in KUBECONFIG, the context in the second": Form(),
}  # fmt: skip
# (client, row) → what stands in what it says, or the name that it is taken for.
CANNOT = {
    **{
        ("lightkube", row): "exec api version .*/v1 not implemented"
        for row in ("a token in the keyring, by kcfg-credential", "a certificate in the keyring, by kcfg-credential")
    },
    # It looks from the working directory, and not from the kubeconfig's folder.
    ("lightkube", "a token by its path"): r"Token file \.\./token not found",
    ("lightkube", "a token by its path, with a line feed after it"): r"Token file \.\./token-line not found",
    ("lightkube", "`tls-server-name`"): "certificate is not valid for '127.0.0.2'",
    ("lightkube", "`proxy-url`"): "^not through the proxy$",
    (
        "lightkube",
        "two files in KUBECONFIG, the context in the second",
    ): "Configuration file .*first:.*config not found",
    **{
        (client, f"a token by its path{more}"): '^User "system:anonymous" cannot create'
        for client in ("kr8s", client_programs.NODE)
        for more in ("", ", with a line feed after it")
    },
    ("kubernetes", "a token by its path, with a line feed after it"): "Invalid header value",
    ("kubernetes-asyncio", "a token by its path, with a line feed after it"): "Forbidden control character",
    **{(client, "`as` and `as-groups`, by one who may"): "^taken for plum-admin$" for client in client_programs.PYTHON},
    # It sends `as`, and no groups.
    (client_programs.NODE, "`as` and `as-groups`, by one who may"): 'User "alice" cannot list',
}


class Relay(socketserver.ThreadingTCPServer):
    """Carries connections of a loopback address to a port of 127.0.0.1; as a `proxy` it takes CONNECT first."""

    daemon_threads = True

    def __init__(self, host, port, *, proxy=False):
        self.port, self.proxy, self.carried = port, proxy, 0
        super().__init__((host, 0), _Carry)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class _Carry(socketserver.BaseRequestHandler):
    def handle(self):
        if self.server.proxy:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (block := self.request.recv(4096)):
                    return
                head += block
            if not head.startswith(b"CONNECT "):
                return
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.server.carried += 1
        with socket.create_connection(("127.0.0.1", self.server.port)) as there:
            back = threading.Thread(target=_copy, args=(there, self.request), daemon=True)
            back.start()
            _copy(self.request, there)
            back.join()


def _copy(one, other):
    try:
        while block := one.recv(65536):
            other.sendall(block)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def relays(cluster):
    """Relays by what a form calls them: an address that no certificate names, and a proxy."""
    made = {
        "ELSEWHERE": Relay("127.0.0.2", cluster.port),
        "PROXY": Relay("127.0.0.1", cluster.port, proxy=True),
    }
    yield made
    for relay in made.values():
        relay.close()


@pytest.fixture
def write(cluster, relays, ok, tmp_path):
    """write(form, out) renders the spec of a form, with the keyring filled; the file is in a folder of its own."""
    certificate, key = cluster.client("plum-admin", "system:masters")
    files = {
        "ca.crt": cluster.ca,
        "admin.crt": certificate,
        "admin.key": key,
        "token": TOKEN,
        "token-line": f"{TOKEN}\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    addresses = {
        name: f"{'http' if name == 'PROXY' else 'https'}://{relay.server_address[0]}:{relay.server_address[1]}"
        for name, relay in relays.items()
    }

    def written(form, out="config"):
        name, user, context = form.names
        trusted = {} if "insecure-skip-tls-verify" in form.cluster else {"certificate-authority": "ca.crt"}
        fields = {"server": cluster.url, **trusted, **form.cluster}
        fields = {key: addresses.get(value, value) for key, value in fields.items()}
        spec = {
            "apiVersion": "kcfg/v1",
            "kind": "KubeconfigSpec",
            "metadata": {"name": "clients"},
            "clusters": [{"name": name, **fields}],
            "users": [{"name": user, **form.user}],
            "contexts": [{"name": context, "cluster": name, "user": user}],
            "current-context": context,
        }
        (tmp_path / "kcfg.yaml").write_text(json.dumps(spec))
        for name, value in (("robot/token", TOKEN), ("admin/key", key)):
            if name in json.dumps(form.user):
                ok("secret", "set", name, stdin=value)
        path = tmp_path / "elsewhere" / out
        path.parent.mkdir(exist_ok=True)
        ok("render", *form.words, "--out", path)
        assert form.has in path.read_text()
        return path

    return written


@pytest.fixture
def asked(client, plugin_env):
    """Ask with a client over KUBECONFIG: who it is taken for, or the last words of what it said."""
    words = client_programs.program(client)
    require(f"the client {client}", present=words is not None)

    def ask(kubeconfig):
        env = {**plugin_env, "KUBECONFIG": kubeconfig, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=200)
        if done.returncode == 0:
            found = json.loads(done.stdout)
            assert "kube-system" in found["namespaces"]
            return found["who"]
        return done.stderr

    return ask


@pytest.mark.parametrize("client", client_programs.CLIENTS)
@pytest.mark.parametrize("row", FORMS)
def test_is_read(row, client, write, asked, relays, ok, tmp_path, request):
    form = FORMS[row]
    kubeconfig = str(write(form))
    if row.startswith("two files"):
        first = write(Form(names=("other", "nobody", "there"), cluster={"server": "ELSEWHERE"}), "first")
        ok("use-context", "here", env={"KUBECONFIG": f"{first}{os.pathsep}{kubeconfig}"})
        kubeconfig = f"{first}{os.pathsep}{kubeconfig}"

    said = asked(kubeconfig)

    through = relays["PROXY"].carried if "proxy-url" in form.cluster else 1
    cell = "yes" if said == form.who and through else _in_short(said, tmp_path) if through else "not through the proxy"
    request.node.user_properties.append(("cell", (row, client, cell)))
    assert re.search(CANNOT.get((client, row), "^yes$"), cell), said


def _in_short(said, folder):
    """Return who a client was taken for, or the line of what it said that names its trouble."""
    if not re.search(r"\s", said):
        return f"taken for {said}"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if refused := re.search(r'User "\S+ cannot \w+ resource "\w+', said.replace("\\", "")):
        return f'{refused[0]}"'
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    text = (named or lines)[-1].replace(str(folder), ".")
    return text if len(text) <= 160 else f"{text[:159]}…"
