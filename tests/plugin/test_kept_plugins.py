"""Other tools' plugins in the user's own kubeconfig, while `kcfg cache` is on: kubectl starts them through kcfg's."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import yaml
from conftest import find_kubectls

from kcfg.exec_stanza import direct_stanza, make_kept_stanza, own_options
from kcfg.kubeconfig.fields import INSTALL_HINT
from kcfg.kubeconfig.plugins import redact_args
from kcfg.x509 import make_client

PLUGIN = Path(sys.executable).parent / "kcfg-credential"
MEMORY = "/dev/shm"
TOKEN = "plum-token"
ALL = find_kubectls() or {"none": Path("kubectl")}
ENDS = {name: ALL[name] for name in (next(iter(ALL)), list(ALL)[-1])}  # the oldest and the newest
AT_ONCE = int(os.environ.get("KCFG_AT_ONCE", "12"))  # `make soak` starts fifty
LOGIN = """#!/bin/sh
echo "$$" >> {base}/runs
printf '%s\\0' "$PLAIN|$*|$KUBERNETES_EXEC_INFO" >> {base}/seen
[ ! -t 0 ] || {{ printf 'code: ' >&2; read code; echo "$code" >> {base}/typed; }}
sleep $(cat {base}/slow)
cat {base}/answer
"""
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: kept}}
clusters: [{{name: a, server: "{server}", certificate-authority: server/ca.crt}}]
users:
- name: vendor
  exec:
    apiVersion: client.authentication.k8s.io/v1
    command: weblogin
    args: [get-token, --, --cluster, a]
    interactiveMode: IfAvailable
    provideClusterInfo: true
    installHint: |
      weblogin is not installed;
      see https://weblogin.example.com
    env: [{{name: PLAIN, value: shown}}]
- name: older
  exec: {{apiVersion: client.authentication.k8s.io/v1beta1, command: ./older, args: [get-token]}}
- {{name: eks, auth: {{aws-eks: {{cluster: prod, region: eu-central-1}}}}}}
- name: asks
  exec: {{apiVersion: client.authentication.k8s.io/v1, command: weblogin, interactiveMode: Always}}
- name: gone
  exec: {{apiVersion: client.authentication.k8s.io/v1, command: not-installed, interactiveMode: Never}}
- name: loud
  exec: {{apiVersion: client.authentication.k8s.io/v1, command: weblogin, args: [--login, x], interactiveMode: Never}}
  credentials: inline
contexts:
- {{name: vendor, cluster: a, user: vendor}}
- {{name: older, cluster: a, user: older}}
- {{name: eks, cluster: a, user: eks}}
- {{name: asks, cluster: a, user: asks}}
- {{name: gone, cluster: a, user: gone}}
- {{name: loud, cluster: a, user: loud}}
"""


class World:
    """A home, a spec whose users sign in by plugins of others, and a kubeconfig outside of every repository."""

    def __init__(self, base, kcfg, memory, server):
        self.base, self.kcfg, self.server = base, kcfg, server
        self.live = base / "live"
        self.env = {
            "PATH": f"{base / 'bin'}{os.pathsep}{PLUGIN.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(base / "home"),
            "XDG_RUNTIME_DIR": memory,
            "KUBECONFIG": str(self.live / "config"),
            "GOGC": os.environ["GOGC"],
        }
        for name in ("home", "bin", "live"):
            (base / name).mkdir(exist_ok=True)
        for path in (base / "bin/weblogin", base / "bin/aws", base / "older"):
            path.write_text(LOGIN.format(base=base))
            path.chmod(0o755)
        server.tokens[TOKEN] = "robot"
        self.slow(0)
        self.answers()
        (base / "kcfg.yaml").write_text(SPEC.format(server=server.url))
        self.run("trust", "--yes")

    def run(self, *words, code=0):
        done = self.kcfg(*words, cwd=self.base, env={**os.environ, **self.env})
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done

    def slow(self, seconds):
        (self.base / "slow").write_text(str(seconds))

    def answers(self, version="v1", status=None):
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        value = {"apiVersion": f"client.authentication.k8s.io/{version}", "kind": "ExecCredential"}
        status = {"expirationTimestamp": ends, **(status or {"token": TOKEN})}
        (self.base / "answer").write_text(json.dumps({**value, "status": status}))

    def apply(self):
        self.run("apply", "--yes")
        return self.stanzas()

    def settle(self):
        """Apply, and see that no command would change more."""
        stanzas = self.apply()
        self.run("diff")
        assert self.run("status").stdout == ""
        return stanzas

    def stanzas(self):
        users = yaml.safe_load((self.live / "config").read_text())["users"]
        return {each["name"]: each["user"].get("exec") for each in users}

    def start(self, program, context):
        words = (program, "--context", context, "--cache-dir", self.live / "c", "get", "--raw", "/version")
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(
            [*map(str, words)], env=self.env, cwd=self.base, text=True, stdin=nothing, stdout=pipe, stderr=pipe
        )

    def kubectl(self, program, context, times=1):
        """Start kubectl so often at once; return how often the vendor's plugin was started since the last time."""
        for each in [self.start(program, context) for _ in range(times)]:
            _, said = each.communicate(timeout=120)
            assert each.returncode == 0, said
        return self.count()

    def starts(self, *words):
        self.run(*words)
        return self.count()

    def count(self):
        runs = self.base / "runs"
        number = len(runs.read_text().splitlines()) if runs.exists() else 0
        runs.unlink(missing_ok=True)
        return number

    def seen(self):
        """Return what the plugin got at each start since the last time: a variable, its arguments, the question."""
        found = (self.base / "seen").read_text().split("\0")[:-1]
        (self.base / "seen").unlink()
        return [each.split("|", 2) for each in found]


def said(stanzas):
    """What stanzas say, without the fields that are empty."""
    return {user: {name: value for name, value in stanza.items() if value} for user, stanza in stanzas.items()}


@pytest.fixture
def world(tmp_path, kcfg, server):
    if not os.path.isdir(MEMORY):
        pytest.skip("no memory has a folder here")
    with tempfile.TemporaryDirectory(dir=MEMORY) as memory:
        found = World(tmp_path, kcfg, memory, server)
        yield found
        found.run("cache", "off")


@pytest.mark.kubectl
@pytest.mark.parametrize("program", ENDS.values(), ids=ENDS)
def test_two_calls_of_kubectl_are_one_start(program, world, kubectl_path):
    """And the plugin gets what kubectl alone gives it."""
    versions, alone = {"vendor": "v1", "older": "v1beta1", "eks": "v1beta1"}, {}
    world.apply()
    for context, version in versions.items():
        world.answers(version)
        assert world.kubectl(program, context) == 1, context
        alone[context] = world.seen()
    world.run("cache", "on")
    world.settle()

    for context, version in versions.items():
        world.answers(version)
        assert [world.kubectl(program, context) for _ in range(2)] == [1, 0], context
        assert world.seen() == alone[context]
        asked = json.loads(alone[context][0][2])["spec"]
        assert asked.get("cluster", {}).get("server") == (world.server.url if context == "vendor" else None)
    kept = world.run("cache", "ls").stdout
    assert [f"kept/{context}" in kept for context in versions] == [True] * 3
    assert world.kubectl(program, "vendor") == 0  # with the answers of the others beside it


@pytest.mark.kubectl
def test_many_kubectls_at_once_are_one_start(world, kubectl_path):
    world.slow(1)
    world.apply()
    assert world.kubectl(kubectl_path, "vendor", 3) == 3
    world.run("cache", "on")
    world.apply()

    assert world.kubectl(kubectl_path, "vendor", AT_ONCE) == 1


@pytest.mark.kubectl
def test_a_certificate_is_kept_too(world, authority, kubectl_path):
    certificate, key = (pem.decode() for pem in make_client("jane", (), authority))
    world.answers(status={"clientCertificateData": certificate, "clientKeyData": key})
    world.run("cache", "on")
    world.apply()

    assert [world.kubectl(kubectl_path, "vendor") for _ in range(2)] == [1, 0]
    assert {user for user, _ in world.server.asked} == {"jane"}


def test_the_live_kubeconfig_alone_changes(world):
    """What is rendered, for others too, does not; nor what git would commit. Off, everything is as it was."""
    outputs = ("render", "render --to argocd --context eks", "render --to kuberc")
    before, rendered = world.settle(), [world.run(*words.split(" ")).stdout for words in outputs]
    world.run("cache", "on")

    assert [world.run(*words.split(" ")).stdout for words in outputs] == rendered
    assert "-- weblogin get-token -- --cluster a" in world.run("diff", code=1).stdout
    (world.base / ".git").mkdir()
    subprocess.run(["git", "init", "-q", str(world.live)], check=True)
    world.run("diff")
    (world.live / ".gitignore").write_text("*\n")
    after = world.settle()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"vendor", "older", "eks"}
    direct = {name: direct_stanza(stanza) for name, stanza in after.items()}
    direct["older"]["command"] = os.path.relpath(direct["older"]["command"], world.live)
    assert said(direct) == said(before)
    assert {name: after["vendor"][name] for name in ("env", "apiVersion", "interactiveMode", "provideClusterInfo")} == {
        "env": [{"name": "PLAIN", "value": "shown"}],
        "apiVersion": "client.authentication.k8s.io/v1",
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": True,
    }

    world.run("cache", "off")
    assert said(world.settle()) == said(before)


GET = "weblogin get-token -- --cluster"
OTHERS = (
    f"--spec kept --user vendor -- {GET} b",
    "--spec kept --user vendor -- weblogin",
    "--spec kept --user vendor -- sh -c touch${IFS}stolen",
    f"--spec kept --user vendor -- bin/{GET} a",
    "--spec kept --user vendor --",
    f"--spec kept --user older -- {GET} a",
    f"--spec other --user vendor -- {GET} a",
    f"--spec kept -- {GET} a",
    f"--spec kept --user vendor --environment x -- {GET} a",
    "-- sh -c touch${IFS}stolen",
)


def test_a_kubeconfig_chooses_no_command(world):
    """An allowlist that names kcfg-credential (kuberc) lets nothing run but what the user trusted for that user."""
    world.run("cache", "on")
    told = {words: world.run("credential", *words.split(" "), code=1) for words in OTHERS}

    assert {words: done.stdout for words, done in told.items() if done.stdout or done.stderr.count("\n") != 1} == {}
    assert world.count() == 0
    assert not (world.base / "stolen").exists()
    assert world.starts("credential", *f"--spec kept --user vendor -- {GET} a".split(" ")) == 1


@pytest.mark.kubectl
def test_another_command_is_a_change_that_apply_shows_and_asks_about(world, kubectl_path):
    world.run("cache", "on")
    world.apply()
    world.kubectl(kubectl_path, "vendor")
    spec = world.base / "kcfg.yaml"
    spec.write_text(spec.read_text().replace("--cluster, a]", "--cluster, b]"))

    assert "weblogin get-token -- --cluster b" in world.run("diff", code=1).stdout
    refused = world.run("apply", "--yes", code=1)
    assert "not trusted" in refused.stderr
    assert world.kubectl(kubectl_path, "vendor") == 0  # as it was
    world.seen()
    world.run("trust", "--yes")
    done = world.start(kubectl_path, "vendor")
    assert "is not the one that you trusted; run `kcfg apply` at its spec" in done.communicate(timeout=60)[1]
    world.apply()
    assert world.kubectl(kubectl_path, "vendor") == 1
    assert world.seen()[0][1] == "get-token -- --cluster b"


def test_what_is_new_beside_it_leaves_out_what_no_record_has(world):
    """A part is refused: then no more is remembered, and only what the plugin would run already goes through it."""
    world.apply()
    world.run("cache", "on")
    spec = world.base / "kcfg.yaml"
    spec.write_text(spec.read_text().replace("--login, x]", "--login, z]"))
    known = world.base / "home/.local/state/kcfg/trust.json"
    record = json.loads(known.read_text())
    ((_, by_environment),) = record["kept"]["plugins"].items()
    del by_environment[""]["older"]
    known.write_text(json.dumps(record))
    world.run("apply", "--yes", code=1)

    stanzas = world.stanzas()
    assert (stanzas["vendor"]["command"], Path(stanzas["older"]["command"]).name) == ("kcfg-credential", "older")


@pytest.mark.kubectl
def test_a_program_that_gets_a_kubeconfig_of_the_spec(world, kubectl_path):
    """`exec` and `shell` go through it, of what is remembered alone: with `--trust` for one run kubectl starts it.

    A plugin may read its KUBECONFIG: what runs below another `exec` gets an answer of its own.
    """
    world.run("cache", "on")
    twice = ("--", "sh", "-c", f"for _ in 1 2; do {kubectl_path} get --raw /version || exit; done")
    assert [world.starts("exec", "-f", "kcfg.yaml", "vendor", *twice) for _ in range(2)] == [1, 1]

    (world.base / "home/.local/state/kcfg/trust.json").unlink()
    assert world.starts("exec", "-f", "kcfg.yaml", "--trust", "vendor", *twice) == 2


def test_who_reads_it_back_sees_the_plugin(world):
    world.run("cache", "on")
    world.apply()
    declared = yaml.safe_load((world.base / "kcfg.yaml").read_text())["users"]
    done = world.run("import", world.live / "config", "--into", "again")
    users = {each["name"]: each for each in yaml.safe_load((world.base / "again/kcfg.yaml").read_text())["users"]}

    assert ", 0 differences" in done.stderr
    assert users["vendor"]["exec"] == declared[0]["exec"]
    assert users["eks"] == declared[2]
    assert "kcfg-credential" not in (world.base / "again/kcfg.yaml").read_text()
    assert "no such command: 'not-installed'" in world.run("lint", world.live / "config").stdout
    (world.base / "bin/weblogin").unlink()
    assert "no such command: 'weblogin'" in world.run("lint", world.live / "config").stdout

    world.run("secret", "restore", world.live / "config", "--yes")
    assert "kcfg-credential" not in (world.live / "config").read_text()


def test_one_that_is_gone_is_told_in_its_vendors_words(world):
    world.run("cache", "on")
    world.apply()
    (world.base / "bin/weblogin").unlink()
    done = world.run("credential", *world.stanzas()["vendor"]["args"], code=1)

    assert "no such file or directory; weblogin is not installed; see https://weblogin.example.com" in done.stderr


@pytest.mark.parametrize("on", [True, False])
def test_whoever_sits_there_can_answer(on, world):
    """The plugin has the terminal that kubectl had, whether its answer is kept or not."""
    from terminal import Terminal

    world.run("cache", "on")
    args = world.apply()["vendor"]["args"]
    if not on:
        world.run("cache", "off")
    script = ("sh", "-c", 'exec "$0" "$@" > given', str(PLUGIN), *args)
    screen = Terminal([*script], {**world.env, "KUBERNETES_EXEC_INFO": "{}"}, world.base)
    screen.expect(b"code: ")
    screen.type(b"4711\n")
    _, code = screen.end()

    assert (code, (world.base / "typed").read_text()) == (0, "4711\n")
    assert json.loads((world.base / "given").read_text())["status"]["token"] == TOKEN


EARLIER = """#!/bin/sh
exec {python} -c 'import kcfg.cache.cache as cache; was = cache._boot; cache._boot = lambda: was() - 60; \
from kcfg.credential import main; main()' "$@"
"""


@pytest.mark.kubectl
def test_kubectl_that_is_refused_gets_another(world, kubectl_path):
    """A 401 before its end: kubectl asks again, and what was kept a minute ago is dropped."""
    world.run("cache", "on")
    world.apply()
    (earlier := world.base / "bin/kcfg-credential").write_text(EARLIER.format(python=sys.executable))
    earlier.chmod(0o755)
    assert world.kubectl(kubectl_path, "vendor") == 1
    earlier.unlink()
    assert world.kubectl(kubectl_path, "vendor") == 0

    world.server.tokens = {"plum-newer": "robot"}
    world.answers(status={"token": "plum-newer"})
    assert "Unauthorized" in world.start(kubectl_path, "vendor").communicate(timeout=60)[1]
    assert world.kubectl(kubectl_path, "vendor", 2) == 1


@pytest.mark.parametrize("hint", ["", "one", "\nfirst\nsecond\n", INSTALL_HINT])
@pytest.mark.parametrize("args", [[], ["--", "--spec"], ["--user", "--"]])
@pytest.mark.parametrize("user", ["u", "--", "--spec"])
def test_there_and_back(user, args, hint):
    stanza = {"apiVersion": "v", "command": "aws", "args": args, "env": None, "installHint": hint}
    kept = make_kept_stanza(stanza, program="aws", spec_name="s", environment="e", user=user)

    assert direct_stanza(kept) == stanza
    assert direct_stanza(stanza) is stanza
    assert {name: value for name, (_, value) in own_options(kept).items()} == {
        "--spec": "s",
        "--environment": "e",
        "--user": user,
    }


def test_a_secret_among_its_words_is_hidden():
    args = [
        "--spec",
        "s",
        "--user",
        "u",
        "--",
        "weblogin",
        "--client-secret",
        "plum-secret",
        "--token=plum-secret",
        "x",
    ]

    assert redact_args(args, "kcfg-credential") == [*args[:7], "REDACTED", "--token=REDACTED", "x"]
    assert redact_args(["credential", *args], "kcfg")[1:] == redact_args(args, "kcfg-credential")
    assert redact_args([*args[:5]], "kcfg-credential") == args[:5]
