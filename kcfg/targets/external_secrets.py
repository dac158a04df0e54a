"""External Secrets Operator: an ExternalSecret for each cluster that makes what another target would have made.

Fields and their forms are those of the v1 CRD (external-secrets, config/crds/bases/external-secrets.io_externalsecrets
.yaml, commit a5015f4b1616; v1 is served since 0.16): spec.secretStoreRef, spec.data[].remoteRef and sourceRef.storeRef,
spec.target.template with engineVersion v2. A cluster that needs no secret is a plain Secret: there is nothing to fetch.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from secrets import token_hex

from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import Secret
from kcfg.spec.references import is_reference, reference, secret_fields
from kcfg.targets.manifest import manifest, metadata
from kcfg.targets.member import Member
from kcfg.targets.members import members, with_kubeconfigs
from kcfg.targets.targets import open_template
from kcfg.targets.users import secret_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job
    from kcfg.targets.targets import Template


NAMESPACE = ""  # that of the template
FILE = ""
# What stands in a rendering until the operator puts the value there: no spec can hold it.
_MARK = f"kcfg{token_hex(8)}"


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield an ExternalSecret for each cluster with references, a Secret for each without."""
    template = open_template(job.template)
    job.namespace = job.namespace or template.NAMESPACE
    chosen = members(job, template, _faults)
    places = _Places()
    for member, config in with_kubeconfigs(job, chosen, places.read):
        yield f"{member.name}.yaml", manifest(_object(job, template, member, config, places))


def _object(job: Job, template: Template, member: Member, config: Kubeconfig, places: _Places) -> dict[str, Any]:
    refs = _references(member)
    if not refs:
        return template.plain_object(job, member, config)
    name, labels, annotations = template.object_of(member)
    data = template.cluster_data(member, config)
    keys = _keys(refs)
    texts = {field: places.fill(text, keys) for field, text in data.items()}
    stores = {ref: _store(job, ref) for ref in refs}
    first = stores[refs[0]]
    entries: list[dict[str, Any]] = []
    for ref in refs:
        remote = {"key": ref.key} | ({"property": ref.property} if ref.property else {})
        entry: dict[str, Any] = {"secretKey": keys[ref], "remoteRef": remote}
        entries.append(entry | ({} if stores[ref] == first else {"sourceRef": {"storeRef": stores[ref]}}))
    made: dict[str, Any] = {"engineVersion": "v2", "type": template.KIND, "data": texts}
    about = {key: value for key, value in (("labels", labels), ("annotations", annotations)) if value}
    made |= {"metadata": about} if about else {}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": metadata(job, name, member.labels),
        "spec": {
            "secretStoreRef": first,
            "target": {"name": name, "creationPolicy": "Owner", "template": made},
            "data": entries,
        },
    }


def _faults(declared: Declared[User]) -> Iterator[Problem]:
    user = declared.entry
    yield from secret_faults(declared, references=True)
    for path, value in secret_fields(user):
        if is_reference(value) and reference(value).service:
            yield declared.problem(
                "an item of this machine's keyring is out of the operator's reach",
                *path,
                rule="KCFG706",
                hint="refer to a key: its store in the cluster has the value",
            )
        elif path == ("client-key-data",) and not (user.client_certificate or user.client_certificate_data):
            yield declared.problem(
                "the certificate of this key is not in the spec",
                *path,
                rule="KCFG706",
                hint="add client-certificate: it is public",
            )


def _references(member: Member) -> list[SecretRef]:
    fields = secret_fields(member.user.entry) if member.user else ()
    return list(dict.fromkeys(reference(value) for _, value in fields if is_reference(value)))


def _keys(refs: list[SecretRef]) -> dict[SecretRef, str]:
    """Return a name for each value that a Go template can say after a dot."""
    found: dict[SecretRef, str] = {}
    for ref in refs:
        plain = re.sub(r"[^a-z0-9]+", "_", f"{ref.key}_{ref.property}".lower()).strip("_")
        name = plain if plain[:1].isalpha() else f"v_{plain}"
        found[ref] = name if name not in found.values() else f"{name}_{len(found)}"
    return found


def _store(job: Job, ref: SecretRef) -> dict[str, str]:
    kind, _, name = job.secret_store.rpartition("/")
    return {"kind": kind or "ClusterSecretStore", "name": name or ref.store}


class _Places:
    """Marks instead of secrets: the rendering says where the values belong, and in which form."""

    def __init__(self) -> None:
        self._marks: dict[SecretRef, str] = {}

    def read(self, ref: SecretRef) -> Secret:
        """Return a mark."""
        mark = self._marks.setdefault(ref, f"{_MARK}n{len(self._marks):07}")
        return Secret(json.dumps({ref.property: mark}) if ref.property else mark)

    def fill(self, text: str, keys: dict[SecretRef, str]) -> str:
        """Return a text as a Go template: what is literal stays, and each mark asks for its value."""
        text = text.replace("{{", '{{ "{{" }}')
        for ref, key in keys.items():
            if ref not in self._marks:
                continue
            mark = self._marks[ref]
            clear = f'{{{{ .{key} | trimSuffix "\\n" | trimSuffix "\\r" | toJson }}}}'
            coded = f"{{{{ .{key} | b64enc | toJson }}}}"
            for form, expression in ((mark, clear), (b64encode(mark.encode()).decode(), coded)):
                text = text.replace(f'"{form}"', expression).replace(form, expression)
        return text
