"""The models → the published schema of a spec (`make schemas`)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_WRAPPERS = {"clusters": ("Cluster", "cluster"), "users": ("User", "user"), "contexts": ("Context", "context")}
_OUTER = ("name", "labels", "protected")
# For fields whose model says nothing more special.
_DESCRIPTIONS = {
    "apiVersion": "The version of this format.",
    "kind": "What this document is.",
    "name": "The name others refer to it by.",
    "metadata": "What the spec is called.",
    "secretStores": "Where secrets live; `default`, the OS keyring, is implied.",
    "clusters": "The API servers.",
    "users": "Who one is to a cluster.",
    "contexts": "A cluster, a user and a namespace under one name.",
    "current-context": "The context used when none is named.",
    "embed": "Whether certificates of files below the root go into kubeconfigs elsewhere (default: true).",
    "flatten": "Whether the content of every certificate and key file goes into its kubeconfig (default: false).",
    "manage": "Fields of the user's that the spec decides, though the user changed them (default: none).",
    "variables": "Values that strings name as `${name}`; never in secret fields.",
    "generate": "Matrices: entries for each combination of values; strings name them as `{name}`.",
    "environments": "The kubeconfigs that this spec stands for: `kcfg render -e NAME`.",
    "select": "The contexts to keep; clusters and users follow by reference. Default: all.",
    "credentials": "exec: a stanza that asks the keyring (default); inline: the value; omit: none; keep: the disk's.",
    "patches": "Changes to entries, in order; those of the environment that it extends come first.",
    "key": "The label.",
    "operator": "How the label's value compares.",
    "values": "What In and NotIn compare with.",
    "forEach": "Names and the values each takes, for all combinations of them; or a list of objects: one for each.",
    "exclude": "Combinations to leave out; a part of one matches all that have it.",
    "include": "Values for the combinations that they contradict nowhere; otherwise a combination of its own.",
    "context": "The context; its cluster and user default to those generated with it.",
    "issuer-url": "The provider's issuer URL.",
    "merge": "A JSON merge patch (RFC 7386): maps are merged, null deletes.",
    "target": "The entries that the patch is for.",
    "selector": "A label selector, as in kubectl.",
    "matchLabels": "Labels that a context has to have; null takes back what an extended environment asks.",
    "matchExpressions": "Requirements on labels, as in Kubernetes.",
    "names": "Names of contexts, or globs.",
    "lint": "The level of a rule, `KCFG501`, or of several, `KCFG5*`: error, warning, info or off.",
    "labels": "For selectors; `apply` notes them in an extension.",
    "description": "What it is for, for people.",
    "tls-server-name": "The name to verify in the server's certificate, instead of the host.",
    "insecure-skip-tls-verify": "Do not verify the server's certificate.",
    "certificate-authority": "A PEM file, relative to this file.",
    "certificate-authority-data": "The PEM bundle in base64.",
    "proxy-url": "An http://, https:// or socks5:// proxy.",
    "disable-compression": "Ask the server not to compress its answers.",
    "extensions": "Foreign data, kept as it is.",
    "extension": "Any value; kept as it is.",
    "server": "The API server's URL.",
    "client-certificate": "A PEM file, relative to this file.",
    "client-certificate-data": "The PEM certificate in base64.",
    "client-key": "A PEM file, relative to this file.",
    "client-key-data": "The private key.",
    "token": "A bearer token.",
    "tokenFile": "A file that holds a bearer token; it beats `token`.",
    "as": "The user to impersonate.",
    "as-uid": "The UID to impersonate.",
    "as-groups": "The groups to impersonate.",
    "as-user-extra": "Further properties of the impersonated user.",
    "username": "The name for basic authentication.",
    "password": "The password for basic authentication.",
    "auth-provider": "A legacy in-tree credential provider.",
    "config": "The provider's settings.",
    "exec": "A credential plugin that kubectl runs.",
    "command": "The program to run.",
    "args": "Its arguments.",
    "value": "The variable's value.",
    "installHint": "Shown when the program is not installed.",
    "provideClusterInfo": "Tell the plugin about the cluster.",
    "interactiveMode": "Whether the plugin may use standard input.",
    "cluster": "The cluster, by its name.",
    "user": "The user, by its name.",
    "namespace": "The namespace when none is named.",
    "keyring": "An item that another tool wrote into the OS keyring.",
    "secretRef": "Where the secret lives.",
}


def make_spec_schema() -> dict[str, Any]:
    """Return the schema of a spec file, generated from the models. Raises ValueError for a field without words."""
    from kcfg.spec.models import spec_schema

    schema: dict[str, Any] = _tidy(spec_schema())
    for part in (schema, *schema["$defs"].values()):
        for name, field in part["properties"].items():
            if not field.setdefault("description", _DESCRIPTIONS.get(name)):
                raise ValueError(f"the field {name!r} says nothing of itself: give its model's Field a description")
    schema["properties"]["variables"]["additionalProperties"] = False  # names that do not fit the pattern
    for field in schema["properties"].values():
        if field.get("type") in ("array", "object"):
            field["type"] = [field["type"], "null"]  # an empty `clusters:` means none
    for section, (definition, wrapper) in _WRAPPERS.items():
        _accept_wrapped(schema, section, definition, wrapper)
    return schema


def _accept_wrapped(schema: dict[str, Any], section: str, definition: str, wrapper: str) -> None:
    """Let an entry have kubeconfig's inner `cluster:`, `user:` or `context:` too, so that pasting works."""
    flat = schema["$defs"][definition]
    inner = {name: field for name, field in flat["properties"].items() if name not in _OUTER}
    body = {
        "type": "object",
        "description": f"The {wrapper}'s fields, as a kubeconfig nests them.",
        "additionalProperties": False,
        "properties": inner,
        "required": [name for name in flat["required"] if name in inner],
    }
    schema["$defs"][f"Wrapped{definition}"] = flat | {
        "title": f"Wrapped{definition}",
        "properties": {name: flat["properties"][name] for name in flat["properties"] if name in _OUTER}
        | {wrapper: body},
        "required": ["name", wrapper],
    }
    schema["properties"][section]["items"] = {
        "if": {"required": [wrapper]},
        "then": {"$ref": f"#/$defs/Wrapped{definition}"},
        "else": {"$ref": f"#/$defs/{definition}"},
    }


def _tidy(value: Any) -> Any:
    """Say what an editor understands: a list of types, if/then, no `anyOf` whose branches all fail at once."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value == {"title": "SecretRefBox"}:
        return {"$ref": "#/$defs/SecretRefBox"}
    tidy = {key: _tidy(item) for key, item in value.items() if (key, item) != ("default", None)}
    if len(tidy.get("anyOf", ())) == 2 and tidy["anyOf"][1] == {"type": "null"}:
        return _or_null(tidy.pop("anyOf")[0]) | tidy
    if len(tidy.get("anyOf", ())) == 2 and "$ref" in tidy["anyOf"][1]:
        plain, model = tidy.pop("anyOf")
        return {"type": [plain["type"], "object"], "if": {"type": "object"}, "then": model} | tidy
    if "anyOf" in tidy and all(set(branch) == {"type"} for branch in tidy["anyOf"]):
        return {"type": [branch["type"] for branch in tidy.pop("anyOf")]} | tidy
    return tidy


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"type": ["object", "null"], "if": {"type": "object"}, "then": schema}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    more = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [*types, "null"], **more}
