"""Two weeks of somebody who lives with a spec in git: every step's command lines and output stand in fortnight.md.

`KCFG_RECORD=1 pytest tests/scenarios/test_fortnight.py` writes that file anew: read it as its user would.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RECORD = Path(__file__).parent / "fortnight.md"
RECORDING = bool(os.environ.get("KCFG_RECORD"))
MARK = "zxplantedsecret"
CA_2026 = """-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAhRI+Mb86lc5qna9woJoPvWJxKK9KjAKBggqhkjOPQQDAjAX
MRUwEwYDVQQDDAxhY21lLWNhLTIwMjYwIBcNMjYwMTAxMDAwMDAwWhgPMjEyNjAx
MDEwMDAwMDBaMBcxFTATBgNVBAMMDGFjbWUtY2EtMjAyNjBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABCKiSBo8XrA9PewOWR7PPzbDDd5s/9E4nlCuAp+u++s0PfK0
Bphf96Ej50VIFwvS1LCGIspIo1vX3RSsD3K9iHKjEzARMA8GA1UdEwEB/wQFMAMB
Af8wCgYIKoZIzj0EAwIDRwAwRAIgJJPO1tEfTo0C99HElbisgtzxJH8+/dhiQscM
UksoVtsCIH4dUeBkms+CdgXC4wcukFuzfRbWk9pPzGAJh2ufEYyZ
-----END CERTIFICATE-----
"""
CA_2027 = """-----BEGIN CERTIFICATE-----
MIIBRTCB66ADAgECAhR/2um7qC/VsKu2GnettSoa8gMK+jAKBggqhkjOPQQDAjAX
MRUwEwYDVQQDDAxhY21lLWNhLTIwMjcwIBcNMjYwMTAxMDAwMDAwWhgPMjEyNjAx
MDEwMDAwMDBaMBcxFTATBgNVBAMMDGFjbWUtY2EtMjAyNzBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABN/m/JRRlJzARVJgrL1yPvrrLjnKWreQ0uR2QWbXLaHur9kr
HDN8+9M9vIJOBTqpYLzW5KLzDaFnMXrkOKrlrVOjEzARMA8GA1UdEwEB/wQFMAMB
Af8wCgYIKoZIzj0EAwIDSQAwRgIhANQmlJdPgS9dQxvNbET6lFu1ImNB70A1CW5K
31AM1sU+AiEAl7OF3aFXGjQqBrfDNdgAEmq7aZzutOUARoAmC6V4p5o=
-----END CERTIFICATE-----
"""
SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
clusters:
- {name: dev, server: "https://dev.example.com", certificate-authority: ca/acme.crt}
- {name: prod, server: "https://prod.example.com", certificate-authority: ca/acme.crt, labels: {env: prod}}
users:
- name: sso
  exec: {apiVersion: client.authentication.k8s.io/v1, command: acme-login, interactiveMode: IfAvailable}
- {name: ops, token: "ref+default://ops/token"}
contexts:
- {name: dev, cluster: dev, user: sso, namespace: web}
- {name: prod, cluster: prod, user: ops, namespace: web, protected: true}
current-context: dev
"""
STAGE = '- {name: stage, server: "https://stage.example.com", certificate-authority: ca/acme.crt}\n'
# As kubectl writes it, with a comment: what is the user's own, and stays so.
OWN = f"""apiVersion: v1
kind: Config
clusters:
- cluster:
    server: https://nas.example.net:6443 # the one in the cellar
  name: nas
contexts:
- context:
    cluster: nas
    namespace: media
    user: nas-admin
  name: nas
current-context: nas
users:
- name: nas-admin
  user:
    token: {MARK}-nas
"""
GIT = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Kim"), ("EMAIL", "kim@example.com"), ("DATE", "2026-03-02T09:00:00Z"))
} | {"GIT_CONFIG_NOSYSTEM": "1"}
KCFG = ("diff", "apply", "status", "verify")


class Life:
    """A HOME with a clone and a kubeconfig, a colleague who pushes, and the record of what was typed and shown."""

    def __init__(self, home, kubectl, bus):
        self.home, self._kubectl = home, kubectl
        self.config = home / ".kube" / "config"
        self.clone, self.colleague = home / "work" / "clusters", home.parent / "colleague"
        self.origin = home.parent / "clusters.git"
        self.record = []
        self.environ = {**os.environ, **GIT, "HOME": str(home), "GIT_CONFIG_GLOBAL": str(home.parent / "gitconfig")}
        self.environ["DBUS_SESSION_BUS_ADDRESS"] = bus
        (home.parent / "gitconfig").write_text("[init]\ndefaultBranch = main\n[pull]\nff = only\n")
        self.config.parent.mkdir()
        self.config.write_text(OWN)
        self.config.chmod(0o600)
        self._git(home.parent, "init", "-q", "--bare", self.origin)
        self._git(home.parent, "clone", "-q", self.origin, self.colleague)
        (self.colleague / "ca").mkdir()
        self.pushed({"kcfg.yaml": SPEC, "ca/acme.crt": CA_2026})
        self._git(home.parent, "clone", "-q", self.origin, self.clone)
        self.foreign = self._entries()

    def day(self, number, title, text):
        """Begin a step."""
        self.record.append(f"\n## Day {number}: {title}\n\n{text}\n")

    def type(self, *words):
        """Run what a person types in the clone, and record it with what is shown; return the exit code."""
        before = self._entries()
        done = self._run(*(words[: words.index("<")] if "<" in words else words))
        shown = f"$ {' '.join(map(str, words))}\n{done.stdout}" + (f"[{done.returncode}]\n" if done.returncode else "")
        self.record.append(f"\n```console\n{self._plain(shown)}```\n")
        if words[0] == "kcfg":
            after = self._entries()
            assert {key: after.get(key) for key in self.foreign} == {key: before.get(key) for key in self.foreign}
            assert done.returncode in (0, 1), shown
        return done.returncode

    def reconcile(self, *flags):
        """`diff`, `apply`, `status` and `verify`, as they are typed: each agrees, and nothing is blocked as a whole."""
        differs = self.answer("apply", "--dry-run", "--yes", *flags)
        assert self.answer("status", *flags) == differs
        assert self._run("kcfg", "verify", *flags).returncode == int(differs)
        assert self.type("kcfg", "diff", *flags) == int(differs)
        code = self.type("kcfg", "apply", "--yes", *flags)
        written = self.config.read_bytes()
        assert self._run("kcfg", "apply", "--yes", *flags).returncode == code
        assert self.config.read_bytes() == written  # all that could be written was
        assert self._run("kcfg", "diff", *flags).returncode == code
        assert self.answer("status", *flags) == bool(code)
        self.type("kcfg", "status", *flags)
        assert self.type("kcfg", "verify", *flags) == code
        return code

    def answer(self, command, *flags):
        """Return whether a command says, in JSON, that anything would change."""
        return json.loads(self._run("kcfg", command, *flags, "-o", "json", both=False).stdout)["differs"]

    def pushed(self, files, message="change", branch="main"):
        """What a colleague commits and pushes: texts of files, or (old, new) in them."""
        for name, text in files.items():
            path = self.colleague / name
            if isinstance(text, str):
                path.write_text(text)
                continue
            for old, new in text:
                assert old in path.read_text(), old
                path.write_text(path.read_text().replace(old, new))
        self._git(self.colleague, "add", "-A")
        self._git(self.colleague, "commit", "-q", "-m", message)
        self._git(self.colleague, "push", "-q", "origin", f"HEAD:{branch}")

    def on_branch(self, name, start="main"):
        """Let the colleague go to another branch."""
        self._git(self.colleague, "checkout", "-q", *(("-b", name, start) if start else (name,)))

    def merged(self, branch, files):
        """What a colleague merges: a branch with other changes, into main that went on."""
        self.on_branch(branch)
        self.pushed(files, branch=branch)
        self.on_branch("main", "")
        self.pushed({"README.md": f"{branch} comes\n"})
        self._git(self.colleague, "merge", "-q", "--no-ff", "-m", f"merge {branch}", branch)
        self._git(self.colleague, "push", "-q", "origin", "main")

    def _git(self, folder, *words):
        subprocess.run(["git", *map(str, words)], cwd=folder, env=self.environ, check=True, capture_output=True)

    def _run(self, *words, both=True):
        """Run a program with what it shows in the order of its showing; kcfg in this process."""
        if words[0] == "kcfg":
            return self._kcfg(*words[1:], both=both)
        program = self._kubectl if words[0] == "kubectl" else words[0]
        return subprocess.run(
            [program, *words[1:]], cwd=self.clone, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=60, check=words[0] != "kcfg",
        )  # fmt: skip

    def _kcfg(self, *words, both):
        out = self.home.parent / "shown"
        before, folder, own = dict(os.environ), os.getcwd(), (sys.stdin, sys.stdout, sys.stderr)
        kept = [os.dup(number) for number in range(3)]
        try:
            code = self._become(words, out, both=both)
        finally:
            sys.stdin, sys.stdout, sys.stderr = own
            for number, stream in enumerate(kept):
                os.dup2(stream, number)
                os.close(stream)
            os.environ.clear()
            os.environ.update(before)
            os.chdir(folder)
        shown = out.read_text()
        assert MARK not in shown
        return subprocess.CompletedProcess(words, code, shown)

    def _become(self, words, out, *, both):
        """Run kcfg with the environment, the folder and the streams of one that is typed."""
        os.chdir(self.clone)
        os.environ.clear()
        os.environ.update(self.environ, PWD=str(self.clone))
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        silent = os.open(os.devnull, os.O_WRONLY)
        asked, answer = os.pipe()
        os.write(answer, f"{MARK}-ops\n".encode())  # what `secret set` reads
        os.close(answer)
        for number, stream in enumerate((asked, handle, handle if both else silent)):
            os.dup2(stream, number)
        for stream in (asked, handle, silent):
            os.close(stream)
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", closefd=False, buffering=1)
        sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1)
        from kcfg.__main__ import run

        code = run([str(word) for word in words])
        sys.stdout.flush()
        sys.stderr.flush()
        return code

    def _entries(self):
        """Return the lines of each entry of the kubeconfig, which is in kubectl's form, by section and name."""
        found, section, lines = {}, "", []
        for line in [*self.config.read_text().splitlines(keepends=True), "end:\n"]:
            if line[0] not in " -":
                found |= {(section, name): "".join(each) for name, each in _named(lines)}
                section, lines = line.partition(":")[0], []
            else:
                lines.append(line)
        return found

    def owns(self, *names):
        """From now on these entries are the user's own, too."""
        self.foreign |= {key: text for key, text in self._entries().items() if key[1] in names}

    def _plain(self, text):
        for path, name in ((self.home, "~"), (self.home.parent, "..")):
            text = text.replace(str(path.resolve()), name).replace(str(path), name)
        return re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-03-13T09:00:00Z", text)


def _named(lines):
    """Return (name, lines) of the entries of a section."""
    entries = []
    for line in lines:
        if line.startswith("- "):
            entries.append([])
        entries[-1].append(line)
    for each in entries:
        (name,) = (line[2:].partition(": ")[2].strip() for line in each if line[2:].startswith("name: "))
        yield name, each


@pytest.fixture
def life(private_home, kubectl_path, secret_service, called):
    found = Life(private_home, kubectl_path, secret_service.env["DBUS_SESSION_BUS_ADDRESS"])
    for command in KCFG:  # what they import is imported once, not in every child
        words = ("--dry-run", "--trust") if command == "apply" else ()
        called(command, *words, "-f", found.colleague, "--kubeconfig", private_home.parent / "none")
    return found


def test_a_fortnight(life):
    steps = (first_day, kubens, a_tool, a_rename, a_new_ca, a_branch, a_merge, a_move, another_context, by_hand,
             a_new_server, taken_back)  # fmt: skip
    try:
        for step in steps:
            step(life)
    finally:
        if RECORDING:
            RECORD.write_text(HEAD + "".join(life.record))
    text = HEAD + "".join(life.record)
    assert MARK not in text
    assert str(life.home.parent) not in text

    assert text == RECORD.read_text()


HEAD = """# A fortnight

What somebody sees who has a spec in a clone at `~/work/clusters` and a kubeconfig with entries of their own. Recorded
by `test_fortnight.py`, which runs all of it again and compares; `[1]` is an exit code. What it asks after each step,
beside what stands here: all that could be written was, nothing of the user's own changed by a byte, `diff`, `status`,
`verify` and `apply` gave one answer, and no secret was shown.
"""


def first_day(life):
    life.day(1, "a new colleague", "The repository is cloned; nothing of it was ever applied here.")
    assert life.reconcile() == 1
    life.record.append("\nThe user looks at what it reaches, and agrees.\n")
    assert life.type("kcfg", "trust", "--yes") == 0
    assert life.type("kcfg", "secret", "set", "ops/token", "<", "token") == 0
    assert life.reconcile() == 0


def kubens(life):
    life.day(2, "another namespace", "As `kubens payments` does it.")
    life.type("kubectl", "config", "use-context", "dev")
    life.type("kubectl", "config", "set-context", "--current", "--namespace=payments")
    assert life.reconcile() == 0
    assert "namespace: payments" in life.config.read_text()


def a_tool(life):
    life.day(3, "a tool adds a cluster", "As `kind create cluster` does it, and `kind` makes it the current one.")
    life.type("kubectl", "config", "set-cluster", "kind-play", "--server=https://127.0.0.1:41923")
    life._run("kubectl", "config", "set-credentials", "kind-play", f"--token={MARK}-kind")
    life.type("kubectl", "config", "set-context", "kind-play", "--cluster=kind-play", "--user=kind-play")
    life.type("kubectl", "config", "use-context", "kind-play")
    life.owns("kind-play")
    assert len(life.foreign) == 6
    assert life.reconcile() == 0


def a_rename(life):
    life.day(4, "a rename in git", "A colleague calls cluster and context `dev` by another name: `develop`.")
    life.pushed({"kcfg.yaml": [("name: dev, ", "name: develop, "), ("cluster: dev,", "cluster: develop,"),
                               ("current-context: dev", "current-context: develop")]})  # fmt: skip
    life.type("git", "pull", "-q")
    assert life.reconcile() == 0
    life.record.append("\nWhat the spec no longer has goes when that is asked for.\n")
    assert life.reconcile("--prune") == 0


def a_new_ca(life):
    life.day(5, "a new CA", "The certificate authority was rotated: `ca/acme.crt` is another one.")
    life.pushed({"ca/acme.crt": CA_2027})
    life.type("git", "pull", "-q")
    assert life.reconcile() == 1
    life.record.append("\nThe user asks, and it is meant.\n")
    assert life.type("kcfg", "trust", "--yes") == 0
    assert life.reconcile() == 0


def a_branch(life):
    life.day(8, "a branch", "The branch `trial` has one context more, and one less.")
    life.on_branch("trial")
    life.pushed({"kcfg.yaml": [
        ("- {name: develop, cluster: develop, user: sso, namespace: web}",
         "- {name: canary, cluster: develop, user: sso, namespace: canary}"),
        ("current-context: develop", "current-context: canary"),
    ]}, branch="trial")  # fmt: skip
    life.on_branch("main", "")
    life.type("git", "fetch", "-q")
    life.type("git", "switch", "-q", "trial")
    assert life.reconcile() == 0
    life.record.append("\nAnd back.\n")
    life.type("git", "switch", "-q", "main")
    assert life.reconcile("--prune") == 0


def a_merge(life):
    life.day(9, "a merge", "A colleague's branch is merged: another namespace for `prod`, and a new cluster `stage`.")
    life.merged("stage", {"kcfg.yaml": [
        ("user: ops, namespace: web", "user: ops, namespace: shop"),
        ("users:\n", STAGE + "users:\n"),
        ("current-context", "- {name: stage, cluster: stage, user: sso, namespace: web}\ncurrent-context"),
    ]})  # fmt: skip
    life.type("git", "pull", "-q")
    life.reconcile()
    life.type("kcfg", "trust", "--yes")
    assert life.reconcile() == 0


def a_move(life):
    life.day(10, "the clone moves", "`~/work/clusters` becomes `~/src/acme`, and there is something new to apply.")
    life.pushed({"kcfg.yaml": [("user: ops, namespace: shop", "user: ops, namespace: till")]})
    life.type("git", "pull", "-q")
    moved = life.home / "src" / "acme"
    moved.parent.mkdir()
    life.type("mv", "../clusters", "../../src/acme")
    life.clone = moved
    assert life.reconcile() == 0


def another_context(life):
    life.day(11, "another context", "The user goes to a context of the spec that the spec does not begin with.")
    life.type("kubectl", "config", "use-context", "stage")
    assert life.reconcile() == 0
    assert "current-context: stage" in life.config.read_text()


def by_hand(life):
    life.day(12, "an entry edited by hand", "A token is pasted over `ops` in a hurry; a colleague changed a namespace.")
    life._run("kubectl", "config", "set-credentials", "ops", f"--token={MARK}-pasted")
    life.pushed({"kcfg.yaml": [("stage, user: sso, namespace: web", "stage, user: sso, namespace: api")]})
    life.type("git", "pull", "-q")
    assert life.reconcile() == 1
    assert "namespace: api" in life.config.read_text()
    life.record.append("\nThe spec is right.\n")
    assert life.reconcile("--on-conflict", "spec") == 0


def a_new_server(life):
    life.day(13, "a server that nobody allowed", "A merged pull request moves `prod`, and brings a cluster `lab`.")
    life.merged("move-prod", {"kcfg.yaml": [
        ("https://prod.example.com", "https://prod.example.org"),
        ("users:\n", '- {name: lab, server: "https://lab.example.com"}\nusers:\n'),
        ("current-context", "- {name: lab, cluster: lab, namespace: web}\ncurrent-context"),
    ]})  # fmt: skip
    life.type("git", "pull", "-q")
    assert life.reconcile() == 1
    assert "lab.example.com" in life.config.read_text()
    assert "prod.example.org" not in life.config.read_text()
    life.record.append("\nThe user asks, and it is meant.\n")
    assert life.type("kcfg", "trust", "--yes") == 0
    assert life.reconcile() == 0


def taken_back(life):
    life.day(14, "taken back", "It was not meant after all.")
    before = life.config.read_bytes()
    life.type("kcfg", "history")
    assert life.type("kcfg", "undo", "--yes") == 0
    assert "prod.example.org" not in life.config.read_text()
    assert life.type("kcfg", "verify") == 1
    life.record.append("\nOr was it? The spec still says so.\n")
    assert life.reconcile() == 0
    assert life.config.read_bytes() == before
