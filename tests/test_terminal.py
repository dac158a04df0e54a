"""On a real terminal (a pty): snippets, prompts, and what is never shown there."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import pytest
from conftest import ROOT
from warm import shared

SECRET = "zxplantedsecret"
HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\n"


class Terminal:
    """A kcfg process whose standard streams are a pty, except those redirected."""

    def __init__(self, *words, cwd, env=None, columns=0, **streams):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24 if columns else 0, columns, 0, 0))
        self.text = ""
        env = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        # /dev/tty shall be this terminal: getpass asks there
        given = {"stdin": theirs, "stdout": theirs, "stderr": theirs, **streams}
        self.process = shared().start([*map(str, words)], cwd=cwd, env=env, streams=[*given.values()], terminal=theirs)
        self.theirs = theirs

    def type(self, text, *, after):
        """Type a line once the prompt `after` stands there."""
        ends = time.monotonic() + 60
        while after not in self.text and time.monotonic() < ends:
            self._read(0.2)
        assert after in self.text
        os.write(self.ours, f"{text}\n".encode())

    def end(self) -> int:
        """Read all output; return the exit code."""
        while self.process.poll() is None:
            self._read(0.05)
        while self._read(0.05):
            pass
        os.close(self.ours)
        os.close(self.theirs)
        return self.process.returncode

    def _read(self, seconds) -> bool:
        ready = select.select([self.ours], [], [], seconds)[0]
        if ready:
            self.text += os.read(self.ours, 65536).decode().replace("\r\n", "\n")
        return bool(ready)


@pytest.fixture
def on_terminal(tmp_path):
    """Run a command on a terminal to its end: (exit code, what the terminal shows)."""

    def run(*words, **more):
        terminal = Terminal(*words, cwd=tmp_path, **more)
        code = terminal.end()
        return code, terminal.text

    return run


# the faulty lines of a spec → what the terminal shows of them (None: nothing)
SNIPPETS = {
    "a name": ("contexts:\n- name: dev\n  cluster: nowhere\n", "  cluster: nowhere"),
    "userinfo": (
        f"clusters:\n- name: dev\n  server: https://me:{SECRET}@dev.example.com\n",
        "  server: https://REDACTED@dev.example.com",
    ),
    "userinfo in quotes": (
        f"clusters:\n- {{name: dev, server: 'https://me:{SECRET}@dev.example.com'}}\n",
        "- {name: dev, server: 'https://REDACTED@dev.example.com'}",
    ),
    "userinfo in escapes": (
        f'clusters:\n- {{name: dev, server: "https:\\/\\/me:{SECRET}@dev.example.com"}}\n',
        "- {name: dev, server: REDACTED}",
    ),
    "userinfo over two lines": (
        f"clusters:\n- name: dev\n  server: 'https://me:\n    {SECRET}@dev.example.com'\n",
        "  server: REDACTED",
    ),
    "a flow mapping": (f"users:\n- name: dev\n  exec: {{env: {SECRET}}}\n", "  exec: {env: REDACTED}"),
    "an unknown field": (f"users:\n- name: dev\n  tokn: {SECRET}  # {SECRET}\n", "  tokn: REDACTED"),
    "a flow entry": (
        f"contexts:\n- {{name: dev, cluster: nowhere, user: u}}\nusers:\n- {{name: u, token: ref+x}}\n# {SECRET}\n",
        "- {name: dev, cluster: nowhere, user: u}",
    ),
    "a plain secret": (f"users:\n- name: dev\n  token: {SECRET}\n", "  token: REDACTED"),
    "an alias": (
        f"clusters:\n- {{name: &x {SECRET}, server: a}}\nusers:\n- {{name: u, token: *x}}\n",
        "- {name: REDACTED, server: a}",
    ),
    "a text of lines": (f"users:\n- name: dev\n  token: |\n    a\n    {SECRET}\n  nmae: x\n", "  nmae: REDACTED"),
    "a patch": (
        "environments:\n- name: prod\n  patches:\n"
        f"  - {{target: {{kind: User}}, merge: {{as: me, token: {SECRET}}}}}\n",
        "  - {target: {kind: User}, merge: {as: me, token: REDACTED}}",
    ),
}


NO_SNIPPETS = [
    f"users:\n- name: dev\n  token: {SECRET}\n",
    f"users:\n- name: dev\n  exec:\n    command: x\n    key: {SECRET}\n    key: {SECRET}\n",
    f"contexts:\n- name: dev\n  user: u\n  user: {SECRET}\n",
    f"users:\n- name: dev\n  auth-provider:\n    name: oidc\n    config: {{key: {SECRET}}}\n",
    f"clusters:\n- name: dev\n  server: https://h.example.com/?token={SECRET}\n",
    f"users:\n- name: dev\n  user: {SECRET}\n",
]


@pytest.mark.parametrize("lines", NO_SNIPPETS)
def test_no_excerpt_of_a_line_with_a_secret(lines, on_terminal, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(HEAD + lines)

    for words in ("validate", "lint", "secret scan kcfg.yaml"):
        assert SECRET not in on_terminal(words)[1], words


A = "clusters: [{name: a, server: 'https://a.example.com'}]\n"
PLUGIN = (
    "users:\n- name: a\n  exec:\n    apiVersion: client.authentication.k8s.io/v1\n    interactiveMode: Never\n"
    "    command: x\n"
)
MISPLACED = {
    "a key twice": (
        f"clusters:\n- name: a\n  server: https://a.example.com\n  server: https://{SECRET}.example.com\n",
        "  server: REDACTED",
    ),
    "a key twice in a flow": (
        f"clusters:\n- {{name: a, server: 'https://a.example.com', server: 'https://{SECRET}.example.com'}}\n",
        "- {name: REDACTED, server: REDACTED, server: REDACTED}",
    ),
    "a name": (
        f"{A}contexts:\n- name: glpat-{SECRET}{SECRET}\n  cluster: a\n",
        "- name: REDACTED",
    ),
    "a namespace": (
        f"{A}contexts:\n- name: a\n  cluster: a\n  namespace: glpat-{SECRET}{SECRET}\n",
        "  namespace: REDACTED",
    ),
    "an argument": (
        f"{PLUGIN}    args:\n    - --client-secret={SECRET}\n",
        "    - REDACTED",
    ),
}


@pytest.mark.parametrize("case", MISPLACED)
def test_of_a_line_with_a_misplaced_secret_only_the_fields_are_shown(case, on_terminal, tmp_path):
    lines, shown = MISPLACED[case]
    (tmp_path / "kcfg.yaml").write_text(HEAD + lines)

    said = {words: on_terminal(words)[1] for words in ("validate", "lint")}
    assert SECRET not in "".join(said.values())
    assert shown in [line.partition(" | ")[2] for line in said["lint"].splitlines() if " | " in line], said


def test_of_a_text_that_is_no_yaml_the_field_is_shown(on_terminal, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(HEAD + f"users:\n- name: dev\n  token: {SECRET}\n bad: {SECRET}\n")

    assert SECRET not in on_terminal("validate")[1]


@pytest.mark.parametrize("case", SNIPPETS)
def test_a_snippet_shows_keys_and_harmless_values(case, on_terminal, tmp_path):
    lines, shown = SNIPPETS[case]
    (tmp_path / "kcfg.yaml").write_text(HEAD + lines)

    code, text = on_terminal("validate")
    assert code == 1
    snippet = [line.partition(" | ") for line in text.splitlines() if " | " in line]
    assert shown in [line for _, _, line in snippet]
    assert any(line.strip() == "^" for _, _, line in snippet)
    assert SECRET not in text


@pytest.mark.parametrize(
    "entry",
    [
        "- name: dev\n  cluster: nowhere",
        "- {name: dev, cluster: nowhere}",
        "- {extensions: [{name: a, extension: secret}], name: dev, cluster: nowhere}",
        "- {name: 'föö', \"cluster\": nowhere}  # ours",
        "- {name: dev, namespace: " + "x" * 60 + ", labels: {a: " + "y" * 60 + "}, cluster: nowhere}",
    ],
)
def test_the_caret_stands_below_the_place(entry, on_terminal, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(f"{HEAD}contexts:\n{entry}\n")

    text = on_terminal("validate")[1].splitlines()
    at = next(number for number, line in enumerate(text) if " | " in line and "nowhere" in line)
    assert text[at + 1].index("^") == text[at].index("nowhere")


@pytest.mark.parametrize(
    "line", [f'token: "{SECRET}', f"\ttoken: {SECRET}", f"token: a: {SECRET}", f"token: *{SECRET}"]
)
def test_a_syntax_error_shows_no_line_of_the_file(line, on_terminal, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(f"{HEAD}users:\n- name: dev\n  {line}\n")

    code, text = on_terminal("validate")
    assert code == 2
    assert " | " not in text
    assert SECRET not in text


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
@pytest.mark.parametrize("words", [("validate",), ("--help",), ("validate", "--nonsense")], ids=" ".join)
def test_no_escape_codes_where_nobody_wants_them(words, env, on_terminal, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(HEAD + "contexts:\n- name: dev\n")

    assert "\x1b" not in on_terminal(*words, env={"TERM": "xterm-256color", **env})[1]


def test_a_name_cannot_drive_the_terminal(on_terminal, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(HEAD + 'contexts:\n- name: dev\n  cluster: "\\e]0;title\\a"\n')

    shown = on_terminal("validate")[1]
    assert "\\x1b]0;title" in shown
    assert set(re.findall("\x1b[^m]*m?", shown)) <= {"\x1b[31m", "\x1b[36m", "\x1b[0m"}


COMMAND_SPEC = HEAD + "secretStores:\n- {name: default, provider: command, command: {argv: [cat, x]}}\n"


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("no", 1)])
def test_trust_asks_on_a_terminal(answer, code, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(COMMAND_SPEC)
    terminal = Terminal("trust", cwd=tmp_path)
    terminal.type(answer, after="[y/N]")

    assert terminal.end() == code
    assert f"[y/N] {answer}\n" in terminal.text  # this terminal echoes what is typed
    assert ("kcfg.yaml: trusted" in terminal.text) == (code == 0)


@pytest.mark.parametrize("stream", ["stdin", "stderr"])
def test_trust_does_not_ask_without_a_terminal(stream, on_terminal, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(COMMAND_SPEC)

    code, text = on_terminal("trust", **{stream: subprocess.DEVNULL})
    assert code == 2
    assert "[y/N]" not in text


KUBECONFIG = f"apiVersion: v1\nkind: Config\nusers:\n- name: dev\n  user: {{token: {SECRET}}}\n"
SHOWS = [("view",), ("view", "--flatten"), ("merge", "config"), ("flatten",), ("get-users", "-o", "yaml")]


@pytest.mark.parametrize("words", SHOWS, ids=" ".join)
def test_a_terminal_gets_no_secret_unless_asked(words, on_terminal, tmp_path):
    (tmp_path / "config").write_text(KUBECONFIG)

    code, text = on_terminal(*words, env={"KUBECONFIG": "config"})
    assert (code, SECRET in text) == (0, False)
    if words[0] != "get-users":
        assert "REDACTED" in text
        assert SECRET in on_terminal(*words, "--raw", env={"KUBECONFIG": "config"})[1]


def test_the_plugin_refuses_a_terminal(on_terminal):
    code, text = on_terminal("credential", "--kind", "token", "--env", "DEMO_TOKEN", env={"DEMO_TOKEN": SECRET})

    assert code == 1
    assert "refusing to print a secret to a terminal" in text
    assert SECRET not in text


@pytest.mark.parametrize(
    ("words", "prompt"),
    [(("set-credentials", "dev", "--token", "-"), "Token:"), (("set", "users.dev.token", "-"), "Value:")],
    ids=["set-credentials", "set"],
)
def test_a_secret_is_asked_for_without_echo(words, prompt, tmp_path):
    terminal = Terminal(*words, "--kubeconfig", "config", cwd=tmp_path)
    terminal.type(SECRET, after=prompt)

    assert terminal.end() == 0
    assert SECRET not in terminal.text
    assert SECRET in (tmp_path / "config").read_text()


APPLIED_SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
clusters: [{name: dev, server: "https://dev.example.com"}]
users: [{name: me, token: "ref+default://me/token"}]
contexts: [{name: dev, cluster: dev, user: me}]
"""


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_apply_shows_the_plan_and_asks(answer, code, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(APPLIED_SPEC)
    terminal = Terminal("apply", "--kubeconfig", "config", cwd=tmp_path)
    terminal.type("y", after="Trust it? [y/N]")
    terminal.type(answer, after="Apply? [y/N]")

    assert terminal.end() == code
    assert "+ cluster/dev  server: https://dev.example.com" in terminal.text
    assert (tmp_path / "config").exists() == (code == 0)


def test_apply_asks_where_a_stored_secret_would_go_and_writes_what_was_agreed_to(tmp_path):
    spec, config = tmp_path / "kcfg.yaml", tmp_path / "config"
    spec.write_text(APPLIED_SPEC)
    first = Terminal("apply", "--yes", "--kubeconfig", "config", cwd=tmp_path)
    first.type("y", after="Trust it? [y/N]")  # --yes is no answer to that
    assert first.end() == 0
    spec.write_text(APPLIED_SPEC.replace("dev.example.com", "elsewhere.example.com"))
    terminal = Terminal("apply", "--kubeconfig", "config", cwd=tmp_path)
    terminal.type("y", after="Trust it? [y/N]")
    terminal.type("y", after="Apply? [y/N]")

    assert terminal.end() == 0
    assert "goes to https://elsewhere.example.com" in terminal.text
    assert "elsewhere.example.com" in config.read_text()


def test_a_file_that_changes_while_the_plan_is_shown_is_not_written(tmp_path):
    (tmp_path / "kcfg.yaml").write_text(APPLIED_SPEC)
    terminal = Terminal("apply", "--kubeconfig", "config", cwd=tmp_path)
    terminal.type("y", after="Trust it? [y/N]")
    ends = time.monotonic() + 60
    while "Apply?" not in terminal.text and time.monotonic() < ends:
        terminal._read(0.2)
    (tmp_path / "config").write_text("clusters: [{name: dev, cluster: {server: https://mine.example.com}}]\n")
    terminal.type("y", after="Apply? [y/N]")

    assert terminal.end() == 1
    assert "changed since the plan was made; nothing was written" in terminal.text
    assert "mine.example.com" in (tmp_path / "config").read_text()


def test_undo_asks(tmp_path):
    (tmp_path / "kcfg.yaml").write_text(APPLIED_SPEC)
    first = Terminal("apply", "--yes", "--kubeconfig", "config", cwd=tmp_path)
    first.type("y", after="Trust it? [y/N]")
    assert first.end() == 0
    terminal = Terminal("undo", "--kubeconfig", "config", cwd=tmp_path)
    terminal.type("y", after="[y/N]")

    assert terminal.end() == 0
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_undo_names_the_secrets_that_come_back_in_plain_text_and_asks(
    answer, code, tmp_path, secret_service, monkeypatch
):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", secret_service.env["DBUS_SESSION_BUS_ADDRESS"])
    (tmp_path / "kcfg.yaml").write_text(APPLIED_SPEC)
    config, old = tmp_path / "config", f"users: [{{name: me, user: {{token: {SECRET}}}}}]\n"
    config.write_text(old)
    first = Terminal("apply", "--adopt", "--yes", "--kubeconfig", "config", cwd=tmp_path)
    first.type("y", after="Trust it? [y/N]")
    assert first.end() == 0
    new = config.read_text()
    assert SECRET not in new
    terminal = Terminal("undo", "--kubeconfig", "config", cwd=tmp_path)
    terminal.type(answer, after="Take this back, with these secrets? [y/N]")

    assert terminal.end() == code
    assert "writes secrets in plain text into config: user/me" in terminal.text.replace(f"{tmp_path}/", "")
    assert SECRET not in first.text + terminal.text
    assert config.read_text() == (old if code == 0 else new)


def test_a_diff_has_colors_on_a_terminal_and_none_without(tmp_path, monkeypatch):
    (tmp_path / "kcfg.yaml").write_text(APPLIED_SPEC)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    words = ("diff", "--kubeconfig", "config")

    colored, plain = Terminal(*words, cwd=tmp_path), Terminal(*words, cwd=tmp_path, env={"NO_COLOR": "1"})

    assert (colored.end(), plain.end()) == (1, 1)
    assert "\x1b[32m+ cluster/dev" in colored.text
    assert "\x1b[" not in plain.text
