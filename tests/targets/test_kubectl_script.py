"""The script of the target kubectl: real kubectls make of it exactly the kubeconfig that render writes."""

import json
import subprocess
from pathlib import Path

import pytest
from conftest import JUDGE, ROOT, find_kubectls
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from kubeconfigs import SEVERAL, TEXTS, as_json

from kcfg.errors import SpecError
from kcfg.files import read_bytes
from kcfg.rendering import RenderOptions, render
from kcfg.spec.environments import resolve
from kcfg.spec.load import load_spec
from kcfg.targets.job import Job
from kcfg.targets.render import render_to
from kcfg.yaml.emit import dump_yaml

ALL = find_kubectls() or {"none": Path("kubectl")}
MODERN = {name: path for name, path in ALL.items() if name not in ("1.27", "1.28", "1.29")}
# The last that is too old, the oldest and the newest that are not; all of them in `make kubectls`.
ENDS = {*[name for name in ALL if name not in MODERN][-1:], *[*MODERN][:1], *[*MODERN][-1:]}
ASKED = {name: path for name, path in ALL.items() if name in ENDS or JUDGE}
HEAD = {"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": "fleet"}}
# An example starts a kubectl for every command of its script.
FEW = settings(SEVERAL, max_examples=max(SEVERAL.max_examples // 6, 4))
pytestmark = pytest.mark.kubectl


def run_script(script, program, folder):
    """Run a script with one kubectl as the only one on PATH, and return the kubeconfig as that kubectl shows it."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    (tools / "kubectl").unlink(missing_ok=True)
    (tools / "kubectl").symlink_to(program)
    config = folder / "made" / "config"
    config.unlink(missing_ok=True)
    config.parent.mkdir(exist_ok=True)
    done = subprocess.run(
        ["/bin/sh", "-s", config], input=script, text=True, capture_output=True, env={"PATH": str(tools)}, timeout=100
    )
    return done, shown(program, config)


def shown(program, config):
    """A kubeconfig as a kubectl shows it, without what no kubectl command writes: installHint; [] instead of null."""
    done = subprocess.run(
        [program, "config", "view", "--raw", "-o", "json", "--kubeconfig", config], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for user in found["users"] or []:
        stanza = user["user"].get("exec", {})
        stanza.pop("installHint", None)
        stanza.update({field: stanza[field] or None for field in ("args", "env") if field in stanza})
    return found


def script_of(spec):
    job = Job(spec, None, read_bytes)
    ((_, script),) = render_to("kubectl", job)
    return script


@pytest.mark.parametrize("program", ASKED.values(), ids=ASKED)
def test_every_kubectl_makes_the_rendered_kubeconfig_or_says_that_it_is_too_old(program, kubectl_path, tmp_path):
    spec, _ = resolve(load_spec(str(ROOT / "tests/targets/kubectl/script")), None, {})
    config = render(spec, RenderOptions())
    (tmp_path / "rendered").write_text(dump_yaml(config.to_value()))

    done, made = run_script(script_of(spec), program, tmp_path)

    if program in MODERN.values():
        assert (done.returncode, done.stderr) == (0, "")
        assert made == shown(program, tmp_path / "rendered")
    else:
        assert (done.returncode, done.stderr) == (2, "kubeconfig.sh: kubectl 1.30 or newer is needed\n")
        assert made["users"] is None


def test_a_plain_user_needs_no_new_kubectl(kubectl_path, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(
        json.dumps(
            HEAD
            | {
                "clusters": [{"name": "a", "server": "https://a.example.com"}],
                "users": [{"name": "me", "tokenFile": "kcfg.yaml"}],
                "contexts": [{"name": "a", "cluster": "a", "user": "me"}],
            }
        )
    )
    spec, _ = resolve(load_spec(str(tmp_path)), None, {})

    done, made = run_script(script_of(spec), next(iter(ALL.values())), tmp_path)

    assert done.returncode == 0, done.stderr
    assert made["users"] == [{"name": "me", "user": {"tokenFile": str(tmp_path / "kcfg.yaml")}}]


def test_a_list_of_files_is_refused(kubectl_path, tmp_path):
    spec, _ = resolve(load_spec(str(ROOT / "tests/targets/kubectl/script")), None, {})

    folder = tmp_path / "empty"
    folder.mkdir()
    given = {"input": script_of(spec), "text": True, "capture_output": True}

    done = subprocess.run(["/bin/sh", "-s", "a:b"], cwd=folder, **given)

    assert (done.returncode, done.stderr) == (2, "kubeconfig.sh: name one file: a:b\n")
    assert list(folder.iterdir()) == []


NAME = TEXTS.filter(bool)
SERVER = st.sampled_from(["https://a.example.com", "https://b.example.com:6443/x?y=1&z='2'"])
CLUSTER = st.fixed_dictionaries(
    {"name": NAME, "server": SERVER},
    optional={
        "tls-server-name": NAME,
        "disable-compression": st.booleans(),
        "certificate-authority": st.sampled_from(["pki/ca one.crt", "pki/$HOME's.crt"]),
        "proxy-url": st.sampled_from(["http://proxy.example.com", "socks5://proxy.example.com:1080"]),
    },
)
INSECURE = st.fixed_dictionaries({"name": NAME, "server": SERVER, "insecure-skip-tls-verify": st.booleans()})
EXEC = st.fixed_dictionaries(
    {
        "apiVersion": st.sampled_from(["v1", "v1beta1"]).map("client.authentication.k8s.io/".__add__),
        "command": NAME.filter(lambda text: "/" not in text),
        "interactiveMode": st.sampled_from(["Never", "IfAvailable", "Always"]),
    },
    optional={
        "args": st.lists(TEXTS, max_size=3),
        "env": st.lists(st.fixed_dictionaries({"name": NAME, "value": TEXTS}), max_size=3),
        "provideClusterInfo": st.booleans(),
    },
)
USER = st.fixed_dictionaries({"name": NAME}, optional={"exec": EXEC, "as": NAME, "as-uid": NAME})
TOKEN = st.fixed_dictionaries({"name": NAME, "token": st.just("ref+default://ci/token")})


@st.composite
def specs(draw):
    """A spec whose names are as odd as names can be, all of it referred to or not."""
    by_name = {"unique_by": lambda each: each["name"], "min_size": 1, "max_size": 2}
    clusters = draw(st.lists(CLUSTER | INSECURE, **by_name))
    users = draw(st.lists(USER | TOKEN, **by_name))
    context = st.fixed_dictionaries(
        {"name": NAME, "cluster": st.sampled_from([each["name"] for each in clusters])},
        optional={"user": st.sampled_from([each["name"] for each in users]), "namespace": NAME},
    )
    contexts = draw(st.lists(context, unique_by=lambda each: each["name"], max_size=2))
    spec = HEAD | {"clusters": clusters, "users": users, "contexts": contexts}
    if contexts and draw(st.booleans()):
        spec["current-context"] = contexts[0]["name"]
    return spec


@pytest.mark.parametrize(
    "program", [*MODERN.values()][:: max(len(MODERN) - 1, 1)], ids=[*MODERN][:: max(len(MODERN) - 1, 1)]
)
@FEW
@given(written=specs())
def test_any_script_makes_exactly_what_render_writes(program, written, kubectl_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("script")
    (folder / "kcfg.yaml").write_text(as_json(written))
    spec, faults = resolve(load_spec(str(folder)), None, {})
    assert not faults
    try:
        script = script_of(spec)
    except SpecError:
        assume(False)  # told, not written wrongly
    config = render(spec, RenderOptions())
    (folder / "rendered").write_text(dump_yaml(config.to_value()))

    done, made = run_script(script, program, folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert made == shown(program, folder / "rendered")
