"""KCFG2xx: secrets that stand in plain text, and files with secrets that others can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from kcfg.boundary import can_tighten, root_of
from kcfg.kubeconfig.fields import CERTIFICATES, CLUSTERS, SECRETS, URL, names
from kcfg.kubeconfig.model import Entry
from kcfg.kubeconfig.plugins import secret_paths
from kcfg.kubeconfig.redact import redact_entry
from kcfg.kubeconfig.secret_patterns import PLACEHOLDERS, hide_url, is_secret_text
from kcfg.lint.rule import BOTH, KUBECONFIG, Fix, Rule
from kcfg.lint.subject import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Location, Problem
    from kcfg.lint.subject import Item, Subject

_URL_HINT = "remove user:password@, and tokens, from the URL"
# What other rules judge, and certificates, which are public.
_JUDGED = frozenset((*SECRETS, *CERTIFICATES, *names(CLUSTERS, URL), "exec", "auth-provider", "auth"))


def _plain_fields(user: Item) -> Iterator[tuple[str | int, ...]]:
    for name in SECRETS:
        if _is_plain(user, user.text(name)):
            yield (name,)
    provider = mapping(user, "auth-provider")
    for _, key in secret_paths({"name": provider.get("name"), "config": provider.get("config")}):
        if _is_plain(user, provider["config"][key]):
            yield "auth-provider", "config", key


def _is_plain(item: Item, value: str) -> bool:
    """Return whether a value stands there in clear: no placeholder, no reference, not encrypted with SOPS."""
    if value in ("", *PLACEHOLDERS) or value.startswith("ref+"):
        return False
    return not (value.startswith("ENC[") and isinstance(item.file.value.get("sops"), dict))


def _check_plain(subject: Subject) -> Iterator[Problem]:
    for user in subject.users:
        for path in _plain_fields(user):
            yield user.problem(
                f"plain-text secret in {path[-1]}",
                *path,
                hint="`kcfg secret migrate FILE` moves it into the keyring",
            )


def _exec_secrets(user: Item) -> Iterator[tuple[str | int, ...]]:
    plugin = mapping(user, "exec")
    for path in secret_paths(plugin):
        value: Any = plugin
        for step in path:
            value = value[step]
        if _is_plain(user, value):
            yield "exec", *path


def _check_exec(subject: Subject) -> Iterator[Problem]:
    for user in subject.users:
        for path in _exec_secrets(user):
            args = path[1] == "args"
            yield user.problem(
                "what looks like a secret stands in the arguments of a plugin: every process can see them"
                if args
                else "what looks like a secret stands in the environment of a plugin",
                *path,
                hint="let the plugin read it from its own store" if args else "in a spec, write ref+default://KEY",
            )


def _check_urls(subject: Subject) -> Iterator[Problem]:
    for cluster in subject.clusters:
        for name in ("server", "proxy-url"):
            url = cluster.text(name)
            if hide_url(url) != url:
                yield cluster.problem(f"the URL in {name} holds a secret", name, hint=_URL_HINT)


def _check_elsewhere(subject: Subject) -> Iterator[Problem]:
    """Yield the tokens of well-known kinds that stand where nobody looks for them: a name, a label, a namespace."""
    for item in subject.items:
        if is_secret_text(item.name):
            yield item.at_name("what looks like a secret stands in a name", hint="give it another name")
        fields = {key: each for key, each in item.body.items() if key not in _JUDGED}
        entry = Entry("", dict(fields))
        redact_entry(entry)
        for key, value in fields.items():
            if value != entry.body[key] and not isinstance(value, bool):
                yield item.problem(f"what looks like a secret stands in {key}", key, hint="remove it from the file")


def holds_secret(subject: Subject, file: str) -> bool:
    """Return whether a kubeconfig holds a secret in plain text."""
    users = [user for user in subject.users if user.file.path == file]
    found = any(next(paths(user), None) is not None for user in users for paths in (_plain_fields, _exec_secrets))
    return found or any(problem.location and problem.location.file == file for problem in _check_urls(subject))


def _is_open(subject: Subject, path: str) -> bool:
    status = subject.outside.stat(path)
    # Windows has no such bits; a stream has no owner to protect it from.
    return os.name == "posix" and status is not None and stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o077)


def _open_files(subject: Subject) -> Iterator[tuple[str, Location]]:
    for file in subject.files:
        if file.path != "-" and _is_open(subject, file.path) and holds_secret(subject, file.path):
            yield file.path, file.document.locate(())


def _check_mode(subject: Subject) -> Iterator[Problem]:
    from kcfg.errors import Problem

    for path, location in _open_files(subject):
        yield Problem(
            "others can read this file, and it holds secrets", location=location, hint=f"chmod 600 {path}, or --fix"
        )


def _open_keys(subject: Subject) -> Iterator[tuple[Item, str, str]]:
    for user in subject.users:
        for name in ("client-key", "tokenFile"):
            path = user.full_path(name)
            if path and _is_open(subject, path):
                yield user, name, path


def _check_keys(subject: Subject) -> Iterator[Problem]:
    for user, name, path in _open_keys(subject):
        fixed = ", or --fix" if can_tighten(path, root_of(user.file.path)) else ""
        yield user.problem("others can read the file that this leads to", name, hint=f"chmod 600 {path}{fixed}")


def _fix_mode(subject: Subject) -> Iterator[Fix]:
    for path, location in _open_files(subject):
        yield Fix(location, path, mode=0o600)


def _fix_keys(subject: Subject) -> Iterator[Fix]:
    for user, name, path in _open_keys(subject):
        yield Fix(user.locate(name), path, mode=0o600)


# Built from parts: no file of this project holds what looks like a token.
_SAMPLE = "glpat-" + "example" * 3

RULES = (
    Rule(
        "KCFG201",
        "plain-text secret",
        "warning",
        "A token, password or private key in the file is in every copy of it: backups, commits, chats, agents. "
        "In a spec only a reference may stand there (an error); a kubeconfig can ask the keyring, through exec.",
        remedy="`kcfg secret set KEY` stores the value; write ref+default://KEY here. `kcfg secret migrate` does"
        " so for all of a kubeconfig.",
        bad=(
            "users:\n- name: a\n  user:\n    token: hunter2  # here\n",
            "users:\n- name: a\n  user:\n    username: me\n    password: hunter2  # here\n",
            "users:\n- name: a\n  user:\n    client-certificate-data: <client.crt>\n"
            "    client-key-data: <client.key>  # here\n",
            "users:\n- name: a\n  user:\n    auth-provider:\n      name: oidc\n      config:\n"
            "        id-token: hunter2  # here\n        idp-issuer-url: https://login.example.com\n",
        ),
        good=(
            "users:\n- name: a\n  user:\n    tokenFile: token.txt\n",
            "users:\n- name: a\n  user:\n    client-certificate: client.crt\n    client-key: client.key\n",
        ),
        check=_check_plain,
        on=(KUBECONFIG,),
        in_spec="error",
    ),
    Rule(
        "KCFG204",
        "secret in the settings of a plugin",
        "error",
        "exec.args are on the command line, where every user of the machine can read them while the plugin runs; "
        "exec.env is in the file like any other plain text. In a spec a variable may be a reference.",
        remedy="Let the plugin read it from a variable (`exec.env`), and make that a reference.",
        bad=(
            "users:\n- name: a\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n"
            "      command: sh\n      interactiveMode: Never\n      args:\n      - --client-secret=hunter2  # here\n",
            "users:\n- name: a\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n"
            "      command: sh\n      interactiveMode: Never\n      env:\n      - name: LOGIN_PASSWORD\n"
            "        value: hunter2  # here\n",
        ),
        good=(
            "users:\n- name: a\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n"
            "      command: sh\n      interactiveMode: Never\n      args: [get-token, --token-file=t]\n"
            "      env: [{name: REGION, value: eu}]\n",
        ),
        check=_check_exec,
    ),
    Rule(
        "KCFG205",
        "secret in a URL",
        "error",
        "user:password@ in `server` or `proxy-url` shows up in logs and error messages. (In a spec: KCFG104.)",
        remedy="Remove user:password@ from the URL; a user of the spec signs in.",
        bad=(
            "clusters:\n- name: a\n  cluster:\n    server: https://me:hunter2@a.example.com  # here\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n"
            "    proxy-url: http://me:hunter2@proxy.example.com:3128  # here\n",
        ),
        good=("clusters:\n- name: a\n  cluster:\n    server: https://a.example.com/k8s?page=1\n",),
        check=_check_urls,
        on=(KUBECONFIG,),
    ),
    Rule(
        "KCFG208",
        "token where none belongs",
        "error",
        "A token or private key in a name, label, namespace, `as` or extension is shown by every listing.",
        remedy="Move the token to where it belongs, as a reference, and replace it: it was readable.",
        bad=(f"contexts:\n- name: a\n  context:\n    cluster: c\n    user: u\n    namespace: {_SAMPLE}  # here\n",),
        good=("contexts:\n- name: a\n  context:\n    cluster: c\n    user: u\n    namespace: shop\n",),
        check=_check_elsewhere,
    ),
    Rule(
        "KCFG206",
        "others can read a file with secrets",
        "warning",
        "A kubeconfig that holds a secret should have mode 0600. Without secrets any mode is fine.",
        remedy="`chmod 600 FILE`; --fix does it.",
        bad=("users:  # here: mode 0644\n- name: a\n  user: {token: hunter2}\n",),
        good=("users:\n- name: a\n  user: {tokenFile: token.txt}\n",),
        check=_check_mode,
        on=(KUBECONFIG,),
        fixes=_fix_mode,
    ),
    Rule(
        "KCFG207",
        "others can read a referenced key",
        "warning",
        "The file that `client-key` or `tokenFile` leads to should have mode 0600.",
        remedy="`chmod 600 FILE`; --fix does it.",
        bad=(
            "users:\n- name: a\n  user:\n    client-certificate: client.crt\n    client-key: open.key  # here\n",
            "users:\n- name: a\n  user:\n    tokenFile: open.txt  # here\n",
        ),
        good=("users:\n- name: a\n  user:\n    client-certificate: client.crt\n    client-key: client.key\n",),
        check=_check_keys,
        on=BOTH,
        fixes=_fix_keys,
    ),
)
