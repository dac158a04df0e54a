"""Completion in real shells on a pty: a line is typed, TAB is pressed, and the words that the shell then has count."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest
from conftest import ROOT, require

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: prod-eu
clusters:
- {name: farm, cluster: {server: "https://farm.example.com"}}
contexts:
- {name: prod-eu, context: {cluster: farm, user: me, namespace: web}}
- {name: stage-eu, context: {cluster: farm, user: me}}
- {name: stage-us, context: {cluster: farm, user: me}}
- {name: "arn:aws:eks:eu-west-1:111122223333:cluster/shop", context: {cluster: farm, user: me}}
- {name: "two words", context: {cluster: farm, user: me}}
- {name: "it's $HOME", context: {cluster: farm, user: me}}
- {name: "bell\\a", context: {cluster: farm, user: me}}
users:
- {name: me, user: {tokenFile: token}}
- {name: robot, user: {tokenFile: token}}
"""
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
variables: {region: {default: eu}}
secretStores: [{name: vault, provider: file, file: {directory: store}}]
clusters: [{name: declared, server: "https://declared.example.com"}]
users:
- {name: bot, token: "ref+default://bot/token"}
- {name: key, client-key-data: {secretRef: {store: vault, key: key/pem}}}
generate:
- forEach: {tier: [alpha, beta]}
  context: {name: "{tier}-context", cluster: declared, user: bot}
environments: [{name: laptop}, {name: ci, credentials: inline}]
"""
SETUP = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "PS1='READY''> '; bind 'set bell-style none'; source {script}"),
    "zsh": (["zsh", "-f", "-i"], "PS1='READY''> '; autoload -U compinit; compinit -D -u; source {script}"),
    "fish": (
        ["fish", "--no-config", "-i"],
        "function fish_prompt; echo -n READY'> '; end; function fish_greeting; end; source {script}",
    ),
}


class Shell:
    """An interactive shell that knows kcfg's completion."""

    def __init__(self, name, folder, script, path):
        words, setup = SETUP[name]
        self.ours, theirs = pty.openpty()
        self.text = ""
        self.process = subprocess.Popen(
            words,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env={**os.environ, "PATH": path, "TERM": "xterm", "PYTHONPATH": str(ROOT), "KUBECONFIG": "config"},
            start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(theirs), os.O_RDWR)),  # noqa: PLW1509 - it becomes the terminal
        )
        os.close(theirs)
        self._send(setup.format(script=script) + "\n")
        self._wait("READY> ")

    def words_after(self, line):
        """Type a line and TAB; return the words that the shell makes of it."""
        # In front of the completed line comes a command that shows its words. What is typed ahead waits for the TAB.
        self.text = ""
        self._send(f"{line}\t\x01printf '<%s>' BEGIN \x05 END\n")
        self._wait("<END>")
        return re.findall(r"<([^<>]*)>", self.text.partition("<BEGIN>")[2])[:-1]

    def list_after(self, line, names):
        """Type a line and TAB twice; return what the terminal shows once every name is there."""
        self.text = ""
        self._send(f"{line}\t\t")
        ends = time.monotonic() + 90
        while not all(name in self._shown() for name in names):
            assert time.monotonic() < ends, self.text
            self._read(0.2)
        return self._shown()

    def _shown(self):
        return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[()=>].?)", "", self.text).replace("\\", "")

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)

    def _send(self, text):
        os.write(self.ours, text.encode())

    def _wait(self, wanted):
        ends = time.monotonic() + 90
        while wanted not in self.text:
            assert time.monotonic() < ends, self.text
            self._read(0.2)

    def _read(self, seconds):
        if not select.select([self.ours], [], [], seconds)[0]:
            return False
        self.text += os.read(self.ours, 65536).decode(errors="replace")
        return True


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "here"
    (found / "sub folder").mkdir(parents=True)
    (found / "config").write_text(KUBECONFIG)
    (found / "kcfg.yaml").write_text(SPEC)
    return found


@pytest.fixture(params=SETUP)
def shell(request, folder, tmp_path, kcfg, kcfg_program):
    require(request.param, present=shutil.which(request.param) is not None)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/kcfg").symlink_to(kcfg_program)
    script = tmp_path / "script"
    script.write_text(kcfg("completion", request.param).stdout)
    found = Shell(request.param, folder, script, f"{tmp_path}/bin:{os.environ['PATH']}")
    yield found
    found.end()


# What is typed → the words that the shell has after TAB.
ONE = {
    "kcfg use-c": ["use-context"],
    "kcfg use-context pr": ["use-context", "prod-eu"],
    "kcfg use pr": ["use", "prod-eu"],
    "kcfg use-context arn:aws:eks:eu": ["use-context", "arn:aws:eks:eu-west-1:111122223333:cluster/shop"],
    "kcfg use-context tw": ["use-context", "two words"],
    "kcfg use-context it": ["use-context", "it's $HOME"],
    "kcfg use-context sta": ["use-context", "stage-"],
    "kcfg delete-user ro": ["delete-user", "robot"],
    "kcfg set-context new --user ro": ["set-context", "new", "--user", "robot"],
    "kcfg set-context new --user=ro": ["set-context", "new", "--user=robot"],
    "kcfg set-context new --cl": ["set-context", "new", "--cluster"],
    "kcfg set-context new -n w": ["set-context", "new", "-n", "web"],
    "kcfg delete cluster f": ["delete", "cluster", "farm"],
    "kcfg set contexts.prod": ["set", "contexts.prod-eu."],
    "kcfg secret se": ["secret", "set"],
    "kcfg secret set bo": ["secret", "set", "bot/token"],
    "kcfg secret rm vau": ["secret", "rm", "vault:key/pem"],
    "kcfg render -e lap": ["render", "-e", "laptop"],
    "kcfg render --credentials in": ["render", "--credentials", "inline"],
    "kcfg render --credentials=in": ["render", "--credentials=inline"],
    "kcfg render --context bet": ["render", "--context", "beta-context"],
    "kcfg render --set reg": ["render", "--set", "region="],
    "kcfg blame clusters/decl": ["blame", "clusters/declared"],
    "kcfg render --kubeconfig conf": ["render", "--kubeconfig", "conf"],  # no such option: nothing to add
    "kcfg view --kubeconfig con": ["view", "--kubeconfig", "config"],
    "kcfg view --kubeconfig=con": ["view", "--kubeconfig=config"],
    "kcfg lint kcfg": ["lint", "kcfg.yaml"],
    "kcfg split --out-dir sub": ["split", "--out-dir", "sub folder"],
    "kcfg exec prod-eu -- kcf": ["exec", "prod-eu", "--", "kcfg"],
    "kcfg exec prod-eu -- cat conf": ["exec", "prod-eu", "--", "cat", "config"],
    "kcfg use-context nothing": ["use-context", "nothing"],
    "kcfg use-context con": ["use-context", "con"],  # not the file of that name
}


@pytest.mark.timeout(300)
def test_tab_completes_the_word(shell):
    # zsh takes a folder's slash away again when the word is left
    found = {line: [word.removesuffix("/") for word in shell.words_after(line)[1:]] for line in ONE}

    assert found == ONE


def test_two_tabs_list_what_there_is(shell):
    names = [
        "prod-eu",
        "stage-eu",
        "stage-us",
        "two words",
        "it's $HOME",
        "arn:aws:eks:eu-west-1:111122223333:cluster/shop",
    ]

    assert "bell" not in shell.list_after("kcfg use-context ", names)


def test_an_open_quote_is_completed(shell):
    assert shell.words_after("kcfg use-context 'two")[2:] == ["two words"]


def test_a_broken_kubeconfig_completes_to_nothing_and_says_nothing(shell, folder):
    (folder / "config").write_text("{")

    assert shell.words_after("kcfg use-context pr\t")[1:] == ["use-context", "pr"]
    assert "rror" not in shell.text
