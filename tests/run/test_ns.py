"""`kcfg ns`: the namespace of the current context; chosen among the server's, or those of before."""

import os
from pathlib import Path

import pytest
from fleet_servers import fleet  # noqa: F401
from terminal import on_terminal

from kcfg.cli.shared.choose import _SHOWN
from kcfg.kubeconfig.file import load_file


@pytest.fixture
def one(fleet):  # noqa: F811
    """A kubeconfig with one context, and its server's namespaces."""
    names = ["default", "web", "kube-system"]
    items = [{"metadata": {"name": name}} for name in names]

    def answer(request):
        return (200, {"items": items}) if request.path.startswith("/api/v1/namespaces?") else (404, {})

    fleet.context("prod", fleet.start(answer=answer).url)
    return Path(fleet.write(current="prod"))


def namespace(config):
    return load_file(str(config)).config.contexts["prod"].get("namespace")


def test_it_is_set_printed_and_led_back_from(one, kcfg):
    def ns(*words):
        return kcfg("ns", *words, "--kubeconfig", one)

    assert ns().stdout == "default\n"
    assert ns("-").returncode == 2
    assert ns("web").stdout == 'Context "prod" has namespace "web".\n'
    assert (ns().stdout, namespace(one)) == ("web\n", "web")
    ns("shop")
    ns("-")
    assert namespace(one) == "web"
    ns("-")
    assert namespace(one) == "shop"
    assert ns("").returncode == 2


def test_a_preview_remembers_nothing(one, kcfg):
    shown = kcfg("ns", "web", "--diff", "--kubeconfig", one)

    assert (shown.returncode, namespace(one)) == (1, "")
    assert "web" in shown.stdout
    assert kcfg("ns", "-", "--kubeconfig", one).returncode == 2


def test_without_a_current_context_it_says_so(kcfg, tmp_path):
    (tmp_path / "none").write_text("apiVersion: v1\nkind: Config\n")

    done = kcfg("ns", "web", "--kubeconfig", "none", cwd=tmp_path)

    assert (done.returncode, "current context" in done.stderr) == (2, True)


def choose(config, *answers):
    env = {"TERM": "dumb", "HOME": os.environ["HOME"]}
    words = ["ns", "--kubeconfig", str(config)]
    return on_terminal(words, [f"{each}\n".encode() for each in answers], cwd=config.parent, env=env)


def test_on_a_terminal_the_servers_are_offered_and_completion_has_them(one, kcfg):
    assert _SHOWN > 3
    code, shown = choose(one, "kube")

    assert code == 0, shown
    assert "web" in shown
    assert namespace(one) == "kube-system"
    offered = kcfg("__complete", "zsh", "use", "prod", "--kubeconfig", one, "-n", "").stdout
    assert offered.split() == ["default", "kube-system", "web", ":4"]


def test_where_no_server_answers_those_of_before_are_offered(one, kcfg):
    kcfg("ns", "shop", "--kubeconfig", one)
    kcfg("ns", "web", "--kubeconfig", one)
    text = one.read_text()
    server = load_file(str(one)).config.clusters
    url = next(iter(server.values())).body["server"]
    one.write_text(text.replace(url, "https://127.0.0.1:9"))

    code, shown = choose(one, "shop")

    assert code == 0, shown
    assert "these were used before" in shown
    assert "kube-system" not in shown
    assert namespace(one) == "shop"
