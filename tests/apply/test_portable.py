"""A kubeconfig outlives the clone that it was made from: public files of the spec are in it, not the way to them."""

import json
import shutil
import subprocess
from base64 import b64decode, b64encode

import pytest
import yaml

from kcfg import load_spec, make_target
from kcfg.rendering import RenderOptions
from kcfg.x509 import make_authority, make_client

CA, CA_KEY = make_authority("portable-tests")
CERTIFICATE, KEY = make_client("me", (), (CA, CA_KEY))
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
clusters:
- {name: prod, server: "%s", certificate-authority: pki/ca.crt}
users:
- {name: me, client-certificate: pki/me.crt, client-key: pki/me.key}
- {name: robot, tokenFile: pki/token}
contexts:
- {name: prod, cluster: prod, user: me}
- {name: robot, cluster: prod, user: robot}
environments:
- {name: paths, embed: false}
- {name: below, extends: paths}
- {name: again, extends: paths, embed: true}
"""


class World:
    """A clone with a spec, and a kubeconfig far from it."""

    def __init__(self, folder, kcfg, url="https://prod.example.com"):
        self.clone, self.config, self.kcfg = folder / "clone", folder / "away" / "config", kcfg
        (self.clone / "pki").mkdir(parents=True)
        (self.clone / ".git").mkdir()
        self.config.parent.mkdir()
        self.spec = self.clone / "kcfg.yaml"
        self.spec.write_text(SPEC % url)
        for name, content in (("ca.crt", CA), ("me.crt", CERTIFICATE), ("me.key", KEY), ("token", b"fake")):
            (self.clone / "pki" / name).write_bytes(content)
            (self.clone / "pki" / name).chmod(0o600)

    def __call__(self, command, *words):
        if command == "apply":
            self.kcfg("trust", "-f", self.spec, "--yes")
            words = ("--yes", *words)
        return self.kcfg(command, "-f", self.spec, "--kubeconfig", self.config, *words)

    def render(self, out, *words):
        done = self.kcfg("render", "-f", self.spec, "--out", out, *words)
        assert done.returncode == 0, done.stderr
        return done

    def body(self, kind, name, path=None):
        found = yaml.safe_load((path or self.config).read_text())
        return next(each[kind] for each in found[f"{kind}s"] if each["name"] == name)


@pytest.fixture
def world(tmp_path, kcfg):
    return World(tmp_path, kcfg)


def embedded(pem):
    return b64encode(pem).decode()


def test_apply_embeds_what_is_public_and_below_the_root(world):
    done = world("apply")

    assert done.returncode == 0, done.stderr
    assert "embedded" not in done.stderr
    assert world.body("cluster", "prod") == {
        "server": "https://prod.example.com", "certificate-authority-data": embedded(CA),
    }  # fmt: skip
    assert world.body("user", "me") == {
        "client-certificate-data": embedded(CERTIFICATE), "client-key": "../clone/pki/me.key",
    }  # fmt: skip
    assert world.body("user", "robot") == {"tokenFile": "../clone/pki/token"}


@pytest.mark.parametrize("command", ["diff", "verify", "status"])
def test_every_command_means_what_apply_wrote(command, world):
    world("apply")

    same, paths = world(command), world(command, "--no-embed")

    assert (same.returncode, "cluster" in same.stdout) == (0, False), same.stdout
    assert paths.returncode == int(command != "status")
    assert command == "verify" or "cluster/prod" in paths.stdout


@pytest.mark.parametrize("words", [("--no-embed",), ("-e", "paths"), ("-e", "below")])
def test_paths_stay_where_it_is_asked(words, world):
    world("apply", *words)

    assert world.body("cluster", "prod")["certificate-authority"] == "../clone/pki/ca.crt"
    assert world("verify", *words).returncode == 0


def test_an_environment_overrides_the_spec(world):
    world.spec.write_text(world.spec.read_text() + "embed: false\n")
    world("apply")
    assert "certificate-authority" in world.body("cluster", "prod")

    world("apply", "-e", "again")

    assert world.body("cluster", "prod")["certificate-authority-data"] == embedded(CA)


def test_included_files_that_disagree_are_told(world):
    for name, value in (("a", "true"), ("b", "false")):
        (world.clone / f"{name}.yaml").write_text(f"apiVersion: kcfg/v1\nkind: KubeconfigSpec\nembed: {value}\n")
    world.spec.write_text(world.spec.read_text() + "include: [a.yaml, b.yaml]\n")

    done = world("diff")

    assert (done.returncode, "two included files disagree on `embed`: True and False" in done.stderr) == (2, True)


def test_the_first_apply_after_an_upgrade_is_a_line_for_each_entry_and_no_conflict(world):
    world("apply", "--no-embed")  # as kcfg wrote it before

    told = world("diff").stdout.splitlines()
    done = world("apply")

    assert [line for line in told if not line.startswith("    ")][:3] == ["~ cluster/prod", "~ user/me", ""]
    lines = [line.strip() for line in told if line.startswith("    ")]
    assert [line.partition(" (")[0] for line in lines] == [
        "certificate-authority: ../clone/pki/ca.crt -> embedded",
        "client-certificate: ../clone/pki/me.crt -> embedded",
    ]
    assert "portable-tests" in lines[0]
    assert (done.returncode, done.stdout) == (0, "cluster/prod configured\nuser/me configured\n")
    assert world("verify").returncode == 0


def test_going_back_to_paths_is_a_line_too(world):
    world("apply")

    told = [line.strip() for line in world("diff", "--no-embed").stdout.splitlines() if line.startswith("    ")]

    assert [line.rpartition("-> ")[2] for line in told] == ["../clone/pki/ca.crt", "../clone/pki/me.crt"]
    assert all(line.split(": ")[1].startswith("embedded (") for line in told)


def test_json_says_both_fields(world):
    world("apply", "--no-embed")

    (cluster, _) = json.loads(world("diff", "-o", "json").stdout)["changes"]

    assert {(each["field"], each["before"] is None, each["after"] is None) for each in cluster["fields"]} == {
        ("certificate-authority", False, True), ("certificate-authority-data", True, False),
    }  # fmt: skip


def test_another_certificate_is_a_conflict_still(world):
    world("apply", "--no-embed")
    world.config.write_text(world.config.read_text().replace("pki/ca.crt", "pki/other.crt"))

    done = world("apply")

    assert (done.returncode, "changed since kcfg wrote it" in done.stderr) == (1, True)


def test_what_lies_outside_stays_a_path_and_is_named_once(world, tmp_path):
    (tmp_path / "outside.crt").write_bytes(CA)
    world.spec.write_text(world.spec.read_text().replace("pki/ca.crt", str(tmp_path / "outside.crt")))

    done = world("apply")

    assert done.returncode == 0, done.stderr
    note = f"kcfg: note: outside of the spec's root, so not embedded: {tmp_path}/outside.crt\n"
    assert done.stderr.count(note) == 1
    assert world.body("cluster", "prod")["certificate-authority"] == str(tmp_path / "outside.crt")
    assert world("verify").returncode == 0
    assert "not embedded" not in world("apply", "--no-embed").stderr


def test_an_absolute_path_below_the_root_is_embedded(world):
    world.spec.write_text(world.spec.read_text().replace("pki/ca.crt", str(world.clone / "pki/ca.crt")))

    world("apply")

    assert world.body("cluster", "prod")["certificate-authority-data"] == embedded(CA)


def test_only_certificates_are_carried(world):
    (world.clone / "pki/me.crt").write_bytes(b"a comment\n" + KEY + CERTIFICATE)
    world.spec.write_text(world.spec.read_text().replace("pki/me.key", "pki/me.crt"))

    world("apply")

    assert b64decode(world.body("user", "me")["client-certificate-data"]) == CERTIFICATE
    assert world.body("user", "me")["client-key"] == "../clone/pki/me.crt"


def test_a_file_without_a_certificate_stays_a_path_and_is_told(world, tmp_path):
    (world.clone / "pki/ca.crt").write_text("to be made\n")

    done = world.render(tmp_path / "rendered")

    assert "KCFG106" in done.stderr
    assert world.body("cluster", "prod", tmp_path / "rendered")["certificate-authority"] == "clone/pki/ca.crt"


def test_render_embeds_what_leaves_the_root_alone(world, tmp_path):
    inside, outside = world.clone / "out" / "config", tmp_path / "far" / "config"

    world.render(inside)
    world.render(outside)
    world.render(tmp_path / "plain", "--no-embed")
    shown = world.kcfg("render", "-f", world.spec).stdout

    assert world.body("cluster", "prod", inside)["certificate-authority"] == "../pki/ca.crt"
    assert world.body("cluster", "prod", outside)["certificate-authority-data"] == embedded(CA)
    assert world.body("cluster", "prod", tmp_path / "plain")["certificate-authority"] == "clone/pki/ca.crt"
    assert str(world.clone / "pki/ca.crt") in shown


def test_all_environments_each_as_it_says(world, tmp_path):
    world.render(tmp_path / "all", "--all-environments")

    bodies = {name: world.body("cluster", "prod", tmp_path / "all" / f"{name}.yaml") for name in ("paths", "again")}
    assert ["certificate-authority-data" in each for each in bodies.values()] == [False, True]
    checked = world.kcfg("render", "-f", world.spec, "--all-environments", "--check", tmp_path / "all")
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_target_of_another_engine_has_no_such_option(world, tmp_path):
    done = world.kcfg("render", "-f", world.spec, "--to", "argocd", "--no-embed", "--out", tmp_path / "x")

    assert (done.returncode, "--to argocd does not go with --no-embed" in done.stderr) == (2, True)


def test_a_review_compares_the_files_by_name(world):
    spec = load_spec(str(world.spec))

    assert "certificate-authority" in make_target(spec, RenderOptions(), embed=False).clusters["prod"].body
    assert "certificate-authority-data" in make_target(spec).clusters["prod"].body


def test_a_clone_that_moves_breaks_nothing(tmp_path, kcfg, kubectl_path):
    from tls_server import Server

    (tmp_path / "server").mkdir()
    server = Server(tmp_path / "server", (CA, CA_KEY))
    try:
        world = World(tmp_path, kcfg, server.url)
        world.spec.write_text(world.spec.read_text().replace("pki/me.key", str(tmp_path / "me.key")))
        shutil.move(world.clone / "pki/me.key", tmp_path / "me.key")
        assert world("apply").returncode == 0
        ask = [
            kubectl_path, "--kubeconfig", world.config, "--context", "prod", "--cache-dir", tmp_path / "cache",
            "get", "--raw", "/version",
        ]  # fmt: skip
        before = subprocess.run(ask, capture_output=True, text=True, check=False)
        world.clone.rename(tmp_path / "elsewhere")

        after = subprocess.run(ask, capture_output=True, text=True, check=False)

        assert (before.returncode, after.returncode) == (0, 0), after.stderr
        assert server.asked == [("me", "/version")] * 2
    finally:
        server.close()


@pytest.fixture
def flat(world):
    """The spec with an environment that flattens; a CA and a key outside of the clone."""
    outside = world.clone.parent / "outside.crt"
    outside.write_bytes(CA)
    text = world.spec.read_text().replace("certificate-authority: pki/ca.crt", f"certificate-authority: {outside}")
    world.spec.write_text(text + "- {name: flat, flatten: true}\n- {name: more, extends: flat}\n")
    return world


def test_an_environment_flattens_every_file(flat, tmp_path):
    assert flat("apply", "-e", "more").returncode == 0
    for config in (flat.config, out := tmp_path / "rendered"):
        if config == out:
            flat.render(out, "-e", "flat")
        found = yaml.safe_load(config.read_text())
        user = found["users"][0]["user"]
        assert b64decode(found["clusters"][0]["cluster"]["certificate-authority-data"]) == CA
        assert b64decode(user["client-certificate-data"]) == CERTIFICATE
        assert b64decode(user["client-key-data"]) == KEY
        assert {"client-key", "client-certificate"}.isdisjoint(user)
        assert config.stat().st_mode & 0o777 == 0o600
    assert flat("verify", "-e", "more", "--read-secrets", "--trust").returncode == 0
    compared = flat("diff", "-e", "more")
    assert (compared.returncode, "not compared (me)" in compared.stderr) == (1, True)
    (flat.clone / "pki" / "me.key").write_bytes(make_client("me", (), (CA, CA_KEY))[1])
    assert flat("verify", "-e", "more", "--read-secrets", "--trust").returncode != 0


def test_a_key_is_copied_only_where_somebody_allowed_it(flat):
    held = flat.kcfg("apply", "-f", flat.spec, "--kubeconfig", flat.config, "-e", "flat", "--yes")

    assert held.returncode == 1
    assert "user me: its key copied into outputs (`flatten`)" in held.stderr
    assert b64encode(KEY).decode() not in (flat.config.read_text() if flat.config.exists() else "")
    assert flat.kcfg("render", "-f", flat.spec, "-e", "flat").returncode == 1
    omitted = flat.kcfg("render", "-f", flat.spec, "-e", "flat", "--credentials", "omit")
    assert (omitted.returncode, "client-key: " in omitted.stdout) == (0, True)
    paths = flat.kcfg("render", "-f", flat.spec, "-e", "flat", "--no-embed", "--trust")
    assert "client-key: " in paths.stdout


@pytest.mark.parametrize("content", [b"", b"no key\n", b"\xff\xfe"])
def test_what_is_no_key_is_told_with_its_place(flat, content):
    (flat.clone / "pki" / "me.key").write_bytes(content)

    done = flat.kcfg("render", "-f", flat.spec, "-e", "flat", "--trust")

    assert done.returncode == 1  # what can be delivered is rendered
    assert f"{flat.spec}:7:" in done.stderr
    assert "me.key" in done.stderr


def test_a_review_shows_that_an_environment_flattens_now(flat):
    git = ["git", "-C", flat.clone, "-c", "user.name=me", "-c", "user.email=me@example.com"]
    shutil.rmtree(flat.clone / ".git")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    flat.spec.write_text(flat.spec.read_text().replace("{name: paths, embed: false}", "{name: paths, flatten: true}"))

    done = flat.kcfg("diff", "--from", "HEAD", "-f", flat.spec, "-e", "paths")

    assert done.returncode == 1
    assert "-> embedded (CN=me" in done.stdout
    assert "client-key" in done.stdout
    assert b64encode(KEY).decode()[:40] not in done.stdout
