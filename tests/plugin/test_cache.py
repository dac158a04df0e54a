"""Answers that are kept: real starts of a slow plugin, one run for many, nothing shared, nothing on a disk."""

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crowd import crowd

from kcfg.cache.cache import _SURE, ANSWER, Answer, Cache
from kcfg.cache.kernel import open_kernel
from kcfg.cache.name import name_of
from kcfg.cache.once import ask_once
from kcfg.cache.runtime import RuntimeFiles, is_private_memory
from kcfg.cache.setting import read_setting, turn_on
from kcfg.state import write_state

PLUGIN = Path(sys.executable).parent / "kcfg-credential"
WITHOUT_KERNEL = "import kcfg.cache.cache as cache; cache.open_kernel = lambda prefix: None"
MEMORY = "/dev/shm"
SIGN_IN = ("--spec", "kept", "--user", "sp")
SIGN_IN_IMPORTS = (
    "subprocess", "kcfg.vendor", "kcfg.trust.record", "kcfg.cache.cache", "kcfg.cache.ends", "kcfg.cache.kernel",
    "kcfg.cache.name", "kcfg.cache.once", "kcfg.cache.runtime", "kcfg.cache.setting",
)  # fmt: skip
ANYWHERE = pytest.mark.parametrize("world", ["any"], indirect=True)  # in the first place that works
LOGIN = """#!/bin/sh
echo "$$ $PLAIN" >> {runs}
sleep $(cat {base}/slow)
cat {base}/answer
exit $(cat {base}/code)
"""
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: kept}}
secretStores:
- {{name: vars, provider: env}}
- {{name: tool, provider: command, command: {{argv: [{base}/print, "{{key}}"], timeout: 30}}}}
clusters: [{{name: a, server: "{server}"}}]
users:
- name: sp
  exec:
    apiVersion: client.authentication.k8s.io/v1
    command: {base}/login
    args: [get-token]
    interactiveMode: {mode}
    provideClusterInfo: true
    env: [{{name: LOGIN_SECRET, value: ref+vars://secret}}]
- {{name: printed, token: ref+tool://robot}}
- name: plain
  exec:
    apiVersion: client.authentication.k8s.io/v1
    command: {base}/login
    interactiveMode: Never
contexts:
- {{name: a, cluster: a, user: sp}}
- {{name: p, cluster: a, user: printed}}
- {{name: plain, cluster: a, user: plain}}
"""


def moment(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def jwt(seconds):
    body = urlsafe_b64encode(json.dumps({"exp": int(time.time() + seconds)}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{body}.plum"


def info(server="https://a.example.com", **spec):
    value = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    return json.dumps({**value, "spec": {"cluster": {"server": server}, "interactive": False, **spec}})


def told(code, out, err):
    """An answer, as (exit code, token, what is said)."""
    return code, (json.loads(out)["status"]["token"] if out else ""), err


class World:
    """A home whose spec signs in by a slow plugin."""

    def __init__(self, base, kcfg, memory, place):
        self.base, self.kcfg, self.place = base, kcfg, place
        self.runs = base / "runs"
        self.env = {
            **{name: os.environ[name] for name in ("PATH",)},
            "HOME": str(base / "home"),
            "XDG_RUNTIME_DIR": str(memory),
            "SECRET": "plum-secret-one",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        (base / "home").mkdir(exist_ok=True)
        self.script = LOGIN.format(runs=self.runs, base=base)
        for name in ("login", "print"):
            (base / name).write_text(self.script)
            (base / name).chmod(0o755)
        self.slow(0)
        self.answers(3600)
        self.spec()

    def spec(self, mode="Never", server="https://a.example.com"):
        (self.base / "kcfg.yaml").write_text(SPEC.format(base=self.base, mode=mode, server=server))
        assert self.run("trust", "--yes").returncode == 0

    def run(self, *words, **more):
        return self.kcfg(*words, cwd=self.base, env={**os.environ, **self.env}, **more)

    def on(self, *words):
        done = self.run("cache", "on", *words)
        assert done.returncode == 0, done.stderr

    def slow(self, seconds):
        (self.base / "slow").write_text(str(seconds))

    def answers(self, seconds, *, code=0, token="plum-token"):
        status = {"token": token} | ({"expirationTimestamp": moment(seconds)} if seconds is not None else {})
        value = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
        (self.base / "answer").write_text("" if code else json.dumps(value))
        (self.base / "code").write_text(str(code))

    def prints(self, value):
        (self.base / "answer").write_text(value)

    def start(self, *words, **env):
        words = words or SIGN_IN
        program = [PLUGIN]
        if self.place == "runtime":
            program = [sys.executable, "-c", f"{WITHOUT_KERNEL}; from kcfg.credential import main; main()"]
        pipe, env = subprocess.PIPE, self.asking(**env)
        return subprocess.Popen(
            [*program, *words], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, cwd=self.base, env=env
        )

    def ask(self, *words, **env):
        if self.place == "runtime":
            return self.end(self.start(*words, **env))
        done = self.kcfg("credential", *(words or SIGN_IN), cwd=self.base, env=self.asking(**env))
        return told(done.returncode, done.stdout, done.stderr)

    def asking(self, **env):
        return {**self.env, "KUBERNETES_EXEC_INFO": info(), **env}

    def crowd(self, number):
        """Ask so often at once."""
        before = f"import {', '.join(SIGN_IN_IMPORTS)}" + (f"; {WITHOUT_KERNEL}" if self.place == "runtime" else "")
        folder = self.base / "crowd"
        answers = crowd(number, SIGN_IN, env=self.asking(), folder=folder, cwd=self.base, before=before)
        return [told(*each) for each in answers]

    @staticmethod
    def end(process):
        out, err = process.communicate(timeout=60)
        return told(process.returncode, out, err)

    def count(self):
        return len(self.runs.read_text().splitlines()) if self.runs.exists() else 0


@pytest.fixture(params=["kernel", "runtime"])
def world(request, tmp_path, kcfg):
    """A world whose answers are kept in the kernel's keyring, or in files of a folder in memory."""
    place = request.param
    if place != "runtime" and open_kernel("kcfg:test:") is None:
        if place == "kernel":
            pytest.skip("no kernel keyring answers here")
        place = "runtime"
    if not os.path.isdir(MEMORY):
        pytest.skip("no memory has a folder here")
    with tempfile.TemporaryDirectory(dir=MEMORY) as memory:
        found = World(tmp_path, kcfg, memory, place)
        yield found
        found.run("cache", "off")


def test_nothing_is_kept_until_the_user_says_so(world):
    assert [world.ask()[:2] for _ in range(2)] == [(0, "plum-token")] * 2
    assert world.count() == 2

    world.on()

    assert [world.ask()[:2] for _ in range(3)] == [(0, "plum-token")] * 3
    assert world.count() == 3

    assert world.run("cache", "off").stdout == "answers are no longer kept, and those that were are gone\n"
    assert world.ask()[:2] == (0, "plum-token")
    assert world.count() == 4


def test_fifty_starts_of_a_slow_plugin_are_one_run(world):
    world.on()
    world.slow(1)

    assert {each[:2] for each in world.crowd(50)} == {(0, "plum-token")}
    assert world.count() == 1


def test_the_next_caller_takes_over_from_a_killed_holder(world):
    world.on()
    world.slow(30)
    holder = world.start()
    deadline = time.monotonic() + 30
    while world.count() == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    waiting = [world.start() for _ in range(3)]
    time.sleep(0.3)
    assert world.count() == 1
    world.slow(0)
    holder.send_signal(signal.SIGKILL)
    holder.wait()

    assert {world.end(each)[:2] for each in waiting} == {(0, "plum-token")}
    assert world.count() == 2
    os.kill(int(world.runs.read_text().split()[0]), signal.SIGKILL)
    for stream in (holder.stdout, holder.stderr):
        stream.close()


def changed_program(world):
    (world.base / "login").write_text(world.script + "# another\n")
    return {}


def another_version(world):
    answer = world.base / "answer"
    answer.write_text(answer.read_text().replace("/v1", "/v1beta1"))
    return {"KUBERNETES_EXEC_INFO": info().replace("/v1", "/v1beta1")}


def rotated_secret(world):
    return {"SECRET": "plum-secret-two"}


def another_trust(world):
    world.spec(server="https://b.example.com")
    return {}


@ANYWHERE
@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda world: {"PLAIN": "other"}, 2),
        (lambda world: {"AWS_PROFILE": "prod"}, 2),
        (lambda world: {"KUBERNETES_EXEC_INFO": info("https://b.example.com")}, 2),
        (another_version, 2),
        (lambda world: {"KUBERNETES_EXEC_INFO": "no json"}, 3),
        (rotated_secret, 2),
        (another_trust, 2),
        (lambda world: {"SHLVL": "7", "TERM": "xterm", "PWD": "/", "_": "kubectl"}, 1),
        (lambda world: {"KUBERNETES_EXEC_INFO": info(interactive=True)}, 1),
    ],
)
def test_what_the_plugin_gets_decides_whose_answer_it_is(change, again, world):
    world.on()
    world.ask()
    env = change(world)

    assert world.ask(**env)[:2] == world.ask(**env)[:2] == (0, "plum-token")
    assert world.count() == again


@ANYWHERE
def test_another_program_in_its_place_is_run(world):
    world.on()
    world.ask("--spec", "kept", "--user", "sp")
    changed_program(world)  # a script of the repository is pinned: the trust record decides first

    code, token, said = world.ask()
    assert (code, token) == (1, "")
    assert "changed since it was trusted" in said

    assert world.run("trust", "--yes").returncode == 0
    assert world.ask()[:2] == (0, "plum-token")
    assert world.count() == 2


@ANYWHERE
@pytest.mark.parametrize(
    ("seconds", "words", "runs"),
    [
        (None, (), 2),
        (30, (), 2),  # less than the skew
        (30, ("--skew", "0"), 1),
        (-5, (), 2),
        (3600, ("--skew", "2h"), 2),
        (3600, ("--max-without-end", "1h"), 1),
        (None, ("--max-without-end", "1h"), 2),  # an answer of a plugin has to say its end
    ],
)
def test_kept_is_what_says_its_end_for_as_long_as_that_is_ahead(seconds, words, runs, world):
    world.on(*words)
    world.answers(seconds)

    assert world.ask()[:2] == world.ask()[:2] == (0, "plum-token")
    assert world.count() == runs


@ANYWHERE
def test_the_end_in_a_token_counts_too(world):
    world.on()
    world.answers(3600, token=jwt(30))
    assert [world.ask()[0] for _ in range(2)] == [0, 0]
    assert world.count() == 2

    world.answers(None, token=jwt(3600))
    assert [world.ask()[0] for _ in range(2)] == [0, 0]
    assert world.count() == 3


@ANYWHERE
def test_what_is_not_kept_does_not_queue(world):
    world.on()
    world.answers(None)
    world.ask()
    world.slow(1)
    before = time.monotonic()
    started = [world.start() for _ in range(8)]
    assert {world.end(each)[:2] for each in started} == {(0, "plum-token")}

    assert world.count() == 9
    assert time.monotonic() - before < 7  # one after the other they would take eight seconds


@ANYWHERE
def test_a_failure_is_remembered_for_a_moment(world):
    world.on()
    world.answers(None, code=7)
    world.slow(0.5)
    started = [world.start() for _ in range(5)]
    assert {world.end(each)[:2] for each in started} == {(7, "")}
    assert world.count() <= 2  # a start may come later than two seconds on a busy machine

    world.answers(3600)
    time.sleep(2.1)
    assert world.ask()[:2] == (0, "plum-token")


@ANYWHERE
def test_a_plugin_that_a_signal_ended_is_told_as_a_shell_tells_it(world):
    world.on()
    (world.base / "login").write_text(f"#!/bin/sh\necho run >> {world.runs}\nkill -TERM $$\n")
    assert world.run("trust", "--yes").returncode == 0

    assert [world.ask()[0] for _ in range(2)] == [143, 143]


@ANYWHERE
def test_a_failure_before_somebodys_eyes_is_not(world):
    world.on()
    world.answers(None, code=7)
    interactive = info(interactive=True)

    assert [world.ask(KUBERNETES_EXEC_INFO=interactive)[0] for _ in range(2)] == [7, 7]
    assert world.count() == 2


@ANYWHERE
def test_a_plugin_that_always_asks_is_never_kept(world):
    world.spec(mode="Always")
    world.on()

    assert [world.ask()[:2] for _ in range(2)] == [(0, "plum-token")] * 2
    assert world.count() == 2


@ANYWHERE
@pytest.mark.parametrize(
    ("value", "words", "runs"),
    [
        (lambda: jwt(3600), (), 1),
        (lambda: jwt(30), (), 2),
        (lambda: "plum-plain-token", (), 2),
        (lambda: "plum-plain-token", ("--max-without-end", "1m"), 1),
    ],
)
def test_what_a_command_store_prints(value, words, runs, world):
    world.on(*words)
    world.prints(text := value())
    place = ("--kind", "token", "--command", "kept/tool", "--key", "robot")

    assert world.ask(*place)[:2] == world.ask(*place)[:2] == (0, text)
    assert world.count() == runs


@ANYWHERE
def test_a_command_store_that_fails_is_not_asked_at_once_again(world):
    world.on()
    world.answers(None, code=9)
    place = ("--kind", "token", "--command", "kept/tool", "--key", "robot")
    first, second = world.start(*place), world.start(*place)

    said = {world.end(each) for each in (first, second)}
    assert len(said) == 1
    assert "failed with exit code 9" in next(iter(said))[2]


def test_list_and_clear_show_no_value(world):
    world.on()
    world.ask()
    rows = json.loads(world.run("cache", "ls", "-o", "json").stdout)["answers"]
    assert [(row["name"], row["kind"]) for row in rows] == [("kept/sp", "user")]
    assert moment(0) < rows[0]["until"] < moment(3590)
    done = world.run("cache", "ls")
    assert "plum" not in done.stdout + done.stderr

    assert world.run("cache", "clear").stdout == "1 answer removed\n"
    assert world.run("cache", "ls", "-o", "name").stdout == ""
    world.ask()
    assert world.count() == 2


@ANYWHERE
@pytest.mark.parametrize("words", ["cache on --max 1h", "cache clear", "cache off"])
def test_who_changes_it_clears_it(words, world):
    world.on()
    world.ask()
    assert world.run(*words.split()).returncode == 0
    world.run("cache", "on")
    world.ask()

    assert world.count() == 2


def test_nothing_is_on_a_disk(world):
    world.on()
    world.ask()
    world.prints(jwt(3600))
    world.ask("--kind", "token", "--command", "kept/tool", "--key", "robot")
    assert world.count() == 2

    for path in (world.base / "home").rglob("*"):
        assert not path.is_file() or b"plum" not in path.read_bytes(), path
    assert (world.base / "home/.local/state/kcfg/cache.json").stat().st_mode & 0o777 == 0o600
    files = [path for path in Path(world.env["XDG_RUNTIME_DIR"]).rglob("*") if path.is_file()]
    assert [path for path in files if path.stat().st_mode & 0o077] == []
    assert bool(files) == (world.place == "runtime")


@ANYWHERE
def test_whoami_keeps_what_a_plain_plugin_gives(world, server):
    server.tokens["plum-token"] = "robot"
    world.spec(server=f'{server.url}", certificate-authority: "server/ca.crt')
    world.on()

    for _ in range(2):
        done = world.run("whoami", "-f", "kcfg.yaml", "--context", "plain")
        assert "robot" in done.stdout, done.stderr
    assert world.count() == 1


@pytest.mark.skipif(not os.path.isdir(MEMORY), reason="no memory has a folder here")
def test_a_disk_is_no_place():
    """Nor a folder of others, one that others can enter, or a link: those of a private folder in memory alone."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as memory:
        assert is_private_memory(memory)
        os.symlink(memory, f"{memory}/link")
        assert not is_private_memory(f"{memory}/link")
        os.chmod(memory, 0o710)
        assert not is_private_memory(memory)
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as disk:
        assert not is_private_memory(disk)
    assert not is_private_memory(MEMORY)
    assert not is_private_memory(f"{MEMORY}/gone")


def test_without_a_place_it_cannot_be_turned_on(called, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "relative")
    monkeypatch.setattr("kcfg.cache.cache.open_kernel", lambda prefix: None)
    done = called("cache", "on")

    assert done.returncode == 2
    assert "there is no place that is no disk: nothing is kept" in done.stderr
    assert read_setting({"HOME": str(tmp_path)}) is None


@pytest.fixture
def cache(tmp_path):
    """A cache in files alone."""
    environ = {"HOME": str(tmp_path)}
    turn_on(environ, skew=60, most=3600, without_end=0)
    return Cache(read_setting(environ), environ, [RuntimeFiles(str(tmp_path / "memory"))])


@pytest.mark.parametrize("clock", ["wall", "boot"])
def test_both_clocks_have_to_say_that_the_end_is_ahead(clock, cache, tmp_path):
    cache.keep("name", "user x", Answer("plum", ends=time.time() + 1800))
    assert cache.get("name").kind == ANSWER
    path = tmp_path / "memory/name"
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, clock: 1.0}))

    assert cache.get("name") is None


def test_the_longest_life_is_the_users(cache):
    cache.keep("name", "user x", Answer("plum", ends=time.time() + 86400))

    assert cache.get("name").wall <= time.time() + 3600


DAMAGED = (
    ("kind", 5),
    ("for", None),
    ("text", ["plum"]),
    ("code", "x"),
    ("wall", math.inf),
    ("boot", math.nan),
    ("since", "x"),
)


@pytest.mark.parametrize(("field", "value"), DAMAGED)
def test_an_entry_with_a_damaged_field_is_none(field, value, cache, tmp_path):
    cache.keep("name", "user x", Answer("plum", ends=time.time() + 1800))
    path = tmp_path / "memory/name"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))

    assert cache.get("name") is None
    assert list(cache.entries()) == []


SETTING = {"salt": "ab" * 32, "skew": "60", "most": "3600", "without-end": "0"}


@pytest.mark.parametrize(
    "change", [{"salt": "z" * 64}, {"salt": " " * 64}, {"salt": ""}, {"salt": "ab" * 64}, {"skew": "-1"}, {"most": []}]
)
def test_a_damaged_setting_is_none_and_can_be_turned_on_again(change, called, monkeypatch, tmp_path):
    """Every sign-in and every `kcfg cache` ended as a bug where the salt was no number."""
    monkeypatch.setenv("HOME", str(tmp_path))
    write_state("cache", SETTING, os.environ)
    assert read_setting(os.environ) is not None
    write_state("cache", {**SETTING, **change}, os.environ)

    assert read_setting(os.environ) is None
    assert [called("cache", word).returncode for word in ("ls", "clear", "off")] == [0, 0, 0]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"kind": "answer"}', '{"wall": "x"}', "\0" * 9])
def test_a_damaged_entry_is_none(text, cache, tmp_path):
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory/name").write_text(text)

    assert cache.get("name") is None
    assert list(cache.entries()) == []


def test_names_are_keyed_and_apart(tmp_path, monkeypatch):
    program = tmp_path / "program"
    program.write_text("one")
    monkeypatch.chdir(tmp_path)
    one, two = "11" * 32, "22" * 32
    argv = [str(program), "a", "b"]
    other = tmp_path / "elsewhere"
    other.mkdir()
    names = [
        name_of(one, "x", argv, {}),
        name_of(two, "x", argv, {}),
        name_of(one, "y", argv, {}),
        name_of(one, "x", [str(program), "a,b"], {}),
        name_of(one, "x", [str(program), 'a","b'], {}),
        name_of(one, "x", argv, {"A": "1"}),
        name_of(one, "x", argv, {"A": "2"}),
        name_of(one, "x", argv, {"A": "1", "B": ""}),
        name_of(one, "x", [str(program), "sub/file"], {}),
        name_of(one, "x", [str(program), "program"], {}),
        name_of(one, "x", argv, {"CONFIG": "program"}),
    ]
    assert len(set(names)) == len(names)
    assert name_of(one, "x", argv, {}) == names[0]

    monkeypatch.chdir(other)
    moved = [name_of(one, "x", words, env) for words, env in ((argv, {}), ([*argv[:1], "sub/file"], {}))]
    assert moved[0] == names[0]
    assert moved[1] not in names
    program.write_text("another")
    assert name_of(one, "x", argv, {}) != names[0]
    assert name_of(one, "x", [str(tmp_path / "gone")], {}) == ""


class Asked:
    """Answers that a program gives, each another."""

    def __init__(self, cache, seconds=0.0):
        self.cache, self.seconds, self.runs = cache, seconds, 0

    def run(self):
        time.sleep(self.seconds)
        self.runs += 1
        return Answer(f"plum-{self.runs}", ends=time.time() + 1800)

    def by(self, asker):
        return ask_once(self.cache, "name", "user x", self.run, asker=asker).text


def later():
    """The seconds since boot, a while after an answer was kept."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) + _SURE + 1


def test_who_asks_again_has_been_refused(cache, monkeypatch):
    asked = Asked(cache)
    assert {asked.by(who) for who in ("a", "b", "a", "a", "")} == {"plum-1"}  # at once: nobody was

    monkeypatch.setattr("kcfg.cache.cache._boot", later)
    assert {asked.by(who) for who in ("", "c")} == {"plum-1"}  # no client says who it is; one that has not had it
    assert [asked.by(who) for who in ("a", "b", "c", "d", "b")] == ["plum-2"] * 5
    assert [entry.kind for entry, _ in cache.entries()].count(ANSWER) == 1


@pytest.mark.parametrize(("look", "kept"), [("get", ""), ("give", "plum-refused")])
def test_an_answer_that_comes_between_two_looks_is_taken(look, kept, cache, monkeypatch):
    """Of fifty at once two ran it, one in a dozen times."""
    asked, looks = Asked(cache), []
    if kept:
        cache.keep("name", "user x", Answer(kept, ends=time.time() + 1800))
        assert asked.by("a") == kept
        monkeypatch.setattr("kcfg.cache.cache._boot", later)

    def and_then(*words):
        found = getattr(Cache, look)(cache, *words)
        if not looks:
            looks.append(found)
            cache.keep("name", "user x", Answer("plum-of-another", ends=time.time() + 1800))
        return found

    monkeypatch.setattr(cache, look, and_then)
    assert (asked.by("a"), asked.runs, looks) == ("plum-of-another", 0, [False if kept else None])


def test_many_that_are_refused_at_once_are_one_run(cache, monkeypatch):
    asked = Asked(cache, 0.3)
    names = [str(number) for number in range(20)]
    assert {asked.by(who) for who in names} == {"plum-1"}

    monkeypatch.setattr("kcfg.cache.cache._boot", later)
    with ThreadPoolExecutor(len(names)) as pool:
        assert set(pool.map(asked.by, names)) == {"plum-2"}
    assert asked.runs == 2


EARLIER = """#!/bin/sh
exec {python} -c 'import kcfg.cache.cache as cache; was = cache._boot; cache._boot = lambda: was() - 60; \
from kcfg.credential import main; main()' "$@"
"""


@ANYWHERE
@pytest.mark.kubectl
def test_kubectl_that_is_refused_gets_another(world, server, kubectl_path):
    """The server forgets a token before its end: kubectl's second question, after the 401, ends what is kept."""
    world.spec(server=f'{server.url}", certificate-authority: "server/ca.crt')
    world.on()
    (plugin := world.base / "plugin").symlink_to(earlier := world.base / "earlier")
    earlier.write_text(EARLIER.format(python=sys.executable))
    earlier.chmod(0o755)
    done = world.run("render", "--out", "k", "--credential-command", str(plugin))
    assert done.returncode == 0, done.stderr

    def ask():
        words = [kubectl_path, "--kubeconfig", "k", "--context", "a", "--cache-dir", "c", "get", "--raw", "/version"]
        return subprocess.run(words, capture_output=True, text=True, env=world.env, cwd=world.base, timeout=60)

    server.tokens["plum-token"] = "robot"
    done = ask()
    assert (done.returncode, world.count()) == (0, 1), done.stderr
    plugin.unlink()
    plugin.symlink_to(PLUGIN)
    assert (ask().returncode, world.count()) == (0, 1)

    server.tokens = {"plum-newer": "robot"}
    world.answers(3600, token="plum-newer")
    assert "Unauthorized" in ask().stderr
    assert [ask().returncode for _ in range(2)] == [0, 0]
    assert world.count() == 2
