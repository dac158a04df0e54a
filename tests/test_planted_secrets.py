"""Planted secrets: no command shows one, nor writes one to a place that nobody asked for.

Every planted value starts with MARK, so that one search finds the value, its beginning and its base64 alike.
"""

import base64
import io
import json
import os
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lint_world import certificate, pem_key

from kcfg.__main__ import run as main
from kcfg.cli.table import NAMES
from kcfg.kubeconfig.plugins_table import FLAGS, PROVIDERS, VARIABLES
from kcfg.targets.targets import TARGETS

MARK = "zxplantedsecret"


def plant(where: str) -> str:
    return f"{MARK}-{where}"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _in_base64(mark: str) -> list[str]:
    """The characters that any base64 of a text with the mark holds, for each of the three alignments."""
    return [encoded("\0" * shift + mark)[4:-4] for shift in range(3)]


NEEDLES = [MARK[:12], *_in_base64(MARK)]
NEEDLES += [twice for once in NEEDLES[1:] for twice in _in_base64(once)]  # a PEM body inside a *-data field
# A key that everybody can read, with the mark where the second line of its PEM begins.
KEY = ec.derive_private_key(int.from_bytes(f"{'A' * 12}{MARK}-key!".encode(), "big"), ec.SECP256R1())
PEM = pem_key(KEY).decode()
COMBINED = certificate("me", -1, 9, key=KEY)[0].decode() + PEM


def jwt(where: str) -> str:
    """What anybody recognizes as a token, where no name says that one stands there."""
    return ".".join(encoded(part).rstrip("=") for part in ('{"alg":"none"}', json.dumps({"sub": plant(where)}), "sign"))


def dashed(flag: str) -> str:
    return f"-{flag}" if len(flag) == 1 else f"--{flag}"


def plugin_users() -> str:
    """A user for every row of the table of plugins, with a secret in each setting that holds one."""
    users = []
    for program, (secret, _) in FLAGS.items():
        command, before = ("kubectl", ["oidc-login"]) if program.startswith("kubectl-") else (program, [])
        args = [
            word for flag in sorted(secret) for word in (dashed(flag), plant(flag), f"{dashed(flag)}={plant(flag)}")
        ]
        users.append((program, {"exec": stanza(command, [*before, "get", *args])}))
    env = [{"name": name, "value": plant(name)} for name in sorted(VARIABLES[0])]
    users.append(
        ("variables", {"exec": stanza("env", [f"{VAR}={plant('env-arg')}" for VAR in ("X_TOKEN", "PGPASSWORD")], env)})
    )
    for name, (secret, _) in PROVIDERS.items():
        users.append((f"auth-{name}", {"auth-provider": {"name": name, "config": {key: plant(key) for key in secret}}}))
    return "".join(f"- {json.dumps({'name': name, 'user': user})}\n" for name, user in users)


def stanza(command: str, args: list[str], env: list[dict[str, str]] | None = None) -> dict[str, object]:
    version = "client.authentication.k8s.io/v1"
    return {"apiVersion": version, "command": command, "args": args, "env": env or [], "interactiveMode": "Never"}


KUBECONFIG = f"""apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: dev
  cluster:
    server: https://admin:{plant("server")}@dev.example.com
    proxy-url: http://me:{plant("proxy")}@proxy.example.com:3128
- name: query
  cluster: {{server: "https://dev.example.com/a?access_token={plant("query")}&b=c#sig={plant("fragment")}"}}
- name: path
  cluster: {{server: "https://dev.example.com/{jwt("path")}/api", tls-server-name: dev}}
# curl -H 'Authorization: Bearer {jwt("comment")}'   # password: {plant("comment")}
contexts:
- name: query
  context: {{cluster: query, user: as, namespace: {jwt("namespace")}}}
- name: path
  context: {{cluster: path, user: combined}}
- name: dev
  context: {{cluster: dev, user: token}}
- name: spare
  context: {{cluster: dev, user: basic}}
users:
- name: token
  user: {{token: {plant("token")}}}
- name: basic
  user: {{username: me, password: {plant("password")}}}
- name: key
  user: {{client-key-data: {encoded(PEM)}}}
- name: files
  user: {{client-key: key.pem, tokenFile: token.txt}}
- name: legacy
  user:
    auth-provider:
      name: oidc
      config: {{id-token: {plant("id-token")}, client-secret: {plant("client-secret")}}}
- name: as
  user: {{token: x, as: {jwt("as")}, as-groups: [{jwt("group")}], as-user-extra: {{a: [{jwt("extra")}]}}}}
- name: combined
  user: {{client-certificate-data: {encoded(COMBINED)}, client-key-data: {encoded(COMBINED)}}}
- name: combined-files
  user: {{client-certificate: combined.pem, client-key: combined.pem}}
{plugin_users()}- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: login
      args: [--token={plant("arg")}, --client-secret, {plant("next-arg")}, -p, {plant("short")}, "u:{plant("bare")}@h",
        '{{"password": "{plant("json")}"}}', "curl -u me:{plant("shell")} https://h.example.com"]
      env: [{{name: LOGIN_PASSWORD, value: {plant("env")}}}]
      interactiveMode: Never
- name: kept
  user:
    exec: {{apiVersion: client.authentication.k8s.io/v1, command: kcfg-credential, interactiveMode: Never,
      args: [--spec, demo, --user, kept, --, login, --token={plant("behind")}, --client-secret, {plant("far-behind")}]}}
extensions:
- name: tool
  extension: {{apiToken: {plant("extension")}}}
"""

HUB = json.dumps(
    {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": labels}, "data": data}
            for name, labels, data in (
                ("capi-kubeconfig", {}, {"value": encoded(KUBECONFIG)}),
                ("other", {}, {"password": encoded(plant("other"))}),
                (
                    "argo",
                    {"argocd.argoproj.io/secret-type": "cluster"},
                    {
                        "server": encoded("https://a.example.com"),
                        "config": encoded(json.dumps({"bearerToken": plant("argo"), "field": plant("field")})),
                    },
                ),
                (
                    "broken",
                    {"argocd.argoproj.io/secret-type": "cluster"},
                    {"server": encoded("https://b.example.com"), "config": encoded("{" + plant("broken"))},
                ),
            )
        ],
    }
)
SPEC_HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\n"
SPEC = f"""{SPEC_HEAD}secretStores:
- {{name: env, provider: env, env: {{prefix: DEMO_}}}}
- {{name: file, provider: file, file: {{directory: store}}}}
- {{name: command, provider: command, command: {{argv: [cat, command.txt]}}}}
clusters:
- {{name: dev, server: "https://dev.example.com"}}
users:
- {{name: env, token: "ref+env://token"}}
- {{name: file, token: "ref+file://token"}}
- {{name: command, token: "ref+command://token"}}
- {{name: key, client-key: key.pem}}
contexts:
- {{name: env, cluster: dev, user: env}}
- {{name: file, cluster: dev, user: file}}
- {{name: command, cluster: dev, user: command}}
environments:
- {{name: ci, select: {{names: [env, file]}}, credentials: inline}}
- {{name: laptop, patches: [{{target: {{kind: User}}, merge: {{as: ops}}}}]}}
"""
PLAIN_SPEC = f"""{SPEC_HEAD}clusters:
- {{name: dev, server: "https://dev.example.com"}}
users:
- {{name: token, token: {plant("token")}}}
- {{name: basic, username: me, password: {plant("password")}}}
- {{name: key, client-key-data: {encoded(PEM)}}}
- {{name: legacy, auth-provider: {{name: oidc, config: {{id-token: {plant("id-token")}}}}}}}
contexts:
- {{name: dev, cluster: dev, user: token}}
"""
# What only looks like one, or stands where no secret belongs.
ODD_SPEC = f"""{SPEC_HEAD}clusters:
- name: dev
  server: "https://dev.example.com/?access_token={plant("query")}"
  labels: {{team: {jwt("label")}}}
  # Authorization: Bearer {jwt("comment")}
users:
- {{name: as, token: "ref+env://token", as: {jwt("as")}}}
- {{name: combined, client-certificate: combined.pem, client-key: combined.pem}}
- name: login
  exec:
    apiVersion: client.authentication.k8s.io/v1
    command: login
    interactiveMode: Never
    args: [--password, {plant("arg")}]
    env: [{{name: X_TOKEN, value: {plant("env")}}}]
contexts:
- {{name: dev, cluster: dev, user: as, namespace: web}}
- {{name: login, cluster: dev, user: login}}
variables: {{api_token: {{default: {plant("variable")}}}}}
secretStores: [{{name: env, provider: env, env: {{prefix: DEMO_}}}}]
"""
MANIFESTS = "---\n".join(json.dumps(each, indent=2) + "\n" for each in (
    {"apiVersion": "v1", "kind": "Secret", "data": {"value": encoded(KUBECONFIG)}},
    {"apiVersion": "v1", "kind": "ConfigMap", "data": {"value": KUBECONFIG}},
    {"apiVersion": "v1", "kind": "List", "items": [{"kind": "Secret", "stringData": {"tls.key": PEM}}]},
    {"apiVersion": "v1", "kind": "Secret", "stringData": {"config": json.dumps({"bearerToken": plant("argo")})}},
))  # fmt: skip
USERINFO_SPEC = f"""{SPEC_HEAD}clusters:
- {{name: a, server: "https://me:{plant("server")}@dev.example.com"}}
- {{name: b, server: "https://dev.example.com", proxy-url: "http://me:{plant("proxy")}@proxy.example.com"}}
- {{name: c, server: "https://me:{plant("port")}@dev.example.com:x"}}
contexts:
- {{name: a, cluster: a, namespace: {jwt("namespace")}}}
"""
CASES = f"""apiVersion: kcfg/v1
kind: SpecTest
cases:
- name: {jwt("case")}
  context: a
  expect:
    server: "https://me:{plant("expected")}@dev.example.com"
    namespace: {jwt("expected-namespace")}
    proxy-url: "http://me:{plant("proxy")}@proxy.example.com"
    user: {jwt("user")}
- {{context: {jwt("context")}, expect: {{absent: false}}}}
- {{contexts: [{jwt("contexts")}]}}
"""
ENVIRON = {"DEMO_TOKEN": plant("env-store")}

# Command lines for every command, as (words, standard input, why secrets may stand on standard output).
PIPE = "data for a file or a pipe, as kubectl's --raw: the terminal test shows them hidden"
ASKED = "asked for by the flag"
ROWS = [
    ("init --out new.yaml", "", ""),
    ("spec set-cluster dev --server https://new.example.com -f plain.yaml", "", ""),
    ("spec set-credentials file --token -", plant("typed"), ""),  # no keyring is needed for a `file` store
    ("spec set-credentials new --token -", plant("typed"), ""),  # refused: no keyring
    (f"spec set-credentials new --token {plant('argv')}", "", ""),
    (f"spec set-credentials new --exec-command x --exec-env X_TOKEN={plant('argv')}", "", ""),
    ("spec set-credentials key --client-key key.pem", "", ""),
    ("spec set-context dev --namespace web -f plain.yaml", "", ""),
    ("spec rename user token ops -f plain.yaml", "", ""),
    ("spec delete dev --cascade -f plain.yaml", "", ""),
    ("import config --into new --secrets keep-out", "", ""),
    ("import config --into new --secrets env --layout split --certificates data", "", ""),
    ("import config other --into new --secrets keep-out --guess-labels --dry-run", "", ""),
    ("import --unmanaged config -f plain.yaml", "", ""),
    ("import hub.json --into new --secrets keep-out", "", ""),
    ("import hub.json --into new --secrets env --dry-run", "", ""),
    ("import --unmanaged hub.json --dry-run", "", ""),
    ("import --secrets-only hub.json -f plain.yaml --dry-run", "", ""),
    ("import --unmanaged config --dry-run", "", ""),
    ("import --secrets-only config -f plain.yaml", "", ""),
    ("import --secrets-only config --dry-run", "", ""),
    ("import config --into new", "", ""),  # no keyring: nothing is written
    ("validate", "", ""),
    ("validate -o json", "", ""),
    ("validate -f plain.yaml", "", ""),
    ("validate -f plain.yaml --allow-plaintext", "", ""),
    ("validate -f userinfo.yaml", "", ""),
    *((f"test {file} -f {spec} -o {form}", "", "") for form in ("text", "json", "junit") for file, spec in (
        ("cases.yaml", "kcfg.yaml"), ("cases.yaml", "plain.yaml"), ("cases.yaml", "userinfo.yaml"), ("", "odd.yaml"),
    )),
    ("schema", "", ""),
    ("render", "", ""),
    ("render --credentials omit", "", ""),
    ("render -f plain.yaml", "", ""),
    ("render --credentials inline", "", ""),  # refused: the command store is not trusted
    ("render --credentials inline --trust", "", ASKED),
    ("render --credentials inline --trust --out out", "", ""),
    ("render -f plain.yaml --allow-plaintext", "", ASKED),
    ("render -e laptop", "", ""),
    ("render -e ci", "", ""),  # refused: nobody allowed it to inline
    ("render -e ci --trust", "", ASKED),
    ("render -e ci -e laptop --trust --out out", "", ""),
    ("render -e ci -e laptop --trust --check .", "", ""),
    ("render --all-environments --trust --out out --prune", "", ""),
    *((f"render --to {target}{more}", "", "") for target in TARGETS for more in (" --out out", " --check .")),
    *((f"render --to {target} --why", "", "") for target in TARGETS),
    *((f"render --to {target} --why -f plain.yaml --allow-plaintext", "", "") for target in TARGETS),
    *((f"render --to {target} --out out -f plain.yaml --allow-plaintext", "", "") for target in TARGETS),
    *((f"render --to {target} --credentials inline --trust --out out", "", "") for target in TARGETS),
    ("render --to flux --credentials inline --trust --context env --out out", "", ""),
    ("render --to argocd --credentials inline --trust --context env", "", ASKED),
    ("render --to flux --credentials inline --trust --context env", "", ASKED),
    ("render --to capi --credentials inline --trust --context env", "", ASKED),
    ("render --to secret --credentials inline --trust --context env", "", ASKED),
    ("render --to secret --credentials inline --trust --per-cluster --key k --context env", "", ASKED),
    ("render --to secret --credentials inline --trust --per-cluster --label a=b --context env --out out", "", ""),
    ("render --to secret --credentials inline --context env --out out --prune", "", ""),
    ("render --to secret --credentials inline --context env --check .", "", ""),
    ("render --to external-secrets --template flux --secret-store vault --context env -n apps", "", ""),
    ("render --to argocd --plugin login --context env", "", ""),
    ("get-environments -o wide", "", ""),
    ("get-environments -o json -f plain.yaml", "", ""),
    *((f"blame {entry} -f plain.yaml {more}", "", "") for entry in (
        "users/token", "users/basic", "users/key", "users/legacy", "contexts/dev"
    ) for more in ("", "-o json")),
    ("blame users/env -e laptop", "", ""),
    ("graph -f plain.yaml", "", ""),
    ("graph -f plain.yaml -o dot", "", ""),
    ("fmt plain.yaml --check", "", ""),
    ("fmt plain.yaml --diff", "", ""),
    ("fmt", "", ""),
    ("explain users.token", "", ""),
    *((f"diff {more}", "", "") for more in (
        "", "-o unified", "-o json", "-o markdown", "--adopt", "-f plain.yaml --allow-plaintext --adopt",
        "-f plain.yaml --allow-plaintext --adopt -o unified", "-f plain.yaml --allow-plaintext --adopt -o json",
        "config other", "config other -o unified", "config other -o json", "config other -o markdown",
        "other empty -o unified", "empty other", "empty other -o json", "empty other -o unified",
        "--all-environments", "--all-environments -o json --adopt", "--all-environments -o markdown",
        "--credentials inline --read-secrets --trust --adopt", "-e ci --read-secrets --trust --adopt -o json",
    )),
    *((f"diff --adopt --out out/plan{more}", "", "") for more in (
        "", " -f plain.yaml --allow-plaintext", " -e ci --read-secrets --trust --kubeconfig out/config",
        " -f odd.yaml --kubeconfig other",
    )),
    ("apply out/plan --yes", "", ""),
    ("apply config --yes", "", ""),  # no plan at all
    ("apply --yes", "", ""),
    ("apply --adopt", "", ""),
    ("apply --adopt -o json", "", ""),
    ("apply --dry-run -e ci", "", ""),
    ("apply -e ci --adopt --trust --kubeconfig out/config", "", ""),
    ("apply -f plain.yaml --allow-plaintext --kubeconfig out/config", "", ""),
    ("status", "", ""),
    ("status -o json", "", ""),
    ("verify", "", ""),
    *((f"{command} -e ci --read-secrets --trust --kubeconfig out/config", "", "") for command in (
        "status", "status -o json", "verify", "apply --dry-run",
    )),
    ("history", "", ""),
    ("history -o json", "", ""),
    ("history clear --yes", "", ""),
    ("undo --yes", "", ""),
    ("view", "", ""),
    ("view -o json --minify", "", ""),
    ("view -o jsonpath={.users[*].user.token}", "", ""),
    ("view --raw", "", ASKED),
    ("view --flatten", "", PIPE),
    ("merge config", "", PIPE),
    ("merge config other --out out", "", ""),
    ("merge config other", "", ""),  # a conflict: nothing but names
    ("merge config other --in-place --on-conflict rename", "", ""),
    ("minify", "", PIPE),
    ("flatten", "", PIPE),
    ("flatten --token-files --out out", "", ""),
    ("split --out-dir out", "", ""),
    ("extract dev spare", "", PIPE),
    ("rename user token ops", "", ""),
    ("delete context dev --cascade --yes", "", ""),
    ("delete user token", "", ""),
    ("current-context", "", ""),
    ("use-context spare", "", ""),
    ("use-context spare -n web", "", ""),
    ("ns web", "", ""),
    ("ns", "", ""),
    ("use-context", "", ""),
    *((f"get-{what} {more}", "", "") for what in ("contexts", "clusters", "users") for more in (
        "", "-o wide", "-o name", "-o json", "-o yaml", "-f .", "-f . -o json", "-f plain.yaml"
    )),
    ("set-cluster dev --tls-server-name dev", "", ""),
    (f"set-cluster dev --proxy-url http://me:{plant('new')}@proxy.example.com", "", ""),
    ("set-credentials new --token -", plant("typed"), ""),
    ("set-credentials new --password -", plant("typed"), ""),
    (f"set-credentials new --token {plant('argv')}", "", ""),
    (f"set-credentials new --tokn={plant('argv')}", "", ""),
    (f"set-credentials new {plant('argv')}", "", ""),
    (f"set-credentials new --exec-env {plant('argv')}", "", ""),
    (f"set-credentials new --username me --password={plant('argv')}", "", ""),
    ("set-credentials key --client-key key.pem --embed-certs", "", ""),
    ("set-context dev --namespace web", "", ""),
    ("set users.token.token -", plant("typed"), ""),
    (f"set users.token.token {plant('argv')}", "", ""),
    ("unset users.token.token", "", ""),
    ("rename-context dev prod", "", ""),
    ("delete-context dev", "", ""),
    ("delete-cluster dev", "", ""),
    ("delete-user token", "", ""),
    ("secret set --missing", plant("typed"), ""),
    ("secret set file:token", plant("typed"), ""),
    (f"secret set file:token {plant('argv')}", "", ""),
    ("secret get file:token", "", ""),
    ("secret get file:token --reveal --trust", "", ASKED),
    ("secret ls --trust", "", ""),
    ("secret ls -o json", "", ""),
    ("secret rm file:token --yes", "", ""),
    ("secret check --trust", "", ""),
    ("secret unlock", "", ""),  # the tests' environment has no keyring
    ("secret migrate config", "", ""),
    ("secret restore config", "", ""),
    ("secret restore config --yes", "", ""),
    ("secret restore config --dry-run", "", ""),
    ("secret copy --to file --trust", "", ""),
    ("secret copy --to nowhere", "", ""),
    ("secret migrate config --dry-run", "", ""),
    ("secret scan config plain.yaml userinfo.yaml kcfg.yaml key.pem", "", ""),
    ("secret scan config -o json", "", ""),
    *((f"secret scan {file} -o {form}", "", "") for form in ("text", "json") for file in (
        "odd.yaml", "manifests.yaml", "encoded.txt", "line.yaml", "key.pem", "-"
    )),
    *((f"{words} -f odd.yaml", "", "") for words in (
        "validate", "validate -o json", "validate --allow-plaintext", "lint", "lint -o sarif", "graph",
        "graph -o markdown",
        "graph -o dot", "blame users/as", "blame users/login -o json", "blame clusters/dev", "blame contexts/dev",
        "get-contexts -o wide", "get-contexts -o json", "get-clusters -o yaml", "get-users -o json", "diff --adopt",
        "diff --adopt -o json", "diff --adopt -o markdown", "fmt --check", "trust --yes", "render --to argocd",
        "spec rename user as ops", "url dev", "check expiry", "status", "verify", "explain users.as",
        "spec set-context dev --namespace web", "import --unmanaged config --dry-run",
    )),
    ("render -f odd.yaml", "", "what the spec says in plain text, where `validate` lets it: lint and scan tell"),
    *((f"{words} --context {name} --timeout 2s", "", "") for name in ("query", "path") for words in (
        "check connectivity --kubeconfig config", "whoami --kubeconfig config"
    )),
    *((f"{words} {name}", "", "") for name in ("query", "path") for words in (
        "url", "exec --as-file -- true --context", "use-context", "delete context", "rename context zz"
    )),
    ("trust --yes", "", ""),
    ("credential --kind token --env DEMO_TOKEN", "", "the plugin: kubectl reads it"),
    ("credential --kind client-certificate --env DEMO_TOKEN", "", ""),
    (f"credential --kind {plant('argv')}", "", ""),
    (f"credential --token {plant('argv')}", "", ""),
    *((f"lint {which} -o {form}", "", "") for which in ("config other", "-f plain.yaml", "-f userinfo.yaml", "")
      for form in ("text", "json", "sarif", "github", "gitlab", "junit")),
    ("lint config --fix", "", ""),
    ("lint config other --clients kr8s,lightkube,argocd", "", ""),
    ("lint -f plain.yaml --clients kr8s,lightkube,argocd -o json", "", ""),
    *((f"check expiry {which} -o {form}", "", "") for which in ("--kubeconfig config", "") for form in (
        "table", "json", "yaml", "ics"
    )),
    ("check expiry --read-secrets --trust", "", ""),
    *((f"{words} --kubeconfig config -o {form} --timeout 2s", "", "") for words in (
        "check connectivity", "whoami --all") for form in ("table", "wide", "json")),
    *((f"doctor --kubeconfig config -o {form}", "", "") for form in ("text", "json")),
    ("check connectivity -f kcfg.yaml --trust --timeout 2s", "", ""),
    ("env config other --append", "", ""),
    ("env -e ci --out out/config", "", ""),
    ("env -f plain.yaml --out out/config", "", ""),
    ("env --restore", "", ""),
    *((f"completion {shell}", "", "") for shell in ("bash", "zsh", "fish", "powershell")),
    *((f"__complete zsh {words}", "", "") for words in ("use d", "delete user t", "set users.", "secret set t")),
    *((f"__complete zsh {words}", "", "") for words in ("set-credentials x --t", "spec delete -f plain.yaml u")),
    *((f"url {more}", "", "") for more in (
        "", "spare --service web:http -n shop --path /a?b=c", "--pod web-0", "--in-cluster", "env -f kcfg.yaml"
    )),
    # What reaches curl itself is in tests/run/test_curl.py: kcfg becomes curl.
    *((f"curl {more}", "", "") for more in (
        "/version -- -v", "spare /version -- -k", "env /version -f kcfg.yaml",
        "file /version -f kcfg.yaml -- --libcurl x",
        "--in-cluster /version", f"/version -- -H Authorization:{plant('argv')}", f"/version -- -u{plant('argv')}",
        "--yes-protected /version -- -v", "spare --yes-protected /version -- -k",
    )),
    # Without a file kcfg becomes the command: tests/run/test_exec.py.
    *((f"exec {more}", "", "") for more in (
        "--as-file -- true", "spare -n web --as me --as-group it --as-file -- true", "nobody -- true", "dev",
        "--context * -- true", "-o json --context spare -- true", f"dev {plant('argv')}", "dev --as-file -- ./key.pem",
        "spare -- nope", "env -f kcfg.yaml -- true", "env -f kcfg.yaml --trust --as-file -- true",
        "command -f kcfg.yaml --trust --as-file -- true", "dev -f plain.yaml --trust --as-file -- true",
    )),
    *((f"shell {more} --shell /bin/sh", "exit 0", "") for more in (
        "", "--as-file", "dev --ttl 1h --read-only", "spare --read-only --with-secrets", "spare",
        "nobody", "env -f kcfg.yaml --trust --ttl soon",
        "env -f kcfg.yaml --trust", "command -f kcfg.yaml --trust", "dev -f plain.yaml --trust",
    )),
    ("exec --as-file -- cat key.pem", "", "what the program prints"),
    *((f"{command} {more}--service-account shop/agent", "", "") for command in ("issue", "revoke") for more in (
        "", "spare ", "env -f kcfg.yaml ", "env -f kcfg.yaml --trust ", "dev -f plain.yaml --trust ",
    )),
    ("issue spare --service-account shop/agent --create --allow get:pods --yes --out out/lent", "", ""),
    ("exec env -f kcfg.yaml --trust --as-service-account shop/agent -- true", "", ""),
    (f"issue --service-account {plant('argv')}", "", ""),
    ("issue spare --certificate jane --wait 1s --out out/lent", "", ""),
    ("revoke --list", "", ""),
    *((f"secret rotate {key} --trust{more}", plant("typed"), "")
      for key in ("env:robot/token", "files:f/token", "token") for more in ("", " --no-try", " -f plain.yaml")),
    (f"secret rotate files:f/token --trust -- printf %s {plant('argv')}", "", ""),
    ("cache on", "", ""),
    ("cache ls", "", ""),
    ("cache ls -o yaml", "", ""),
    ("cache clear", "", ""),
    ("cache off", "", ""),
    ("log on", "", ""),
    ("log ls", "", ""),
    ("log ls -o json", "", ""),
    ("log clear", "", ""),
    ("log off", "", ""),
    ("get-token path", "", ASKED),
    ("get-token", "", ""),  # the server's URL has a password: no ExecCredential
    ("get-token spare", "", ""),
    ("get-token command -f kcfg.yaml", "", ""),  # refused: the store is not trusted
    ("get-token env -f kcfg.yaml --trust", "", ASKED),
    ("get-token file -f kcfg.yaml -o token --trust", "", ASKED),
    ("get-token command -f kcfg.yaml --trust", "", ASKED),
    ("version", "", ""),
]  # fmt: skip


def find_leak(text: str) -> str:
    """The line with a planted secret, or "" when there is none."""
    return next((line for line in text.splitlines() if any(needle in line for needle in NEEDLES)), "")


@pytest.fixture
def world(tmp_path, private_home, monkeypatch):
    """A folder with a spec and a kubeconfig in which a secret stands wherever one can stand."""
    folder = tmp_path / "world"
    (folder / "store").mkdir(parents=True)
    other = KUBECONFIG.replace(plant("token"), plant("other-token"))
    texts = {
        "cases.yaml": CASES, "kcfg.yaml": SPEC, "plain.yaml": PLAIN_SPEC, "userinfo.yaml": USERINFO_SPEC,
        "odd.yaml": ODD_SPEC, "hub.json": HUB,
        "manifests.yaml": MANIFESTS, "encoded.txt": encoded(KUBECONFIG), "line.yaml": KUBECONFIG.replace("\n", " "),
        "config": KUBECONFIG, "other": other, "empty": "{}", "key.pem": PEM, "combined.pem": COMBINED,
        "token.txt": plant("token-file"), "command.txt": plant("command-store"), "store/token": plant("file-store"),
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("KUBECONFIG", "config")
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def run(monkeypatch, capfd):
    """Run a command line through the real dispatcher: (exit code, standard output, standard error)."""

    def call(words, stdin=""):
        monkeypatch.setattr(sys, "argv", ["kcfg", *words.split()])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = main(sys.argv[1:])
        sys.stderr.flush()
        return code, *capfd.readouterr()

    return call


def files_below(folder: Path) -> set[Path]:
    return {Path(at) / name for at, _, names in os.walk(folder) for name in names}


@pytest.mark.parametrize(("words", "stdin", "asked"), ROWS, ids=[row[0].replace(MARK, "…") for row in ROWS])
def test_no_command_leaks_a_planted_secret(words, stdin, asked, world, tmp_path, run):
    inputs = files_below(tmp_path)

    code, out, err = run(words, stdin)
    assert code != 3
    assert not find_leak(err)
    assert bool(find_leak(out)) == bool(asked)
    for file in files_below(tmp_path) - inputs:
        if file.is_relative_to(world / "out"):  # asked for by --out and --out-dir
            assert file.stat().st_mode & 0o077 == 0 or not find_leak(file.read_text())
            if " --to " in words and not {"inline", "direnv"} & set(words.split()):
                assert not find_leak(file.read_text())
        else:
            assert not find_leak(file.read_text()), file
    assert not [file for file in files_below(world) - inputs if ".kcfg-" in file.name or file.suffix == ".lock"]


@pytest.mark.parametrize("words", [
    *(f"--to {target} --context env" for target in TARGETS), "-e ci", "--to secret -e ci", "--context env -o json",
])  # fmt: skip
def test_scan_finds_what_render_writes_with_secrets(words, world, run):
    run(
        f"render --credentials inline --trust --out out/rendered.yaml {words}"
        if "--to" not in words
        else f"render --credentials inline --trust --out out {words}"
    )
    for file in files_below(world / "out") if (world / "out").exists() else ():
        code, _, err = run(f"secret scan {file}")
        assert code == bool(find_leak(file.read_text())), err
        assert not find_leak(err)


def test_every_command_has_a_row():
    assert {name for name in NAMES if any(f"{words} ".startswith(f"{name} ") for words, _, _ in ROWS)} == set(NAMES)


S = plant("malformed")
BROKEN_USERS = {
    "unclosed-quote": f'- {{name: a, token: "{S}}}',
    "unclosed-brace": f"- {{name: a, token: {S}",
    "tab": f"- name: a\n\ttoken: {S}",
    "alias": f"- {{name: a, token: *{S}}}",
    "tag": f"- {{name: a, token: !{S} x}}",
    "control-character": f"- {{name: a, token: {S}\x01}}",
    "two-values": f"- name: a\n  token: x: {S}",
    "list": f"- {{name: a, token: [{S}]}}",
    "mapping": f"- {{name: a, token: {{value: {S}}}}}",
    "password-list": f"- {{name: a, username: b, password: [{S}]}}",
    "entry-is-text": f"- {S}",
    "section-is-text": f"  {S}",
    "user-is-text": f"- {{name: a, user: {S}}}",
    "bad-base64": f"- {{name: a, client-key-data: '%{S}%'}}",
    "base64-of-no-key": f"- {{name: a, client-key-data: {encoded(S)}}}",
    "binary-tag": f"- {{name: a, token: !!binary '%{S}'}}",
    "reference-without-store": f"- {{name: a, token: 'ref+{S}'}}",
    "reference-without-slashes": f"- {{name: a, token: 'ref+default:{S}'}}",
    "reference-is-text": f"- {{name: a, token: {{secretRef: {S}}}}}",
    "exec-is-text": f"- {{name: a, exec: {S}}}",
    "exec-env-is-text": f"- {{name: a, exec: {{apiVersion: client.authentication.k8s.io/v1, command: c, env: [{S}]}}}}",
    "exec-env-value-list": f"- {{name: a, exec: {{command: c, env: [{{name: TOKEN, value: [{S}]}}]}}}}",
    "config-list": f"- {{name: a, auth-provider: {{name: oidc, config: {{id-token: [{S}]}}}}}}",
    "config-is-text": f"- {{name: a, auth-provider: {{name: oidc, config: {S}}}}}",
    "twice": f"- {{name: a, token: {S}, token: {S}2}}",
}


def in_kubeconfig(user: str) -> str:
    """The same fault below kubeconfig's inner `user:`."""
    wrapped = user.replace("name: a, ", "name: a, user: {", 1) if "user:" not in user else user
    return wrapped + "}" if wrapped != user and wrapped.endswith("}") else wrapped


SPEC_READERS = [
    "validate", "validate -o json", "validate --allow-plaintext", "render", "render --credentials inline --trust",
    "get-users -o json -f .", "trust --yes", "fmt --check", "fmt --check kcfg.yaml", "fmt --diff", "blame users/a",
    "graph", "get-environments", "diff", "apply --dry-run", "status", "verify", "lint", "lint -o sarif", "check expiry",
    "secret scan kcfg.yaml", "spec rename user a b", "import --unmanaged config",
    "url -f .", "get-token a -f . --trust", "issue a -f . --trust --service-account s/a",
    "exec a -f . --trust --as-file -- true",
    "shell a -f . --trust --shell /bin/true",
]  # fmt: skip
KUBECONFIG_READERS = [
    "view", "view -o json", "get-users -o yaml", "current-context", "use-context a", "set-context a --user a",
    "delete user a", "rename user a b", "unset users.a.token", "split --out-dir out", "diff", "diff config empty",
    "apply", "status", "undo", "lint config", "lint config -o json", "check expiry --kubeconfig config",
    "check connectivity --kubeconfig config --timeout 2s", "whoami --kubeconfig config --all --timeout 2s",
    "secret scan config", "import config --into new --secrets keep-out",
    "url a", "get-token a", "issue a --service-account s/a -o token", "revoke a --service-account s/a",
    "curl a /version -- -v", "exec a --as-file -- true", "exec --context * -- true",
    "shell a --shell /bin/true",
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN_USERS)
def test_an_error_near_a_secret_does_not_quote_it(broken, world, run):
    cluster = '- {name: dev, server: "https://dev.example.com"}'
    (world / "kcfg.yaml").write_text(f"{SPEC_HEAD}clusters:\n{cluster}\nusers:\n{BROKEN_USERS[broken]}\n")

    for words in SPEC_READERS:
        code, out, err = run(words)
        assert code != 3, (words, err)
        assert not find_leak(out + err), words


@pytest.mark.parametrize("broken", BROKEN_USERS)
def test_a_broken_kubeconfig_is_told_without_its_secret(broken, world, run):
    text = in_kubeconfig(BROKEN_USERS[broken])
    for words in KUBECONFIG_READERS:
        (world / "config").write_text(f"apiVersion: v1\nkind: Config\nusers:\n{text}\n")
        code, out, err = run(words)
        assert code != 3, (words, err)
        assert not find_leak(out + err), words


STORED = {
    "control-character": plant("stored") + "\x07",
    "json-without-property": json.dumps({"clientKeyData": plant("stored")}),
    "broken-json": '{"a": "' + plant("stored"),
    "not-pem": plant("stored"),
    "too-large": plant("stored") * 10_000,
}


@pytest.mark.parametrize("value", STORED)
def test_a_malformed_stored_value_is_not_quoted(value, world, run, monkeypatch):
    users = "- {name: a, client-key-data: 'ref+file://bad#tls', client-certificate: key.pem}"
    (world / "store/bad").write_text(STORED[value])
    (world / "store/bad").chmod(0o600)
    (world / "kcfg.yaml").write_text(SPEC.partition("clusters:")[0] + f"users:\n{users}\n")

    for words in (
        "render --credentials inline",
        "credential --kind client-certificate --file store/bad",
        "credential --kind token --file store/bad --property nothing",
    ):
        code, out, err = run(words)
        assert code in (1, 2), words
        assert not find_leak(out + err), words


def test_a_failing_command_store_does_not_leak_what_it_printed(world, run, monkeypatch):
    loud = f"[sh, -c, 'echo {plant('stdout')}; echo {plant('stderr')} >&2; exit 3']"
    (world / "kcfg.yaml").write_text(SPEC.replace("[cat, command.txt]", loud.replace(MARK, "$MARK")))
    monkeypatch.setenv("MARK", MARK)

    code, out, err = run("render --credentials inline --trust")
    assert code == 2
    assert not find_leak(out + err)


@pytest.mark.parametrize("chained", [False, True])
def test_a_bug_shows_neither_message_nor_locals(chained, run, monkeypatch):
    def broken():
        local = plant("local")
        try:
            raise LookupError(local)
        except LookupError as error:
            raise ValueError(plant("message")) from (error if chained else None)

    monkeypatch.setattr("kcfg.cli.version.run", broken)

    code, out, err = run("version")
    assert code == 3
    assert out == ""
    assert "kcfg: bug: ValueError" in err
    assert not find_leak(err)


def test_the_search_finds_what_is_there():
    for text in (plant("x"), encoded(plant("x")), encoded(f"a{plant('x')}"), encoded(f"ab{plant('x')}"), encoded(PEM)):
        assert find_leak(f"first\n{text}\n") == text
    assert not find_leak(encoded("nothing to see here, move along"))


def test_applying_inlining_rotating_and_taking_back_leaves_no_copy(world, tmp_path, run, monkeypatch):
    words = "apply -e ci --trust --yes --kubeconfig out/config"
    for value in ("one", "two"):
        monkeypatch.setenv("DEMO_TOKEN", plant(value))
        assert run(words)[0] == 0
    assert plant("two") in (world / "out" / "config").read_text()

    said = [run("undo --yes --kubeconfig out/config"), run("history -o json --kubeconfig out/config")]
    said += [run("undo 1 --yes --kubeconfig out/config"), run("diff -e ci --kubeconfig out/config")]

    assert [code for code, _, _ in said] == [1, 0, 1, 1]  # the token was not compared
    assert not any(find_leak(out + err) for _, out, err in said)
    for file in files_below(tmp_path / "home"):
        assert not find_leak(file.read_text()), file


@pytest.mark.parametrize(
    "words", ["render", "render -f plain.yaml --allow-plaintext", "render -f odd.yaml --allow-plaintext"]
)
def test_the_specs_that_are_walked_are_sound(words, world, run):
    """A spec that every command refuses would prove nothing."""
    code, out, err = run(words)

    assert (code, "apiVersion: v1" in out) == (0, True), err
