"""KCFG10x for kubeconfigs: the rules that `validate` has for specs, under the same ids."""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.closest import suggest
from kcfg.errors import FileError
from kcfg.kubeconfig.fields import BYTES, PATH_FIELDS, by_section
from kcfg.kubeconfig.secret_patterns import PLACEHOLDERS
from kcfg.lint.rule import KUBECONFIG, Rule
from kcfg.lint.subject import decode_base64, mapping
from kcfg.spec.urls import proxy_fault, server_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.lint.subject import File, Subject

_DATA = by_section(BYTES)
_PAIRS = {
    section: [(path, f"{path}-data") for path in paths if f"{path}-data" in _DATA[section]]
    for section, paths in PATH_FIELDS.items()
}


def _check_references(subject: Subject) -> Iterator[Problem]:
    known = {
        "cluster": list(dict.fromkeys(each.name for each in subject.clusters)),
        "user": list(dict.fromkeys(each.name for each in subject.users)),
    }
    for context in subject.contexts:
        for field, names in known.items():
            name = context.text(field)
            if name and name not in names:
                hint = suggest(name, names, f"add it to {field}s, or remove the context")
                yield context.problem(f"{field} {name!r} is in none of the files", field, hint=hint)
    contexts = list(dict.fromkeys(each.name for each in subject.contexts))
    for file in subject.files:
        current = file.value.get("current-context")
        if isinstance(current, str) and current:
            if current not in contexts:
                yield _no_such_context(file, current, contexts)
            return  # kubectl reads the first one that is not empty


def _no_such_context(file: File, name: str, contexts: list[str]) -> Problem:
    from kcfg.errors import Problem

    return Problem(
        f"context {name!r} is in none of the files",
        location=file.document.locate(("current-context",)),
        path="current-context",
        hint=suggest(name, contexts, "kcfg use-context NAME"),
    )


def _check_urls(subject: Subject) -> Iterator[Problem]:
    for cluster in subject.clusters:
        for name, fault in (("server", server_fault), ("proxy-url", proxy_fault)):
            found = fault(cluster.text(name)) if cluster.text(name) else None
            if found and "password" not in found[0]:  # that is KCFG205
                yield cluster.problem(found[0], name, hint=found[1])
        if not cluster.text("server"):
            yield cluster.problem(
                "a cluster without a server: kubectl talks to http://localhost:8080", hint="add `server:`"
            )


def _check_files(subject: Subject) -> Iterator[Problem]:
    for item in subject.items:
        for name in PATH_FIELDS[item.section]:
            if not (path := item.full_path(name)) or item.text(f"{name}-data"):
                continue
            try:
                content = subject.outside.read(path)
            except FileError as error:
                yield item.problem(
                    f"{item.text(name)!r} cannot be read: {error.message}",
                    name,
                    hint="relative paths start at the folder of this file",
                )
                continue
            if name == "tokenFile" and not content.strip():
                yield item.problem(f"{item.text(name)!r} holds no token", name, hint="kubectl does not work with it")


def _check_pem(subject: Subject) -> Iterator[Problem]:
    for item in subject.items:
        for name in ("certificate-authority", "client-certificate", "client-key"):
            found = subject.content(item, name)
            if found is None or item.text(found[0]) in PLACEHOLDERS:
                continue
            if name == "client-key":
                if b"-----BEGIN " in found[1]:
                    continue  # that is KCFG405
                from kcfg.x509 import pair_fault

                fault = pair_fault(None, found[1])
            else:
                from kcfg.certificate import certificate_fault

                fault = certificate_fault(found[1], client=name == "client-certificate")
            if fault is not None:
                yield item.problem(fault.message, found[0], hint=fault.hint)


def _check_data(subject: Subject) -> Iterator[Problem]:
    for item in subject.items:
        for name in (*_DATA[item.section], *(("token", "password") if item.section == "users" else ())):
            value = item.text(name)
            if value in PLACEHOLDERS:
                yield item.problem(
                    f"{value} is what `kubectl config view` shows instead of the value",
                    name,
                    hint="copy it again with `kubectl config view --raw`",
                )
            elif value and name.endswith("-data") and decode_base64(value) is None:
                hint = "it looks like PEM: use the path field, or base64-encode it" if "-----BEGIN" in value else ""
                yield item.problem("not valid base64", name, hint=hint or "encode with `base64 -w0`")


def _check_exec(subject: Subject) -> Iterator[Problem]:
    for user in subject.users:
        plugin = mapping(user, "exec")
        if str(plugin.get("apiVersion") or "").endswith("/v1") and not plugin.get("interactiveMode"):
            yield user.problem(
                "exec with apiVersion v1 needs interactiveMode",
                "exec",
                hint="add `interactiveMode: IfAvailable` (or Never, Always)",
                key=True,
            )


def _check_conflicts(subject: Subject) -> Iterator[Problem]:
    for item in subject.items:
        for path, data in _PAIRS[item.section]:
            if item.text(path) and item.text(data):
                yield item.problem(f"set beside {path}: the data wins", data, hint="keep one of the two", key=True)
    for cluster in subject.clusters:
        authority = cluster.text("certificate-authority") or cluster.text("certificate-authority-data")
        if cluster.body.get("insecure-skip-tls-verify") and authority:
            yield cluster.problem(
                "set beside a certificate authority: kubectl refuses both",
                "insecure-skip-tls-verify",
                hint="remove it; the certificate authority is the safe one",
                key=True,
            )
    for user in subject.users:
        if (user.text("token") or user.text("tokenFile")) and (user.text("username") or user.text("password")):
            yield user.problem("a token beside username and password: kubectl allows one", hint="keep one")
        if user.text("token") and user.text("tokenFile"):
            yield user.problem(
                "set beside token: clients differ in which of the two they send",
                "tokenFile",
                hint="keep one of the two",
                key=True,
            )
        if mapping(user, "exec") and mapping(user, "auth-provider"):
            yield user.problem("set beside exec: kubectl refuses both", "auth-provider", hint="keep one", key=True)


RULES = (
    Rule(
        "KCFG102",
        "refers to something that is not there",
        "error",
        "A context names a cluster or user, current-context a context, or a reference a store, that nothing declares.",
        remedy="Name a declared entry, or declare it; `kcfg delete context NAME` takes a dead context away.",
        bad=(
            "clusters:\n- name: a\n  cluster: {server: https://a.example.com}\ncontexts:\n- name: a\n  context:\n"
            "    cluster: b  # here\n",
            "current-context: b  # here\n",
        ),
        good=(
            "clusters:\n- name: a\n  cluster: {server: https://a.example.com}\ncontexts:\n- name: a\n  context:\n"
            "    cluster: a\ncurrent-context: a\n",
        ),
        check=_check_references,
        on=(KUBECONFIG,),
        told=True,
    ),
    Rule(
        "KCFG104",
        "a URL that cannot be used",
        "error",
        "`server` is http:// or https:// with a host; `proxy-url` may be socks5:// too.",
        remedy="Write scheme://host:port, on one line, without user and password.",
        bad=(
            "clusters:\n- name: a\n  cluster:\n    server: a.example.com:6443  # here\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n"
            "    proxy-url: ftp://proxy.example.com  # here\n",
            "clusters:\n- name: a\n  cluster:\n    tls-server-name: a  # here\n",
        ),
        good=("clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n",),
        check=_check_urls,
        on=(KUBECONFIG,),
        told=True,
    ),
    Rule(
        "KCFG105",
        "a file that cannot be read",
        "error",
        "A certificate, key or token file that is named does not exist, cannot be read, or is an empty token file.",
        remedy="Put the file there, or name where it is: relative paths start at the folder of the file.",
        bad=(
            "users:\n- name: a\n  user:\n    tokenFile: absent.txt  # here\n",
            "users:\n- name: a\n  user:\n    tokenFile: empty.txt  # here\n",
        ),
        good=("users:\n- name: a\n  user:\n    tokenFile: token.txt\n",),
        check=_check_files,
        on=(KUBECONFIG,),
        told=True,
    ),
    Rule(
        "KCFG106",
        "not a certificate or key",
        "error",
        "The file or data holds no PEM block, or a certificate that cannot be parsed.",
        remedy="Name the PEM file that has the certificate; `render` writes its path all the same, and warns.",
        bad=(
            "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n"
            "    certificate-authority-data: aGVsbG8=  # here\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n"
            "    certificate-authority: broken.crt  # here\n",
        ),
        good=(
            "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n"
            "    certificate-authority-data: <ca.crt>\n",
        ),
        check=_check_pem,
        on=(KUBECONFIG,),
        told=True,
    ),
    Rule(
        "KCFG107",
        "not the data",
        "error",
        "REDACTED and DATA+OMITTED are what `kubectl config view` shows; and *-data is base64.",
        remedy="Copy it again with `kubectl config view --raw`; encode a file with `base64 -w0`.",
        bad=(
            "users:\n- name: a\n  user:\n    token: REDACTED  # here\n",
            "users:\n- name: a\n  user:\n    client-certificate: client.crt\n"
            "    client-key-data: DATA+OMITTED  # here\n",
        ),
        good=("users:\n- name: a\n  user:\n    client-certificate-data: <client.crt>\n    client-key: client.key\n",),
        check=_check_data,
        on=(KUBECONFIG,),
        told=True,
    ),
    Rule(
        "KCFG108",
        "exec without interactiveMode",
        "error",
        "With client.authentication.k8s.io/v1 kubectl refuses a stanza that does not say interactiveMode.",
        remedy="Add `interactiveMode: IfAvailable` (or Never, Always).",
        bad=(
            "users:\n- name: a\n  user:\n    exec:  # here\n      apiVersion: client.authentication.k8s.io/v1\n"
            "      command: sh\n",
        ),
        good=(
            "users:\n- name: a\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n"
            "      command: sh\n      interactiveMode: Never\n",
        ),
        check=_check_exec,
        on=(KUBECONFIG,),
        told=True,
    ),
    Rule(
        "KCFG109",
        "two settings that exclude one another",
        "error",
        "A path and its data, two credentials of one user, or a certificate authority that is not to be verified.",
        remedy="Keep one of the two.",
        bad=(
            "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n    certificate-authority: ca.crt\n"
            "    certificate-authority-data: <ca.crt>  # here\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n    certificate-authority: ca.crt\n"
            "    insecure-skip-tls-verify: true  # here\n",
            "users:\n- name: a\n  user:\n    token: hunter2\n    tokenFile: token.txt  # here\n",
        ),
        good=(
            "clusters:\n- name: a\n  cluster:\n    server: https://a.example.com\n    certificate-authority: ca.crt\n",
        ),
        check=_check_conflicts,
        on=(KUBECONFIG,),
        told=True,
    ),
)
