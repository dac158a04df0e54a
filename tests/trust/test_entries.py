"""`apply` where something is new: what nobody allowed is held back, entry by entry, and the rest is written."""

import json

import pytest
from terminal import on_terminal

from kcfg.kubeconfig.file import load_file

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
SPEC = HEAD + (
    "secretStores: [{name: vars, provider: env, env: {prefix: KCFG_}}]\n"
    "clusters:\n- {name: prod, server: 'https://prod.example.com'}\n- {name: dev, server: 'https://dev.example.com'}\n"
    "users:\n- {name: ops, token: ref+vars://ops}\n- {name: devs, token: ref+vars://devs}\n"
    "contexts:\n- {name: prod, cluster: prod, user: ops}\n- {name: dev, cluster: dev, user: devs}\n"
)
EXEC = "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./get.sh, interactiveMode: Never}"
SECRETS = {"KCFG_OPS": "canary-ops-1", "KCFG_DEVS": "canary-devs-1"}


class World:
    """A trusted spec that was applied once."""

    def __init__(self, folder, kcfg):
        self.kcfg, self.folder = kcfg, folder
        self.spec, self.config = folder / "kcfg.yaml", folder / "config"
        self.spec.write_text(SPEC)
        assert self.run("trust", "--yes").returncode == 0
        assert self.apply().returncode == 0

    def run(self, *words, env=None):
        return self.kcfg(*words, "-f", self.spec, cwd=self.folder, env={**SECRETS, **(env or {})})

    def apply(self, *words, env=None):
        return self.run("apply", "--yes", "--kubeconfig", self.config, *words, env=env)

    def forget_root(self, folder):
        """Let the user know the spec's name from its other places alone."""
        path = self.folder / "home/.local/state/kcfg/trust.json"
        record = json.loads(path.read_text())
        del record["acme"]["roots"][str(folder)]
        path.write_text(json.dumps(record))

    def change(self, old, new):
        text = self.spec.read_text()
        assert old in text
        self.spec.write_text(text.replace(old, new))

    @property
    def live(self):
        return load_file(str(self.config)).config

    def server(self, cluster):
        return self.live.clusters[cluster].body["server"]


@pytest.fixture
def world(tmp_path, kcfg):
    return World(tmp_path, kcfg)


def test_a_cluster_that_moved_stays_and_the_rest_is_written(world):
    world.change("https://prod.example.com", "https://evil.example.com")
    world.change("user: devs}", "user: devs, namespace: web}")

    done = world.apply()

    assert done.returncode == 1
    assert "cluster/prod: not trusted: $KCFG_OPS goes to https://evil.example.com" in done.stderr
    assert done.stderr.count("evil.example.com") == 1
    assert "`kcfg trust`" in done.stderr
    assert world.server("prod") == "https://prod.example.com"
    assert world.live.contexts["dev"].body["namespace"] == "web"
    assert "1 configured, 1 held back" in done.stderr
    assert world.apply().returncode == 1  # nothing was remembered as allowed
    assert world.run("trust", "--yes").returncode == 0
    assert world.apply().returncode == 0
    assert world.server("prod") == "https://evil.example.com"


def test_a_new_cluster_gets_no_known_secret(world):
    world.change(
        "users:",
        "- {name: evil, server: 'https://evil.example.com'}\n- {name: plain, server: 'https://p.example.com'}\nusers:",
    )
    world.change("contexts:", "contexts:\n- {name: evil, cluster: evil, user: ops}\n- {name: plain, cluster: plain}")

    done = world.apply()

    assert done.returncode == 1
    assert {*world.live.contexts} == {"prod", "dev", "plain"}
    assert {*world.live.clusters} == {"prod", "dev", "plain"}


def test_a_program_that_nobody_allowed_stays_out(world):
    world.change("{name: ops, token: ref+vars://ops}", f"{{name: ops, {EXEC}}}")
    world.change("server: 'https://prod.example.com'", "server: 'https://prod.example.com', disable-compression: true")
    before = world.live.users["ops"].body

    done = world.apply()

    assert done.returncode == 1
    assert "user/ops: not trusted: runs ./get.sh" in done.stderr
    assert world.live.users["ops"].body == before
    assert world.live.clusters["prod"].body["disable-compression"] is True


def test_an_inlined_secret_is_not_even_read(world):
    world.apply("--credentials", "inline")
    world.change("https://prod.example.com", "https://evil.example.com")

    done = world.apply("--credentials", "inline", env={"KCFG_OPS": "canary-ops-2", "KCFG_DEVS": "canary-devs-2"})

    assert done.returncode == 1
    assert "cluster/prod: not trusted" in done.stderr
    assert world.live.users["ops"].body["token"] == "canary-ops-1"
    assert world.live.users["devs"].body["token"] == "canary-devs-2"
    assert world.server("prod") == "https://prod.example.com"
    missing = world.apply("--credentials", "inline", env={"KCFG_OPS": ""})
    assert missing.returncode == 1, missing.stderr  # what is not read is not missed


def test_what_no_entry_uses_holds_nothing_back_and_is_told(world):
    world.change(
        "secretStores: [", "secretStores: [{name: run, provider: command, command: {argv: [./get.sh, '{key}']}}, "
    )
    world.change("user: devs}", "user: devs, namespace: web}")

    done = world.apply()

    assert done.returncode == 1
    assert "not trusted: store run runs ./get.sh" in done.stderr
    assert world.live.contexts["dev"].body["namespace"] == "web"
    assert world.run("trust", "--yes").returncode == 0
    assert world.apply().returncode == 0


def test_where_nothing_is_left_nothing_is_said_to_be_written(world):
    before = world.config.read_bytes()
    world.change("https://prod.example.com", "https://evil.example.com")

    done = world.apply()

    assert done.returncode == 1
    assert "held back: nothing was written" in done.stderr
    assert world.config.read_bytes() == before


def test_a_strangers_spec_is_refused_as_a_whole(world):
    other = world.folder / "other"
    other.mkdir()
    world.spec = world.spec.rename(other / "kcfg.yaml")
    world.change("user: devs}", "user: devs, namespace: web}")
    before = world.config.read_bytes()

    done = world.apply()

    assert (done.returncode, "the name 'acme' belongs to" in done.stderr) == (1, True)
    assert world.config.read_bytes() == before


def test_a_clone_that_moved_is_no_stranger(world):
    old = world.spec.parent / "clone"
    old.mkdir()
    world.spec = world.spec.rename(old / "kcfg.yaml")
    assert world.run("trust", "--yes").returncode == 0
    world.forget_root(world.folder)
    world.spec = old.rename(world.folder / "moved") / "kcfg.yaml"
    world.change("https://prod.example.com", "https://evil.example.com")
    world.change("user: devs}", "user: devs, namespace: web}")

    done = world.apply()

    assert (done.returncode, "belongs to" in done.stderr) == (1, False)
    assert "cluster/prod: not trusted: $KCFG_OPS goes to https://evil.example.com" in done.stderr
    assert "(allowed so far: https://prod.example.com)" in done.stderr
    assert world.server("prod") == "https://prod.example.com"
    assert world.live.contexts["dev"].body["namespace"] == "web"

    # Somebody who takes the name while the clone is there is one, as ever.
    other = world.folder / "other"
    other.mkdir()
    (other / "kcfg.yaml").write_text(SPEC.replace("user: devs}", "user: devs, namespace: theirs}"))
    world.spec = other / "kcfg.yaml"
    done = world.apply()
    assert (done.returncode, f"belongs to {world.folder}/moved" in done.stderr) == (1, True), done.stderr


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (
            "proxy-url: 'https://proxy.example.com'",
            "through proxy https://proxy.example.com (so far: directly)",
        ),
        ("tls-server-name: prod", "as prod (so far: by its own name)"),
        (
            "insecure-skip-tls-verify: true",
            "without checking its certificate (so far: checking its certificate)",
        ),
    ],
)
def test_another_way_to_the_same_server_is_told_beside_the_former(world, now, told):
    world.change("'https://prod.example.com'", f"'https://prod.example.com', {now}")

    told = told.replace("(", "(allowed ")
    assert f"$KCFG_OPS goes to https://prod.example.com {told}\n" in world.apply().stderr


def test_entries_that_wait_for_one_reason_are_told_in_one_line(world):
    world.change("users:", "- {name: lab, server: 'https://lab.example.com'}\nusers:")
    world.change("user: devs}", "user: devs, namespace: web}")
    world.spec.write_text(
        world.spec.read_text() + "- {name: lab, cluster: lab, user: ops}\n- {name: free, cluster: lab}\n"
    )

    done = world.apply()

    assert done.stderr.count("lab.example.com") == 1
    assert "cluster/lab, context/lab: not trusted: " in done.stderr


def test_diff_says_that_apply_will_not_write_all_of_it(world):
    assert "note" not in world.run("diff", "--kubeconfig", world.config).stderr
    world.change("https://prod.example.com", "https://evil.example.com")

    done = world.run("diff", "--kubeconfig", world.config)

    assert "`kcfg apply` will ask whether this is meant: $KCFG_OPS goes to https://evil.example.com" in done.stderr
    assert "note" not in world.run("diff", "--kubeconfig", world.config, "--trust").stderr
    world.spec.write_text(world.spec.read_text() + "environments: [{name: one}, {name: two}]\n")
    assert "note" not in world.run("diff", "--kubeconfig", world.config, "--all-environments").stderr


def test_a_saved_plan_is_written_as_a_whole_or_not_at_all(world):
    world.change("https://prod.example.com", "https://evil.example.com")
    world.change("user: devs}", "user: devs, namespace: web}")
    plan = world.folder / "plan"
    assert world.run("diff", "--kubeconfig", world.config, "--out", plan).returncode == 1
    before = world.config.read_bytes()

    done = world.kcfg("apply", plan, "--yes", cwd=world.folder)

    assert (done.returncode, "not trusted" in done.stderr) == (1, True), done.stderr
    assert world.config.read_bytes() == before


def test_json_says_what_was_held(world):
    world.change("https://prod.example.com", "https://evil.example.com")
    world.change("user: devs}", "user: devs, namespace: web}")

    done = world.apply("-o", "json")
    found = {f"{each['kind']}/{each['name']}": each["action"] for each in json.loads(done.stdout)["changes"]}

    assert found == {"cluster/prod": "held", "context/dev": "update"}


def test_no_on_a_terminal_leaves_the_rest(world):
    world.change("https://prod.example.com", "https://evil.example.com")
    world.change("user: devs}", "user: devs, namespace: web}")
    words = ["apply", "-f", str(world.spec), "--kubeconfig", str(world.config)]
    code, shown = on_terminal(words, [b"n\n", b"y\n"], cwd=world.folder, env=SECRETS)

    assert "without what is not trusted" in shown
    assert code == 1
    assert "context/dev configured" in shown
    assert world.server("prod") == "https://prod.example.com"
    assert world.live.contexts["dev"].body["namespace"] == "web"
