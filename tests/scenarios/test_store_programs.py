"""examples/stores with the real programs: pass over gpg and age in CI, sops, aws and gcloud where they are installed.

aws and gcloud ask a server on this machine that answers as theirs do. A start of either is a second or two of CPU: they
are asked for what kubectl gets, and what else asks a store's program is tried with the stand-ins.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from conftest import require
from test_store_recipes import CLIS, PAIR, TOKEN, Recipe, allow, check_credentials, walk

WHOLE = "".join(PAIR)


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, timeout=60, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def need(program):
    require(program, present=shutil.which(program) is not None)


@pytest.fixture
def recipe(kcfg, tmp_path):
    """A recipe in a folder of its own: recipe("age", VARIABLE=value)."""

    def make(name, **environ):
        folder = tmp_path / "spec"
        folder.mkdir(exist_ok=True)
        return Recipe(kcfg, folder, name, environ)

    return make


@pytest.fixture
def gnupg():
    """A gpg without a key, in a short path: its agent has a socket there. gnupg(passphrase) makes the key."""
    need("pass")
    need("gpg")
    home = tempfile.mkdtemp(prefix="kcfg-gpg-")
    environ = {"GNUPGHOME": home, "GPG_TTY": ""}

    def make(passphrase):
        with open(f"{home}/gpg-agent.conf", "w", encoding="utf-8") as conf:
            conf.write("pinentry-program /bin/false\n")
        words = ("--batch", "--passphrase", passphrase, "--quick-generate-key", "bot@example.com")
        run("gpg", "-q", *words, "default", "default", "never", env=os.environ | environ)
        return environ

    yield make
    subprocess.run(["gpgconf", "--kill", "all"], env=os.environ | environ, check=False, timeout=60)
    shutil.rmtree(home, ignore_errors=True)


def fill_pass(environ, tmp_path):
    environ = environ | {"PASSWORD_STORE_DIR": str(tmp_path / "store")}
    run("pass", "init", "bot@example.com", env=os.environ | environ)
    for name, text in (("ci-bot/token", f"{TOKEN}\nuser: planted-note\n"), ("admin/pair", WHOLE)):
        run("pass", "insert", "-m", f"kcfg/{name}", input=text.encode(), env=os.environ | environ)
    return environ


def test_pass(recipe, gnupg, tmp_path):
    environ = fill_pass(gnupg(""), tmp_path)
    made = recipe("pass", **environ)

    walk(made, "pass")
    os.remove(tmp_path / "store/kcfg/ci-bot/token.gpg")
    check_refusal(made, "pass", "no item", missing="kcfg/ci-bot/token is not in the password store")


def test_pass_with_a_locked_key_asks_nobody_and_says_what_to_type(recipe, gnupg, tmp_path):
    environ = fill_pass(gnupg("planted-passphrase"), tmp_path)
    run("gpgconf", "--kill", "gpg-agent", env=os.environ | environ)
    made = recipe("pass", **environ)
    made.trust()

    check_refusal(made, "pass", "signed out", missing="decryption failed")


def check_refusal(made, name, state, *, missing, code=None):
    """What the recorded failure of a program is, the real one's is too; return what is said."""
    done = made.plugin("ci-bot")
    shown = made.by_hand(done.stderr)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"exit code {code or CLIS[name][state]['code']}" in done.stderr
    assert missing in shown.stderr
    assert "planted" not in done.stderr
    return done.stderr


def test_age(recipe, tmp_path, private_home):
    need("age")
    made = recipe("age", HOME=str(private_home))
    identity = private_home / ".config/age/kcfg.txt"
    identity.parent.mkdir(parents=True)
    run("age-keygen", "-o", identity)
    recipient = run("age-keygen", "-y", identity).decode().strip()
    for name, text in (("ci-bot/token", TOKEN), ("admin/pair", WHOLE)):
        (made.folder / "secrets" / name).parent.mkdir(parents=True)
        run("age", "-r", recipient, "-o", made.folder / f"secrets/{name}.age", input=text.encode())

    walk(made, "age")
    identity.unlink()
    run("age-keygen", "-o", identity)
    check_refusal(made, "age", "signed out", missing="no identity matched")
    (made.folder / "secrets/ci-bot/token.age").unlink()
    check_refusal(made, "age", "no item", missing="failed to open")


def test_sops(recipe, tmp_path):
    need("sops")
    need("age")
    identity = tmp_path / "identity.txt"
    run("age-keygen", "-o", identity)
    recipient = run("age-keygen", "-y", identity).decode().strip()
    made = recipe("sops", SOPS_AGE_KEY_FILE=str(identity))
    plain = made.folder / "plain.yaml"
    encrypted = made.folder / "secrets.enc.yaml"

    def encrypt(values):
        plain.write_text(json.dumps(values))  # JSON is YAML
        encrypted.write_bytes(run("sops", "encrypt", "--age", recipient, plain))

    encrypt({"ci-bot": {"token": TOKEN}, "admin": {"pair": WHOLE}})
    walk(made, "sops")
    encrypt({"ci-bot": {}, "admin": {"pair": WHOLE}})
    changed = made.plugin("ci-bot")
    assert "secrets.enc.yaml changed since it was trusted" in changed.stderr
    made.trust()
    check_refusal(made, "sops", "no item", missing="not found")
    identity.unlink()
    run("age-keygen", "-o", identity)
    check_refusal(made, "sops", "signed out", missing="Failed to get the data key")


class Cloud(BaseHTTPRequestHandler):
    """Answers one request of each cloud as its documentation says."""

    missing = False

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["X-Amz-Target"] == "secretsmanager.GetSecretValue"
        values = {
            "kcfg/ci-bot": {"token": TOKEN},
            "kcfg/admin": dict(zip(("clientCertificateData", "clientKeyData"), PAIR, strict=True)),
        }
        if self.missing:
            self.answer(400, {"__type": "ResourceNotFoundException", "Message": "no such secret"})
        else:
            name = asked["SecretId"]
            self.answer(200, {"Name": name, "SecretString": json.dumps(values[name])})

    def do_GET(self):
        name = self.path.partition("/secrets/")[2].partition("/versions/latest:access")[0]
        value = {"kcfg-ci-bot": TOKEN, "kcfg-admin": WHOLE}[name]
        if self.missing:
            self.answer(404, {"error": {"code": 404, "message": "no such secret", "status": "NOT_FOUND"}})
        else:
            self.answer(200, {"name": name, "payload": {"data": base64.b64encode(value.encode()).decode()}})

    def answer(self, code, value):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setattr(Cloud, "missing", False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_aws(recipe, cloud, monkeypatch):
    need("aws")
    environ = {"AWS_ENDPOINT_URL_SECRETS_MANAGER": cloud, "AWS_DEFAULT_REGION": "eu-central-1", "NO_PROXY": "*"}
    made = recipe("aws", **environ, AWS_ACCESS_KEY_ID="example", AWS_SECRET_ACCESS_KEY="example")
    version = run("aws", "--version").decode().partition("/")[2].partition(".")[0]

    allow(made, "aws")
    check_credentials(made)
    monkeypatch.setattr(Cloud, "missing", True)
    code = CLIS["aws"]["no item"]["code"] if version == "2" else 255
    check_refusal(made, "aws", "no item", missing="ResourceNotFoundException", code=code)


def test_gcloud(recipe, cloud, monkeypatch, tmp_path):
    need("gcloud")
    (tmp_path / "access").write_text("example")
    environ = {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": f"{cloud}/",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(tmp_path / "access"),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
    }
    made = recipe("gcp", **environ)

    allow(made, "gcp")
    check_credentials(made)
    monkeypatch.setattr(Cloud, "missing", True)
    said = check_refusal(made, "gcp", "no item", missing="NOT_FOUND")
    del made.environ["CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"]
    shown = made.by_hand(said)  # the same words as before
    assert (shown.returncode, shown.stdout) == (CLIS["gcp"]["signed out"]["code"], "")
    assert "active account" in shown.stderr
