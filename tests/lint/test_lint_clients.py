"""`lint --clients`: what named clients make of a file, and nothing about others."""

import pytest

from kcfg.lint.capabilities import CLIENTS
from kcfg.lint.open import open_kubeconfigs, open_spec, real_outside
from kcfg.lint.run import lint

FILE = """\
apiVersion: v1
kind: Config
current-context: a
clusters:
- name: a
  cluster:
    server: https://a.example.com
    proxy-url: http://proxy.example.com:3128
    tls-server-name: b.example.com
users:
- name: u
  user:
    tokenFile: /nowhere/token
    as: jane@example.com
    as-groups: [blue]
- name: p
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: some-plugin
      interactiveMode: Never
      provideClusterInfo: true
contexts:
- name: a
  context: {cluster: a, user: u, namespace: team-a}
- name: b
  context: {cluster: a, user: p}
"""
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
clusters:
- name: a
  server: https://a.example.com
users:
- name: robot
  token: ref+default://robot/token
- name: pair
  client-key-data: ref+default://pair/pair
- name: plain
  credentials: inline
  token: ref+default://plain/token
- name: eks
  auth: {aws-eks: {cluster: a}}
contexts:
- {name: a, cluster: a, user: robot}
- {name: b, cluster: a, user: pair}
- {name: c, cluster: a, user: plain}
- {name: d, cluster: a, user: eks}
"""


def found(opened, *clients):
    opened.clients = clients
    problems = lint(opened, only=["KCFG605", "KCFG606", "KCFG607", "KCFG608", "KCFG609", "KCFG610"]).problems
    return [(each.rule, each.location.line, each.message) for each in problems]


@pytest.fixture
def kubeconfig(tmp_path):
    (tmp_path / "config").write_text(FILE)
    (tmp_path / "config").chmod(0o600)
    return str(tmp_path / "config")


def opened(path):
    return open_kubeconfigs([path], real_outside())


def test_without_clients_nothing_is_told(kubeconfig):
    assert found(opened(kubeconfig)) == []


@pytest.mark.parametrize("client", ["kubectl", "client-go"])
def test_kubectl_is_fine_with_all(kubeconfig, client):
    assert found(opened(kubeconfig), client) == []


def test_what_lightkube_loses_is_told_at_each_field(kubeconfig):
    told = found(opened(kubeconfig), "lightkube")

    assert [(rule, line) for rule, line, _ in told] == [
        ("KCFG606", 8), ("KCFG607", 9), ("KCFG605", 14), ("KCFG605", 15), ("KCFG609", 19), ("KCFG609", 22),
    ]  # fmt: skip
    assert told[2][2] == (
        "as is ignored by lightkube 1.0.1: the request goes out under the user's own name, with all its rights"
    )


def test_clients_that_do_the_same_share_a_finding(kubeconfig):
    told = [message for rule, _, message in found(opened(kubeconfig), *CLIENTS) if rule == "KCFG606"]

    assert told == ["proxy-url http is ignored by lightkube 1.0.1: it connects without the proxy"]
    same = next(message for _, _, message in found(opened(kubeconfig), *CLIENTS) if message.startswith("tokenFile is"))
    assert same.startswith("tokenFile is ignored by kr8s 0.20.15 and client-node 2.0.1: ")


def test_a_line_break_in_a_token_file_is_looked_for(tmp_path):
    (tmp_path / "token").write_text("planted\n")
    (tmp_path / "config").write_text(FILE.replace("/nowhere/token", "token"))
    told = [message for _, _, message in found(opened(str(tmp_path / "config")), "kubernetes")]
    (tmp_path / "token").write_text("planted")
    clean = [message for _, _, message in found(opened(str(tmp_path / "config")), "kubernetes")]

    assert any(message.startswith("tokenFile with a line break fails with kubernetes 37.0.2") for message in told)
    assert not any(message.startswith("tokenFile") for message in clean)


def test_a_spec_is_told_what_its_rendered_stanzas_are(tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    spec = open_spec(str(tmp_path / "kcfg.yaml"), real_outside())

    told = [
        (line, message.partition(" by ")[0]) for rule, line, message in found(spec, "lightkube") if rule == "KCFG609"
    ]

    assert sorted(told) == [
        (9, "exec v1 is refused"), (11, "exec client certificate is refused"), (11, "exec v1 is refused"),
    ]  # fmt: skip


def test_the_command_tells_place_and_remedy(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)

    done = kcfg("lint", "-f", str(tmp_path), "--clients", "kubectl,lightkube", "--rule", "KCFG609")

    assert f"{tmp_path}/kcfg.yaml:9:3: warning: users[0].token: exec v1 is refused by lightkube" in done.stdout
    assert "kcfg render --exec-api v1beta1" in done.stdout
    assert kcfg("lint", "-f", str(tmp_path), "--rule", "KCFG609").stdout == ""


def test_an_unknown_client_is_refused(kcfg, kubeconfig):
    done = kcfg("lint", kubeconfig, "--clients", "kr8s,lightcube")

    assert done.returncode == 2
    assert "no client 'lightcube'" in done.stderr
    assert "did you mean 'lightkube'?" in done.stderr


def test_a_comment_lets_one_stand(tmp_path):
    (tmp_path / "config").write_text(
        FILE.replace("    as: jane@example.com\n", "    as: jane@example.com  # kcfg:ignore KCFG605 jane may do all\n")
    )

    assert 14 not in {line for _, line, _ in found(opened(str(tmp_path / "config")), "lightkube")}
