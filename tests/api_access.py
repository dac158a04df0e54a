"""What the plugin is tried with: an API server over TLS, a spec for it, and kcfg-credential on PATH."""

import os
import sys
from pathlib import Path

import pytest
from tls_server import Server

from kcfg.x509 import make_authority, make_client

TOKEN = "plum-token-of-the-robot"


@pytest.fixture(scope="session")
def authority():
    return make_authority("plugin-tests")


@pytest.fixture
def server(tmp_path, authority):
    folder = tmp_path / "server"
    folder.mkdir()
    running = Server(folder, authority)
    yield running
    running.close()


@pytest.fixture
def admin(authority):
    """A client's certificate and key in PEM."""
    return [pem.decode() for pem in make_client("admin", (), authority)]


@pytest.fixture
def plugin_env(secret_service):
    """The environment a client runs in: the Secret Service, and kcfg-credential on PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**secret_service.env, "PATH": path, "HOME": os.environ["HOME"]}


@pytest.fixture
def rendered(server, admin, plugin_env, kcfg, tmp_path):
    """A kubeconfig that kcfg rendered: a robot with a token, an admin with a certificate, neither inside."""
    (tmp_path / "admin.crt").write_text(admin[0])
    (tmp_path / "kcfg.yaml").write_text(f"""\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: e2e}}
clusters: [{{name: local, server: "{server.url}", certificate-authority: server/ca.crt}}]
users:
- {{name: robot, token: ref+default://robot/token}}
- {{name: admin, client-certificate: admin.crt, client-key-data: {{secretRef: {{key: admin/key}}}}}}
contexts:
- {{name: robot, context: {{cluster: local, user: robot}}}}
- {{name: admin, context: {{cluster: local, user: admin}}}}
""")
    done = kcfg("render", "--out", "kubeconfig", env=plugin_env)
    assert done.returncode == 0, done.stderr
    return tmp_path / "kubeconfig"


@pytest.fixture
def stored(kcfg, plugin_env, server, admin, rendered):
    """Both secrets in the keyring, and known to the server."""
    server.tokens[TOKEN] = "robot"
    for key, value in (("robot/token", TOKEN), ("admin/key", admin[1])):
        done = kcfg("secret", "set", key, env=plugin_env, stdin=value)
        assert done.returncode == 0, done.stderr
