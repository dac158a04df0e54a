"""What `secret scan` finds in files that only hold a kubeconfig, and what it passes over."""

import base64
import json
import os

import pytest

from kcfg.errors import KcfgError
from kcfg.scan import find_secrets

CONFIG = "apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user: {token: plum}\n"
CLEAN = "apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user: {tokenFile: plum}\n"
ARGO = json.dumps({"bearerToken": "plum", "tlsClientConfig": {"insecure": False}})
NO_ARGO = json.dumps({"tlsClientConfig": {"caData": "cGx1bQ=="}, "execProviderConfig": {"command": "argocd-k8s-auth"}})
JWT = ".".join(
    base64.urlsafe_b64encode(text).decode().rstrip("=") for text in (b'{"alg":"none"}', b'{"sub":"a"}', b"x")
)
PEM = "-----BEGIN PRIVATE" + f" KEY-----\n{base64.b64encode(b'0' * 60).decode()}\n-----END PRIVATE" + " KEY-----\n"


def b64(text):
    return base64.b64encode(text.encode()).decode()


def manifest(kind, field, text):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, field: {"value": text}}


def held(text):
    return [
        manifest("Secret", "data", b64(text)), manifest("Secret", "stringData", text),
        manifest("ConfigMap", "data", text), manifest("ConfigMap", "binaryData", b64(text)),
    ]  # fmt: skip


def scan(text, name="file.yaml"):
    return [str(each) for each in find_secrets(text.encode(), name)]


@pytest.mark.parametrize("text", [CONFIG, ARGO, PEM, b64(CONFIG)], ids=["kubeconfig", "argo", "key", "base64"])
def test_manifests_that_hold_a_secret(text):
    for each in held(text):
        for written in (
            json.dumps(each), json.dumps(each, indent=2), f"a: 1\n---\n{json.dumps(each)}\n",
            json.dumps({"apiVersion": "v1", "kind": "List", "items": [each]}),
        ):  # fmt: skip
            (found,) = scan(written)
            assert "value: plain-text secret" in found
            assert "plum" not in found


@pytest.mark.parametrize("text", [CLEAN, NO_ARGO, "plum", "", b64("plum"), "a: {b: c}"])
def test_manifests_that_hold_none(text):
    for each in held(text):
        assert scan(json.dumps(each)) == []


def test_a_secret_that_sops_has_encrypted():
    each = manifest("Secret", "stringData", "ENC[AES256_GCM,data:cGx1bQ==,type:str]") | {"sops": {"version": "3.9.0"}}
    assert scan(json.dumps(each)) == []


def test_other_files():
    assert "private key" in scan(f"some text\n{PEM}", "client.key")[0]
    assert "base64" in scan(b64(CONFIG), "kubeconfig.b64")[0]
    assert scan(b64(CLEAN) + "\n") == scan("plum" * 40) == scan(f"# notes about {JWT}\n", "notes.md") == []
    with pytest.raises(KcfgError):
        scan(CONFIG.replace("\n", " "), "config")


@pytest.mark.parametrize("text", [
    f"{CLEAN}# curl -H 'Authorization: Bearer {JWT}'\n",
    CLEAN.replace("name: u", f"name: {JWT}"),
    f"{CLEAN}contexts:\n- name: c\n  context: {{cluster: c, user: u, namespace: {JWT}}}\n",
])  # fmt: skip
def test_tokens_in_comments_and_names(text):
    (found,) = scan(text)
    assert JWT not in found


def test_links_to_nothing_and_submodules_fail_no_repository(kcfg, tmp_path):
    (tmp_path / "module").mkdir()
    os.symlink("nowhere", tmp_path / "link")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0")
    done = kcfg("secret", "scan", "module", "link", "image.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "not looked into: module (a folder), link (a link to nothing), image.png (binary)" in done.stderr
    assert kcfg("secret", "scan", "missing", cwd=tmp_path).returncode == 2


NAMED = ["large.json", "notes.md", "sealed.yaml", "template.yaml", "values.yaml"]


def test_what_could_not_be_looked_into_is_named_and_fails_nothing(kcfg, tmp_path):
    sops = manifest("Secret", "stringData", "ENC[AES256_GCM,data:cGx1bQ==,type:str]") | {"sops": {"version": "3.9.0"}}
    (tmp_path / "sealed.yaml").write_text(json.dumps(sops))
    (tmp_path / "values.yaml").write_text("data: ENC[AES256_GCM,data:cGx1bQ==,type:str]\nsops: {version: 3.9.0}\n")
    (tmp_path / "template.yaml").write_text("kind: Secret\n{{- if .Values.a }}\n  b: c\n {{- end }}\n")
    (tmp_path / "notes.md").write_text("kind: Secret\n{{- if .Values.a }}\n")
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate((256 << 20) + 1)
    done = kcfg("secret", "scan", *NAMED, cwd=tmp_path)
    told = done.stderr.partition("not looked into: ")[2].strip()
    assert done.returncode == 0, done.stderr
    assert told.split(", ") == [
        "large.json (larger than 256 MiB)", "sealed.yaml (encrypted with SOPS)", "template.yaml (cannot be parsed)",
        "values.yaml (encrypted with SOPS)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("matrix", "place"),
    [
        ("forEach: [{name: a, token: plum}]", "4:30: error: generate[0].forEach[0].token"),
        ("forEach: {token: [plum]}", "4:21: error: generate[0].forEach.token[0]"),
        (f"forEach: [{{name: a}}]\n  include: [{{name: a, at: {JWT}}}]", "5:27: error: generate[0].include[0].at"),
        ("forEach: [{name: a, token: ref+vault://a/b}]", ""),
        ("forEach: [{name: a, token: 'keys/{name}', server: 'https://a.example.com'}]", "4:30"),
        ("forEach: [{name: a, region: plum, shard: 1}]", ""),
    ],
)
def test_values_of_a_matrix(matrix, place):
    found = scan(f"apiVersion: kcfg/v1\nkind: KubeconfigSpec\ngenerate:\n- {matrix}\n")

    assert len(found) == bool(place)
    assert all(place in each and "plum" not in each for each in found)


@pytest.mark.parametrize(
    ("user", "hint"),
    [("token: plum", "kcfg secret set KEY"), ('exec: {args: ["--password=plum"]}', "arguments take no reference")],
)
def test_a_hint_for_a_spec_says_what_the_field_takes(user, hint):
    spec = f"apiVersion: kcfg/v1\nkind: KubeconfigSpec\nusers:\n- {{name: u, {user}}}\n"
    (found,) = find_secrets(spec.encode(), "kcfg.yaml")

    assert hint in found.hint
