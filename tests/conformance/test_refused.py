"""Broken kubeconfigs: what the real kubectl refuses before it connects, `kcfg validate` finds, and nothing else."""

import base64
import json

import pytest
from answers import ask
from conftest import is_newest

from kcfg.x509 import make_authority, make_client

CA = make_authority("ca")
CLIENT, OTHER = make_client("a", (), CA), make_client("b", (), CA)
SERVER = "server: 'https://127.0.0.1:1'"
V1 = "client.authentication.k8s.io/v1"
SH = f"apiVersion: {V1}, command: sh, interactiveMode: Never"
ALPHA = "apiVersion: client.authentication.k8s.io/v1alpha1, command: sh"
HTTP = "server: 'http://127.0.0.1:1'"
CONNECTED = ("was refused - did you specify", "connection refused")


def b64(data):
    return base64.b64encode(data).decode()


def config(cluster=SERVER, user="token: t", context="cluster: c, user: u", current="x", head="", tail=""):
    return (
        f"{head}apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{{cluster}}}}}]\n"
        f"users: [{{name: u, user: {{{user}}}}}]\ncontexts: [{{name: x, context: {{{context}}}}}]\n"
        f"current-context: {current}\n{tail}"
    )


def server(text):
    return config(f"server: {json.dumps(text)}")


def ca(data):
    return config(f"{SERVER}, certificate-authority-data: {b64(data)}")


def plugin(text, more=""):
    return config(user=f"{more}exec: {{{text}}}")


def provider(text):
    return config(user=f"auth-provider: {{{text}}}")


def pair(certificate, key):
    return config(user=f"client-certificate-data: {b64(certificate)}, client-key-data: {b64(key)}")


def oidc(more):
    return provider(f"name: oidc, config: {{idp-issuer-url: 'https://127.0.0.1:1', client-id: x, {more}}}")


BLOCK = b"-----BEGIN %b-----\nMIIB\n-----END %b-----\n"
REFUSED = {
    # The text.
    "yaml-1.2": config(head="%YAML 1.2\n---\n"),
    "yaml-1.0-below-a-comment": config(head="# x\n%YAML 1.0\n---\n"),
    "yaml-directive-twice": config(head="%YAML 1.1\n%YAML 1.1\n---\n"),
    "directive-unknown": config(head="%FOO bar\n---\n"),
    "tab": "apiVersion: v1\n\tkind: Config\n",
    "open-quote": 'apiVersion: "v1\nkind: Config\n',
    "open-bracket": "clusters: [{name: c}\n",
    "alias-unknown": "clusters: *x\n",
    "conflict-markers": f"<<<<<<< HEAD\n{config()}=======\n{config()}>>>>>>> x\n",
    "template": "clusters:\n- name: {{ c }}\n",
    "binary": "\x7fELF\x02",
    "merge-of-a-number": config(tail="<<: 5\n"),
    "key-that-is-a-list": config(tail="? [a]\n: x\n"),
    "base64": b64(config().encode()),
    "base64-in-lines": base64.encodebytes(config().encode()).decode(),
    "html": "<!DOCTYPE html>\n<html><head></head></html>\n",
    "error-text": "404 page not found\n",
    "list": "- a\n",
    # The envelope and the types.
    "status": '{"kind": "Status", "apiVersion": "v1", "status": "Failure"}',
    "secret": "apiVersion: v1\nkind: Secret\ndata: {}\n",
    "kind-lower": "apiVersion: v1\nkind: config\n",
    "version-2": "apiVersion: v2\nkind: Config\n",
    "typographic-quotes": "apiVersion: “v1”\nkind: Config\n",
    "clusters-mapping": "clusters: {c: {server: x}}\n",
    "clusters-twice-one-name": "clusters: [{name: c, cluster: {}}, {name: c, cluster: {}}]\n",
    "context-text": "contexts: [x]\n",
    "token-number": config(user="token: 12345"),
    "namespace-yes": config(context="cluster: c, user: u, namespace: yes"),
    "flag-text": config(f"{SERVER}, insecure-skip-tls-verify: 'true'"),
    "groups-text": config(user="token: t, as: a, as-groups: x"),
    "args-text": plugin(f"{SH}, args: x"),
    "data-no-base64": config(f"{SERVER}, certificate-authority-data: '***'"),
    "extension-twice": config(tail="extensions: [{name: a, extension: 1}, {name: a, extension: 2}]\n"),
    # References and what excludes one another.
    "current-context-gone": config(current="z"),
    "insecure-and-authority": config(f"{SERVER}, certificate-authority-data: aGk=, insecure-skip-tls-verify: true"),
    "token-and-password": config(user="token: t, username: a, password: b"),
    "groups-of-nobody": config(user="token: t, as-groups: [a]"),
    "certificate-without-key": config(user=f"client-certificate-data: {b64(CLIENT[0])}"),
    "files-gone": config(user="client-certificate: gone.crt, client-key: gone.key"),
    "authority-gone": config(f"{SERVER}, certificate-authority: gone.crt"),
    "authority-a-folder": config(f"{SERVER}, certificate-authority: /"),
    "token-file-gone": config(user="tokenFile: gone"),
    # URLs.
    "server-one-slash": server("https:/127.0.0.1:1"),
    "server-no-colon": server("https//127.0.0.1"),
    "server-no-slash": server("https:127.0.0.1:1"),
    "server-backslash": server("https:\\\\127.0.0.1:1"),
    "server-no-host": server("https://"),
    "server-only-path": server("/api"),
    "server-no-scheme": server("//127.0.0.1:1"),
    "server-no-scheme-with-path": server("127.0.0.1:1/api"),
    "server-ftp": server("ftp://127.0.0.1:1"),
    "server-htps": server("htps://127.0.0.1:1"),
    "server-port-text": server("https://127.0.0.1:abc"),
    "server-port-beyond": server("https://127.0.0.1:99999"),
    "server-bracket": server("https://[::1"),
    "server-blank-before": server(" https://127.0.0.1:1"),
    "server-blank-after": server("https://127.0.0.1:1 "),
    "server-line-break": server("https://127.0.0.1:1\n"),
    "server-escape": server("https://127.0.0.1:1/%zz"),
    "server-variable": server("https://${HOST}:6443"),
    "server-placeholder": server("https://<host>:6443"),
    "server-template": server("https://{{ host }}"),
    "server-quoted-twice": server("'https://127.0.0.1:1'"),
    "server-list": server("https://127.0.0.1:1,https://127.0.0.1:2"),
    "server-number": server("0"),
    "proxy-no-scheme": config(f"{SERVER}, proxy-url: '127.0.0.1:1'"),
    "proxy-host-as-scheme": config(f"{SERVER}, proxy-url: 'localhost:1080'"),
    "proxy-socks4": config(f"{SERVER}, proxy-url: 'socks4://127.0.0.1:1'"),
    "proxy-port": config(f"{SERVER}, proxy-url: 'http://127.0.0.1:x'"),
    # Trust and identity.
    "authority-no-pem": ca(b"hi"),
    "authority-omitted": config(f"{SERVER}, certificate-authority-data: DATA+OMITTED"),
    "authority-blank": ca(b"\n"),
    "authority-cut-short": ca(BLOCK % (b"CERTIFICATE", b"CERTIFICATE")),
    "authority-a-key": ca(BLOCK % (b"PRIVATE KEY", b"PRIVATE KEY")),
    "authority-file-no-pem": config(f"{SERVER}, certificate-authority: junk"),
    "pair-no-pem": pair(b"hi", b"hi"),
    "pair-swapped": pair(CLIENT[1], CLIENT[0]),
    "pair-of-two": pair(CLIENT[0], OTHER[1]),
    "pair-key-no-pem": pair(CLIENT[0], b"hi"),
    "pair-key-cut-short": pair(CLIENT[0], BLOCK % (b"PRIVATE KEY", b"PRIVATE KEY")),
    "token-line-break": config(user='token: "abc\\n"'),
    "as-line-break": config(user='token: t, as: "a\\nb"'),
    "group-line-break": config(user='token: t, as: a, as-groups: ["x\\ny"]'),
    # Plugins.
    "exec-alpha": plugin(ALPHA),
    "exec-alpha-and-token": plugin(ALPHA, "token: t, "),
    "exec-version": plugin("apiVersion: v1, command: sh, interactiveMode: Never"),
    "exec-no-version": plugin("command: sh, interactiveMode: Never"),
    "exec-no-mode": plugin(f"apiVersion: {V1}, command: sh"),
    "exec-mode-lower": plugin(f"apiVersion: {V1}, command: sh, interactiveMode: never"),
    "exec-no-command": plugin(f"apiVersion: {V1}, interactiveMode: Never"),
    "exec-env-no-name": plugin(f"{SH}, env: [{{value: x}}]"),
    "exec-empty": plugin(""),
    "exec-and-provider": plugin(SH, "auth-provider: {name: x}, "),
    "provider-gcp": provider("name: gcp"),
    "provider-azure": provider("name: azure"),
    "provider-gcp-and-token": config(user="token: t, auth-provider: {name: gcp}"),
    "provider-openstack": provider("name: openstack"),
    "provider-no-name": provider("config: {}"),
    "oidc-no-issuer": provider("name: oidc"),
    "oidc-no-client": provider("name: oidc, config: {idp-issuer-url: 'https://127.0.0.1:1'}"),
    "oidc-nothing": oidc(""),
    "oidc-authority-gone": oidc("idp-certificate-authority: gone"),
    "oidc-authority-no-pem": oidc("idp-certificate-authority-data: aGk="),
    "oidc-authority-no-base64": oidc("idp-certificate-authority-data: '***'"),
}  # fmt: skip
TAKEN = {
    "plain": config(),
    "no-kind": config().replace("kind: Config\n", ""),
    "yaml-1.1": config(head="%YAML 1.1\n---\n"),
    "yaml-directive-in-a-text": config(tail="extensions: [{name: a, extension: \"\n%YAML 1.2\n\"}]\n"),
    "mark": "\ufeff" + config(),
    "server-upper": server("HTTPS://127.0.0.1:1"),
    "server-host-port": server("127.0.0.1:1"),
    "server-six": server("https://[::1]:1"),
    "server-six-bare": server("https://::1:1"),
    "server-path": server("https://127.0.0.1:1/a/b/"),
    "proxy-empty-host": config(f"{SERVER}, proxy-url: 'http://'"),
    "authority": ca(CA[0]),
    "authority-among-text": ca(b"hello\n" + CA[0] + b"junk"),
    "authority-one-of-two": ca(BLOCK % (b"CERTIFICATE", b"CERTIFICATE") + CA[0]),
    "authority-of-http": config(f"{HTTP}, certificate-authority-data: aGk="),
    "provider-of-http": config(HTTP, "auth-provider: {name: gcp}"),
    "exec-alpha-of-http": config(HTTP, f"exec: {{{ALPHA}}}"),
    "pair": pair(*CLIENT),
    "token-tab": config(user='token: "a\\tb"'),
    "token-and-file-gone": config(user="token: t, tokenFile: gone"),
    "extension-number": config(tail="extensions: [{name: a, extension: 5}]\n"),
}  # fmt: skip
# What kubectl takes, and goes to http://localhost:8080 or on without what was meant.
UNSAID = {
    "empty": ("", "KCFG118"),
    "comment": ("# nothing\n", "KCFG118"),
    "null": ("~\n", "KCFG118"),
    "braces": ("{}", "KCFG118"),
    "first-document-empty": ("---\n---\n" + config(), "KCFG118"),
    "not-found": ("404: Not Found", "KCFG118"),
    "unauthorized": ('{"error": "unauthorized", "message": "hunter2"}', "KCFG118"),
    "authority-underscores": (config(f"{SERVER}, certificate_authority_data: {b64(CA[0])}"), "KCFG116"),
    "insecure-underscores": (config(f"{SERVER}, insecure_skip_tls_verify: true"), "KCFG116"),
    "insecure-capitals": (config(f"{SERVER}, Insecure-Skip-TLS-Verify: true"), "KCFG116"),
    "insecure-camel": (config(f"{SERVER}, insecureSkipTlsVerify: true"), "KCFG116"),
    "token-letter": (config(user="tokn: t, username: a, password: b"), "KCFG116"),
    "namespaces": (config(context="cluster: c, user: u, namespaces: x"), "KCFG116"),
    "current-context-underscore": (config(tail="current_context: x\n"), "KCFG116"),
    "server-beside-cluster": (config().replace("name: c, cluster: {", f"name: c, {SERVER}, cluster: {{"), "KCFG116"),
    "command-beside-exec": (config(user="token: t, command: sh"), "KCFG116"),
    "exec-api-version": (plugin(f"{SH}, api-version: x", "token: t, "), "KCFG116"),
    "foreign": (config(f"{SERVER}, region: north"), "KCFG117"),
    "second-document": (config() + "---\nkind: Config\n", "KCFG117"),
}  # fmt: skip


# Go's URLs have no colon beside a port since 1.26, which kubectl 1.37 is built with; kcfg takes what 1.35 does.
REFUSED_SINCE_137 = {"server-six-bare"}


@pytest.fixture
def judged(tmp_path, kubectl_path, kcfg):
    """Return a function: what kubectl says when it is to connect, and what validate finds."""
    (tmp_path / "junk").write_text("junk\n")

    def judge(text):
        (tmp_path / "k").write_text(text, encoding="utf-8")
        said = ask(kubectl_path, ["--kubeconfig", "k", "get", "--raw", "/version"], tmp_path, "refused").stderr
        return said, kcfg("validate", "--kubeconfig", "k")

    return judge


@pytest.mark.parametrize("name", REFUSED)
def test_what_kubectl_refuses_before_it_connects_is_found(name, judged):
    said, done = judged(REFUSED[name])

    assert not any(word in said for word in CONNECTED), said
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert "k:" in done.stderr
    assert ": error: " in done.stderr


@pytest.mark.parametrize("name", TAKEN)
def test_what_kubectl_connects_with_is_valid(name, judged, kubectl_path):
    said, done = judged(TAKEN[name])

    refuses = name in REFUSED_SINCE_137 and is_newest(kubectl_path)
    assert any(word in said for word in CONNECTED) != refuses, said
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", UNSAID)
def test_what_kubectl_does_not_say_is_found(name, judged):
    text, rule = UNSAID[name]
    said, done = judged(text)

    assert any(word in said for word in CONNECTED), said
    assert f"[{rule}]" in done.stderr
    assert done.returncode == (0 if rule == "KCFG117" else 1)
    assert "hunter2" not in done.stderr
    assert rule != "KCFG116" or "did you mean" in done.stderr or "it belongs below" in done.stderr


def test_a_plugin_that_is_not_here_is_a_warning(judged):
    said, done = judged(plugin(f"apiVersion: {V1}, command: no-such-plugin, interactiveMode: Never"))

    assert "executable no-such-plugin not found" in said
    assert "warning: users.u: exec: executable no-such-plugin not found" in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("field", ["token", "password"])
def test_what_config_view_shows_instead_of_a_secret_is_found(field, judged):
    _, done = judged(config(user=f"username: a, {field}: REDACTED" if field == "password" else "token: REDACTED"))

    assert "copy it again with `kubectl config view --raw`" in done.stderr
    assert done.returncode == 1


def test_each_finding_has_the_place_of_its_field(kcfg, tmp_path):
    (tmp_path / "k").write_text(
        "clusters:\n- name: c\n  cluster:\n    server: https:/x\n" + config().split("]\n", 1)[1]
    )

    assert kcfg("validate", "--kubeconfig", "k").stderr.startswith("k:4:13: error: clusters.c: host must be")
