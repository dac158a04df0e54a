"""kubectl: the `kubectl config …` commands that make the same kubeconfig, as a POSIX shell script.

kubectl takes values in argv, where every process of the machine can read them: plugins and paths only. What
no `kubectl config` command can write (checked with 1.27 to 1.33) is a fault, except installHint: it is left out, with a
note; and an empty list of args becomes null, which kubectl takes for the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote

from kcfg.kubeconfig.fields import CONTEXTS, IMPERSONATION, STRING, by_section, names
from kcfg.kubeconfig.model import Kubeconfig
from kcfg.spec.references import is_reference, secret_fields
from kcfg.spec.spec import OWN_FIELDS
from kcfg.targets.manifest import HEADER
from kcfg.targets.users import provider_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Body
    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job

NAMESPACE = ""
FILE = "kubeconfig.sh"
_HEAD = """#!/bin/sh
{header}# Usage: sh kubeconfig.sh [KUBECONFIG]
set -eu
config=${{1:-${{KUBECONFIG:-$HOME/.kube/config}}}}
case $config in *:*) echo "kubeconfig.sh: name one file: $config" >&2; exit 2 ;; esac
k() {{ kubectl --kubeconfig "$config" config "$@" >/dev/null; }}
{check}"""
# kubectl 1.30 brought both flags; without them the plugin would be run in another mode.
_CHECK = """case $(kubectl config set-credentials --help) in *exec-interactive-mode*) ;; *)
  echo "kubeconfig.sh: kubectl 1.30 or newer is needed" >&2; exit 2 ;; esac
"""
# kubectl writes these so that it reads something else back, at the next command at the latest.
_LOST = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# Words that `kubectl config set` takes for a field wherever they stand in a name.
_FIELDS = {"-", *(name for each in by_section().values() for name in each), *(f"act-{name}" for name in IMPERSONATION)}
_PATHS = ("client-certificate", "client-key", "username")
# Fields that only `kubectl config set` knows, under the names it has for them.
_SET = {
    "client-certificate-data": "client-certificate-data",
    "tokenFile": "tokenFile",
    "as": "act-as",
    "as-uid": "act-as-uid",
}


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the script."""
    job.credentials, job.directory = "exec", None
    job.problems += _faults(job)
    config = job.kubeconfig()
    stanzas = [user.body["exec"] for user in config.users.values() if user.body.get("exec")]
    if hinted := sum(1 for stanza in stanzas if stanza.get("installHint")):
        job.notes.append(f"installHint is left out ({hinted}): no kubectl command writes it")
    modern = any(stanza.get("provideClusterInfo") or not _is_default(stanza) for stanza in stanzas)
    lines = [" ".join(quote(word) for word in words) for words in _commands(config)]
    text = _HEAD.format(header=HEADER, check=_CHECK if modern else "")
    yield "kubeconfig.sh", text + "".join(f"{line}\n" for line in lines)


def _commands(config: Kubeconfig) -> Iterator[list[str]]:
    for name, entry in config.clusters.items():
        yield from _cluster(name, entry.body)
    for name, entry in config.users.items():
        yield from _user(name, entry.body)
    for name, entry in config.contexts.items():
        flags = [f"--{field}={entry.body[field]}" for field in names(CONTEXTS, STRING) if entry.body.get(field)]
        yield ["k", "set-context", *flags, "--", name]
    if config.current_context:
        yield ["k", "use-context", "--", config.current_context]


def _cluster(name: str, body: Body) -> Iterator[list[str]]:
    fields = ("server", "tls-server-name", "certificate-authority", "proxy-url")
    flags = [f"--{field}={body[field]}" for field in fields if body.get(field)]
    flags += ["--insecure-skip-tls-verify=true"] if body.get("insecure-skip-tls-verify") else []
    yield ["k", "set-cluster", *flags, "--", name]
    if body.get("disable-compression"):
        yield _set("clusters", name, "disable-compression", "true")
    if data := body.get("certificate-authority-data"):
        yield _set("clusters", name, "certificate-authority-data", data)


def _user(name: str, body: Body) -> Iterator[list[str]]:
    flags = [f"--{field}={body[field]}" for field in _PATHS if body.get(field)]
    stanza = body.get("exec") or {}
    yield ["k", "set-credentials", *flags, *_exec_flags(stanza), "--", name]
    for each in stanza.get("env") or []:  # one by one: kubectl keeps no order among those of one command
        yield ["k", "set-credentials", f"--exec-env={each['name']}={each['value']}", "--", name]
    for field, known in _SET.items():
        if body.get(field):
            yield _set("users", name, known, str(body[field]))


def _exec_flags(stanza: Body) -> Iterator[str]:
    if not stanza:
        return
    yield f"--exec-command={stanza['command']}"
    yield f"--exec-api-version={stanza['apiVersion']}"
    for each in stanza.get("args") or []:
        doubled = each.replace('"', '""')
        yield f'--exec-arg="{doubled}"'  # the flag takes a line of CSV
    if (mode := stanza.get("interactiveMode")) and not _is_default(stanza):
        yield f"--exec-interactive-mode={mode}"
    if stanza.get("provideClusterInfo"):
        yield "--exec-provide-cluster-info=true"


def _is_default(stanza: Body) -> bool:
    return str(stanza["apiVersion"]).endswith("/v1beta1") and stanza.get("interactiveMode") == "IfAvailable"


def _set(section: str, name: str, field: str, value: str) -> list[str]:
    return ["k", "set", "--", f"{section}.{name}.{field}", value]


def _faults(job: Job) -> Iterator[Problem]:
    contexts = [job.spec.contexts[name] for name in job.names]
    clusters = {each.entry.cluster for each in contexts} if job.contexts is not None else {*job.spec.clusters}
    users = {each.entry.user for each in contexts} if job.contexts is not None else {*job.spec.users}
    entries: list[Declared[Any]] = [
        *(each for name, each in job.spec.clusters.items() if name in clusters),
        *(each for name, each in job.spec.users.items() if name in users),
        *contexts,
    ]
    for declared in entries:
        if declared.entry.extensions:
            yield _unwritable(declared, "extensions")
        fields = declared.entry.model_dump(by_alias=True, exclude_none=True, exclude={"extensions", *OWN_FIELDS})
        yield from (_unwritable(declared, *path) for path, text in _texts(fields) if _LOST.search(text))
    for name in sorted(clusters):
        yield from _name_faults(job.spec.clusters[name], ("disable-compression", "certificate-authority-data"))
    for user in sorted(filter(None, users)):
        declared = job.spec.users[user]
        yield from provider_faults(declared)
        yield from _user_faults(declared)
        yield from _name_faults(declared, tuple(_SET))


def _texts(value: object, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _texts(item, *path, key)


def _user_faults(declared: Declared[User]) -> Iterator[Problem]:
    for path, value in secret_fields(declared.entry):
        if not is_reference(value):
            yield declared.problem(
                "kubectl would take this value in argv, for all to see",
                *path,
                rule="KCFG701",
                hint="put it into a store and refer to it, or use `kcfg render --out`",
            )
    for field in ("impersonate_groups", "impersonate_extra"):
        if getattr(declared.entry, field):
            yield _unwritable(declared, type(declared.entry).model_fields[field].alias or field)
    stanza = declared.entry.exec
    names = [each.name for each in (stanza and stanza.env) or []]
    if len(set(names)) < len(names) or any("=" in name for name in names):
        yield _unwritable(declared, "exec", "env")
    if stanza and stanza.args == [""]:  # kubectl takes one empty argument for no arguments (1.30 and 1.33)
        yield _unwritable(declared, "exec", "args")


def _name_faults(declared: Declared[Any], fields: tuple[str, ...]) -> Iterator[Problem]:
    """Yield a name that `kubectl config set`, which these fields need, would read as something else."""
    given = declared.entry.model_dump(by_alias=True, exclude_none=True, include=None)
    parts = declared.entry.name.split(".")
    if any(given.get(field) for field in fields) and ("" in parts or _FIELDS & set(parts)):
        yield _unwritable(declared, "name")


def _unwritable(declared: Declared[Any], *path: str | int) -> Problem:
    return declared.problem(
        "no `kubectl config` command can write this", *path, rule="KCFG703", hint="use `kcfg render --out FILE`"
    )
