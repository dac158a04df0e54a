"""KCFG605 to KCFG610: what clients that `lint --clients` names make of a field, where that is not what kubectl does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kcfg.delivery import mode_of, wraps
from kcfg.errors import FileError, Problem
from kcfg.exec_stanza import API_GROUP, API_VERSION, own_options
from kcfg.kubeconfig.fields import IMPERSONATION
from kcfg.lint.capabilities import CLIENTS, FIELDS, FINE, VERBS, cell
from kcfg.lint.rule import Rule
from kcfg.lint.subject import mapping
from kcfg.spec.presets import preset_stanza
from kcfg.spec.references import is_reference, secret_fields

if TYPE_CHECKING:
    from kcfg.lint.subject import Item, Subject
    from kcfg.yaml.parse import Path

Found = Iterator[tuple[str, "Item", "Path"]]  # a row of the table, and the field that it is about
_CLUSTER = "clusters:\n- name: a\n  cluster: {server: https://a.example.com}\n"
_CONTEXT = "contexts:\n- name: a\n  context: {cluster: a, user: u}\n"
_USER = f"{_CLUSTER}{_CONTEXT}users:\n- name: u\n  user:\n"


def _telling(rows: Callable[[Subject], Found]) -> Callable[[Subject], Iterator[Problem]]:
    """Make a rule's check of the rows that a subject has: a Problem for each field and each word."""

    def check(subject: Subject) -> Iterator[Problem]:
        for row, item, steps in rows(subject) if subject.clients else ():
            by_word: dict[str, list[str]] = {}
            for client in subject.clients:
                by_word.setdefault(cell(client, row), []).append(f"{client} {CLIENTS[client].version}")
            for word, clients in by_word.items():
                if word not in FINE:
                    yield _problem(row, item, steps, word, clients)

    return check


def _problem(row: str, item: Item, steps: Path, word: str, clients: list[str]) -> Problem:
    told = FIELDS[row]
    comes = told.comes.get(word, told.comes.get("", ""))
    what = f"{row} {VERBS[word]} {' and '.join(clients)}: {comes}"
    return item.problem(what, *steps, hint=told.hint, key=True)


def _identities(subject: Subject) -> Found:
    for user in subject.users:
        for name in IMPERSONATION:
            if user.body.get(name):
                yield name, user, (name,)


def _ways(subject: Subject) -> Found:
    for cluster in subject.clusters:
        if url := cluster.text("proxy-url"):
            kind = "socks5" if url.lower().startswith("socks") else "http"
            yield f"proxy-url {kind}", cluster, ("proxy-url",)


def _trust(subject: Subject) -> Found:
    for cluster in subject.clusters:
        for name in ("tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data"):
            if cluster.body.get(name):
                yield name, cluster, (name,)
        path = cluster.text("certificate-authority")
        if path and not cluster.text("certificate-authority-data"):
            relative = "" if path.startswith("/") else " relative"
            yield f"certificate-authority{relative}", cluster, ("certificate-authority",)


def _credentials(subject: Subject) -> Found:
    for user in subject.users:
        if own_kind(subject, user):  # delivered by kcfg's plugin
            continue
        for name in ("client-certificate", "client-certificate-data", "username"):
            if user.text(name) and not (name == "client-certificate" and user.text(f"{name}-data")):
                yield name, user, (name,)
        if path := user.full_path("tokenFile"):
            both = bool(user.body.get("token"))
            row = "beside token" if both else "with a line break" if _ends_in_break(subject, path) else ""
            yield f"tokenFile {row}".rstrip(), user, ("tokenFile",)
        elif user.body.get("token"):
            yield "token", user, ("token",)


def _ends_in_break(subject: Subject, path: str) -> bool:
    try:
        return subject.outside.read(path).endswith((b"\n", b"\r"))
    except FileError:
        return False


def own_kind(subject: Subject, user: Item) -> str:
    """Return what kcfg's own stanza gives for a user of a spec or a kubeconfig: token, client-certificate or ""."""
    declared = subject.spec.users.get(user.name) if subject.spec is not None else None
    if declared is None:
        return own_options(user.body.get("exec")).get("--kind", (0, ""))[1]
    if mode_of(subject.spec, user.name) != "exec" or wraps(declared.entry):  # type: ignore[arg-type]
        return ""
    fields = {path[0] for path, value in secret_fields(declared.entry) if is_reference(value)}
    return "token" if "token" in fields else "client-certificate" if "client-key-data" in fields else ""


def _plugins(subject: Subject) -> Found:
    for user in subject.users:
        kind = own_kind(subject, user)
        stanza = mapping(user, "exec")
        declared = subject.spec.users.get(user.name) if subject.spec is not None else None
        steps: Path = ("exec", "apiVersion")
        if declared is not None and declared.entry.auth is not None:
            stanza, steps = preset_stanza(declared.entry.auth), ("auth",)
        elif kind and not stanza:
            stanza, steps = {"apiVersion": API_VERSION}, ("token" if kind == "token" else "client-key-data",)
        version = str(stanza.get("apiVersion") or "").removeprefix(API_GROUP)
        if f"exec {version}" in FIELDS:
            yield f"exec {version}", user, steps
        if kind == "client-certificate":
            yield "exec client certificate", user, steps
        if stanza.get("env") and steps[0] == "exec":
            yield "exec env", user, ("exec", "env")
        if stanza.get("provideClusterInfo") is True and not kind:  # kcfg's own asks for its log alone
            yield "exec provideClusterInfo", user, ("exec", "provideClusterInfo") if steps[0] == "exec" else steps


def _rest(subject: Subject) -> Found:
    for context in subject.contexts:
        if context.text("namespace"):
            yield "namespace", context, ("namespace",)
    for cluster in subject.clusters:
        if cluster.body.get("disable-compression") is True:
            yield "disable-compression", cluster, ("disable-compression",)


def _rule(
    id_: str,
    title: str,
    level: str,
    explanation: str,
    *,
    remedy: str,
    bad: str,
    good: str,
    rows: Callable[[Subject], Found],
) -> Rule:
    return Rule(id_, title, level, explanation, remedy, (bad,), (good,), _telling(rows), of_clients=True)


RULES = (
    _rule(
        "KCFG605",
        "a client leaves the impersonation out",
        "warning",
        "Of the named clients, some do not send `as`, `as-groups`, `as-uid` or `as-user-extra`, and say nothing: what "
        "was meant to have few rights then acts with all rights of the user itself.",
        remedy="Give that client credentials of its own, with no more rights than it needs.",
        bad=f"{_USER}    token: ref+default://u/token\n    as: jane@example.com  # here\n",
        good=f"{_USER}    token: ref+default://u/token\n",
        rows=_identities,
    ),
    _rule(
        "KCFG606",
        "a client goes another way than the proxy",
        "warning",
        "Of the named clients, some connect without the proxy of `proxy-url`, or cannot use one of its kind.",
        remedy="Give the program its proxy in its own way (HTTPS_PROXY), or the package that it needs for SOCKS.",
        bad=(f"{_CLUSTER}- name: b\n  cluster:\n    server: https://b.example.com\n"
             "    proxy-url: http://proxy.example.com:3128  # here\n"
             "contexts:\n- name: b\n  context: {cluster: b}\n- name: a\n  context: {cluster: a}\n"),
        good=f"{_CLUSTER}contexts:\n- name: a\n  context: {{cluster: a}}\n",
        rows=_ways,
    ),
    _rule(
        "KCFG607",
        "a client verifies the server in another way",
        "warning",
        "Of the named clients, some do not read `tls-server-name`, `insecure-skip-tls-verify` or the files of "
        "certificates: they refuse a server that kubectl trusts.",
        remedy="`kcfg flatten` puts certificate files into the kubeconfig; `server` names what the certificate does.",
        bad=("clusters:\n- name: a\n  cluster:\n    server: https://203.0.113.7:6443\n"
             "    tls-server-name: a.example.com  # here\ncontexts:\n- name: a\n  context: {cluster: a}\n"),
        good=f"{_CLUSTER}contexts:\n- name: a\n  context: {{cluster: a}}\n",
        rows=_trust,
    ),
    _rule(
        "KCFG608",
        "a client does not send this credential",
        "warning",
        "Of the named clients, some do not read `tokenFile`, do not take the line break from its end, prefer the "
        "`token` beside it, or refuse a password: they ask as nobody, as someone else, or not at all.",
        remedy="Give that client the credential in a field that it reads: `kcfg explain clients NAME` lists them.",
        bad=f"{_USER}    tokenFile: /var/run/example/token  # here\n",
        good=f"{_USER}    token: ref+default://u/token\n",
        rows=_credentials,
    ),
    _rule(
        "KCFG609",
        "a client cannot use this exec plugin",
        "warning",
        "Of the named clients, some do not know client.authentication.k8s.io/v1, take no client certificate from a "
        "plugin, or do not tell it which cluster it signs in to.",
        remedy="`kcfg render --exec-api v1beta1` for kcfg's own plugin; or give that client a token.",
        bad=(f"{_USER}    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: kcfg\n"
             "      interactiveMode: Never\n      provideClusterInfo: true  # here\n"),
        good=f"{_USER}    token: planted\n",
        rows=_plugins,
    ),
    _rule(
        "KCFG610",
        "a client leaves this to the program",
        "info",
        "Of the named clients, some have no default namespace, or always ask for compressed answers.",
        remedy="Name it in the program.",
        bad=f"{_CLUSTER}contexts:\n- name: a\n  context:\n    cluster: a\n    namespace: team-a  # here\n",
        good=f"{_CLUSTER}contexts:\n- name: a\n  context: {{cluster: a}}\n",
        rows=_rest,
    ),
)  # fmt: skip
