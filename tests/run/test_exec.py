"""`kcfg exec`: real commands, signals and terminals; what is left behind, and what can be seen while they run."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from fleet_servers import TOKEN, Fleet
from terminal import on_terminal

KCFG = [sys.executable, "-m", "kcfg"]
PASSWORD = "plum-password"
SHOW = 'cat "$KUBECONFIG"'


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A kubeconfig of three contexts with secrets, and an environment whose folders are all below tmp_path."""
    for name in ("own-home", "runtime", "own-tmp"):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / "config").write_text(json.dumps(CONFIG))
    monkeypatch.chdir(tmp_path)
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "own-home"),
        "XDG_RUNTIME_DIR": str(tmp_path / "runtime"),
        "TMPDIR": str(tmp_path / "own-tmp"),
        "KUBECONFIG": str(tmp_path / "config"),
        "PYTHONPATH": str(ROOT),
    }


def hint(**more):
    return [{"name": "kcfg", "extension": {"spec": "acme", **more}}]


CONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "dev-a",
    "clusters": [{"name": "one", "cluster": {"server": "https://one.example.com", "certificate-authority": "pki/ca"}}],
    "users": [{"name": "me", "user": {"token": TOKEN}}, {"name": "other", "user": {"token": f"{TOKEN}-other"}}],
    "contexts": [
        {"name": "dev-a", "context": {"cluster": "one", "user": "me", "extensions": hint(labels={"env": "dev"})}},
        {"name": "dev-b", "context": {"cluster": "one", "user": "me", "extensions": hint(labels={"env": "dev"})}},
        {"name": "prod", "context": {"cluster": "one", "user": "other", "extensions": hint(protected=True)}},
    ],
}


def run(desk, *words, **more):
    return subprocess.run(
        [*KCFG, "exec", *words], env=desk, capture_output=True, text=True, timeout=60, check=False, **more
    )


def left_over(desk):
    """Every file below the folders that a command might leave one in."""
    places = [desk["HOME"], desk["XDG_RUNTIME_DIR"], desk["TMPDIR"]]
    return [path for place in places for path in Path(place).rglob("*") if path.is_file()]


@pytest.mark.parametrize("how", [(), ("--as-file",)], ids=["memory", "file"])
def test_the_command_sees_one_context_and_nothing_is_left(how, desk, tmp_path):
    done = run(desk, *how, "dev-b", "-n", "shop", "--", "sh", "-c", f'{SHOW}; echo "$KCFG_CONTEXT"')

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\ndev-b\n")
    assert "current-context: dev-b" in done.stdout
    assert "namespace: shop" in done.stdout
    assert f"certificate-authority: {tmp_path}/pki/ca" in done.stdout
    assert TOKEN in done.stdout
    assert f"{TOKEN}-other" not in done.stdout
    assert left_over(desk) == []


@pytest.mark.parametrize("how", [(), ("--as-file",)], ids=["memory", "file"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["true"], 0), (["false"], 1), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "exit 255"], 255),
        (["nowhere-to-be-found"], 127), (["./missing"], 127), (["./plain"], 126), (["/"], 126), (["./odd"], 126),
    ],
)  # fmt: skip
def test_exit_codes_are_the_commands(how, command, code, desk, tmp_path):
    (tmp_path / "plain").write_text("no program")
    (tmp_path / "odd").write_bytes(b"\x7fELF, not really")
    (tmp_path / "odd").chmod(0o755)

    done = run(desk, *how, "dev-a", "--", *command)

    assert done.returncode == code, done.stderr
    assert left_over(desk) == []


def test_its_own_failure_is_125(desk):
    assert run(desk, "nobody", "--", "true").returncode == 125
    assert run(desk, "dev-a").returncode == 125
    assert run(desk, "dev-a", "true").returncode == 125
    assert "after --" in run(desk, "dev-a", "true").stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
@pytest.mark.parametrize("how", [(), ("--as-file",)], ids=["memory", "file"])
def test_signals_reach_the_command(how, number, desk):
    """In memory kcfg is the command; with a file it waits, hands signals on and tells how the command ended."""
    process = subprocess.Popen(
        [*KCFG, "exec", *how, "dev-a", "--", "sh", "-c", "echo $$; exec sleep 60"],
        env=desk, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    child = int(process.stdout.readline())
    process.send_signal(number)
    code = process.wait(timeout=20)
    if how and number == signal.SIGKILL:
        os.kill(child, signal.SIGKILL)  # nobody could hand that on
        assert [path.stat().st_mode & 0o777 for path in left_over(desk)] == [0o600]
        run(desk, "--as-file", "dev-a", "--", "true")
    else:
        assert code == (128 + number if how else -number)
    gone_by = time.monotonic() + 10
    while os.path.exists(f"/proc/{child}/exe") and time.monotonic() < gone_by:
        time.sleep(0.02)
    assert left_over(desk) == []
    process.stdout.close()


def test_a_terminal_belongs_to_the_command(desk):
    """Ctrl-C on a real terminal ends the command, and what it prints last is seen."""
    pid, master = pty.fork()
    if pid == 0:
        trap = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.1; done"
        os.execve(sys.executable, [*KCFG, "exec", "--as-file", "dev-a", "--", "sh", "-c", trap], desk)
    shown, sent, end = b"", False, time.monotonic() + 30
    while time.monotonic() < end:
        if select.select([master], [], [], 0.1)[0]:
            try:
                shown += os.read(master, 4096)
            except OSError:
                break
        if b"ready" in shown and not sent:
            os.write(master, b"\x03")
            sent = True
    os.close(master)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
    assert shown.count(b"caught") == 1
    assert left_over(desk) == []


def test_nothing_secret_is_seen_from_outside(desk):
    process = subprocess.Popen(
        [*KCFG, "exec", "-l", "env=dev", "--", "sh", "-c", "echo ready; sleep 60"],
        env=desk, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    lines = {process.stdout.readline() for _ in range(2)}
    seen = b""
    for entry in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                seen += (entry / name).read_bytes()
            except OSError:
                continue
    process.send_signal(signal.SIGINT)

    assert lines == {"dev-a | ready\n", "dev-b | ready\n"}
    assert process.wait(timeout=30) == 130
    assert TOKEN.encode() not in seen.replace(b"\0", b" ")
    assert left_over(desk) == []
    process.stdout.close()


def test_nested(desk):
    inner = f"{sys.executable} -m kcfg exec -- {sys.executable} -m kcfg current-context"
    done = run(desk, "dev-b", "--", "sh", "-c", inner)

    assert (done.returncode, done.stdout) == (0, "dev-b\n")


def test_many_have_their_names_before_each_line(desk):
    script = 'printf "one\\ntwo"; echo odd >&2; test "$KCFG_CONTEXT" = dev-a'
    done = run(desk, "--context", "dev-*", "--", "sh", "-c", script)

    assert done.returncode == 1
    assert sorted(done.stdout.splitlines()) == ["dev-a | one", "dev-a | two", "dev-b | one", "dev-b | two"]
    assert sorted(done.stderr.splitlines()) == [
        "dev-a | odd", "dev-b | odd", "kcfg: 1 of 2 succeeded", "kcfg: dev-b: exit code 1",
    ]  # fmt: skip


def test_fifty_at_once_each_have_their_own(desk, tmp_path):
    contexts = [{"name": f"c{number}", "context": {"cluster": "one", "user": "me"}} for number in range(50)]
    (tmp_path / "config").write_text(json.dumps({**CONFIG, "contexts": contexts}))

    done = run(desk, "--context", "*", "--max-parallel", "50", "--", "sh", "-c", 'grep current-context "$KUBECONFIG"')

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 50
    assert all(re.fullmatch(r"(c\d+) +\| current-context: \1", line) for line in done.stdout.splitlines())


def test_fifty_processes_at_once(desk):
    running = [
        subprocess.Popen(
            [*KCFG, "exec", *(["--as-file"] if number % 2 else []), "dev-a", "--", "sh", "-c", SHOW],
            env=desk, stdout=subprocess.PIPE, text=True,
        )
        for number in range(50)
    ]  # fmt: skip

    assert all("current-context: dev-a" in process.communicate(timeout=120)[0] for process in running)
    assert [process.returncode for process in running] == [0] * 50
    assert left_over(desk) == []


def test_a_protected_context_is_asked_for(desk, tmp_path):
    refused = run(desk, "prod", "--", "true")
    code, shown = on_terminal(["exec", "prod", "--", "echo", "ran"], b"prod\n", cwd=tmp_path, env=desk)
    wrong, _ = on_terminal(["exec", "prod", "--", "echo", "ran"], b"dev\n", cwd=tmp_path, env=desk)

    assert refused.returncode == 125
    assert "protected" in refused.stderr
    assert run(desk, "--yes-protected", "prod", "--", "true").returncode == 0
    assert (code, "ran" in shown) == (0, True)
    assert wrong == 125


def test_core_limits_of_the_command_are_as_they_were(desk):
    script = "ulimit -S -c"
    expected = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout

    for how in ((), ("--as-file",)):
        assert run(desk, *how, "dev-a", "--", "sh", "-c", script).stdout == expected


def test_closed_streams(desk):
    for closed in ("<&-", ">&-", "2>&-"):
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" "$@" {closed}', *KCFG, "exec", "dev-a", "--", "sh", "-c", "exit 3"],
            env=desk, check=False, timeout=30, capture_output=True,
        )  # fmt: skip
        assert done.returncode == 3


def test_a_folder_that_others_could_read_is_refused(desk):
    os.mkdir(f"{desk['XDG_RUNTIME_DIR']}/kcfg", mode=0o755)
    os.chmod(f"{desk['XDG_RUNTIME_DIR']}/kcfg", 0o755)

    done = run(desk, "--as-file", "dev-a", "--", "true")

    assert done.returncode == 125
    assert "others could read" in done.stderr


@pytest.mark.kubectl
@pytest.mark.parametrize("way", ["token", "certificate", "basic"])
def test_kubectl_signs_in(way, kubectl_path, desk, tmp_path):
    """The real kubectl, with a token, a certificate, and a spec's password that stands in no file."""
    (tmp_path / "fleet").mkdir()
    fleet = Fleet(tmp_path / "fleet")
    certificate, key = (each.decode() for each in fleet.client)
    seen = []
    server = fleet.start(
        answer=lambda request: seen.append(request.headers.get("Authorization")) or (200, {"ok": True})
    )
    fleet.context("c", server.url, "me")
    authority = fleet.authority[0].decode()
    (tmp_path / "ca.crt").write_text(authority)
    (tmp_path / "me.crt").write_text(certificate)
    user = {
        "token": "token: ref+vars://me/secret",
        "certificate": "client-certificate: me.crt, client-key-data: ref+vars://me/secret",
        "basic": "username: jane, password: ref+vars://me/secret",
    }[way]
    (tmp_path / "kcfg.yaml").write_text(f"""\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: run}}
secretStores: [{{name: vars, provider: env, env: {{prefix: RUN_}}}}]
clusters: [{{name: c, server: "{server.url}", certificate-authority: ca.crt}}]
users: [{{name: me, {user}}}]
contexts: [{{name: c, cluster: c, user: me}}]
""")
    secret = {"token": TOKEN, "certificate": key, "basic": PASSWORD}[way]

    done = run({**desk, "RUN_ME_SECRET": secret}, "-f", ".", "c", "--", kubectl_path, "get", "--raw", "/version")

    fleet.close()
    assert (done.returncode, json.loads(done.stdout)) == (0, {"ok": True}), done.stderr
    kind = {"token": f"Bearer {TOKEN}", "certificate": None, "basic": "Basic amFuZTpwbHVtLXBhc3N3b3Jk"}[way]
    assert seen[-1] == kind
    assert not any(PASSWORD in path.read_text() for path in left_over(desk) if path.suffix != ".json")
