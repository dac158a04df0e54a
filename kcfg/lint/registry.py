"""Every rule by its id, and the words about those that `validate` and `render` have of their own."""

from __future__ import annotations

from kcfg.lint.rule import Rule
from kcfg.lint.rules import certificates, clients, fields, hygiene, plugins, secrets, unread

_MODULES = (fields, unread, secrets, plugins, certificates, hygiene, clients)
RULES: dict[str, Rule] = {rule.id: rule for module in _MODULES for rule in module.RULES}

# (title, explanation) of rules that belong to reading, validating and rendering a spec.
OTHERS = {
    "KCFG001": ("not YAML", "The text cannot be parsed; the message says where."),
    "KCFG002": ("unknown field", "Nothing reads it: a typing error, or foreign data that belongs under extensions."),
    "KCFG003": ("wrong type", "A list where a text belongs, an empty file, and the like."),
    "KCFG004": ("required field is missing", "For instance a cluster's server or the root file's metadata.name."),
    "KCFG005": ("value that is not allowed", "Too short, too long, or none of the values that may stand there."),
    "KCFG006": ("duplicate key", "A mapping has a key twice; only the last would count."),
    "KCFG007": ("include that leads nowhere", "It matches no file, or leads back to the file that includes it."),
    "KCFG008": ("not a kcfg spec", "apiVersion is kcfg/v1 and kind is KubeconfigSpec."),
    "KCFG101": ("name declared twice", "Two files, neither of which includes the other, declare the same name."),
    "KCFG110": ("variable without a declaration or a value", "Declare it under `variables:`; --set gives it a value."),
    "KCFG112": ("environment that extends nothing", "`extends` names no declared environment, or leads in a circle."),
    "KCFG113": ("environment without a context", "Its `select` matches none; --allow-empty renders none on purpose."),
    "KCFG114": (
        "patch that cannot be applied",
        "Its target matches nothing, an operation leads nowhere, or it would rename.",
    ),
    "KCFG115": (
        "matrix that cannot be expanded",
        "`generate` names a value that `forEach` lacks, or makes too many.",
    ),
    "KCFG119": (
        "outputs that are one file",
        "Two environments name one `output`, or their names are one where case does not count.",
    ),
    "KCFG120": ("included entry replaced", "A file declares it again, as a whole, and a safeguard is lost with it."),
    "KCFG111": (
        "file that is not on this machine",
        "A private key, a token, or a path of another machine is only needed where it is used.",
    ),
    "KCFG202": ("secret reference that cannot be understood", "Write ref+STORE://KEY or {secretRef: {key: KEY}}."),
    "KCFG203": ("two keys, one variable", "An `env` store reads both keys from the same environment variable."),
    "KCFG301": ("credential that exec cannot give", "The exec protocol has no username and password."),
    "KCFG302": ("reference that exec cannot deliver", "An auth-provider, or secrets in a plugin's arguments."),
    "KCFG303": ("credential beside a reference", "kubectl would use it, and never run the plugin for the reference."),
    "KCFG701": ("secret that a target would show", "`render --to`: it would stand in a manifest, or in an argument."),
    "KCFG702": ("sign-in that a target cannot do", "`render --to`: the tool does not run this plugin, or any."),
    "KCFG703": ("field that a target does not know", "`render --to`: what it says would be lost."),
    "KCFG704": ("two users for one cluster", "`render --to`: the target has one credential for each cluster."),
    "KCFG705": ("label that Kubernetes refuses", "`render --to`: keys and values are limited to what labels may hold."),
    "KCFG706": (
        "secret out of an operator's reach",
        "`render --to external-secrets`: its store in the cluster lacks it.",
    ),
}
TITLES: dict[str, str] = {id_: title for id_, (title, _) in OTHERS.items()} | {
    rule.id: rule.title for rule in RULES.values()
}
