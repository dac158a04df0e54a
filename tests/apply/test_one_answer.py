"""`diff`, `status`, `verify` and `apply` give one answer to whether anything would change, whatever happened before.

What `apply` really does is the truth. Read or unread, the others may not say "nothing" where it does something or holds
something back; with `--read-secrets` they say "something" only then. Without it, what was not compared is said.
"""

import json
from dataclasses import dataclass

import pytest

from kcfg.__main__ import run as kcfg
from kcfg.cli.shared.again import command_line

HEAD = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
secretStores: [{name: default, provider: env, env: {prefix: T_}}]
"""
SPEC = f"""{HEAD}clusters:
- {{name: prod, server: "https://prod.example.com"}}
- {{name: dev, server: "https://dev.example.com"}}
users:
- {{name: bot, token: "ref+default://bot"}}
- {{name: me, exec: {{apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Never}}}}
contexts:
- {{name: prod, cluster: prod, user: bot, namespace: web}}
- {{name: dev, cluster: dev, user: me, namespace: web}}
current-context: dev
"""
DEV = "- {name: dev, cluster: dev, user: me, namespace: web}\ncurrent-context: dev\n"
TOKEN = "first-secret-value"


def stays(world):
    """Nothing happens."""


def edit(old, new):
    def change(world):
        text = world.config.read_text()
        assert old in text
        world.config.write_text(text.replace(old, new))

    return change


def rotate(world):
    world.env["T_BOT"] = "second-secret-value"


def both(world):
    rotate(world)
    edit(TOKEN, "second-secret-value")(world)


def kubectl(*words):
    return lambda world: world(*words, "--kubeconfig", world.config)


def spec(old, new):
    def change(world):
        text = world.spec.read_text()
        assert old in text
        world.spec.write_text(text.replace(old, new))

    return change


def foreign(world):
    world.config.write_text('clusters:\n- {name: prod, cluster: {server: "https://theirs.example.com"}}\n')
    world.forget()


def copied(world):
    world.forget()


def copied_and_rotated(world):
    world.forget()
    rotate(world)


def gone(world):
    world.config.unlink()


def then(*steps):
    def change(world):
        for step in steps:
            step(world)

    return change


OTHER_SERVER = edit("dev.example.com", "other.example.com")
UNDELIVERED = spec('token: "ref+default://bot"', 'username: bot, password: "ref+default://bot"')
ORPHAN = spec(DEV, "")


@dataclass(frozen=True)
class Case:
    happens: object
    changes: bool  # what `apply` does; with `read` alone can that be known
    unread: bool = False  # without reading it is not known
    words: tuple = ()
    inline: bool = True


CASES = {
    "clean": Case(stays, changes=False, unread=True),
    "clean, no secret inside": Case(stays, changes=False, inline=False),
    "a field changed by the user": Case(OTHER_SERVER, changes=True),
    "a field changed by the user, no secret inside": Case(OTHER_SERVER, changes=True, inline=False),
    "an inlined secret changed by hand": Case(edit(TOKEN, "hacked"), changes=True, unread=True),
    "an inlined secret removed by hand": Case(edit(f"token: {TOKEN}", "{}"), changes=True),
    "a secret rotated in the store": Case(rotate, changes=True, unread=True),
    "rotated, and changed by hand to the same": Case(both, changes=False, unread=True),
    "an entry deleted by hand": Case(kubectl("delete-context", "prod"), changes=True, inline=False),
    "a secret's user deleted by hand": Case(kubectl("delete-user", "bot"), changes=True),
    "an unmanaged entry": Case(
        kubectl("set-cluster", "theirs", "--server", "https://theirs.example.com"), changes=False, inline=False
    ),
    "a foreign entry of the same name": Case(foreign, changes=True, inline=False),
    "a foreign entry, left": Case(foreign, changes=True, inline=False, words=("--on-conflict", "actual")),
    "a conflict that is left": Case(
        OTHER_SERVER, changes=False, inline=False, words=("--on-conflict", "actual")
    ),
    "a namespace changed by the user": Case(
        kubectl("set-context", "dev", "--namespace", "mine"), changes=False, inline=False
    ),
    "a namespace changed by the user, managed": Case(
        then(kubectl("set-context", "dev", "--namespace", "mine"),
             spec("current-context: dev", "current-context: dev\nmanage: [namespace]")),
        changes=True, inline=False,
    ),
    "a switched current-context": Case(kubectl("use-context", "prod"), changes=False, inline=False),
    "a switched current-context, managed": Case(
        then(kubectl("use-context", "prod"),
             spec("current-context: dev", "current-context: dev\nmanage: [current-context]")),
        changes=True, inline=False,
    ),
    "the spec changed": Case(spec("https://dev.", "https://new."), changes=True, inline=False),
    "the spec and the user changed it alike": Case(
        then(spec("https://dev.", "https://new."), edit("https://dev.", "https://new.")), changes=False, inline=False
    ),
    "orphaned": Case(ORPHAN, changes=False, inline=False),
    "orphaned, to be pruned": Case(ORPHAN, changes=True, inline=False, words=("--prune",)),
    "orphaned, changed by the user": Case(
        then(ORPHAN, kubectl("set-context", "dev", "--user", "bot")), changes=False, inline=False
    ),
    "orphaned, changed by the user, to be pruned": Case(
        then(ORPHAN, kubectl("set-context", "dev", "--user", "bot")), changes=True, inline=False, words=("--prune",)
    ),
    "orphaned, deleted by the user": Case(
        then(ORPHAN, kubectl("delete-context", "dev")), changes=False, inline=False, words=("--prune",)
    ),
    "held back by a conflict": Case(
        then(OTHER_SERVER, spec("namespace: web}\ncurrent", "namespace: new}\ncurrent")),
        changes=True, inline=False,
    ),
    "a user that cannot be delivered": Case(UNDELIVERED, changes=True, inline=False),
    "a copy, to be adopted": Case(copied, changes=False, inline=False),
    "a copy with a secret": Case(copied, changes=False, unread=True),
    "a copy with a secret that was rotated": Case(copied_and_rotated, changes=True, unread=True),
    "a copy with a secret that was rotated, left": Case(
        copied_and_rotated, changes=False, words=("--on-conflict", "actual")
    ),
    "a copy with a secret that was rotated, adopted": Case(
        copied_and_rotated, changes=True, unread=True, words=("--adopt",)
    ),
    "no file": Case(gone, changes=True),
}  # fmt: skip


@pytest.fixture
def world(tmp_path, private_home, monkeypatch, capfd):
    """A spec, a file beside it, and kcfg in this process: these are hundreds of commands."""

    def run(*words):
        for name, value in run.env.items():
            monkeypatch.setenv(name, value)
        code = kcfg([str(word) for word in words])
        out, err = capfd.readouterr()
        return Done(code, out, err)

    run.env = {"T_BOT": TOKEN}
    run.spec, run.config = tmp_path / "kcfg.yaml", tmp_path / "config"
    run.forget = lambda: [path.unlink() for path in private_home.rglob("targets/*.json")]
    run.spec.write_text(SPEC)
    return run


@pytest.mark.parametrize("name", CASES)
def test_the_four_commands_give_one_answer(world, name):
    case = CASES[name]
    words = ("-f", world.spec, "--kubeconfig", world.config, *(("--credentials", "inline") if case.inline else ()))
    assert world("apply", "--yes", "--trust", *words).code == 0
    case.happens(world)
    words = (*words, "--trust", *case.words)
    before = bytes_of(world.config)

    unread, read = (answers(world, *words, *more) for more in ((), ("--read-secrets",)))
    assert bytes_of(world.config) == before
    done = world("apply", "--yes", *words)

    assert done.code in (0, 1), done.err
    truth = done.code == 1 or bytes_of(world.config) != before
    assert truth == case.changes, done.out + done.err
    assert read.all_say(case.changes), read
    assert read.dry.code == done.code
    assert unread.all_say(case.changes or case.unread), unread
    if case.unread:
        assert not read.told
        assert unread.told
    if done.code == 0:
        assert answers(world, *words, "--read-secrets").all_say(False)


@pytest.mark.parametrize(
    "was", ["", "contexts:\n- {name: mine, context: {cluster: c, user: u}}\ncurrent-context: mine\n"]
)
def test_a_switched_current_context_stands_in_no_way_of_undo_and_is_told_where_it_stays(world, was):
    if was:
        world.config.write_text(was)
    words = ("--kubeconfig", world.config)
    assert world("apply", "--yes", "--trust", "-f", world.spec, *words).code == 0
    assert world("use-context", "prod", *words).code == 0
    gone = world("undo", "--yes", *words)

    assert gone.code == 0, gone.err
    assert "stays" not in gone.err  # its context is gone
    assert (world.config.read_text() if was else world.config.exists()) == (was or False)


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Answers:
    diff: Done
    verify: Done
    listed: Done
    status: Done
    dry: Done

    def all_say(self, something):
        """Whether all say that something would change, by exit codes, JSON and text; or all that nothing would."""
        shown = json.loads(self.diff.out)
        status = json.loads(self.status.out)
        dry = json.loads(self.dry.out)
        columns = [line[1] for line in self.listed.out.splitlines()]
        no_line = self.verify.err.count("\n") == 1 and "`kcfg diff -f " in self.verify.err
        return {
            self.diff.code == 1, shown["differs"], self.verify.code == 1, status["differs"], dry["differs"],
            any(each != " " for each in columns) or "left as it is" in self.listed.err,
            no_line if something else bool(self.verify.out + self.verify.err),
        } == {something} and self.verify.out == ""  # fmt: skip

    @property
    def told(self):
        """Whether every command says that something was not compared."""
        said = ["not compared" in each.err for each in (self.diff, self.verify, self.listed, self.status, self.dry)]
        assert len(set(said)) == 1, self
        return said[0]


def answers(world, *words):
    return Answers(
        world("diff", "-o", "json", *words),
        world("verify", *words),
        world("status", *words),
        world("status", "-o", "json", *words),
        world("apply", "--dry-run", "-o", "json", *words),
    )


def bytes_of(path):
    return path.read_bytes() if path.exists() else None


def test_the_command_that_is_named_has_the_flags_that_were_given_and_no_value_of_a_variable():
    given = {
        "file": "a folder/kcfg.yaml", "environment": None, "values": ["domain=x", "pin=zx y"], "prune": True,
        "read_secrets": False, "credential_command": "kcfg-credential", "trust": False, "trust_from": "main",
        "output": "json", "no_such": "word",
    }  # fmt: skip

    assert command_line("diff", given) == (
        "kcfg diff -f 'a folder/kcfg.yaml' --set domain=... --set pin=... --prune -o json --trust-from main"
    )
