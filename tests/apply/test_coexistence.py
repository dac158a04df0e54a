"""Between two applies kubectl, kubectx and an editor change the file: kcfg says what they did, and loses none of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, require

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
SPEC = f"""{HEAD}clusters:
- {{name: prod, server: "https://prod.example.com"}}
- {{name: dev, server: "https://dev.example.com"}}
users:
- {{name: ops, token: "ref+default://ops/token"}}
contexts:
- {{name: prod, cluster: prod, user: ops, namespace: web}}
- {{name: dev, cluster: dev, user: ops}}
"""
MINE = """# mine
apiVersion: v1
kind: Config
clusters:
- name: mine  # keep
  cluster: {server: https://mine.example.com}
contexts:
- name: mine
  context: {cluster: mine, user: me}
current-context: mine
"""


@pytest.fixture
def world(tmp_path, kcfg, kubectl_path):
    return World(tmp_path, kcfg, kubectl_path)


class World:
    """A kubeconfig of the user's with a spec applied to it."""

    def __init__(self, folder, kcfg, kubectl_path):
        self.run, self.kubectl_path = kcfg, kubectl_path
        self.config, self.spec = folder / "config", folder / "kcfg.yaml"
        self.config.write_text(MINE)
        self.spec.write_text(SPEC)
        done = self.kcfg("apply", "--yes")
        assert done.returncode == 0, done.stderr

    def kcfg(self, command, *words):
        if command == "apply":
            self.run("trust", "-f", self.spec, "--yes")
        return self.run(command, *words, "-f", self.spec, "--kubeconfig", self.config)

    def kubectl(self, *words):
        return subprocess.run(
            [self.kubectl_path, "config", *words, "--kubeconfig", self.config], check=True, capture_output=True
        )

    def kubectx(self, *words):
        found = shutil.which("kubectx")
        require("kubectx", present=found is not None)
        Path(os.environ["HOME"], ".kube").mkdir(exist_ok=True)  # where it remembers the last context
        beside = os.pathsep.join([str(Path(self.kubectl_path).parent), os.environ["PATH"]])
        return subprocess.run(
            [found, *words],
            check=True,
            capture_output=True,
            env={**os.environ, "KUBECONFIG": str(self.config), "PATH": beside},
        )

    def edit(self, old, new):
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def status(self):
        done = self.kcfg("status")
        assert done.returncode == 0, done.stderr
        return sorted(done.stdout.splitlines())

    def refused(self):
        """Apply: nothing may be written, and every change of others is named."""
        before = self.config.read_bytes()
        done = self.kcfg("apply", "--yes", "--prune")
        assert done.returncode == 1
        assert self.config.read_bytes() == before
        return done.stderr


def test_the_users_own_part_is_as_it_was(world):
    kept = world.config.read_text()

    for line in MINE.splitlines():
        assert line in kept
    assert kept.startswith("# mine\n")


def test_kubectl_rewrites_the_whole_file_and_means_the_same(world):
    world.kubectl("set-context", "extra", "--cluster=prod", "--user=me")

    assert world.status() == []
    assert world.kcfg("apply", "--yes", "--prune").returncode == 0
    assert "extra" in world.config.read_text()


def test_kubectl_sets_a_namespace_in_a_managed_context(world):
    world.kubectl("set-context", "prod", "--namespace=other")

    assert world.status() == ["M  context/prod"]  # it is the user's
    assert (world.kcfg("diff").returncode, world.kcfg("verify").returncode) == (0, 0)
    world.spec.write_text(SPEC.replace("namespace: web}", "namespace: db, labels: {env: prod}}"))
    done = world.kcfg("apply", "--yes")
    assert (done.returncode, "context/prod configured" in done.stdout) == (0, True)
    text = world.config.read_text()
    assert ("namespace: other" in text, "env: prod" in text) == (True, True)
    assert world.kcfg("apply", "--yes").stdout == f"{world.config} unchanged\n"

    world.spec.write_text(world.spec.read_text() + "manage: [namespace]\n")
    assert "namespace: other -> db" in world.kcfg("diff").stdout
    assert world.kcfg("apply", "--yes").returncode == 0
    assert "namespace: db" in world.config.read_text()
    assert world.status() == []


def test_a_namespace_that_nobody_changed_follows_the_spec(world):
    world.spec.write_text(SPEC.replace("namespace: web", "namespace: db"))

    assert world.kcfg("apply", "--yes").returncode == 0
    assert "namespace: db" in world.config.read_text()


def test_an_environment_manages_what_the_spec_leaves_to_the_user(world):
    world.kubectl("set-context", "prod", "--namespace=other")
    world.spec.write_text(SPEC + "environments: [{name: ci, manage: [namespace]}]\n")

    assert world.kcfg("verify").returncode == 0
    assert world.kcfg("verify", "-e", "ci").returncode == 1


def test_kubectl_deletes_a_managed_context_and_a_cluster(world):
    world.kubectl("delete-context", "dev")
    world.kubectl("delete-cluster", "dev")

    assert world.status() == ["DA cluster/dev", "DA context/dev"]
    assert "context/dev: deleted since kcfg wrote it" in world.refused()


def test_kubectl_unsets_a_managed_user(world):
    world.kubectl("unset", "users.ops")

    assert world.status() == ["DA user/ops"]


def test_kubectl_puts_a_static_token_beside_the_plugin(world):
    world.kubectl("set-credentials", "ops", "--token=fake-fake")

    assert world.status() == ["MM user/ops"]
    shown = world.kcfg("diff")
    assert "token: REDACTED -> (none)" in shown.stdout
    assert "fake-fake" not in shown.stdout + shown.stderr + world.refused()


def test_kubectx_switches_and_renames(world):
    world.kubectx("prod")
    assert world.status() == []  # the spec does not declare current-context

    world.kubectx("production=prod")

    assert world.status() == ["DA context/prod"]
    world.refused()
    assert world.kcfg("apply", "--yes", "--on-conflict", "spec").returncode == 0
    text = world.config.read_text()
    assert "name: production" in text
    assert "current-context: production" in text


def test_kubectx_deletes(world):
    world.kubectx("-d", "dev")

    assert world.status() == ["DA context/dev"]


def test_current_context_that_the_spec_declares_and_kubectx_switched(world):
    world.spec.write_text(SPEC + "current-context: prod\n")
    assert "~ current-context: mine -> prod" in world.kcfg("diff").stdout
    assert world.kcfg("apply", "--yes").returncode == 0
    assert "current-context: prod\n" in world.config.read_text()

    world.kubectx("mine")

    assert world.status() == ["M  current-context"]
    world.spec.write_text(SPEC + "current-context: dev\n")
    assert world.kcfg("apply", "--yes").returncode == 0
    assert "current-context: mine\n" in world.config.read_text()
    world.spec.write_text(SPEC + "current-context: dev\nmanage: [current-context]\n")
    assert world.kcfg("apply", "--yes").returncode == 0
    assert "current-context: dev\n" in world.config.read_text()


def test_an_editor_changes_comments_and_order(world):
    text = world.config.read_text()
    world.edit("https://mine.example.com}", "https://moved.example.com}  # by hand")
    world.edit("# mine\n", "# mine, and a second line\n# of comments\n")

    assert world.status() == []
    assert world.kcfg("apply", "--yes", "--prune").returncode == 0
    assert world.config.read_text() == text.replace(
        "https://mine.example.com}", "https://moved.example.com}  # by hand"
    ).replace("# mine\n", "# mine, and a second line\n# of comments\n")


def test_an_editor_changes_a_managed_field_and_the_spec_changes_another(world):
    world.edit("https://prod.example.com", "https://edited.example.com")
    world.spec.write_text(SPEC.replace("https://dev.example.com", "https://dev2.example.com"))

    assert world.status() == [" M cluster/dev", "MM cluster/prod"]
    done = world.kcfg("apply", "--yes")  # holds back the one entry, and writes the other
    assert (done.returncode, "cluster/dev configured" in done.stdout) == (1, True)
    assert "cluster/prod: changed since kcfg wrote it" in done.stderr
    assert "kcfg: error: 1 conflict: the rest was written" in done.stderr
    text = world.config.read_text()
    assert "https://edited.example.com" in text
    assert "https://dev2.example.com" in text
    assert world.kcfg("apply", "--yes", "--on-conflict", "actual").returncode == 0


def test_a_cluster_that_others_changed_holds_back_its_contexts_and_whom_they_would_take_to_it(world):
    world.edit("https://prod.example.com", "https://edited.example.com")
    world.spec.write_text(
        SPEC.replace("ops/token", "ops/other").replace("contexts:", """- {name: root, token: "ref+default://root"}
contexts:
- {name: prod-root, cluster: prod, user: root}
- {name: dev-root, cluster: dev, user: root}
""")
    )  # fmt: skip

    shown = world.kcfg("diff")
    done = world.kcfg("apply", "--yes")

    assert (shown.returncode, done.returncode) == (1, 1)
    for title, reason in {
        "user/ops": "context 'prod' would take it to cluster/prod, which is not the spec's",
        "context/prod-root": "waits for cluster/prod",
    }.items():
        assert f"! {title}  (held back: {reason})" in shown.stdout
        assert f"error: {title}: {reason}" in done.stderr
    assert "1 conflict, 2 held back: the rest was written" in done.stderr
    assert {"user/root created", "context/dev-root created"} <= set(done.stdout.splitlines())
    assert "ops/other" not in world.config.read_text()

    assert world.kcfg("apply", "--yes", "--on-conflict", "spec").returncode == 0
    assert "ops/other" in world.config.read_text()
    assert world.status() == []


def test_a_context_of_the_users_own_never_takes_a_new_credential_elsewhere(world):
    world.kubectl("set-context", "aside", "--cluster=mine", "--user=ops")
    world.spec.write_text(SPEC.replace("ops/token", "ops/other"))

    done = world.kcfg("apply", "--yes", "--on-conflict", "spec")

    assert done.returncode == 1
    assert "user/ops: context 'aside' would take it to cluster/mine, which is not the spec's" in done.stderr
    assert "`kcfg delete-context`" in done.stderr
    assert "ops/other" not in world.config.read_text()
    world.kubectl("delete-context", "aside")
    assert world.kcfg("apply", "--yes").returncode == 0
    assert "ops/other" in world.config.read_text()


def test_somebody_makes_the_change_that_the_spec_makes(world):
    world.edit("https://prod.example.com", "https://new.example.com")
    world.spec.write_text(SPEC.replace("https://prod.example.com", "https://new.example.com"))

    assert world.status() == ["M  cluster/prod"]
    assert world.kcfg("apply", "--yes").returncode == 0
    assert world.status() == []


def test_the_file_goes_away_and_comes_back(world):
    text = world.config.read_text()
    world.config.unlink()
    assert {line[:2] for line in world.status()} == {"DA"}
    assert world.kcfg("apply", "--yes").returncode == 1
    assert not world.config.exists()

    world.config.write_text(text)

    assert world.status() == []


def test_two_specs_share_a_file(world, tmp_path):
    other = tmp_path / "infra.yaml"
    other.write_text(
        SPEC.replace("name: acme", "name: infra").replace("prod", "stage").replace("name: dev", "name: dev-infra")
        .replace("cluster: dev,", "cluster: dev-infra,").replace("ops", "infra-ops")
    )  # fmt: skip
    apply = ("apply", "--yes", "--prune", "--kubeconfig", world.config)
    world.run("trust", "-f", other, "--yes")
    assert world.run(*apply, "-f", other).returncode == 0
    assert world.status() == []

    done = world.kcfg("apply", "--yes", "--prune")

    assert "pruned" not in done.stdout
    clash = other.read_text().replace("name: stage, server", "name: prod, server")
    other.write_text(clash.replace("cluster: stage", "cluster: prod"))
    refused = world.run(*apply, "-f", other)
    assert refused.returncode == 1
    assert "cluster/prod: managed by another spec: acme" in refused.stderr


def test_many_apply_to_one_file_at_once(world, tmp_path):
    specs = []
    for number in range(8):
        path = tmp_path / f"team{number}.yaml"
        name = f"team{number}"
        path.write_text(
            f"apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {{name: {name}}}\n"
            f"clusters: [{{name: {name}, server: 'https://{name}.example.com'}}]\n"
            f"contexts: [{{name: {name}, cluster: {name}}}]\n"
        )
        specs.append(path)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "kcfg", "apply", "--yes", "--kubeconfig", str(world.config), "-f"]

    running = [
        subprocess.Popen([*words, str(path)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for path in specs
    ]
    ended = [(each.communicate(timeout=120)[1], each.returncode) for each in running]

    assert [code for _, code in ended] == [0] * 8, ended
    text = world.config.read_text()
    for number in range(8):
        assert text.count(f"https://team{number}.example.com") == 1
        assert world.run("verify", "-f", specs[number], "--kubeconfig", world.config).returncode == 0
    assert world.status() == []
    assert not world.config.with_name("config.lock").exists()
