"""A private key in a certificate field goes nowhere: kubelet's combined file, and what stands beside certificates."""

import base64
import json
import sys

import pytest
import yaml
from lint_world import FILES

from kcfg.__main__ import run as main

CERT, KEY, CA, CA_KEY = FILES["client.crt"], FILES["client.key"], FILES["ca.crt"], FILES["ca-and-key.pem"]
TEXT = b"# made by hand\npassword = hunter2\n"
COMBINED = {"key last": CERT + KEY, "key first": KEY + CERT, "text between": CERT + TEXT + KEY}
CA_FILES = {"key first": CA_KEY, "key last": CA + FILES["client.key"], "text": TEXT + CA + TEXT}
HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\n"
KEPT = f"secretStores:\n- {{name: default, provider: env}}\n{HEAD}"
CONTEXT = "contexts:\n- {name: lab, cluster: lab, user: node}\n"


def encoded(data):
    return base64.b64encode(data).decode()


def spec(authority="ca.crt", certificate="client.crt", key="client-key-data: ref+default://node/key"):
    return (
        f"{KEPT}clusters:\n- {{name: lab, server: 'https://lab.example.com', certificate-authority: {authority}}}\n"
        f"users:\n- {{name: node, client-certificate: {certificate}, {key}}}\n{CONTEXT}"
    )


def leaks(text):
    """Whether a key or the text beside a certificate is in a text: plain, in base64, in base64 in YAML."""
    lines = [line.decode() for key in (KEY, CA_KEY.split(CA)[0]) for line in key.split(b"\n")[1:-2]]
    marks = [each for line in lines for each in (line, *aligned(line))] + ["hunter2", *aligned("hunter2")]
    return any(mark in text for mark in marks)


def aligned(word):
    return [encoded(b"\0" * shift + word.encode())[4:-4] for shift in range(3)]


@pytest.fixture
def run(private_home, tmp_path, monkeypatch, capfd):
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["kcfg", *words])
        code = main(list(words))
        sys.stdout.flush()
        return code, *capfd.readouterr()

    call.folder = folder
    return call


@pytest.mark.parametrize("both", COMBINED.values(), ids=list(COMBINED))
@pytest.mark.parametrize("form", ["files", "data"])
@pytest.mark.parametrize("place", ["files", "data"])
def test_import_takes_the_certificates_alone(both, form, place, run):
    (run.folder / "both.pem").write_bytes(both)
    fields = "client-certificate: both.pem, client-key: both.pem"
    if form == "data":
        fields = f"client-certificate-data: {encoded(both)}, client-key-data: {encoded(both)}"
    (run.folder / "kubelet.conf").write_text(
        f"apiVersion: v1\nkind: Config\nclusters:\n- name: lab\n  cluster: {{server: https://lab.example.com, "
        f"certificate-authority: ca-and-key.pem}}\nusers:\n- name: node\n  user: {{{fields}}}\n"
        f"contexts:\n- name: lab\n  context: {{cluster: lab, user: node}}\n"
    )
    code, out, err = run("import", "kubelet.conf", "--into", "new", "--secrets", "env", "--certificates", place)
    assert code == 0, err
    assert "no differences" in err or "0 differences" in err or "differs" not in err
    written = [each for each in (run.folder / "new").rglob("*") if each.is_file()]
    assert not any(leaks(each.read_text()) for each in written)
    if place == "files":
        assert (run.folder / "new/pki/node.crt").read_bytes() == CERT
        assert (run.folder / "new/pki/lab-ca.crt").read_bytes() == CA
    assert run("validate", "-f", "new")[0] == 0
    assert "private key" in out + err


MODES = [
    ["render"],
    ["render", "--flatten"],
    ["render", "--to", "external-secrets"],
    ["render", "--to", "kubectl"],
    ["render", "--credentials", "omit", "--flatten"],
    ["diff", "--kubeconfig", "none"],
    ["apply", "--kubeconfig", "none", "--yes", "--trust"],
]


@pytest.mark.parametrize("words", MODES, ids=" ".join)
def test_no_rendering_carries_more_than_certificates(words, run):
    (run.folder / "ca.txt").write_bytes(TEXT + CA + TEXT)
    (run.folder / "client.txt").write_bytes(TEXT + CERT + TEXT)
    (run.folder / "kcfg.yaml").write_text(spec("ca.txt", "client.txt"))
    code, out, err = run(*words)
    assert code in (0, 1), err
    assert not leaks(out + err)
    if "--flatten" in words:
        cluster = yaml.safe_load(out)["clusters"][0]["cluster"]
        assert base64.b64decode(cluster["certificate-authority-data"]) == CA
    if words == ["render"]:
        args = yaml.safe_load(out)["users"][0]["user"]["exec"]["args"]
        assert base64.b64decode(args[args.index("--certificate-data") + 1]) == CERT
    if "apply" in words:
        assert not leaks((run.folder / "none").read_text())


@pytest.mark.parametrize("both", [*COMBINED.values()][:2], ids=[*COMBINED][:2])
def test_a_key_in_a_certificate_field_of_a_spec_is_an_error(both, run):
    (run.folder / "both.pem").write_bytes(both)
    data = spec().replace("client-certificate: client.crt", f"client-certificate-data: {encoded(both)}")
    for text in (
        spec(certificate="both.pem"),
        spec(authority="ca-and-key.pem"),
        data,
        spec().replace("certificate-authority: ca.crt", f"certificate-authority-data: {encoded(CA_KEY)}"),
    ):
        (run.folder / "kcfg.yaml").write_text(text)
        for command in (("validate",), ("lint",), ("render",), ("render", "--flatten")):
            code, out, err = run(*command)
            assert code in (1, 2)
            assert "KCFG409" in out + err
            assert not leaks(out + err)
        if "-data: LS0" in text:
            code, out, err = run("secret", "scan", "kcfg.yaml")
            assert code == 1
            assert "KCFG201" in out + err


def test_a_combined_file_of_certificate_and_key_is_a_warning(run):
    (run.folder / "both.pem").write_bytes(CERT + KEY)
    (run.folder / "kcfg.yaml").write_text(spec(certificate="both.pem", key="client-key: both.pem"))
    assert run("validate")[0] == 0
    _, out, err = run("lint")
    assert "KCFG410" in out + err
    code, out, err = run("render", "--flatten")
    assert code == 0, err
    user = yaml.safe_load(out)["users"][0]["user"]
    assert base64.b64decode(user["client-certificate-data"]) == CERT


def test_kubectls_own_case_is_shown_without_the_key(run):
    (run.folder / "both.pem").write_bytes(CERT + KEY)
    (run.folder / "k").write_text(
        f"users:\n- name: a\n  user: {{client-certificate: both.pem, client-key: both.pem}}\n"
        f"- name: b\n  user: {{client-certificate-data: {encoded(CERT + KEY)}, client-key-data: {encoded(KEY)}}}\n"
        f"- name: c\n  user:\n    exec: {{apiVersion: client.authentication.k8s.io/v1, command: kcfg-credential, "
        f"args: [--certificate-data, {encoded(CERT + KEY)}], interactiveMode: Never}}\n"
    )
    (run.folder / "empty").write_text("users: []\n")
    shown = ["view", "view -o json", "get-users -o json"]
    for words in ("lint k", "diff k empty", "diff empty k -o json", *(f"{each} --kubeconfig k" for each in shown)):
        _, out, err = run(*words.split())
        assert not leaks(out + err)
    _, out, err = run("lint", "k")
    assert {"KCFG409", "KCFG410"} <= set((out + err).replace("[", " ").replace("]", " ").split())


@pytest.mark.parametrize("content", CA_FILES.values(), ids=list(CA_FILES))
def test_flatten_and_embedding_carry_certificates_and_tell(content, run):
    (run.folder / "ca.pem").write_bytes(content)
    (run.folder / "k").write_text(
        "clusters:\n- name: a\n  cluster: {server: 'https://a.example.com', certificate-authority: ca.pem}\n"
    )
    for words in (("flatten",), ("view", "--flatten", "--raw"), ("merge", "--flatten")):
        code, out, err = run(*words, "--kubeconfig", "k") if words[0] != "merge" else run(*words, "k")
        assert code == 0, err
        assert base64.b64decode(yaml.safe_load(out)["clusters"][0]["cluster"]["certificate-authority-data"]) == CA
        assert "only they are put into certificate-authority of cluster 'a'" in err
    code, _, err = run("set-cluster", "a", "--certificate-authority", "ca.pem", "--embed-certs", "--kubeconfig", "new")
    assert code == 0, err
    assert "holds more than certificates" in err
    assert not leaks((run.folder / "new").read_text())


def test_what_kubectl_embeds_of_harmless_files_stays_as_it_is(run):
    for content in (CA, CA.replace(b"\n", b"\r\n"), b"# the CA of the lab\n" + CA + b"\n\n"):
        (run.folder / "ca.pem").write_bytes(content)
        (run.folder / "k").write_text("clusters:\n- name: a\n  cluster: {certificate-authority: ca.pem}\n")
        _, out, err = run("flatten", "--kubeconfig", "k", "-o", "json")
        data = json.loads(out)["clusters"][0]["cluster"]["certificate-authority-data"]
        assert base64.b64decode(data) == content
        assert err == ""


def test_a_file_without_a_certificate_is_refused(run):
    for content in (KEY, TEXT, b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln\n"):
        (run.folder / "ca.pem").write_bytes(content)
        (run.folder / "k").write_text("clusters:\n- name: a\n  cluster: {certificate-authority: ca.pem}\n")
        code, out, err = run("flatten", "--kubeconfig", "k")
        assert code == 2
        assert "no certificate in this file" in err
        assert not leaks(out + err)


def test_spec_edits_embed_certificates_alone(run):
    (run.folder / "ca.pem").write_bytes(TEXT + CA_KEY)
    (run.folder / "both.pem").write_bytes(KEY + CERT)
    (run.folder / "kcfg.yaml").write_text(spec())
    for words in (
        ("set-cluster", "lab", "--certificate-authority", "ca.pem"),
        ("set-credentials", "node", "--client-certificate", "both.pem"),
    ):
        code, _, err = run("spec", *words, "--embed-certs")
        assert code == 0, err
        assert not leaks((run.folder / "kcfg.yaml").read_text())
        refused, out, err = run("spec", *words)
        assert refused in (1, 2)
        assert "KCFG409" in out + err


def test_the_search_of_these_tests_finds_a_key():
    for text in (KEY.decode(), encoded(CERT + KEY), encoded(TEXT), TEXT.decode()):
        assert leaks(text)
    assert not leaks(CERT.decode() + encoded(CA))
