"""`kcfg exec` with real processes: what the program sees, what it is sent, how it ends, and what is left of it."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT
from system import environments_and_arguments
from terminal import Terminal, on_terminal

TOKEN = "plum-token-of-nobody"
WAYS = [(), ("--as-file",)]  # kcfg becomes the program; kcfg waits for it
CONFIG = f"""apiVersion: v1
kind: Config
current-context: dev
clusters:
- {{name: c, cluster: {{server: "https://c.example.com", certificate-authority: pki/ca.crt}}}}
users:
- {{name: robot, user: {{token: {TOKEN}}}}}
- {{name: plugin, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: ./login}}}}}}
contexts:
- {{name: dev, context: {{cluster: c, user: robot, namespace: web, extensions: [
    {{name: kcfg, extension: {{labels: {{env: dev}}}}}}]}}}}
- {{name: dev-2, context: {{cluster: c, user: plugin, extensions: [
    {{name: kcfg, extension: {{labels: {{env: dev}}}}}}]}}}}
- {{name: prod, context: {{cluster: c, user: robot, extensions: [
    {{name: kcfg, extension: {{labels: {{env: prod}}, protected: true}}}}]}}}}
- {{name: anyone, context: {{cluster: c}}}}
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def config(tmp_path):
    (tmp_path / "team").mkdir()
    file = tmp_path / "team/config"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def outside(tmp_path, config, private_home):
    """The environment, with folders of the test's own wherever a file could be left."""
    for name in ("run", "tmp"):
        (tmp_path / name).mkdir(mode=0o700)
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "KUBECONFIG": str(config),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "TMPDIR": str(tmp_path / "tmp"),
    }


@pytest.fixture
def left(tmp_path, private_home):
    """Files below HOME, the runtime folder and the temporary one."""
    return lambda: [p for name in ("home", "run", "tmp") for p in (tmp_path / name).rglob("*") if p.is_file()]


def words(*given):
    return [sys.executable, "-m", "kcfg", "exec", *map(str, given)]


@pytest.fixture
def run(outside, kcfg):
    """Run it to its end, forked; who looks at signals, limits and descriptors starts it."""

    def call(*given, stdin="", cwd=None, env=None):
        return kcfg("exec", *given, cwd=cwd or Path.cwd(), env={**outside, **(env or {})}, stdin=stdin)

    return call


@pytest.fixture
def start(outside):
    """Start kcfg and wait until the program has said `ready`."""
    started = []

    def call(*given, **more):
        process = subprocess.Popen(words(*given), env=outside, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        started.append(process)
        line = process.stdout.readline()
        assert b"ready" in line, process.stderr.read()
        return process

    yield call
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("way", WAYS)
def test_the_program_sees_one_context_and_nothing_else(way, run, config, left):
    done = run(
        "dev",
        *way,
        "--",
        "sh",
        "-c",
        'cat "$KUBECONFIG"; echo "$KCFG_CONTEXT $KCFG_NAMESPACE"; stat -Lc %a "$KUBECONFIG"',
    )
    *yaml, told, mode = done.stdout.splitlines()
    text = "\n".join(yaml)

    assert (told, mode) == ("dev web", "600")
    assert "current-context: dev" in text
    assert f"certificate-authority: {config.parent}/pki/ca.crt" in text
    assert TOKEN in text
    assert not [name for name in ("dev-2", "prod", "plugin", "anyone") if f"name: {name}" in text]
    assert left() == []


def test_a_plugin_beside_the_kubeconfig_is_found_from_anywhere(run, config):
    done = run("dev-2", "-n", "default", "--", "sh", "-c", 'cd /; cat "$KUBECONFIG"; echo "$KCFG_NAMESPACE"')

    assert f"command: {config.parent}/login" in done.stdout
    assert done.stdout.endswith("default\n")


def test_without_a_name_it_is_the_current_context(run):
    assert run("--", "sh", "-c", "echo $KCFG_CONTEXT").stdout == "dev\n"


@pytest.mark.parametrize("way", WAYS)
def test_namespace_and_impersonation(way, run):
    see = ("--", "sh", "-c", 'cat "$KUBECONFIG"')
    done = run("anyone", "-n", "shop", "--as", "jane", "--as-group", "ops", "--as-group", "dev", *way, *see)
    alone = run("dev", "--as-group", "ops", *way, *see)

    assert "namespace: shop" in done.stdout
    assert "user:\n    as: jane\n    as-groups:\n    - ops\n    - dev\n" in done.stdout
    assert (alone.returncode, alone.stdout) == (125, "")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("program", "code"),
    [
        (["true"], 0), (["false"], 1), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "exit 125"], 125),
        (["sh", "-c", "kill -TERM $$"], 143), (["sh", "-c", "kill -KILL $$"], 137), (["./no-shebang"], 5),
        (["./plain"], 126), (["/"], 126), (["./bad-shebang"], 127), (["nobody-has-this"], 127), ([""], 127),
        (["/nowhere/x"], 127), ([], 125),
    ],
)  # fmt: skip
def test_exit_codes(way, program, code, run, tmp_path, left):
    (tmp_path / "no-shebang").write_text("exit 5\n")
    (tmp_path / "plain").write_text("exit 5\n")
    (tmp_path / "bad-shebang").write_text("#!/nowhere/sh\n")
    for name in ("no-shebang", "bad-shebang"):
        (tmp_path / name).chmod(0o755)
    # As a shell sees it: a program in kcfg's place is ended by the signal itself.
    done = run("dev", *way, "--", *program, cwd=tmp_path)
    found = done.returncode if done.returncode >= 0 else 128 - done.returncode

    assert (found, done.stdout) == (code, "")
    assert done.stderr.startswith("kcfg: error: ") == (code >= 125 and program[:1] != ["sh"])
    assert left() == []


@pytest.mark.parametrize(
    "given",
    [
        ["nope", "--", "true"], ["dev", "true"], ["dev"], [], ["--nope", "--", "true"], ["dev", "dev", "--", "true"],
        ["dev", "--context", "dev-2", "--", "true"], ["-l", "env=nobody", "--", "true"], ["-l", "((", "--", "true"],
        ["--kubeconfig", "absent", "--", "true"], ["--max-parallel", "0", "--", "true"], ["--context", "--", "true"],
        ["dev", "-o", "yaml", "--", "true"], ["-f", "absent", "--trust", "--", "true"],
        ["dev", "-e", "x", "--", "true"],
    ],
)  # fmt: skip
def test_what_kcfg_could_not_is_125_with_a_hint(given, run):
    done = run(*given)

    assert (done.returncode, done.stdout) == (125, "")
    assert "kcfg: hint: " in done.stderr or "absent" in done.stderr


def test_a_forgotten_separator_is_shown(run):
    assert "comes after --\nkcfg: hint: for example: kcfg exec" in run("dev", "kubectl", "get", "pods").stderr


@pytest.mark.parametrize("way", WAYS)
def test_the_programs_own_words_are_its_own(way, run):
    given = ["-n", "x", "--", "--context=y", "", "a b", "-o", "json", "-h", "é"]
    done = run("dev", *way, "--", sys.executable, "-c", "import sys, json; print(json.dumps(sys.argv[1:]))", *given)

    assert json.loads(done.stdout) == given


@pytest.mark.parametrize("way", WAYS)
def test_standard_streams_pass(way, run, outside):
    done = run("dev", *way, "--", "sh", "-c", "cat; echo err >&2", stdin="in\n")
    assert (done.stdout, done.stderr) == ("in\n", "err\n")
    look = "for n in 0 1; do [ -e /proc/$$/fd/$n ] && echo open >&2 || echo closed >&2; done"
    closed = subprocess.run(
        ["sh", "-c", '"$@" <&- >&-', "sh", *words("dev", *way, "--", "sh", "-c", look)],
        env=outside, capture_output=True, text=True, timeout=30,
    )  # fmt: skip

    assert closed.stderr == "closed\nclosed\n"


def traits(text):
    found = [line for line in text.splitlines() if line.startswith(("SigBlk", "SigIgn", "SigCgt", "Max core"))]
    return [_without_the_c_librarys(line) if line.startswith("SigIgn") else line for line in found]


def _without_the_c_librarys(line):
    """posix_spawn of the GNU C library ignores its own two signals, 32 and 33, and so may who started the tests."""
    name, _, mask = line.partition("\t")
    return f"{name}\t{int(mask, 16) & ~0x180000000:016x}"


@pytest.mark.parametrize("way", [*WAYS, ("-o", "json")])
def test_signals_and_limits_are_as_they_were(way, run, outside):
    def limited():
        resource.setrlimit(resource.RLIMIT_CORE, (min(4096, hard) if hard >= 0 else 4096, hard))

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    program = ["cat", "/proc/self/status", "/proc/self/limits"]
    bare = subprocess.run(program, capture_output=True, text=True, preexec_fn=limited)
    given = words("dev", *way, "--", *program)
    done = subprocess.run(given, env=outside, input="", capture_output=True, text=True, timeout=120, preexec_fn=limited)
    said = done.stderr.replace("dev | ", "") if way[:1] == ("-o",) else done.stdout

    assert traits(said) == traits(bare.stdout)
    assert len(traits(said)) == 4


LOOP = 'trap "echo got; n=$((n+1))" %s; echo ready; i=0; while [ $i -lt 8 ]; do sleep 0.1; i=$((i+1)); done; exit 4$n'


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "WINCH", "CONT"])
def test_a_signal_to_kcfg_is_the_programs(way, name, start, left):
    process = start("dev", *way, "--", "sh", "-c", LOOP % name)
    process.send_signal(getattr(signal, f"SIG{name}"))
    out = process.stdout.read()

    assert (process.wait(60), out) == (41, b"got\n")
    assert left() == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_a_signal_that_ends_the_program_ends_kcfg(way, name, start, left):
    process = start("dev", *way, "--", "sh", "-c", "echo ready; exec sleep 30")
    number = getattr(signal, f"SIG{name}")
    process.send_signal(number)

    assert process.wait(60) == (128 + number if way else -number)
    assert left() == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("key", "name"), [(b"\x03", "INT"), (b"\x1c", "QUIT")])
def test_a_key_reaches_the_program_once(way, key, name, outside, tmp_path, left):
    terminal = Terminal(words("dev", *way, "--", "sh", "-c", LOOP % name), outside, tmp_path)
    terminal.expect(b"ready")
    terminal.type(key)
    rest, code = terminal.end()

    assert (rest.count(b"got"), code) == (1, 41)
    assert left() == []


@pytest.mark.parametrize("way", WAYS)
def test_the_program_has_the_terminal(way, outside, tmp_path):
    look = "import os, sys; print(*map(os.isatty, (0, 1, 2)), os.tcgetpgrp(0) == os.getpgrp(), input('name? '))"
    terminal = Terminal(words("dev", *way, "--", sys.executable, "-c", look), outside, tmp_path)
    terminal.expect(b"name? ")
    terminal.type(b"jane\n")
    rest, code = terminal.end()

    assert b"True True True True jane" in rest
    assert code == 0


@pytest.mark.parametrize("way", WAYS)
def test_stop_and_go_on(way, outside, tmp_path, left):
    shell = Terminal(["bash", "--norc", "-i"], {**outside, "PS1": "$ ", "HISTFILE": ""}, tmp_path)
    # A shell would start its children with vfork: stopped in the middle of it, nobody can tell.
    again = tmp_path / "again"
    program = (
        "import os, time; print('ready', flush=True)\n"
        f"while not os.path.exists('{again}'): time.sleep(0.05)\n"
        "print('gone', 'on', sep='-')"
    )
    shell.expect(b"$ ")
    (tmp_path / "program.py").write_text(program)
    shell.type(" ".join([*words("dev", *way, "--", sys.executable), str(tmp_path / "program.py")]).encode() + b"\n")
    shell.expect(b"ready\r\n")
    shell.type(b"\x1a")
    shell.expect(b"Stopped")
    again.touch()
    shell.type(b"fg; echo code=$?\n")
    shell.expect(b"gone-on")
    shell.expect(b"code=0")
    shell.type(b"exit\n")
    shell.end()

    assert left() == []


def test_killed_in_place_nothing_is_left(start, left):
    process = start("dev", "--", "sh", "-c", "echo ready; exec sleep 30")
    path = Path(f"/proc/{process.pid}/fd/200")
    assert TOKEN in path.read_text()
    os.killpg(os.getpgid(process.pid), 0)
    process.kill()
    process.wait()

    assert not path.exists()
    assert left() == []


def test_a_killed_kcfg_is_swept_by_the_next_and_a_living_one_is_not(start, run, left, tmp_path):
    killed = start("dev", "--as-file", "--", "sh", "-c", "echo ready; sleep 30", start_new_session=True)
    living = start("dev", "--as-file", "--", "sh", "-c", 'echo ready; read x; cat "$KUBECONFIG"', stdin=subprocess.PIPE)
    assert len(left()) == 2
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "run").rglob("*")} == {0o700, 0o600}
    killed.kill()
    killed.wait()
    assert len(left()) == 2
    assert run("dev", "--", "true").returncode == 0
    assert len(left()) == 1
    os.killpg(killed.pid, signal.SIGKILL)

    assert TOKEN.encode() in living.communicate(b"\n", 10)[0]
    assert left() == []


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_folder_that_others_may_enter_is_not_used(mode, run, tmp_path):
    (tmp_path / "run/kcfg").mkdir()
    (tmp_path / "run/kcfg").chmod(mode)
    done = run("dev", "--as-file", "--", "true")

    assert (done.returncode, "not a folder of yours alone" in done.stderr) == (125, True)
    assert list((tmp_path / "run/kcfg").iterdir()) == []


def test_a_link_in_the_place_of_the_folder_is_not_followed(run, tmp_path):
    (tmp_path / "there").mkdir(mode=0o700)
    (tmp_path / "run/kcfg").symlink_to(tmp_path / "there")

    assert run("dev", "--as-file", "--", "true").returncode == 125
    assert list((tmp_path / "there").iterdir()) == []


def test_without_a_runtime_folder_it_is_a_private_one_below_the_temporary(run, tmp_path, left):
    env = {"XDG_RUNTIME_DIR": ""}
    done = run(
        "dev",
        "--as-file",
        "--",
        "sh",
        "-c",
        'stat -c %a "$KUBECONFIG" "$(dirname "$KUBECONFIG")"; echo $KUBECONFIG',
        env=env,
    )

    assert done.stdout.startswith(f"600\n700\n{tmp_path}/tmp/kcfg-{os.geteuid()}/")
    assert left() == []


def test_memory_cannot_be_written_and_a_as_file_can(run):
    write = 'echo x >> "$KUBECONFIG"'
    assert run("dev", "--", "sh", "-c", write).returncode != 0
    assert run("dev", "--as-file", "--", "sh", "-c", write).returncode == 0


@pytest.mark.parametrize("way", [*WAYS, ("-o", "json")])
def test_no_secret_in_the_environment_or_arguments_of_any_process(way, outside):
    program = "echo ready >&2; sleep 30 & echo ready; wait"
    process = subprocess.Popen(
        words("dev", *way, "--", "sh", "-c", program), env=outside, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        process.stderr.readline()
        found = list(environments_and_arguments())
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    assert any(b"KCFG_CONTEXT=dev" in each for each in found)
    assert not [each for each in found if TOKEN.encode() in each]


def test_exec_in_exec_sees_the_same_context_and_no_other(run, config):
    inner = [sys.executable, "-m", "kcfg", "exec"]
    see = ["--", "sh", "-c", 'cat "$KUBECONFIG"; echo $KCFG_NAMESPACE']
    done = run("dev", "-n", "shop", "--", *inner, "dev", *see)
    other = run("dev", "--", *inner, "prod", *see)
    again = run("dev", "--", *inner, "--kubeconfig", config, "anyone", *see)

    assert done.stdout.endswith("shop\n")
    assert TOKEN in done.stdout
    assert (other.returncode, "inside of dev" in other.stderr) == (125, True)
    assert TOKEN not in again.stdout


def test_fifty_at_once(run, config, left):
    names = [f"c{n}" for n in range(50)]
    contexts = "".join(f"- {{name: {name}, context: {{cluster: c, user: robot}}}}\n" for name in names)
    config.write_text(CONFIG + contexts)
    see = 'sleep 0.3; grep -c "^- context" "$KUBECONFIG"; grep current-context "$KUBECONFIG"'
    with ThreadPoolExecutor(len(names)) as many:
        ways = [(name, *WAYS[n % 2], "--", "sh", "-c", see) for n, name in enumerate(names)]
        done = list(many.map(lambda given: run(*given), ways))

    assert [each.stdout for each in done] == [f"1\ncurrent-context: {name}\n" for name in names]
    assert {each.returncode for each in done} == {0}
    assert left() == []


def test_protected_asks_for_the_name(run, outside, tmp_path):
    assert run("prod", "--", "true").returncode == 125
    assert "--yes-protected" in run("prod", "--", "true").stderr
    assert run("prod", "--yes-protected", "--", "true").returncode == 0
    assert run("--context", "*", "--", "true").returncode == 125
    given = ["exec", "prod", "--", "sh", "-c", "echo ran:$KCFG_CONTEXT"]
    right = on_terminal(given, b"prod\n", cwd=tmp_path, env=outside)
    wrong = on_terminal(given, b"y\n", cwd=tmp_path, env=outside)

    assert (right[0], "ran:prod" in right[1]) == (0, True)
    assert (wrong[0], "ran:" in wrong[1]) == (125, False)


def test_many_with_their_names_before_each_line(run, left):
    program = 'echo one; echo two >&2; printf three; [ "$KCFG_CONTEXT" = dev ] || exit 6'
    done = run("-l", "env=dev", "--", "sh", "-c", program)
    talk = done.stderr.splitlines()

    assert sorted(done.stdout.splitlines()) == ["dev | one", "dev | three", "dev-2 | one", "dev-2 | three"]
    assert done.stdout.endswith("\n")
    assert sorted(talk[:2]) == ["dev | two", "dev-2 | two"]
    assert talk[2:] == ["kcfg: 2 contexts: 1 done, 1 failed", "kcfg: dev-2: exit code 6"]
    assert done.returncode == 1
    assert left() == []


def test_many_each_see_their_own_kubeconfig(run):
    done = run("--context", "dev*", "--context", "anyone", "--", "grep", "current-context", "$KUBECONFIG")
    assert done.returncode == 1  # no shell, so no variable
    done = run("--context", "dev*", "--context", "anyone", "--", "sh", "-c", 'grep current-context "$KUBECONFIG"')
    lines = [f"{name} | current-context: {name}" for name in ("anyone", "dev", "dev-2")]

    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, lines)


def test_many_have_no_standard_input(run):
    done = run("-l", "env=dev", "--", "cat", stdin="typed")

    assert (done.returncode, done.stdout) == (0, "")


def test_the_summary_as_json(run):
    done = run("-l", "env=dev", "-o", "json", "--", "sh", "-c", 'echo out; [ "$KCFG_CONTEXT" = dev ] || kill -TERM $$')
    found = json.loads(done.stdout)

    assert [(each["context"], each["exitCode"]) for each in found["contexts"]] == [("dev", 0), ("dev-2", 143)]
    assert all(0 <= each["seconds"] < 30 for each in found["contexts"])
    assert (found["failed"], done.returncode) == (1, 1)
    assert sorted(done.stderr.splitlines()) == ["dev | out", "dev-2 | out"]


def test_no_more_than_so_many_at_once(run, tmp_path, config):
    names = "".join(f"- {{name: many-{n}, context: {{cluster: c, user: robot}}}}\n" for n in range(7))
    config.write_text(CONFIG + names)
    (tmp_path / "now").mkdir()
    program = f"cd {tmp_path}/now; touch $KCFG_CONTEXT; ls | wc -l; sleep 0.2; rm $KCFG_CONTEXT"
    done = run("--context", "many-*", "--max-parallel", "3", "--", "sh", "-c", program)
    seen = [int(line.rpartition("|")[2]) for line in done.stdout.splitlines()]

    assert (len(seen), max(seen)) == (7, 3)


def test_lines_are_whole_however_many_write(run):
    program = 'i=0; while [ $i -lt 300 ]; do printf a; printf "%s\\n" bcdefghij; i=$((i+1)); done'
    done = run("--context", "*", "--yes-protected", "--", "sh", "-c", program)

    assert {line.partition(" | ")[2] for line in done.stdout.splitlines()} == {"abcdefghij"}
    assert len(done.stdout.splitlines()) == 4 * 300


def test_a_child_that_leaves_somebody_behind_does_not_hold_kcfg(run):
    started = time.monotonic()
    done = run("-l", "env=dev", "--", "sh", "-c", "echo ready; sleep 120 2>/dev/null & exit 0")

    assert done.returncode == 0
    assert time.monotonic() - started < 100


@pytest.mark.parametrize(("name", "code"), [("INT", 130), ("TERM", 143)])
def test_a_signal_ends_them_all(name, code, start, left):
    process = start("--context", "dev*", "--max-parallel", "1", "--", "sh", "-c", "echo ready; exec sleep 30")
    process.send_signal(getattr(signal, f"SIG{name}"))
    _, talk = process.communicate(timeout=60)

    assert process.returncode == code
    assert b"dev: exit code" in talk
    assert b"dev-2: not started" in talk
    assert left() == []


def test_who_asks_twice_wants_it_now(start):
    process = start(
        "--context",
        "dev*",
        "--max-parallel",
        "2",
        "--",
        "sh",
        "-c",
        'trap "" INT; echo ready; while :; do sleep 1; done',
    )
    assert b"ready" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 130


def test_ctrl_c_on_a_terminal_reaches_each_once(outside, tmp_path):
    terminal = Terminal(words("--context", "dev*", "--", "sh", "-c", LOOP % "INT"), outside, tmp_path)
    terminal.expect(b"ready")
    terminal.expect(b"ready")
    terminal.type(b"\x03")
    rest, code = terminal.end()

    assert (rest.count(b"got"), code) == (2, 130)


def test_colors_only_for_who_looks(outside, tmp_path, run):
    given = words("--context", "dev*", "--", "echo", "x")
    seen = Terminal(given, {**outside, "TERM": "xterm"}, tmp_path).end()[0]
    plain = Terminal(given, {**outside, "TERM": "xterm", "NO_COLOR": "1"}, tmp_path).end()[0]

    assert b"\x1b[" in seen
    assert b"\x1b[" not in plain
    assert "\x1b" not in run("--context", "dev*", "--", "echo", "x").stdout


def test_nobody_reads_any_more(outside, left):
    given = " ".join(words("--context", "dev*", "--", "sh", "-c", "'while echo x; do :; done'"))
    done = subprocess.run(["sh", "-c", f"{given} | head -n 2"], env=outside, capture_output=True, text=True, timeout=30)

    assert len(done.stdout.splitlines()) == 2
    assert left() == []


@pytest.mark.parametrize("missing", ["memfd_create", "sigwaitinfo"])
def test_systems_that_have_less(missing, outside, left):
    where = "os" if missing == "memfd_create" else "signal"
    code = f"import os, signal; del {where}.{missing}; from kcfg.__main__ import main; main()"
    given = [
        sys.executable,
        "-c",
        code,
        "exec",
        "dev",
        "--as-file",
        "--",
        "sh",
        "-c",
        'stat -c %a "$KUBECONFIG"; kill -TERM $PPID; exec sleep 9',
    ]
    if missing == "memfd_create":
        given.remove("--as-file")
    done = subprocess.run(given, env=outside, capture_output=True, text=True, timeout=30)

    assert (done.returncode, done.stdout) == (143, "600\n")
    assert left() == []


SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: demo}}
secretStores: [{{name: default, provider: env, env: {{prefix: DEMO_}}}}]
clusters: [{{name: c, server: "{url}", certificate-authority: server/ca.crt, labels: {{env: test}}}}]
users:
- {{name: robot, token: "ref+default://token"}}
- {{name: jane, username: jane, password: "ref+default://password"}}
contexts:
- {{name: robot, cluster: c, user: robot}}
- {{name: jane, cluster: c, user: jane}}
- {{name: guarded, cluster: c, user: robot, protected: true}}
current-context: robot
"""


@pytest.mark.kubectl
@pytest.mark.parametrize("way", WAYS)
def test_kubectl_with_each_kind_of_user(way, server, admin, kubectl_path, run, tmp_path):
    login = tmp_path / "server/login"
    login.write_text(
        '#!/bin/sh\nprintf \'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", '
        '"status": {"token": "of-a-plugin"}}\'\n'
    )
    login.chmod(0o755)
    for name, text in zip(("client.crt", "client.key"), admin, strict=True):
        (tmp_path / "server" / name).write_text(text)
    (tmp_path / "server/token").write_text("of-a-file")
    server.tokens |= {TOKEN: "robot", "of-a-plugin": "plugin", "of-a-file": "file"}
    server.passwords["jane"] = "plum-password"
    users = {
        "robot": {"token": TOKEN}, "file": {"tokenFile": "token"},
        "admin": {"client-certificate": "client.crt", "client-key": "client.key"},
        "jane": {"username": "jane", "password": "plum-password"},
        "plugin": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login",
                            "interactiveMode": "Never"}},
    }  # fmt: skip
    value = {
        "clusters": [{"name": "c", "cluster": {"server": server.url, "certificate-authority": "ca.crt"}}],
        "users": [{"name": name, "user": user} for name, user in users.items()],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": name}} for name in users],
    }
    (tmp_path / "server/config").write_text(json.dumps(value))
    given = ["--kubeconfig", tmp_path / "server/config", *way]

    for name in users:
        done = run(name, *given, "--", kubectl_path, "get", "ns", "-o", "name", cwd="/")
        assert (done.returncode, done.stdout) == (0, f"namespace/of-{name}\n"), done.stderr
    every = run("--context", "*", *given, "--", kubectl_path, "get", "ns", "-o", "name")
    assert sorted(every.stdout.splitlines()) == sorted(f"{name} | namespace/of-{name}" for name in users)


@pytest.mark.kubectl
def test_a_spec_that_nobody_applied(server, kubectl_path, run, tmp_path, left):
    (tmp_path / "kcfg.yaml").write_text(SPEC.format(url=server.url))
    server.tokens[TOKEN] = "robot"
    server.passwords["jane"] = "plum-password"
    env = {"DEMO_TOKEN": TOKEN, "DEMO_PASSWORD": "plum-password"}
    ask = ["--", kubectl_path, "get", "ns", "-o", "name"]
    assert run("-f", ".", *ask, env=env, cwd=tmp_path).returncode == 125
    assert server.asked == []
    for name in ("robot", "jane"):
        done = run(name, "-f", ".", "--trust", *ask, env=env, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, f"namespace/of-{name}\n"), done.stderr
    assert run("guarded", "-f", ".", "--trust", *ask, env=env, cwd=tmp_path).returncode == 125
    seen = run("robot", "-f", ".", "--trust", "--", "sh", "-c", 'cat "$KUBECONFIG"', env=env, cwd=tmp_path)
    assert TOKEN not in seen.stdout
    every = run("-l", "env=test", "-f", ".", "--trust", "--yes-protected", *ask, env=env, cwd=tmp_path)

    assert every.returncode == 0
    assert {line.partition(" | ")[0] for line in every.stdout.splitlines()} == {"robot", "jane", "guarded"}
    assert [path for path in left() if ".kube/cache" not in str(path)] == []


@pytest.mark.kubectl
@pytest.mark.parametrize("way", WAYS)
def test_kubectl_proxy_ends_with_ctrl_c(way, server, kubectl_path, outside, tmp_path, left):
    server.tokens[TOKEN] = "robot"
    config = tmp_path / "server/config"
    config.write_text(
        json.dumps(
            {
                "clusters": [{"name": "c", "cluster": {"server": server.url, "certificate-authority": "ca.crt"}}],
                "users": [{"name": "robot", "user": {"token": TOKEN}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "robot"}}],
            }
        )
    )
    terminal = Terminal(words("--kubeconfig", config, *way, "--", kubectl_path, "proxy", "--port=0"), outside, tmp_path)
    terminal.expect(b"Starting to serve on ")
    address = terminal.expect(b"\n").decode().strip()
    with urllib.request.urlopen(f"http://{address}/version", timeout=10) as answer:
        assert json.load(answer)["gitVersion"] == "v1.33.0"
    terminal.type(b"\x03")
    _, code = terminal.end()

    assert code in (-signal.SIGINT, 128 + signal.SIGINT)
    with pytest.raises(ProcessLookupError):
        os.killpg(terminal.pid, 0)
    assert [path for path in left() if TOKEN in path.read_text(errors="replace")] == []
