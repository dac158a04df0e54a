"""The log of what was handed out: names alone, of the user's own will, and never in the way of a credential."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from api_access import TOKEN
from conftest import find_kubectls

from kcfg.log import MOST, add, read
from kcfg.state import state_dir

PLUGIN = Path(sys.executable).parent / "kcfg-credential"
ALL = find_kubectls() or {"none": Path("kubectl")}
ENDS = {name: ALL[name] for name in (next(iter(ALL)), list(ALL)[-1])}  # the oldest and the newest
INFO = '{"apiVersion": "client.authentication.k8s.io/v1", "spec": {"cluster": {"server": %s}}}'


class World:
    """A home with one secret, in a variable."""

    def __init__(self, base, kcfg):
        self.env = {"PATH": os.environ["PATH"], "HOME": str(base), "KCFG_TOKEN": "plum-token"}
        self.kcfg, self.base = kcfg, base
        self.folder = Path(state_dir(self.env))
        self.file = self.folder / "log.jsonl"

    def run(self, *words):
        done = self.kcfg(*words, cwd=self.base, env={**os.environ, **self.env})
        assert done.returncode == 0, done.stderr
        return done

    def ask(self, server="https://a.example.com", **env):
        words, given = (
            [PLUGIN, "--kind", "token", "--env", "KCFG_TOKEN"],
            {"KUBERNETES_EXEC_INFO": INFO % json.dumps(server)},
        )
        done = subprocess.run(words, capture_output=True, text=True, env={**self.env, **given, **env}, timeout=60)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["status"]["token"] == "plum-token"
        return done

    def lines(self):
        return json.loads(self.run("log", "ls", "-o", "json").stdout)["lines"]


@pytest.fixture
def world(tmp_path, kcfg):
    return World(tmp_path, kcfg)


def test_nothing_is_noted_until_the_user_says_so(world):
    world.ask()
    assert not world.folder.exists()
    assert "`kcfg log on` does that" in world.run("log", "ls").stderr

    world.run("log", "on")
    for server in ("https://a.example.com", "https://b.example.com"):
        world.ask(server)

    (first, second) = world.lines()
    assert first.pop("time")[-1] == "Z"
    assert first == {"item": "KCFG_TOKEN", "store": "env", "spec": "-", "cluster": "https://a.example.com"} | {
        "by": Path("/proc/self/comm").read_text().strip() if os.path.exists("/proc") else "-"
    }
    assert second["cluster"] == "https://b.example.com"

    world.run("log", "off")
    world.ask()
    assert len(world.lines()) == 2
    assert world.run("log", "clear").stdout == "2 lines removed\n"
    assert world.lines() == []


@pytest.mark.parametrize("more", [{}, {"XDG_STATE_HOME": "relative"}, {"XDG_STATE_HOME": "{}/elsewhere"}])
def test_the_plugin_looks_where_the_setting_is(more, world):
    world.env |= {name: value.format(world.base) for name, value in more.items()}
    folder = Path(state_dir(world.env))
    if not folder.is_relative_to(world.base):
        pytest.skip("a home that is not ours")
    world.run("log", "on")
    world.ask()

    assert len((folder / "log.jsonl").read_text().splitlines()) == 1


def test_a_line_has_names_alone(world):
    world.run("log", "on")
    world.ask(f"https://me:plum-token@a.example.com/{'x' * 9000}\n\x1b[2J?token=plum-token")

    (line,) = world.file.read_bytes().splitlines()
    assert len(line) < 4096
    for path in world.folder.iterdir():
        assert b"plum" not in path.read_bytes(), path
    shown = world.run("log", "ls").stdout
    assert "\x1b" not in shown
    assert "https://REDACTED@a.example.com/xxx" in shown


def test_two_files_are_all_and_no_line_is_lost(world):
    world.run("log", "on")
    world.file.write_bytes(b"no line\n" * (MOST // 8 - 10))
    world.file.chmod(0o600)
    code = (
        "import os, sys; from kcfg.log import add\n"
        "for at in range(25): add(f'{sys.argv[1]}-{at}', 'env', '', '', os.environ)"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(at)], env=world.env) for at in range(6)]

    assert [each.wait(60) for each in started] == [0] * 6
    found = [each["item"] for each in read(world.env)]
    assert sorted(found) == sorted(f"{one}-{at}" for one in range(6) for at in range(25))
    assert sorted(each.name for each in world.folder.iterdir()) == ["log.1.jsonl", "log.json", "log.jsonl"]
    assert {each.stat().st_mode & 0o777 for each in world.folder.iterdir()} == {0o600}
    assert max(each.stat().st_size for each in world.folder.iterdir()) < MOST + 6 * 4096


@pytest.mark.parametrize("place", ["folder", "link", "pipe"])
def test_what_cannot_be_written_keeps_nobody_from_signing_in(place, world):
    world.run("log", "on")
    if place == "folder":
        world.file.mkdir()
    elif place == "link":
        world.file.symlink_to(world.base / "theirs")
    else:
        os.mkfifo(world.file)

    (line,) = world.ask().stderr.splitlines()
    assert line.startswith("kcfg: note: the log has no line of this: ")
    assert not (world.base / "theirs").exists()


def test_it_is_told_once(world, capsys, monkeypatch):
    monkeypatch.setattr("kcfg.log._told", [])
    world.folder.mkdir(parents=True)
    world.file.mkdir()
    for _ in range(3):
        add("item", "env", "", "", world.env)

    assert capsys.readouterr().err.count("kcfg: note:") == 1


@pytest.mark.kubectl
def test_kubectl_below_exec_tells_the_cluster(stored, rendered, plugin_env, server, kcfg, kubectl_path):
    """A stanza of kcfg's does not ask kubectl for its cluster; one in a kubeconfig for a program does, for the log."""
    kcfg("log", "on", env=plugin_env)
    more = ("--cache-dir", f"{rendered}.cache", "get", "--raw", "/version")
    plain = [kubectl_path, "--kubeconfig", rendered, "--context", "robot", *more]
    assert subprocess.run(plain, capture_output=True, env=plugin_env, timeout=60).returncode == 0
    for words in (
        ("exec", "robot", "--kubeconfig", rendered, "--", kubectl_path, *more),
        ("exec", "--context", "robot", "--context", "r*", "--kubeconfig", rendered, "--", kubectl_path, *more),
        ("curl", "robot", "--kubeconfig", rendered, "/version"),
        ("whoami", "--kubeconfig", rendered, "--context", "robot"),
    ):
        done = kcfg(*words, env=plugin_env)
        assert done.returncode == 0, done.stderr

    found = [each for each in read(plugin_env) if each["item"] == "robot/token"]
    assert [each["cluster"] for each in found] == ["-", *[server.url] * 4]
    assert {(each["store"], each["spec"]) for each in found} == {("keyring", "e2e")}
    assert [each["by"] for each in found[:3]] == [Path(kubectl_path).name] * 3
    assert TOKEN not in (Path(state_dir(plugin_env)) / "log.jsonl").read_text()


@pytest.mark.parametrize("words", ["whoami --context a", "exec a -- true", "curl a /version", "get-token a -o token"])
def test_who_reads_a_spec_is_noted_too(words, world, server):
    server.tokens["plum-token"] = "robot"
    (world.base / "kcfg.yaml").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "kcfg/v1",
                "kind": "KubeconfigSpec",
                "metadata": {"name": "s"},
                "secretStores": [{"name": "vars", "provider": "env", "env": {"prefix": "KCFG_"}}],
                "clusters": [{"name": "a", "server": server.url, "certificate-authority": "server/ca.crt"}],
                "users": [{"name": "a", "token": "ref+vars://token", "credentials": "inline"}],
                "contexts": [{"name": "a", "cluster": "a", "user": "a"}],
            }
        )
    )
    world.run("trust", "--yes")
    world.run("log", "on")
    first, *more = words.split(" ")
    world.run(first, "-f", "kcfg.yaml", *more)

    assert [(each["item"], each["cluster"]) for each in world.lines()] == [("KCFG_TOKEN", server.url)]


@pytest.mark.kubectl
@pytest.mark.parametrize("program", ENDS.values(), ids=ENDS)
def test_kubectl_names_the_cluster_once_it_was_applied(
    program, stored, plugin_env, server, kcfg, kubectl_path, tmp_path
):
    """The stanza asks for it while the log is on, in a kubeconfig that git does not commit; what is rendered never."""
    folder = tmp_path / "live"
    folder.mkdir()
    live = ("--kubeconfig", folder / "k")

    def run(*words, code=0):
        done = kcfg(*words, env=plugin_env)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout

    run("apply", "--yes", *live)
    rendered = run("render")
    run("log", "on")
    assert run("render") == rendered
    assert run("diff", *live, code=1).count("provideClusterInfo") == 2
    run("apply", "--yes", *live)
    run("diff", *live)
    for context in ("robot", "admin"):
        words = (program, *live, "--context", context, "--cache-dir", folder / "c", "get", "--raw", "/version")
        done = subprocess.run([*map(str, words)], capture_output=True, text=True, env=plugin_env, timeout=60)
        assert done.returncode == 0, done.stderr
    assert [(each["item"], each["cluster"]) for each in read(plugin_env)] == [
        ("robot/token", server.url),
        ("admin/key", server.url),
    ]
    run("import", folder / "k", "--name", "e2e", "--into", "again")
    assert (tmp_path / "again/kcfg.yaml").read_text().count("ref+default://") == 2

    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    run("diff", *live, code=1)
    (folder / ".gitignore").write_text("k\n")
    run("diff", *live)
    asking = (folder / "k").read_text()
    run("log", "off")
    run("apply", "--yes", *live)
    run("diff", *live)
    assert "provideClusterInfo: true" in asking
    assert "provideClusterInfo: true" not in (folder / "k").read_text()
