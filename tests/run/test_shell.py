"""`kcfg shell` with real shells on a real terminal: one context, a credential that ends, nothing left."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, require
from system import environments_and_arguments
from terminal import Terminal, on_terminal, write_start_file

TOKEN = "plum-token-of-nobody"
ODD = "a$(touch owned)`touch owned`%n%d\\u\\w'\"!;#"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
AS_KUBECTL_ASKS = r"""command=$(sed -n 's/^      command: //p' "$KUBECONFIG")
record=$(sed -n 's/^      - \(\/.*\)/\1/p' "$KUBECONFIG")
"$command" --session "$record" 2>&1 | cat
"""
PLUGIN = """#!/bin/sh
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": %s}' "$STATUS"
exit "${CODE:-0}"
"""


@pytest.fixture
def users(tmp_path):
    exec_ = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "interactiveMode": "Never"}
    status = [{"name": "STATUS", "value": json.dumps({"token": "of-a-plugin"})}]
    return {
        "robot": {"token": TOKEN, "as": "", "extensions": [{"name": "x", "extension": {"secret": TOKEN}}]},
        "file": {"tokenFile": "token"},
        "jane": {"username": "jane", "password": TOKEN},
        "oidc": {"auth-provider": {"name": "oidc", "config": {"id-token": TOKEN}}},
        "plugin": {"exec": {**exec_, "env": status}},
        "nobody": {},
        "half": {"client-certificate-data": base64.b64encode(b"x").decode()},
    }


@pytest.fixture
def write(tmp_path, users):
    """Write a kubeconfig with a context for each user, and one that is protected."""
    folder = tmp_path / "team"
    folder.mkdir()
    (folder / "token").write_text("of-a-file\n")
    (folder / "login").write_text(PLUGIN)
    (folder / "login").chmod(0o755)

    def call(server="https://c.example.com", authority="ca.crt"):
        hint = [{"name": "kcfg", "extension": {"protected": True}}]
        contexts = {name: {"cluster": "c", "user": name} for name in users}
        contexts |= {"prod": {**contexts["robot"], "extensions": hint}, ODD: contexts["robot"]}
        value = {
            "current-context": "robot",
            "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority": authority}}],
            "users": [{"name": name, "user": user} for name, user in users.items()],
            "contexts": [{"name": name, "context": context} for name, context in contexts.items()],
        }
        (folder / "config").write_text(json.dumps(value))
        return folder / "config"

    return call


@pytest.fixture
def around(tmp_path, write, private_home):
    for name in ("run", "tmp"):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "bin").mkdir()
    for name, text in {"kcfg": f'exec "{sys.executable}" -m kcfg "$@"', "ask": AS_KUBECTL_ASKS}.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "KUBECONFIG": str(write()),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "TMPDIR": str(tmp_path / "tmp"),
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "SHELL": "/bin/sh",
        "TERM": "dumb",
        "HISTFILE": "",
    }


@pytest.fixture
def left(tmp_path, private_home):
    """Files below the runtime folder and the temporary one, and those below HOME that hold a secret."""

    def files(name):
        return [path for path in (tmp_path / name).rglob("*") if path.is_file()]

    return lambda: files("run") + files("tmp") + [p for p in files("home") if TOKEN.encode() in p.read_bytes()]


def words(*given):
    return [sys.executable, "-m", "kcfg", "shell", *map(str, given)]


@pytest.fixture
def run(around, tmp_path):
    """Let the shell run a script that it reads from standard input."""

    def call(*given, script="", env=None):
        return subprocess.run(
            words(*given), env={**around, **(env or {})}, input=script, capture_output=True, text=True, timeout=60,
            cwd=tmp_path,
        )  # fmt: skip

    return call


SEE = 'cat "$KUBECONFIG"\n'


@pytest.mark.parametrize("way", [(), ("--as-file",), ("--ttl", "1h")])
@pytest.mark.parametrize("user", ["robot", "file", "plugin"])
def test_the_kubeconfig_holds_only_a_stanza(way, user, run, left):
    done = run(user, *way, script=SEE)

    assert done.returncode == 0, done.stderr
    assert "--session" in done.stdout
    assert not [secret for secret in (TOKEN, "of-a-plugin", "login", "token:", "tokenFile") if secret in done.stdout]
    assert "current-context: " + user in done.stdout
    assert left() == []


def test_variables_and_exit_code(run):
    tell = 'echo "$KCFG_CONTEXT/$KCFG_NAMESPACE/$KCFG_SHELL/$KCFG_SESSION_EXPIRES"; exit 7\n'
    plain = run("robot", "-n", "web", script=tell)
    ending = run("robot", "--ttl", "1h30m", script=tell)
    ends = time.strptime(ending.stdout.strip().rpartition("/")[2], "%Y-%m-%dT%H:%M:%SZ")

    assert (plain.returncode, plain.stdout) == (7, "robot/web/1/\n")
    assert 5390 < time.mktime(ends) - time.mktime(time.gmtime()) <= 5400


def test_impersonation_is_the_servers_to_decide(run):
    done = run("robot", "--as", "jane", "--as-group", "readers", script=SEE)

    assert "as: jane\n    as-groups:\n    - readers\n" in done.stdout


def test_its_kubeconfig_can_be_changed_and_nothing_outside(run, around, kubectl_path, left):
    outside = Path(around["KUBECONFIG"]).read_bytes()
    kcfg = f"{sys.executable} -m kcfg"
    script = (
        f"{kubectl_path} config set-context --current --namespace=shop >/dev/null; {SEE}"
        f"{kcfg} ns blue; {kcfg} ns; {kcfg} ns -; {kcfg} ns; "
        f"{kcfg} use robot -n green; {kcfg} ns - >/dev/null; {kcfg} ns\n"
    )

    done = run("robot", script=script)

    assert "namespace: shop" in done.stdout
    assert done.stdout.splitlines()[-6:] == [
        'Context "robot" has namespace "blue".',
        "blue",
        'Context "robot" has namespace "shop".',
        "shop",
        'Switched to context "robot", namespace "green".',
        "shop",
    ], done.stderr
    assert Path(around["KUBECONFIG"]).read_bytes() == outside
    assert left() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["jane"], "a password, which no session can take back"), (["oidc"], "an auth provider"),
        (["half"], "a certificate without a key"), (["nope"], "no context is called 'nope'"),
        (["robot", "--ttl", "soon"], "not a time"), (["robot", "--ttl", "0s"], "not a time"),
        (["robot", "--shell", "/nowhere/sh"], "not found"), (["robot", "more"], "unexpected extra"),
        (["prod"], "protected"),
    ],
)  # fmt: skip
def test_what_kcfg_could_not_is_told(given, said, run, left):
    done = run(*given, script="echo ran\n")

    assert (done.returncode >= 2, done.stdout) == (True, "")
    assert said in done.stderr
    assert TOKEN not in done.stderr
    assert left() == []


def test_a_user_without_a_credential_is_told_of(run):
    done = run("nobody", "--ttl", "1h", script=SEE)

    assert "no credential" in done.stderr
    assert "--session" not in done.stdout


def test_protected_asks_for_the_name(around, tmp_path, run):
    right = on_terminal(["shell", "prod", "--shell", "/bin/true"], b"prod\n", cwd=tmp_path, env=around)
    wrong = on_terminal(["shell", "prod", "--shell", "/bin/true"], b"yes\n", cwd=tmp_path, env=around)

    assert (right[0], wrong[0]) == (0, 125)
    assert run("prod", "--yes-protected", script="exit 3\n").returncode == 3


def test_without_a_name_one_is_chosen_on_a_terminal(around, tmp_path, run):
    env = {**around, "SHELL": "/bin/true"}
    code, shown = on_terminal(["shell"], b"plugin\n", cwd=tmp_path, env=env)

    assert (code, "a shell for plugin" in shown) == (0, True), shown
    assert run(script='echo "$KCFG_CONTEXT"\n').stdout == "robot\n"  # nobody to ask: the current one


ASK = "ask\n"


@pytest.mark.parametrize("user", ["robot", "file", "plugin"])
def test_the_credential_ends_with_the_session(user, run, left):
    done = run(user, "--ttl", "3s", script=f"{ASK}sleep 3.2\n{ASK}")
    first, *rest = [line for line in done.stdout.splitlines() if line]
    status = json.loads(first)["status"]

    assert status["token"] == {"robot": TOKEN}.get(user, f"of-a-{user}")
    assert status["expirationTimestamp"] in done.stderr
    assert rest[0].startswith(f"kcfg: the session of {user} ended at {status['expirationTimestamp']}; ")
    assert left() == []


def test_what_is_kept_is_overwritten_at_the_end(run):
    record = '"$(grep -o "/proc/[0-9]*/fd/[0-9]*" "$KUBECONFIG")"'
    done = run("robot", "--ttl", "2s", script=f"cat {record}; echo; sleep 2.5; cat {record}\n")
    before, after = map(json.loads, done.stdout.splitlines())

    assert before["status"] == {"token": TOKEN}
    assert after == {"context": "robot", "ends": before["ends"], "over": True}


def test_an_earlier_end_of_the_credential_counts(run, users, write, around):
    soon = "2001-01-01T00:00:00Z"
    far = "2999-01-01T00:00:00+01:00"
    for ends, shown in ((soon, soon), (far, None), ("never", None)):
        value = json.dumps({"token": "t", "expirationTimestamp": ends})
        users["plugin"]["exec"]["env"] = [{"name": "STATUS", "value": value}]
        write()
        done = run("plugin", "--ttl", "1h", script=ASK + 'echo "$KCFG_SESSION_EXPIRES"\n')
        answer, session = done.stdout.splitlines()
        assert json.loads(answer)["status"]["expirationTimestamp"] == (shown or session)


def test_a_plugin_that_fails_is_told_in_one_line(run, users, write):
    users["plugin"]["exec"]["env"].append({"name": "CODE", "value": "9"})
    write()
    assert run("plugin", script=ASK).stdout.startswith("kcfg: ")
    assert "failed with exit code 9" in run("plugin", script=ASK).stdout
    users["plugin"]["exec"] |= {"command": "/nowhere/login", "installHint": "install login"}
    write()

    assert "install login" in run("plugin", script=ASK).stdout


@pytest.mark.parametrize(
    "argv", [["--session"], ["--session", "/nowhere/x"], ["--session", "a", "b"], ["--session", "/"]]
)
def test_the_plugin_without_a_session(argv, around):
    command = Path(sys.executable).parent / "kcfg-credential"
    done = subprocess.run([command, *argv], env=around, capture_output=True, text=True, timeout=20)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "kcfg shell" in done.stderr


def test_a_shell_in_a_shell(run, left):
    tell = 'echo "$KCFG_CONTEXT $KCFG_SHELL $KCFG_SESSION_EXPIRES"; '
    inner = "".join(
        f"kcfg shell {more} --shell /bin/sh <<'E'\n{tell}\n{ASK}E\n" for more in ("robot", "robot --ttl 9h")
    )
    done = run("robot", "--ttl", "1h", script=f"{tell}\n{inner}kcfg shell file\n")
    outer, first, answer, second, again = done.stdout.splitlines()
    ends = outer.split()[2]

    assert (outer, first, second) == (f"robot 1 {ends}", f"robot 2 {ends}", f"robot 2 {ends}")
    for each in (answer, again):
        assert json.loads(each)["status"] == {"token": TOKEN, "expirationTimestamp": ends}
    assert "2 deep" in done.stderr
    assert "inside of robot" in done.stderr
    assert left() == []


def test_exec_in_a_shell_and_a_shell_in_exec(run, around, tmp_path):
    assert run("robot", script="kcfg exec -- sh -c 'echo $KCFG_CONTEXT'\n").stdout == "robot\n"
    inner = [sys.executable, "-m", "kcfg", "exec", "file", "--", *words(), "--shell", "/bin/sh"]
    done = subprocess.run(inner, env=around, input=ASK, capture_output=True, text=True, timeout=60, cwd=tmp_path)

    assert json.loads(done.stdout)["status"]["token"] == "of-a-file"


@pytest.mark.kubectl
def test_kubectl_works_until_the_session_ends(run, users, write, server, admin, kubectl_path, left):
    server.tokens |= {TOKEN: "robot", "of-a-plugin": "plugin", "of-a-file": "file"}
    certificate, key = (base64.b64encode(text.encode()).decode() for text in admin)
    users["admin"] = {"client-certificate-data": certificate, "client-key-data": key}
    write(server.url, "../server/ca.crt")
    ask = f"{kubectl_path} get ns -o name 2>&1\n"
    for user in ("robot", "file", "plugin", "admin"):
        done = run(user, "--ttl", "3s", script=f"{ask}sleep 3.2\n{ask}")
        first, *rest = done.stdout.splitlines()
        assert first == f"namespace/of-{user}", done.stdout
        assert rest[0].startswith(f"kcfg: the session of {user} ended at ")
        assert "executable" in rest[-1]
    assert left() == []


@pytest.mark.kubectl
def test_a_users_own_stanza_is_asked_through_the_session(run, stored, rendered, plugin_env, kubectl_path):
    script = f"{kubectl_path} get ns -o name\n"
    for name in ("robot", "admin"):
        done = run(name, "--ttl", "1h", "--kubeconfig", rendered, script=script, env=plugin_env)
        assert done.stdout == f"namespace/of-{name}\n", done.stderr


BASHRC = 'PS1="$ "\nexport KUBECONFIG=/elsewhere\necho rc""file\n'
TEXT = {
    "bash": BASHRC,
    "zsh": "PROMPT='%~ $ '\nsetopt prompt_subst\nexport KUBECONFIG=/elsewhere\necho rc''file\n",
    "fish": "set -gx KUBECONFIG /elsewhere\nfunction fish_prompt; echo '$ '; end\necho rc''file\n",
}


@pytest.fixture
def bash(around, tmp_path, private_home):
    """Start `kcfg shell` with bash on a terminal, up to its first prompt."""
    (private_home / ".bashrc").write_text("PS1='$ '\n")

    def call(*given):
        terminal = Terminal(words("robot", "--shell", "bash", *given), around, tmp_path)
        terminal.expect(b"(robot) $ ")
        return terminal

    return call


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request, private_home):
    """A shell with a start file of its user's, who sets KUBECONFIG there."""
    found = shutil.which(request.param)
    require(request.param, present=found is not None)
    write_start_file(private_home, request.param, TEXT[request.param])
    return found


@pytest.mark.parametrize("context", ["robot", ODD])
def test_the_prompt_shows_the_context_and_the_users_own_files_are_read(context, shell, around, tmp_path, left):
    terminal = Terminal(words(context, "--shell", shell), around, tmp_path)
    terminal.expect(b"rcfile")
    terminal.expect(f"({context}) ".encode())
    terminal.type(b"echo is:$KUBECONFIG:$KCFG_KUBECONFIG:\r")
    terminal.expect(b"is:/")
    path = terminal.expect(b":")
    assert terminal.expect(b":") == b"/" + path
    assert path.endswith(b"/config")
    terminal.expect(f"({context}) ".encode())
    terminal.type(b"exit 6\r")
    _, code = terminal.end()

    assert code == 6
    assert list(tmp_path.rglob("owned")) == []
    assert left() == []


def test_without_a_marked_prompt(shell, around, tmp_path, left):
    terminal = Terminal(words("robot", "--no-prompt", "--shell", shell), around, tmp_path)
    terminal.expect(b"rcfile")
    terminal.type(b"echo is:$KUBECONFIG\r")
    before = terminal.expect(b"is:/")
    terminal.type(b"exit\r")
    rest, _ = terminal.end()

    assert b"(robot)" not in before + rest
    assert left() == []


def test_zsh_keeps_its_users_folder(around, tmp_path, private_home):
    require("zsh", present=shutil.which("zsh") is not None)
    folder = tmp_path / "zsh"
    folder.mkdir()
    (folder / ".zshenv").write_text("export FROM_ENV=1\n")
    (folder / ".zshrc").write_text("echo rc''file\n")
    for own in (str(folder), ""):
        (private_home / ".zshrc").write_text("echo rc''file\n")
        terminal = Terminal(words("robot", "--shell", "zsh"), {**around, "ZDOTDIR": own}, tmp_path)
        terminal.expect(b"rcfile")
        terminal.type(b"echo is:${ZDOTDIR-none}:$KCFG_ZSH:${FROM_ENV-0}:; zsh -c 'echo in:${ZDOTDIR-none}:'\r")
        terminal.expect(b"is:" + (own or "none").encode() + b"::" + (b"1:" if own else b"0:"))
        terminal.expect(b"in:" + (own or "none").encode() + b":")
        terminal.type(b"exit\r")
        assert terminal.end()[1] == 0


def test_a_shell_that_kcfg_does_not_know_is_said_so(around, tmp_path):
    terminal = Terminal(words("robot", "--shell", "/bin/sh"), {**around, "PS1": "$ "}, tmp_path)
    terminal.expect(b"cannot mark the prompt of sh")
    terminal.type(b"exit 2\n")

    assert terminal.end()[1] == 2


def test_the_end_is_told_on_the_terminal(bash):
    terminal = bash("--ttl", "2s")
    terminal.expect(b"the session has ended")
    terminal.type(b"exit\r")

    assert terminal.end()[1] == 0


def test_suspend_and_go_on(around, tmp_path, private_home):
    (private_home / ".bashrc").write_text("PS1='$ '\n")
    outer = Terminal(["bash", "--norc", "-i"], {**around, "PS1": "outer$ "}, tmp_path)
    outer.expect(b"outer$ ")
    outer.type(" ".join(words("robot", "--shell", "bash")).encode() + b"\r")
    outer.expect(b"(robot) ")
    outer.type(b"suspend\r")
    outer.expect(b"Stopped")
    outer.expect(b"outer$ ")
    outer.type(b"fg\r")
    time.sleep(0.5)
    outer.type(b"\r")
    outer.expect(b"(robot) ")
    outer.type(b"exit 3\r")
    outer.expect(b"outer$ ")
    outer.type(b"echo code=$?\r")
    outer.expect(b"code=3")
    outer.type(b"exit\r")
    outer.end()


@pytest.mark.parametrize("name", ["TERM", "HUP"])
def test_ending_kcfg_ends_the_shell(name, bash, left):
    terminal = bash()
    time.sleep(0.5)  # right after its prompt bash itself may miss a signal
    os.kill(terminal.pid, getattr(signal, f"SIG{name}"))
    _, code = terminal.end()

    assert code == 128 + signal.SIGHUP
    assert left() == []


def test_ctrl_c_does_not_end_the_shell(bash):
    terminal = bash()
    time.sleep(0.5)  # right after its prompt bash itself may miss a key
    terminal.type(b"\x03")
    terminal.expect(b"(robot) ")
    terminal.type(b"sleep 30\r")
    time.sleep(0.5)
    terminal.type(b"\x03")
    terminal.expect(b"(robot) ")
    terminal.type(b"exit 4\r")

    assert terminal.end()[1] == 4


@pytest.fixture
def waiting(around, tmp_path):
    """kcfg and its shell, which waits for a line, and the record of their session."""
    process = subprocess.Popen(
        words("robot"), env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        start_new_session=True,
    )  # fmt: skip
    process.stdin.write(SEE + "echo ready; read x\n")
    process.stdin.flush()
    shown = ""
    while not shown.endswith("ready\n"):
        shown += process.stdout.readline()
    yield process, Path(re.search(r"- (/proc/\S+)", shown)[1])
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stdin.close()


def test_killed_kcfg_leaves_no_secret_and_the_next_one_sweeps(waiting, left, run):
    process, record = waiting
    assert TOKEN in record.read_text()
    process.kill()
    process.wait()

    assert not record.exists()
    (config,) = left()
    assert TOKEN not in config.read_text()
    run("robot", script="true\n")
    assert left() == []


def test_no_secret_in_the_environment_or_arguments_of_any_process(waiting):
    found = list(environments_and_arguments())

    assert any(b"KCFG_SHELL=1" in each for each in found)
    assert not [each for each in found if TOKEN.encode() in each]


SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
secretStores: [{name: default, provider: env, env: {prefix: DEMO_}}]
clusters: [{name: c, server: "https://c.example.com"}]
users: [{name: robot, token: "ref+default://token"}]
contexts: [{name: robot, cluster: c, user: robot}, {name: guarded, cluster: c, user: robot, protected: true}]
"""


def test_a_spec_that_nobody_applied(run, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    env = {"DEMO_TOKEN": TOKEN}
    assert run("robot", "-f", ".", script=ASK, env=env).returncode == 125
    done = run("robot", "-f", ".", "--trust", "--ttl", "1h", script=ASK, env=env)

    assert json.loads(done.stdout)["status"]["token"] == TOKEN
    assert run("guarded", "-f", ".", "--trust", script=ASK, env=env).returncode == 125


@pytest.mark.parametrize("way", [(), ("--ttl", "1h")])
def test_without_anonymous_memory_private_files_do_it(way, around, tmp_path, left):
    code = "import os; del os.memfd_create; from kcfg.__main__ import main; main()"
    given = [sys.executable, "-c", code, "shell", "robot", *way, "--shell", "bash"]
    script = f'stat -c %a "$KUBECONFIG"\n{ASK}'
    done = subprocess.run(given, env=around, input=script, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    mode, answer = done.stdout.splitlines()

    assert mode == "600"
    assert json.loads(answer)["status"]["token"] == TOKEN
    assert left() == []
