"""A real Kubernetes on the loopback: Debian's etcd, and the kube-apiserver and controller manager of tests/e2e/server.

`cluster` is one for all the tests of a process, `other_cluster` a second one with an authority of its own; both know
the users below, and are ended, by their pids, with the tests. No kubelet is here: pods are accepted, and never run.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cluster_binary
import pytest
from conftest import require
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lint_world import pem_key
from secret_service import end
from tls_server import server_certificate

from kcfg.x509 import make_authority, make_client

# Whom the token file knows: token → name. Both are in the group `viewers`, which may read all but secrets.
TOKENS = {"plum-token-of-the-robot": "robot", "fig-token-of-the-robot": "robot-two"}
TOKEN = "plum-token-of-the-robot"
# What the server's certificate is for, beside 127.0.0.1.
SERVER_NAME = "kubernetes.default.svc"
PREFIX = "kcfg-e2e."
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
_PR_SET_PDEATHSIG = 1
CONTROLLERS = (
    "serviceaccount-controller", "serviceaccount-token-controller", "root-ca-certificate-publisher-controller",
    "certificatesigningrequest-signing-controller", "certificatesigningrequest-approving-controller",
    "certificatesigningrequest-cleaner-controller", "namespace-controller", "clusterrole-aggregation-controller",
)  # fmt: skip
VIEWERS = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "viewers"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "viewers"}],
}


class Refused(Exception):
    """The API server said no: `.code` is HTTP's, `.args[0]` the message of its Status."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _end_with(parent: int) -> None:
    """Let this child end when its parent does, of a SIGKILL too."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


class Program:
    """A child with its log in a file, that outlives nobody."""

    def __init__(self, folder: Path, name: str, words: list[str]):
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                preexec_fn=partial(_end_with, os.getpid()),  # noqa: PLW1509 - two system calls, no lock of Python's
            )  # fmt: skip

    def fail(self, said: str) -> None:
        """Fail with the end of the log."""
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        pytest.fail("\n".join([f"{self.log.name}: {said}", *lines]))


class Etcd:
    """Debian's etcd, on the loopback, for any number of clusters."""

    def __init__(self, folder: Path):
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.url = client
        self.program = Program(
            folder,
            "etcd",
            [
                str(shutil.which("etcd")), f"--data-dir={folder}/etcd", "--name=e2e",
                f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=e2e={peer}",
            ],
        )  # fmt: skip


class Cluster:
    """An API server and its controllers.

    `.url` and `.ca` (PEM) reach it, `.client(name, *groups)` makes a user's certificate and key (PEM) by `.authority`;
    `.request(method, path, body)` asks as an administrator; `.kubeconfig` is a file of that administrator.
    """

    def __init__(self, folder: Path, etcd: Etcd, name: str):
        self.folder, self.etcd, self.name = folder, etcd, name
        folder.mkdir()
        self.authority = make_authority(f"{name}-authority")
        self.ca = self.authority[0].decode()
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self._write_files()
        self.kubeconfig = self._kubeconfig("admin", ("system:masters",))
        self._context = ssl.create_default_context(cadata=self.ca)
        self._context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
        self.programs: list[Program] = []

    def start(self) -> None:
        """Start both programs, and wait until the server is ready and its first service account has come."""
        self.programs.append(Program(self.folder, "kube-apiserver", self._server_words()))
        self._wait(lambda: self._raw("GET", "/readyz", None))
        self.programs.append(Program(self.folder, "kube-controller-manager", self._controller_words()))
        self.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", VIEWERS)
        self._wait(lambda: self.request("GET", "/api/v1/namespaces/default/serviceaccounts/default"))
        self.wait_for("/apis/rbac.authorization.k8s.io/v1/clusterroles/view", lambda role: role["rules"])

    def close(self) -> None:
        for program in reversed(self.programs):
            end(program.process)

    def client(self, name: str, *groups: str) -> tuple[str, str]:
        """Return (certificate, key) of a user, in PEM."""
        certificate, key = make_client(name, groups, self.authority)
        return certificate.decode(), key.decode()

    def request(self, method: str, path: str, body: object = None) -> Any:
        """Return what the server answers to an administrator; Refused where it says no."""
        return json.loads(self._raw(method, path, body))

    def service_account_token(self, name: str, namespace: str = "default", seconds: int = 3600) -> str:
        """Return a token of a service account that is there, by TokenRequest."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
        answer = self.request("POST", path, {**request, "spec": {"expirationSeconds": seconds}})
        return str(answer["status"]["token"])

    def wait_for(self, path: str, ready: Any) -> Any:
        """Return what the server has at a path once `ready(answer)` holds."""
        return self._wait(lambda: answer if ready(answer := self.request("GET", path)) else None)

    def _raw(self, method: str, path: str, body: object) -> bytes:
        sent = None if body is None else json.dumps(body).encode()
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        asked = urllib.request.Request(self.url + path, sent, {"Content-Type": kind}, method=method)
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self._context), urllib.request.ProxyHandler({})
        )
        try:
            with opener.open(asked, timeout=60) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as refused:
            raise Refused(refused.code, refused.read().decode(errors="replace")) from None

    def _wait(self, ask: Any) -> Any:
        deadline = time.monotonic() + 120
        while True:
            for program in [self.etcd.program, *self.programs]:
                if program.process.poll() is not None:
                    program.fail(f"ended with {program.process.returncode}")
            try:
                found = ask()
            except (OSError, Refused) as error:
                found = None
                last: object = error
            else:
                last = found
            if found is not None:
                return found
            if time.monotonic() > deadline:
                self.programs[0].fail(f"not ready: {last}")
            time.sleep(0.05)

    def _write_files(self) -> None:
        certificate, key = server_certificate(self.authority, SERVER_NAME)
        signing = ec.generate_private_key(ec.SECP256R1())
        public = signing.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        tokens = "".join(f'{token},{name},{name}-uid,"viewers"\n' for token, name in TOKENS.items())
        contents = {
            "ca.crt": self.authority[0], "ca.key": self.authority[1], "server.crt": certificate, "server.key": key,
            "accounts.key": pem_key(signing), "accounts.pub": public, "tokens.csv": tokens.encode(),
        }  # fmt: skip
        for name, content in contents.items():
            (self.folder / name).write_bytes(content)

    def _kubeconfig(self, name: str, groups: tuple[str, ...]) -> Path:
        certificate, key = self.client(name, *groups)
        (self.folder / f"{name}.crt").write_text(certificate)
        (self.folder / f"{name}.key").write_text(key)
        ca, crt, pem = (base64.b64encode(each.encode()).decode() for each in (self.ca, certificate, key))
        path = self.folder / f"{name}.kubeconfig"
        value = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": self.url, "certificate-authority-data": ca}}],
            "users": [{"name": "u", "user": {"client-certificate-data": crt, "client-key-data": pem}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "c",
        }
        path.write_text(json.dumps(value))
        return path

    def _server_words(self) -> list[str]:
        return [
            f"{cluster_binary.folder()}/kubernetes", "kube-apiserver", f"--etcd-servers={self.etcd.url}",
            f"--etcd-prefix=/{self.name}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
            f"--secure-port={self.port}", "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24",
            "--tls-cert-file=server.crt", "--tls-private-key-file=server.key", "--client-ca-file=ca.crt",
            "--token-auth-file=tokens.csv", "--authorization-mode=RBAC", "--cert-dir=made",
            "--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=accounts.pub",
            "--service-account-signing-key-file=accounts.key", "--shutdown-delay-duration=0s",
        ]  # fmt: skip

    def _controller_words(self) -> list[str]:
        kubeconfig = self._kubeconfig("system:kube-controller-manager", ())
        return [
            f"{cluster_binary.folder()}/kubernetes", "kube-controller-manager", f"--kubeconfig={kubeconfig}",
            "--leader-elect=false", "--bind-address=127.0.0.1", "--secure-port=0", "--root-ca-file=ca.crt",
            "--service-account-private-key-file=accounts.key", "--cluster-signing-cert-file=ca.crt",
            "--cluster-signing-key-file=ca.key", f"--controllers={','.join(CONTROLLERS)}",
            "--use-service-account-credentials=true",
        ]  # fmt: skip


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """A folder for the files of one run, in memory where it can be; those of runs that were killed are removed."""
    base = Path("/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir())
    for left in base.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (left / "owner").open("rb") as owner:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"new.{PREFIX}", dir=base))
    with (made / "owner").open("wb") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        folder = made.rename(base / made.name.removeprefix("new."))  # seen by others once it is held
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def etcd():
    """etcd on the loopback, its files in memory where there is such a folder."""
    require("kubernetes", present=cluster_binary.is_built() and shutil.which("etcd") is not None)
    with run_folder() as folder:
        running = Etcd(folder)
        yield running
        end(running.program.process)


def _started(etcd: Etcd, name: str):
    cluster = Cluster(etcd.program.log.parent / name, etcd, name)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="session")
def cluster(etcd):
    """A real cluster, the same for every test of this process: what a test makes there has a name of its own."""
    yield from _started(etcd, "one")


@pytest.fixture(scope="session")
def other_cluster(etcd):
    """A second one, with another authority; nobody of the first is known there but by the tokens of TOKENS."""
    yield from _started(etcd, "two")


@pytest.fixture(scope="session")
def newest_kubectl():
    """kubectl of the version of `cluster`."""
    require("kubernetes", present=cluster_binary.is_built())
    return f"{cluster_binary.folder()}/kubectl"
