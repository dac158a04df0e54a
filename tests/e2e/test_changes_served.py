"""Two clusters, credentials that change or end, and a keyring that is locked: what the next request sees."""

import base64
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lint_world import pem_key
from real_cluster import TOKEN, TOKENS

SECOND = next(token for token, name in TOKENS.items() if name == "robot-two")
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


@pytest.fixture
def two(spec, ok, other_cluster, tmp_path):
    """One kubeconfig for both clusters: a robot in each, and one who trusts the wrong authority."""
    (tmp_path / "other.crt").write_text(other_cluster.ca)
    spec(
        "- {name: robot, token: ref+default://robot/token}\n",
        clusters=f'- {{name: other, server: "{other_cluster.url}", certificate-authority: other.crt}}\n'
        f'- {{name: wrong, server: "{other_cluster.url}", certificate-authority: ca.crt}}\n',
        contexts="- {name: there, cluster: other, user: robot}\n- {name: wrong, cluster: wrong, user: robot}\n",
    )
    ok("secret", "set", "robot/token", stdin=TOKEN)
    ok("render", "--out", "config")
    return tmp_path / "config"


def test_two_clusters(two, cluster, other_cluster, unique, kubectl_of):
    """Two clusters in one kubeconfig: each context sees its own."""
    for server, name in ((cluster, "here"), (other_cluster, "there")):
        server.request("POST", "/api/v1/namespaces", {"metadata": {"name": f"{unique}-{name}"}})

    kubectl = kubectl_of("config")

    for context, name in (("robot", "here"), ("there", "there")):
        done = kubectl("get", "namespaces", "-o", "name", context=context)
        assert [each for each in done.stdout.split() if unique in each] == [f"namespace/{unique}-{name}"], done.stderr


def test_the_wrong_authority(two, kubectl_of):
    """A cluster's server behind the other's authority: refused before the token goes out."""
    assert "x509: certificate signed by unknown authority" in kubectl_of("config").who("wrong")


def test_many_at_once(two, ok):
    """`kcfg exec` and `check connectivity` over both clusters, and the wrong one told."""
    done = ok("check", "connectivity", "--kubeconfig", two, "-o", "json", code=1)
    text = json.dumps(json.loads(done.stdout))

    assert text.count("v1.") >= 2
    assert "authority" in text


def test_a_token_is_rotated(spec, ok, kubectl_of, tmp_path):
    """Another token in the keyring: the same kubeconfig, the next request is its user's."""
    spec("- {name: me, token: ref+default://robot/token}\n")
    ok("secret", "set", "robot/token", stdin=TOKEN)
    ok("render", "--out", "config")
    before = (tmp_path / "config").read_bytes()
    kubectl = kubectl_of("config")
    first = kubectl.who("me")

    ok("secret", "set", "robot/token", stdin=SECOND)

    assert (first, kubectl.who("me")) == ("robot", "robot-two")
    assert (tmp_path / "config").read_bytes() == before


def signed(cluster, name, user):
    """Return (certificate, key) in PEM, signed by the cluster's controller for a request that was approved."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, user)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    pem = request.public_bytes(serialization.Encoding.PEM)
    wanted = {
        "request": base64.b64encode(pem).decode(),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
        "expirationSeconds": 3600,
    }
    made = cluster.request("POST", REQUESTS, {"metadata": {"name": name}, "spec": wanted})
    made["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "Test", "message": "by a test"}]}
    cluster.request("PUT", f"{REQUESTS}/{name}/approval", made)
    answer = cluster.wait_for(f"{REQUESTS}/{name}", lambda found: found["status"].get("certificate"))
    return base64.b64decode(answer["status"]["certificate"]).decode(), pem_key(key).decode()


def test_a_certificate_is_rotated(cluster, unique, spec, ok, kubectl_of, tmp_path):
    """A certificate that the cluster signed (CSR), and the one that follows it."""
    seen = []
    for number in ("one", "two"):
        certificate, key = signed(cluster, f"{unique}-{number}", f"plum-{number}")
        (tmp_path / "me.crt").write_text(certificate)
        spec("- {name: me, client-certificate: me.crt, client-key-data: {secretRef: {key: me/key}}}\n")
        ok("secret", "set", "me/key", stdin=key)
        ok("render", "--out", "config")
        seen.append(kubectl_of("config").who("me"))

    assert seen == ["plum-one", "plum-two"]


def test_a_credential_ends(cluster, unique, spec, ok, kubectl_of):
    """A service account that is deleted: the server's 401 is passed on, and `kcfg whoami` says so."""
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    cluster.request("POST", accounts, {"metadata": {"name": unique}})
    spec("- {name: me, token: ref+default://me/token}\n")
    ok("secret", "set", "me/token", stdin=cluster.service_account_token(unique))
    ok("render", "--out", "config")
    kubectl = kubectl_of("config")
    assert kubectl.who("me") == f"system:serviceaccount:default:{unique}"

    cluster.request("DELETE", f"{accounts}/{unique}")

    cluster.wait_for("/version", lambda _: "Unauthorized" in kubectl.who("me") or None)
    assert "(401)" in ok("whoami", "--kubeconfig", "config", "--context", "me", code=1).stderr


def test_a_locked_keyring(spec, ok, kubectl_of, secret_service):
    """A locked keyring: kubectl shows the command that unlocks it; unlocked, it works again."""
    spec("- {name: me, token: ref+default://robot/token}\n")
    ok("secret", "set", "robot/token", stdin=TOKEN)
    ok("render", "--out", "config")
    kubectl = kubectl_of("config")
    secret_service.lock()

    said = kubectl.who("me")

    secret_service.unlock()
    assert "the keyring is locked; unlock it: kcfg secret unlock" in said
    assert kubectl.who("me") == "robot"
