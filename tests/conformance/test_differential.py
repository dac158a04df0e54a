"""Random kubeconfigs through real kubectl and kcfg: view, minify, flatten and merge give the same bytes or refuse."""

import contextlib
import io
import json
import os
import subprocess

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kcfg.cli import view
from kcfg.errors import KcfgError

TRICKY = [
    "", " ", "a", "b", "y", "N", "null", "~", "1", "1.50", "0x1F", "017", "1_000", "1e3", ".5", "-.inf", "12:30:45",
    "2001-01-01", "2001-02-30", "2001-01-01T00:00:00Z", "<<", "=", "- a", "a: b", "a #b", "a:", "'x'", '"x"', "é",
    "日本", "🚀", "x\ty", "two\nlines", "ends\n", "\nstarts", "trailing ", "C:\\x", "%x", "@x", "`x`", "!x", "&x", "*x",
    "?", "-", "arn:aws:eks:eu:1:cluster/x", "long words " * 12, "x" * 130, "\x85", "\u2028", "\ufeff", "a\u00a0b",
    "a  b   c " * 15, "10", "9", "B", "a-b", "a.b",
]  # fmt: skip
NAMES = st.sampled_from(TRICKY) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
TEXTS = NAMES | st.text(st.sampled_from("ab1:.-#' \n\t\"\\é🚀"), max_size=90)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
BASE64 = st.sampled_from(["", "RkFLRQ==", "RkFL\nRQ==\n", "RkF=", "!"])
PATHS = st.sampled_from(["", "ca.crt", "./pki/../ca.crt", "pki/empty", "nope", "pki"])


def fields(**known):
    return st.fixed_dictionaries({}, optional={name.replace("_", "-"): value for name, value in known.items()})


def entries(wrapper, body):
    one = st.fixed_dictionaries({"name": NAMES, wrapper: body})
    return st.none() | st.lists(one, max_size=4, unique_by=lambda entry: entry["name"])


EXTENSIONS = st.lists(
    st.fixed_dictionaries({"name": NAMES, "extension": JSON.filter(lambda value: value is not None)}),
    max_size=3,
    unique_by=lambda each: each["name"],
)
CLUSTER = fields(
    server=TEXTS, tls_server_name=TEXTS, insecure_skip_tls_verify=st.booleans(), certificate_authority=PATHS,
    certificate_authority_data=BASE64, proxy_url=TEXTS, disable_compression=st.booleans(), extensions=EXTENSIONS,
    unknown=JSON,
)  # fmt: skip
PROVIDER = st.fixed_dictionaries({"name": TEXTS}, optional={"config": st.dictionaries(TEXTS, TEXTS, max_size=2)})
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
    as_user_extra=st.dictionaries(TEXTS, st.lists(TEXTS, max_size=2), max_size=2), extensions=EXTENSIONS,
    auth_provider=PROVIDER,
)  # fmt: skip
CONTEXT = fields(cluster=NAMES, user=NAMES, namespace=TEXTS, extensions=EXTENSIONS)
CONFIG = st.fixed_dictionaries(
    {"apiVersion": st.just("v1"), "kind": st.just("Config")},
    optional={
        "clusters": entries("cluster", CLUSTER),
        "users": entries("user", USER),
        "contexts": entries("context", CONTEXT),
        "current-context": NAMES,
        "preferences": fields(colors=st.booleans(), extensions=EXTENSIONS),
        "extensions": EXTENSIONS,
    },
)
SEVERAL = settings(
    max_examples=int(os.environ.get("KCFG_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def as_json(config):
    return json.dumps(config, ensure_ascii=False)


def as_yaml(config):
    return yaml.safe_dump(config, allow_unicode=True, width=60)


STYLES = st.sampled_from([as_json, as_yaml])


@pytest.fixture
def both(kubectl_path, tmp_path, monkeypatch):
    """Return a function: files and flags → None if both answered alike, else what they said."""
    (tmp_path / "pki").mkdir()
    (tmp_path / "ca.crt").write_bytes(b"FAKE\r\nCA\xff")
    (tmp_path / "pki" / "empty").touch()

    def compare(texts, **flags):
        paths = [tmp_path / f"config{index}" for index in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, newline="")
        monkeypatch.setenv("KUBECONFIG", ":".join(map(str, paths)))
        theirs = _kubectl(kubectl_path, tmp_path, flags)
        ours = _kcfg(flags)
        assert ours == theirs

    return compare


def _kubectl(program, folder, flags):
    words = [f"--{name}={value if isinstance(value, str) else str(value).lower()}" for name, value in flags.items()]
    done = subprocess.run(
        [program, "config", "view", *words],
        capture_output=True,
        cwd=folder,
        env={"KUBECONFIG": os.environ["KUBECONFIG"]},
    )
    return done.stdout.decode() if done.returncode == 0 else "refused"


def _kcfg(flags):
    given = {"raw": False, "minify": False, "flatten": False, "output": "yaml", "context": None} | flags
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            view.run(**given, merge=None, kubeconfig=None)
    except KcfgError:
        return "refused"
    return out.getvalue()


@SEVERAL
@given(CONFIG, STYLES, st.sampled_from(["yaml", "json"]))
def test_view(both, config, style, output):
    both([style(config)], raw=True, output=output)


@SEVERAL
@given(st.lists(CONFIG, min_size=2, max_size=3), STYLES)
def test_merge(both, configs, style):
    both([style(config) for config in configs], raw=True)


@SEVERAL
@given(CONFIG, STYLES, st.data())
def test_minify(both, config, style, data):
    names = [context["name"] for context in config.get("contexts") or []]
    both([style(config)], raw=True, minify=True, context=data.draw(st.sampled_from([*names, "", "nope"])))


@SEVERAL
@given(CONFIG, STYLES)
def test_flatten(both, config, style):
    both([style(config)], flatten=True)
