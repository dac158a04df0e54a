"""What kcfg says of other clients is what they do: each model is held to the real client over the same files."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from conftest import require

from kcfg.lint.clients import CLIENTS
from kcfg.lint.open import open_kubeconfigs, real_outside
from kcfg.lint.run import lint
from kcfg.yaml.compose import read_as_pyyaml
from kcfg.yaml.parse import parse_yaml


def text(letter, *, current="", sections=("clusters", "users", "contexts"), context="", extra=""):
    """A file whose server and token tell which one it is; cluster and user have the same names in all of them."""
    parts = {
        "clusters": f"clusters:\n- name: c\n  cluster: {{server: 'https://{letter}.example.com'}}\n",
        "users": f"users:\n- name: u\n  user: {{token: planted-{letter}}}\n",
        "contexts": f"contexts:\n- name: {context or letter}\n  context: {{cluster: c, user: u}}\n",
    }
    return "".join(parts[each] for each in sections) + current + extra


def is_(name):
    return f"current-context: {name}\n"


SCENARIOS = {
    "one-file": [text("a", current=is_("a"))],
    "one-file-without-current": [text("a")],
    "one-file-with-empty-current": [text("a", current=is_("''"))],
    "one-file-with-null-current": [text("a", current="current-context:\n")],
    "first-users-null": [
        text("a", current=is_("a"), sections=("clusters", "contexts"), extra="users:\n"), text("b"),
    ],
    "both-current": [text("a", current=is_("a")), text("b", current=is_("b"))],
    "only-the-second-current": [text("a"), text("b", current=is_("b"))],
    "first-current-empty": [text("a", current=is_("''")), text("b", current=is_("b"))],
    "only-the-first-current": [text("a", current=is_("a")), text("b")],
    "second-current-empty": [text("a", current=is_("a")), text("b", current=is_("''"))],
    "second-current-null": [text("a", current=is_("a")), text("b", current="current-context:\n")],
    "same-context-name": [text("a", current=is_("x"), context="x"), text("b", current=is_("x"), context="x")],
    "three": [text("a", current=is_("a")), text("b", current=is_("b")), text("d", current=is_("d"))],
    "second-file-empty": [text("a", current=is_("a")), ""],
    "second-file-a-comment": [text("a", current=is_("a")), "# nothing yet\n"],
    "first-without-contexts": [
        text("a", current=is_("b"), sections=("clusters", "users")), text("b", current=is_("b")),
    ],
    "section-null": [
        text("a", current=is_("b"), sections=("clusters", "users"), extra="contexts:\n"), text("b", current=is_("b")),
    ],
}  # fmt: skip


def real_kubectl(paths, kubectl):
    done = subprocess.run(
        [kubectl, "config", "view", "--minify", "--raw", "-o", "json"],
        env={"KUBECONFIG": ":".join(paths), "HOME": "/nonexistent"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    if done.returncode:
        return "refused"
    seen = json.loads(done.stdout)
    users = seen["users"] or [{"user": {}}]
    return seen["current-context"], seen["clusters"][0]["cluster"]["server"], users[0]["user"].get("token", "")


def real_python(paths, _):
    from kubernetes.config.kube_config import ConfigException, _get_kube_config_loader

    try:
        loader = _get_kube_config_loader(filename=":".join(paths))
    except ConfigException:
        return "refused"
    return loader.current_context["name"], loader._cluster["server"], (loader._user or {"token": ""})["token"]


def real_kr8s(paths, _):
    from kr8s._auth import KubeAuth

    async def load():
        return await KubeAuth(kubeconfig=":".join(paths), serviceaccount="")

    try:
        auth = asyncio.run(load())
    except (ValueError, KeyError, AttributeError, TypeError):
        return "refused"
    return auth.active_context, auth.server, auth.token or ""


def real_lightkube(paths, _):
    from lightkube.config.kubeconfig import KubeConfig
    from lightkube.core.exceptions import ConfigError

    try:
        found = KubeConfig.from_file(":".join(paths)).get()
    except (ConfigError, KeyError, TypeError):
        return "refused"
    return found.context_name, found.cluster.server, found.user.token if found.user else ""


REAL = {"kubectl": real_kubectl, "kubernetes-python": real_python, "kr8s": real_kr8s, "lightkube": real_lightkube}


def modelled(client, paths):
    """What the model says the client ends up with."""
    readings = [(path, parse_yaml(Path(path).read_bytes(), path).value) for path in paths]
    view = CLIENTS[client](readings)
    if view.refusal or not view.current:
        return "refused"

    def body(section, name, wrapper):
        at = view.entries.get((section, name))
        entries = readings[at][1][section] if at is not None else []
        return next((each[wrapper] for each in entries if each["name"] == name), {})

    context = body("contexts", view.current, "context")
    cluster, user = body("clusters", context["cluster"], "cluster"), body("users", context["user"], "user")
    return view.current, cluster["server"], user.get("token", "")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_model_agrees_with_the_real_client(client, scenario, tmp_path, kubectl_path):
    if client == "lightkube":
        try:
            import lightkube  # noqa: F401
        except ImportError:
            require("lightkube", present=False)
    paths = []
    for index, content in enumerate(SCENARIOS[scenario]):
        paths.append(str(tmp_path / f"{index}.yaml"))
        (tmp_path / f"{index}.yaml").write_text(content)

    assert modelled(client, paths) == REAL[client](paths, kubectl_path)


def findings(tmp_path, *texts):
    paths = []
    for index, content in enumerate(texts):
        paths.append(str(tmp_path / f"{index}.yaml"))
        (tmp_path / f"{index}.yaml").write_text(content)
    return {problem.rule: problem for problem in lint(open_kubeconfigs(paths, real_outside())).problems}


def test_who_reads_which_current_context_is_told(tmp_path):
    found = findings(tmp_path, *SCENARIOS["both-current"])

    assert found["KCFG601"].message == "clients disagree: kubectl and kr8s read 'a', kubernetes-python reads 'b'"
    assert found["KCFG601"].location.file == str(tmp_path / "1.yaml")


def test_who_reads_which_entry_is_told(tmp_path):
    found = findings(tmp_path, *SCENARIOS["same-context-name"])
    first, second = tmp_path / "0.yaml", tmp_path / "1.yaml"

    assert found["KCFG602"].message.endswith(
        f": kubectl and kubernetes-python read that of {first}, kr8s reads that of {second}"
    )


@pytest.mark.parametrize("value", ["1:30", "2024-01-01", "y", "1e3", "0o17", "0b11", "1_000", ".5", "~", "on", "abc"])
def test_the_two_readings_of_a_scalar_are_compared(value, tmp_path):
    extension = f"[{{name: x, extension: {value}}}]"
    content = f"contexts:\n- name: a\n  context: {{cluster: a, extensions: {extension}}}\n"
    differ = parse_yaml(content.encode(), "x").value != read_as_pyyaml(content)[0]

    assert ("KCFG604" in findings(tmp_path, content)) == differ


def test_several_documents_stop_pyyaml_but_not_kubectl(tmp_path):
    found = findings(tmp_path, text("a", current=is_("a")) + "---\nkind: Other\n")

    assert "several documents" in found["KCFG604"].message


def test_lightkube_cannot_read_users_that_are_null(tmp_path):
    content = text("a", current=is_("a"), sections=("clusters", "contexts"), extra="users:\n")
    (tmp_path / "0.yaml").write_text(content)

    assert real_lightkube([str(tmp_path / "0.yaml")], "") == "refused"
    assert findings(tmp_path, content)["KCFG603"].message.startswith("lightkube cannot read this: ")
