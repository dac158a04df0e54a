"""Hostile repositories beside a home with canaries, and every command of the table driven through them.

`make hostile` runs 10,000 pairs of a repository and a command in process and 200 under strace, and prints a table;
test_repositories.py runs a short form. A repository is drawn from a seed: links, folders that look like repositories,
git configurations, names, globs, includes, stores, stanzas and servers. What may not happen is seen by sensors: audit
hooks for processes, canaries in output and files, the digest of the home, lines that drive a log.
"""

import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from kcfg.__main__ import run  # noqa: E402
from kcfg.cli.table import NAMES  # noqa: E402

CANARY = "canary-4d1e"
HEAD = {"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec"}
NAMES_OF = [
    "prod",
    "x\n::stop-commands::tok",
    "\x1b]0;t\x07",
    "  ::error::x",
    "##[group]x",
    "a\u202eb",
    "../../up",
    "-x",
]
GLOBS = ["parts/*.yaml", "**/part*.yaml", "/**/*", "**/**/**/x", "../home/*", "link", "dirlink/*", "up/**", ".git/*",
         "loop", "../home/secret.yaml", "~/secret.yaml", "[", "*/../../home/*"]  # fmt: skip
FILES = [
    "../home/key.pem",
    "link",
    "dirlink/key.pem",
    "dangling",
    "loop",
    "/etc/passwd",
    "parts",
    ".git/config",
    "token",
]
SERVERS = ["https://127.0.0.1:1", "http://127.0.0.1:1", "https://127.0.0.1:1/?token=x", "https://u:p@127.0.0.1:1", "x"]
# Where a cluster's requests go instead: nowhere, with a password, in words that drive a log.
PROXIES = ["http://127.0.0.1:1", "http://u:p@127.0.0.1:1", "socks5://127.0.0.1:1", "x\n::error::y", "http://["]
USER = ["true", "kubectl", "curl", "git"]  # what the words of a row, or the user's machine, ask for
# Words for every command; NAME and ENV are drawn, OUT may be a link.
ROWS = """
init --out OUT | import live --into OUT --secrets keep-out | import --unmanaged live --dry-run | validate | test
validate -f sub | validate --kubeconfig live | get-environments | get-environments ENV | blame contexts/NAME
blame users/NAME | graph | graph -o dot | fmt | fmt --check | explain clusters | explain NAME | schema
spec set-cluster NAME --server https://127.0.0.1:1 | spec set-credentials NAME --exec-command true
spec set-context NAME --namespace x | spec delete NAME --cascade | spec rename user NAME new | render
render -e ENV | render -e ENV --credentials inline | render --credentials inline --out OUT | render --flatten
render --all-environments --out OUT | render --to argocd --out OUT | render --to external-secrets
render -e ENV --out OUT | diff | diff --from main | diff --from origin/main -f sub
render --to clusterprofile --out OUT | render --to k9s --out OUT | render --to k9s --why
render --to flux --why | graph -o markdown | diff --out OUT | apply OUT --yes | apply live --yes
diff --read-secrets --credentials inline | apply --yes | apply --yes -e ENV | apply --adopt --dry-run | status
verify | verify --read-secrets --credentials inline | status --read-secrets -e ENV
history | undo --yes | history clear --yes | view | view --raw | merge live live | minify | minify --context NAME
flatten | split --out-dir OUT
extract NAME | rename user NAME new | delete context NAME --cascade --yes | current-context | use-context NAME
ns NAME
get-contexts | get-contexts -f . | get-clusters -f . | get-users -f . -o wide | get-users | get-clusters
set-cluster NAME --tls-server-name x | set-credentials NAME --username x | set-context NAME --namespace x
set users.NAME.username x | unset contexts.NAME.namespace | rename-context NAME new | delete-context NAME
delete-cluster NAME | delete-user NAME | secret set files:new | secret rotate all/aws | secret get all/aws | secret ls
secret rm files:id --yes | secret check | secret unlock | secret migrate live --dry-run | secret scan .
secret restore live --dry-run | secret restore live --yes | secret copy --to files
secret scan live | trust | credential --kind token | credential --kind token --store all --key aws | lint
lint --clients kr8s,lightkube,argocd | lint live --clients kr8s,argocd -o json | render --exec-api v1beta1
lint --fix | lint -o github | lint live -o junit | check expiry | check expiry --kubeconfig live
check connectivity --timeout 1s | check connectivity -f . --timeout 1s | whoami -f . NAME --timeout 1s
whoami --timeout 1s | doctor | exec NAME -f . -- true | exec NAME -- true | shell NAME -f . | env OUT | env live
url NAME | url NAME -f . | curl NAME /x -f . | curl NAME /x | get-token NAME -f . | get-token NAME | completion bash
issue NAME -f . --service-account s/a | issue NAME --service-account s/a --create --yes --out OUT | revoke --list
revoke NAME -f . --service-account s/a | exec NAME -f . --as-service-account s/a -- true
curl NAME /x -f . --yes-protected | curl NAME /x --yes-protected | exec NAME --yes-protected -- true
shell NAME -f . --yes-protected --read-only | shell NAME --read-only
shell NAME -f . --yes-protected | shell NAME --yes-protected | version
cache ls | cache clear | cache on --skew OUT | cache off | log on | log ls | log clear | log off
"""
PAIRS = [row.split() for line in ROWS.splitlines() for row in line.split(" | ") if row.strip()]


def command_of(row):
    return next(" ".join(row[:size]) for size in (2, 1) if " ".join(row[:size]) in NAMES)


class World:
    """One hostile repository, beside a home, drawn from a seed."""

    template: Path | None = None

    def __init__(self, seed, base):
        self.random = random.Random(f"world {seed}")
        self.seed = seed
        self.base, self.home, self.top = base, base / "home", base / "repo"
        self.pwned = base / "PWNED"
        self.protected = seed % 3 == 0
        self._home()
        shutil.copytree(self._template(base.parent), self.top, symlinks=True)
        self._links()
        self._bare()
        self._config()
        self.name = self.random.choice(NAMES_OF)
        self.environment = self.random.choice(["e", "prod", NAMES_OF[1]])
        self.out = self.random.choice(["out", "out", "outlink", "filelink", "deep/out"])
        self._spec()
        self._live()
        self.before = self.state()

    def _home(self):
        (self.home / ".ssh").mkdir(parents=True)
        (self.home / ".kube").mkdir()
        for name in (".bashrc", ".ssh/id_rsa", ".kube/config", "victim", "key.pem"):
            (self.home / name).write_text(f"-----BEGIN CERTIFICATE-----\n{CANARY}\n")
            (self.home / name).chmod(0o644)
        (self.home / "secret.yaml").write_text(f"{CANARY}: {CANARY}\n{HEAD}\n")
        (self.home / "part.yaml").write_text(json.dumps({**HEAD, f"{CANARY}": 1}))

    @classmethod
    def _template(cls, folder):
        if cls.template is None or not cls.template.exists():
            cls.template = folder / "template"
            cls.template.mkdir()
            (cls.template / "sub").mkdir()
            for each in (cls.template, cls.template / "sub"):
                (each / "kcfg.yaml").write_text(json.dumps({**HEAD, "metadata": {"name": "acme"}}))
            author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
            for words in (["init", "-q", "-b", "main"], ["add", "."], [*author, "commit", "-qm", "base"],
                          ["update-ref", "refs/remotes/origin/main", "HEAD"]):  # fmt: skip
                subprocess.run(["git", *words], cwd=cls.template, check=True, env={"PATH": os.environ["PATH"]})
        return cls.template

    def _links(self):
        victims = ["../home/.bashrc", "../home/.kube/config", "../home/key.pem", "/etc/passwd", "../home/secret.yaml"]
        links = {
            "link": self.random.choice(victims), "filelink": self.random.choice(victims[:2]), "dirlink": "../home",
            "outlink": self.random.choice(["../home/.kube", "../home", "/etc", ".git"]), "up": "..", "loop": "loop",
            "dangling": "../home/new", "git": ".git",
        }  # fmt: skip
        for name, target in links.items():
            (self.top / name).symlink_to(target)
        for folder in ("out", "parts", "deep"):
            (self.top / folder).mkdir()
        (self.top / "deep" / "out").symlink_to("../../home")
        for name in ("e.yaml", "prod.yaml", "kcfg.yaml", "pki", "config.yaml"):
            if self.random.random() < 0.7:
                (self.top / "out" / name).symlink_to("../" + self.random.choice(victims[:2]))
        (self.top / "parts" / "part.yaml").write_text(json.dumps(HEAD))
        (self.top / "token").write_text("x")
        (self.top / "id").write_text("x")
        evil = self.top / "evil.sh"
        evil.write_text(f"#!/bin/sh\ntouch {self.pwned}\necho x\n")
        evil.chmod(0o755)

    def _bare(self):
        sub = self.top / "sub"
        for folder in ("objects", "refs/heads", "refs/remotes/origin"):
            (sub / folder).mkdir(parents=True)
        (sub / "HEAD").write_text("ref: refs/heads/main\n")
        for name in ("heads/main", "remotes/origin/main"):
            (sub / "refs" / name).write_text("deadbeef" * 5 + "\n")
        shown = f"ext::sh -c touch% {self.pwned}"
        (sub / "config").write_text(
            "[core]\nrepositoryformatversion = 1\nbare = false\nworktree = ..\n[extensions]\npartialClone = origin\n"
            f'[remote "origin"]\nurl = {shown}\npromisor = true\n[protocol "ext"]\nallow = always\n{self._evil()}'
        )

    def _evil(self):
        touch = f"touch {self.pwned}"
        return (
            f"[core]\nfsmonitor = {touch}\npager = {touch}\nsshCommand = {touch}\nhooksPath = ../hooks\n"
            f"[diff]\nexternal = {touch}\n[filter \"x\"]\nclean = {touch}\nsmudge = {touch}\n"
        )  # fmt: skip

    def _config(self):
        if self.random.random() < 0.5:
            with (self.top / ".git" / "config").open("a") as file:
                file.write(self._evil())
            (self.top / ".gitattributes").write_text("* filter=x\n")

    def _user(self, name):
        touch = f"touch {self.pwned}; echo x"
        stanza = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}
        return {"name": name} | self.random.choice([
            {"token": "ref+all://aws-secret-access-key"},
            {"token": "ref+files://id_rsa"},
            {"token": "ref+run://x"},
            {"token": {"secretRef": {"keyring": {"service": "mail", "username": "me"}}}},
            {"tokenFile": str(self.home / "victim")},
            {"tokenFile": self.random.choice(FILES)},
            {"exec": {"command": "/bin/sh", "args": ["-c", touch], **stanza}},
            {"exec": {"command": "./evil.sh", **stanza}},
            {"auth": {"aws-eks": {"cluster": "prod", "region": "eu-west-1"}}},
        ])  # fmt: skip

    def _spec(self):
        draw, valid = self.random, self.random.random() < 0.7
        names = ["prod", self.name] if self.name != "prod" else ["prod"]
        cluster = {"server": SERVERS[0] if valid else draw.choice(SERVERS)}
        if not valid:
            cluster["certificate-authority"] = draw.choice(FILES)
        if draw.random() < 0.3:
            cluster["proxy-url"] = PROXIES[0] if valid else draw.choice(PROXIES)
        value = {
            **HEAD, "metadata": {"name": "acme"},
            "secretStores": [
                {"name": "all", "provider": "env", "env": {"prefix": ""}},
                {"name": "files", "provider": "file", "file": {"directory": str(self.home / ".ssh")}},
                {"name": "run", "provider": "command", "command": {"argv": ["./evil.sh", "{key}"]}},
            ],
            "clusters": [{"name": name, **cluster} for name in names],
            "users": [self._user(name) for name in names],
            "contexts": [{"name": name, "cluster": name, "user": name, "protected": self.protected} for name in names],
            "current-context": "prod",
            "environments": [{"name": "e", "credentials": "inline"}, {"name": "prod"}],
        }  # fmt: skip
        if valid:
            value["users"] = [self._valid(user) for user in value["users"]]
        if not valid or draw.random() < 0.2:
            value["include"] = draw.sample(GLOBS, 2) if not valid else ["parts/*.yaml"]
        if not valid and draw.random() < 0.5:
            value[draw.choice(NAMES_OF)] = 1
        for folder in (self.top, self.top / "sub"):
            (folder / "kcfg.yaml").write_text(json.dumps(value))

    def _valid(self, user):
        path = user.get("tokenFile", "")
        return {**user, "tokenFile": "token"} if path and not os.path.isabs(path) else user

    def _live(self):
        names = dict.fromkeys(["prod", self.name])
        cluster = {"server": SERVERS[0]}
        if self.random.random() < 0.3:
            cluster["proxy-url"] = self.random.choice(PROXIES)
        hint = {"labels": {"env": self.name}, "protected": True}
        marker = [{"name": "kcfg", "extension": hint}] if self.protected else []
        (self.top / "live").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "prod",
            "clusters": [{"name": name, "cluster": cluster} for name in names],
            "users": [{"name": name, "user": {"username": name, "password": "x"}} for name in names],
            "contexts": [
                {"name": name, "context": {"cluster": name, "user": name, "extensions": marker}} for name in names
            ],
        }))  # fmt: skip
        (self.top / "live").chmod(0o600)

    def words(self, row):
        return [
            each.replace("NAME", self.name).replace("ENV", self.environment).replace("OUT", self.out) for each in row
        ]

    def environ(self):
        return {
            "HOME": str(self.home), "PATH": os.environ["PATH"], "KUBECONFIG": str(self.top / "live"),
            "SHELL": "/bin/true", "XDG_STATE_HOME": str(self.base / "state"),
            "AWS_SECRET_ACCESS_KEY": CANARY, "GITHUB_TOKEN": CANARY, "PYTHONPATH": str(TESTS.parent),
        }  # fmt: skip

    def state(self):
        """Return bytes and mode of all in the home but kcfg's own state and caches."""
        return {
            str(path): (path.read_bytes(), path.stat().st_mode) if path.is_file() else None
            for path in self.home.rglob("*")
            if not {".local", ".cache", "cache"} & set(path.relative_to(self.home).parts)
        }

    def leaks(self):
        for folder, _, names in os.walk(self.top):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.islink(path) and os.path.isfile(path):
                    with open(path, "rb") as file:
                        if CANARY.encode() in file.read():
                            yield os.path.relpath(path, self.top)


_started = []
_watching = []
_hooked = []


def _audit(event, arguments):
    if _watching and event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        words = [
            os.fsdecode(each) for each in (arguments[1] if len(arguments) > 1 and arguments[1] else [arguments[0]])
        ]
        _started.append(words)
        if event == "os.exec":
            raise OSError("stopped")


def _no_faults(text, **_):
    return iter(())


def drive(world, row, faults=_no_faults):
    """Run one command in process; return its exit code and what may not have happened."""
    if not _hooked:  # a hook stays for the life of the process
        sys.addaudithook(_audit)
        _hooked.append(1)
    _started.clear()
    _watching.append(1)
    kept = dict(os.environ), os.getcwd(), sys.argv, sys.stdin, sys.stdout, sys.stderr
    words, environ = world.words(row), world.environ()
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(world.top)
    sys.argv, sys.stdin = ["kcfg", *words], io.TextIOWrapper(io.BytesIO(b""))
    sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    began = time.process_time()
    try:
        code = run(words)
    except SystemExit as error:
        code = error.code
    finally:
        took = time.process_time() - began
        told = []
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            told.append(stream.buffer.getvalue().decode("utf-8", "replace"))
        os.environ.clear()
        os.environ.update(kept[0])
        os.chdir(kept[1])
        sys.argv, sys.stdin, sys.stdout, sys.stderr = kept[2:]
        _watching.clear()
    return code, [*_violations(world, row, code, told, took, faults)]


def _violations(world, row, code, told, took, faults):
    out, err = told
    if code == 3:
        yield "bug: " + err.strip().replace("\n", " ")[:300]
    if took > 20:
        yield f"slow: {took:.0f} s"
    if CANARY in out + err:
        yield "canary in output"
    if leaks := list(world.leaks()):
        yield f"canary in {leaks}"
    if world.pwned.exists():
        yield "code ran"
        world.pwned.unlink()
    for words in _started:
        if os.path.basename(words[0]) not in USER:
            yield f"process {words[:2]}"
        led = [each for each in words if each.startswith("--git-dir=")]
        if led and os.path.realpath(led[0].partition("=")[2]) != os.path.realpath(world.top / ".git"):
            yield f"git led astray: {led}"
    if world.state() != world.before:
        yield "the home changed"
        world.before = world.state()
    for line in [*faults(out, github="github" in row), *faults(err)][:1]:
        yield f"a line that drives a log: {line!r}"


def pairs(count, base, seed=0):
    """Yield (world, row): each world meets some rows, each row the same number of worlds."""
    order = random.Random(seed)
    waiting, at, world = [], seed * 1_000_003, None
    for number in range(count):
        if not waiting:
            waiting = PAIRS[:]
            order.shuffle(waiting)
        if number % 8 == 0:
            if world is not None:
                shutil.rmtree(world.base, ignore_errors=True)
            at += 1
            folder = base / f"w{at}"
            folder.mkdir()
            world = World(at, folder)
        yield world, waiting.pop()
    shutil.rmtree(world.base, ignore_errors=True)


class Doors:
    """Counts in how many runs of each command a door was asked."""

    NAMES = ("kcfg.boundary.Bounds.require", "kcfg.boundary.require_plain", "kcfg.boundary.require_not_led_out",
             "kcfg.boundary.can_tighten", "kcfg.trust.gate.check_trust", "kcfg.git.repository.find_repository",
             "kcfg.printing.printable", "kcfg.printing.is_harmless")  # fmt: skip

    def __init__(self):
        self.asked = 0
        for name in self.NAMES:
            module, _, attribute = name.rpartition(".")
            owner = _module("kcfg.boundary").Bounds if module.endswith("Bounds") else _module(module)
            setattr(owner, attribute, self._counted(getattr(owner, attribute)))

    def _counted(self, door):
        def counted(*words, **named):
            self.asked += 1
            return door(*words, **named)

        return counted


def _module(name):
    __import__(name)
    return sys.modules[name]


def strace(world, row, strace_path):
    """Run one command as a process under strace; return exit code and what may not have happened."""
    log = world.base / "log"
    done = subprocess.run(
        [strace_path, "-f", "-qq", "-s", "300", "-e", "trace=execve", "-o", log, sys.executable, "-m", "kcfg",
         *world.words(row)], cwd=world.top, env=world.environ(), capture_output=True, text=True, errors="replace",
        stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    _started.clear()
    call = re.compile(r'execve\("([^"]*)", \[(.*?)\].* = 0$')
    calls = filter(None, map(call.search, log.read_text(errors="replace").splitlines()[1:]))
    words = ([found[1], *re.findall(r'"((?:[^"\\]|\\.)*)"', found[2])[1:]] for found in calls)
    _started.extend(each for each in words if "git-core" not in each[0])
    return done.returncode, [*_violations(world, row, done.returncode, (done.stdout, done.stderr), 0, _no_faults)]


def part(seed, count):
    """Drive pairs in process; return the table and what was found."""
    from test_printing import faults

    base = Path(tempfile.mkdtemp(prefix="hostile-"))
    doors = Doors()
    table, bad, is_valid = {name: Counter() for name in NAMES}, [], {}
    for world, row in pairs(count, base, seed):
        if world.base not in is_valid:
            is_valid[world.base] = drive(world, ["validate"])[0] == 0
        doors.asked = 0
        found = drive(world, row, faults)[1]
        table[command_of(row)].update(
            pairs=1, valid=int(is_valid[world.base]), asked=min(doors.asked, 1), bad=len(found)
        )
        bad += [f"seed {world.seed}: {' '.join(row)}: {each}" for each in found]
    shutil.rmtree(base, ignore_errors=True)
    return table, bad


def traced_part(seed, count):
    """Drive pairs under strace; return what was found."""
    found, base = shutil.which("strace"), Path(tempfile.mkdtemp(prefix="hostile-"))
    bad = [f"strace: seed {world.seed}: {' '.join(row)}: {each}"
           for world, row in pairs(count, base, seed) for each in strace(world, row, found)[1]]  # fmt: skip
    shutil.rmtree(base, ignore_errors=True)
    return bad


def main(count, traced):
    """Run the long form on every core and print its table; return 1 when anything was found."""
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers) as pool:
        parts = [pool.submit(part, seed, count // workers) for seed in range(workers)]
        ran = traced if shutil.which("strace") else 0
        behind = pool.submit(traced_part, workers, ran) if ran else None
        done = [each.result() for each in parts]
        bad = [line for _, lines in done for line in lines] + (behind.result() if behind else [])
    table = {name: sum((each[name] for each, _ in done), Counter()) for name in NAMES}
    print("\n".join(bad), file=sys.stderr)
    driven, today = count // workers * workers, time.strftime("%Y-%m-%d")
    print(
        f"# Hostile repositories\n\n`make hostile`, {today}: {driven} pairs of a repository and a command in process, "
    )
    print(f"{ran} under strace, {len(bad)} violations.\n")
    print("| command | pairs | with a valid spec | reached a door | violations |\n| --- | --- | --- | --- | --- |")
    for name, row in table.items():
        print(f"| {name} | {row['pairs']} | {row['valid']} | {row['asked']} | {row['bad']} |")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3] or (10_000, 200))))
