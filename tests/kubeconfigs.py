"""Random kubeconfigs (hypothesis), odd names and texts among them, and the styles to write them in."""

import json
import os
import re

import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kcfg.yaml.compose import compose
from kcfg.yaml.parse import Document
from kcfg.yaml.text import decode_text

TRICKY = [
    "", " ", "a", "b", "y", "N", "null", "~", "1", "1.50", "0x1F", "017", "1_000", "1e3", ".5", "-.inf", "12:30:45",
    "2001-01-01", "2001-02-30", "2001-01-01T00:00:00Z", "<<", "=", "- a", "a: b", "a #b", "a:", "'x'", '"x"', "é",
    "日本", "🚀", "x\ty", "two\nlines", "ends\n", "\nstarts", "trailing ", "C:\\x", "%x", "@x", "`x`", "!x", "&x", "*x",
    "?", "-", "arn:aws:eks:eu:1:cluster/x", "long words " * 12, "x" * 130, "\x85", "\u2028", "\ufeff", "a\u00a0b",
    "a  b   c " * 15, "10", "9", "²", "0", "B", "a-b", "a.b",
]  # fmt: skip
# What a Python's Unicode has not assigned yet may be a letter to Go, whose tables are newer: keys are sorted by that.
NAMES = st.sampled_from(TRICKY) | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12)
TEXTS = NAMES | st.text(st.sampled_from("ab1:.-#' \n\t\"\\é🚀"), max_size=90)
# Of a key `<<` kubectl makes a file that it cannot read.
KEYS = TEXTS.filter(lambda text: text != "<<")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
BASE64 = st.sampled_from(["", "RkFLRQ==", "RkFL\nRQ==\n"])
BAD_BASE64 = st.sampled_from(["RkF=", "!"])
PATHS = st.sampled_from(["", "ca.crt", "./pki/../ca.crt", "pki/empty", "nope", "pki"])


def fields(**known):
    return st.fixed_dictionaries({}, optional={name.replace("_", "-"): value for name, value in known.items()})


def entries(wrapper, body, least=0):
    one = st.fixed_dictionaries({"name": NAMES, wrapper: body})
    some = st.lists(one, min_size=least, max_size=4, unique_by=lambda entry: str(entry["name"]))
    return some if least else st.none() | some


EXTENSIONS = st.lists(
    st.fixed_dictionaries({"name": NAMES, "extension": JSON.filter(lambda value: value is not None)}),
    max_size=3,
    unique_by=lambda each: str(each["name"]),
)
CLUSTER = fields(
    server=TEXTS, tls_server_name=TEXTS, insecure_skip_tls_verify=st.booleans(), certificate_authority=PATHS,
    certificate_authority_data=BASE64, proxy_url=TEXTS, disable_compression=st.booleans(), extensions=EXTENSIONS,
    unknown=JSON,
)  # fmt: skip
PROVIDER = st.fixed_dictionaries({"name": TEXTS}, optional={"config": st.dictionaries(KEYS, TEXTS, max_size=2)})
ENV = st.lists(st.fixed_dictionaries({"name": TEXTS, "value": TEXTS}), max_size=2)
EXEC = st.fixed_dictionaries(
    {"command": TEXTS},
    optional={
        "apiVersion": st.sampled_from(["v1", "v1beta1", "v1alpha1"]).map("client.authentication.k8s.io/".__add__),
        "args": st.none() | st.lists(TEXTS, max_size=2),
        "env": st.none() | ENV,
        "interactiveMode": st.sampled_from(["", "Never", "odd"]),
        "provideClusterInfo": st.booleans(),
        "installHint": TEXTS,
    },
)
USER = fields(
    client_certificate=PATHS, client_certificate_data=BASE64, client_key=PATHS, client_key_data=BASE64, token=TEXTS,
    tokenFile=PATHS, as_groups=st.lists(TEXTS, max_size=2), as_uid=TEXTS, username=TEXTS, password=TEXTS, exec=EXEC,
    as_user_extra=st.dictionaries(KEYS, st.lists(TEXTS, max_size=2), max_size=2), extensions=EXTENSIONS,
    auth_provider=PROVIDER,
)  # fmt: skip
CONTEXT = fields(cluster=NAMES, user=NAMES, namespace=TEXTS, extensions=EXTENSIONS)


def configs(*, least=0, cluster=CLUSTER):
    """Kubeconfigs that load, of at least so many contexts."""
    return st.fixed_dictionaries(
        {
            "apiVersion": st.just("v1"),
            "kind": st.just("Config"),
            "contexts": entries("context", CONTEXT, least),
        },
        optional={
            "clusters": entries("cluster", cluster),
            "users": entries("user", USER),
            "current-context": NAMES,
            "preferences": fields(colors=st.booleans(), extensions=EXTENSIONS),
            "extensions": EXTENSIONS,
        },
    )


VALID = configs()
# One in a few has what kubectl refuses.
CONFIG = VALID | configs(cluster=CLUSTER | fields(certificate_authority_data=BAD_BASE64))
SEVERAL = settings(
    max_examples=int(os.environ.get("KCFG_EXAMPLES", "30")),
    # CI answers for what is known: the same examples each time. What is drawn at random is found where somebody looks.
    derandomize="KCFG_REQUIRE" in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def by_libyaml(raw, source="file"):
    """The first document as the YAML parser reads it: neither `json` nor `lines` is asked before."""
    text = decode_text(raw, source)
    nodes = compose(text, source, every=False)
    return Document(text, source, nodes[0] if nodes else None)


def as_json(config):
    return json.dumps(config, ensure_ascii=False)


def as_indented_json(config):
    return json.dumps(config, ensure_ascii=False, indent=2)


def as_yaml(config):
    return yaml.safe_dump(config, allow_unicode=True, width=60)


STYLES = st.sampled_from([as_json, as_yaml])

_EMPTY_PREFERENCES = re.compile(r'^(?:preferences: \{\}|    "preferences": \{\},)\n', re.MULTILINE)


def without_empty_preferences(printed):
    """Return what kubectl up to 1.33 prints as 1.35 prints it: without an empty `preferences` at the top."""
    return _EMPTY_PREFERENCES.sub("", printed, count=1)


# What changes a line's meaning, or its form, when it stands in a kubeconfig's text.
PIECES = (
    " ", "  ", "\n", "- ", "#", ":", ": ", '"', "'", "x", "y", "null", "1", "=", "\t", "é", "&a ", "*a", "|", "{}",
    "[]", "!", "%", "@", "`", "true", "- a\n", "a: b\n", "    token: a\n", "---\n",
)  # fmt: skip
