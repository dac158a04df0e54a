"""kubectl's lock file: waited for, taken over from the dead, never broken unasked."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from conftest import ROOT
from system import obey_modes

from kcfg.errors import FileError
from kcfg.holder import boot_id
from kcfg.kubeconfig.file import SearchPath, changing
from kcfg.lock import holder_of, lock
from kcfg.staging import write_files
from kcfg.temporaries import alone, open_unnamed
from kcfg.transaction import edit_file


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config"
    path.write_text("a")
    return str(path)


def test_a_second_writer_waits(path):
    with lock(path):
        timer = threading.Timer(0.3, os.unlink, [path + ".lock"])
        started = time.monotonic()
        timer.start()
        with lock(path):
            assert time.monotonic() - started >= 0.25


@pytest.mark.parametrize("looks", [1, 2])  # before the lock, and under it
def test_an_edit_that_is_given_up_leaves_the_file_and_no_lock(path, looks):
    def give_up():
        for look, changes in enumerate(changing(SearchPath([path])), 1):
            changes.put("contexts", "new", {"cluster": "new"})
            if look == looks:
                raise FileError("locked" if os.path.exists(f"{path}.lock") else "open")

    pathlib.Path(path).write_text("")
    with pytest.raises(FileError, match=["open", "locked"][looks - 1]):
        give_up()
    assert (os.path.exists(f"{path}.lock"), pathlib.Path(path).read_text()) == (False, "")


def test_a_held_lock_is_told_with_its_holder(path):
    with (
        lock(path),
        pytest.raises(FileError, match=f"held by a running kcfg \\(process {os.getpid()}\\)"),
        lock(path, timeout=0.1),
    ):
        pass


def test_kubectls_lock_is_told_with_age_and_remedy(path):
    open(path + ".lock", "w").close()
    os.utime(path + ".lock", (time.time() - 90, time.time() - 90))

    with pytest.raises(FileError) as caught, lock(path, timeout=0.1):
        pass

    assert "a lock that kubectl made 9" in str(caught.value)
    assert f"rm {path}.lock" in caught.value.problems[0].hint
    assert os.path.exists(path + ".lock")


def test_a_lock_that_is_younger_than_the_wait_is_not_to_be_removed(path):
    open(path + ".lock", "w").close()

    with pytest.raises(FileError) as caught, lock(path, timeout=0.1):
        pass

    assert "a lock that kubectl made 0 s ago" in str(caught.value)
    assert holder_of(path).told(waited=10).problems[0].hint == "try again"


def test_break_lock_removes_it(path, kcfg):
    open(path + ".lock", "w").close()
    os.utime(path + ".lock", (time.time() - 90, time.time() - 90))
    with open(path, "w") as file:
        file.write("contexts: [{name: a}]\n")

    assert kcfg("use-context", "a", "--kubeconfig", path, "--break-lock").returncode == 0
    assert not os.path.exists(path + ".lock")


def test_the_lock_of_a_killed_kcfg_is_taken_over(path):
    holder = subprocess.Popen(
        [sys.executable, "-c", f"from kcfg.lock import lock\nwith lock({path!r}): print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    holder.stdout.readline()
    with pytest.raises(FileError, match=f"held by a running kcfg \\(process {holder.pid}\\)"), lock(path, timeout=0.1):
        pass
    holder.kill()
    holder.wait()

    with lock(path, timeout=60):
        pass
    assert not os.path.exists(path + ".lock")


def test_the_lock_of_another_boot_is_taken_over(path):
    with open(path + ".lock", "w") as file:
        file.write(f"{os.getpid()} another-boot\n")

    with lock(path, timeout=60):
        pass


def test_what_is_written_is_recorded_under_the_lock(path):
    told = []

    def record(*what):
        told.append((*what, os.path.exists(path + ".lock")))

    assert edit_file(path, lambda before: before + b"b", record=record)
    assert not edit_file(path, lambda before: before, record=record)
    assert told == [(path, b"a", b"ab", True)]


CONFIG = "contexts: [{name: a}]\ncurrent-context: a\n"


@pytest.mark.parametrize("pid", ["1", "own"])
def test_a_pid_that_somebody_else_has_now_holds_nothing(path, pid):
    with open(path + ".lock", "w") as file:
        file.write(f"{os.getpid() if pid == 'own' else pid} {boot_id()}\n")

    assert holder_of(path).kind == "gone"
    with lock(path, timeout=0):
        assert holder_of(path).kind == "running"
    assert holder_of(path) is None


def test_a_flock_counts_and_the_pid_does_not(path):
    fcntl = pytest.importorskip("fcntl")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with open(path + ".lock", "w") as file:
        file.write(f"{ended.pid} {boot_id()}\n")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        assert (holder_of(path).kind, holder_of(path).pid) == ("running", str(ended.pid))
        with pytest.raises(FileError, match="held by a running kcfg"), lock(path, timeout=0, break_lock=True):
            pass


def test_the_same_pid_in_another_namespace(path):
    if not shutil.which("unshare") or subprocess.run(["unshare", "-pf", "--mount-proc", "true"]).returncode:
        pytest.skip("this machine has no PID namespaces for us")
    with open(path, "w") as file:
        file.write(CONFIG)
    words = [sys.executable, "-m", "kcfg", "set-context", "a", "--namespace", "n", "--kubeconfig", path]
    for pid in (1, 2):
        with open(path + ".lock", "w") as file:
            file.write(f"{pid} {boot_id()}\n")
        words[6] = f"n{pid}"
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(["unshare", "-pf", "--mount-proc", *words], capture_output=True, env=environ)
        assert (done.returncode, done.stderr) == (0, b"")
        assert not os.path.exists(path + ".lock")


@pytest.mark.parametrize("words", ["use-context a", "set-context a", "set current-context a", "merge FILE --in-place"])
def test_a_dead_lock_goes_when_nothing_changes_too(path, kcfg, words):
    with open(path, "w") as file:
        file.write(CONFIG)
    with open(path + ".lock", "w") as file:
        file.write(f"1 {boot_id()}\n")
    named = [path if word == "FILE" else word for word in words.split()]
    done = kcfg(*named, *([] if path in named else ["--kubeconfig", path]))

    assert (done.returncode, os.path.exists(path + ".lock")) == (0, False), done.stderr
    with open(path) as file:
        assert file.read() == CONFIG


@pytest.mark.parametrize("text", ["", "\0" * 39])
def test_a_lock_that_a_loss_of_power_emptied_goes(path, text):
    with open(path + ".lock", "w") as file:
        file.write(text)
    os.chmod(path + ".lock", 0o700)
    with lock(path, timeout=0):
        assert holder_of(path).kind == "running"

    assert not os.path.exists(path + ".lock")


@pytest.mark.parametrize("mode", [0o000, 0o644, 0o600])
def test_an_empty_lock_of_others_stays(path, mode):
    open(path + ".lock", "w").close()
    os.chmod(path + ".lock", mode)
    with pytest.raises(FileError), lock(path, timeout=0):
        pass

    assert os.path.exists(path + ".lock")


@pytest.mark.parametrize("text", ["4711", "4711\n", "4711 a b\n", "words of others", "x y\n"])
def test_a_file_of_others_is_nobodys_lock_and_stays(path, text):
    with open(path + ".lock", "w") as file:
        file.write(text)
    with pytest.raises(FileError) as caught, lock(path, timeout=0):
        pass

    [problem] = caught.value.problems
    assert problem.message == "a file of others is where the lock would stand"
    assert problem.hint == f"it is nobody's lock: rm {path}.lock, or --break-lock"
    with open(path + ".lock") as file:
        assert file.read() == text


def test_who_was_gone_is_told_by_its_pid(path):
    with open(path + ".lock", "w") as file:
        file.write("4711 another-boot\n")

    assert (holder_of(path).kind, holder_of(path).pid) == ("gone", "4711")
    with lock(path):
        assert holder_of(path).pid == str(os.getpid())


def test_no_file_stays_open(path):
    before = sorted(os.listdir("/dev/fd"))
    with lock(path):
        assert len(os.listdir("/dev/fd")) == len(before) + 1
        with pytest.raises(FileError), lock(path, timeout=0):
            pass
        assert len(os.listdir("/dev/fd")) == len(before) + 1
    with open(path + ".lock", "w"), pytest.raises(FileError), lock(path, timeout=0):
        pass

    assert sorted(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize("words", ["undo --yes --kubeconfig", "secret migrate"])
def test_a_dead_lock_goes_where_nothing_can_be_done(path, kcfg, words):
    with open(path, "w") as file:
        file.write(CONFIG)
    with open(path + ".lock", "w") as file:
        file.write(f"1 {boot_id()}\n")
    done = kcfg(*words.split(), path)

    assert not os.path.exists(path + ".lock"), done.stderr


def test_break_lock_breaks_no_kcfg_that_runs(path):
    with lock(path):
        with pytest.raises(FileError, match="held by a running kcfg"), lock(path, timeout=0.1, break_lock=True):
            pass
        assert holder_of(path).kind == "running"


def test_break_lock_leaves_a_kubectl_at_work_its_time(path):
    open(path + ".lock", "w").close()
    started = time.monotonic()

    with lock(path, break_lock=True):
        assert time.monotonic() - started >= 0.9


def test_a_lock_whose_time_is_to_come_is_broken_at_once(path):
    open(path + ".lock", "w").close()
    os.utime(path + ".lock", (time.time() + 3600, time.time() + 3600))

    with lock(path, timeout=0, break_lock=True):
        assert holder_of(path).kind == "running"


@pytest.mark.parametrize("mode", [0o000, 0o600])
def test_one_who_may_not_read_it_breaks_kubectls_lock(path, mode):
    open(path + ".lock", "w").close()
    os.utime(path + ".lock", (time.time() - 90, time.time() - 90))
    os.chmod(path + ".lock", mode)
    code = f"from kcfg.lock import lock\nwith lock({path!r}, timeout=0, break_lock=True): print(1)"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environ, preexec_fn=obey_modes)

    assert (done.returncode, done.stdout) == (0, b"1\n"), done.stderr


def test_only_ones_own_lock_is_removed(path):
    with lock(path):
        os.unlink(path + ".lock")
        with open(path + ".lock", "w") as file:
            file.write("another's")

    with open(path + ".lock") as file:
        assert file.read() == "another's"


@pytest.mark.parametrize("what", ["a named pipe", "a folder", "a symbolic link"])
def test_what_is_no_lock_is_told_and_never_read_through(path, tmp_path, what):
    secret = tmp_path / "other"
    secret.write_text("PLANTED words\n")
    make = {"a named pipe": os.mkfifo, "a folder": os.mkdir, "a symbolic link": lambda at: os.symlink(secret, at)}
    make[what](path + ".lock")

    with pytest.raises(FileError) as caught, lock(path, timeout=5):
        pass

    [problem] = caught.value.problems
    assert (problem.location.file, problem.message) == (path + ".lock", f"{what} is where the lock would stand")
    assert "PLANTED" not in str(caught.value)
    assert path + ".lock" in problem.hint
    assert holder_of(path).told().message == caught.value.message
    if what == "a folder":
        return
    with lock(path, timeout=0, break_lock=True):
        pass
    assert secret.read_text() == "PLANTED words\n"


def test_what_a_killed_kcfg_left_is_swept_by_the_next_write(path, tmp_path):
    (tmp_path / ".config.kcfg-123456abcdef").write_text("PLANTED")
    code = (
        "import os, sys\nfrom kcfg.temporaries import open_named\n"
        f"open_named({str(tmp_path / '.config.kcfg-living')!r})\nprint(1, flush=True)\nsys.stdin.read()"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], env=environ, **pipes) as writer:
        writer.stdout.readline()
        edit_file(path, lambda _: b"b")
        assert sorted(each.name for each in tmp_path.iterdir() if each.name != "home") == [
            ".config.kcfg-living",
            "config",
        ]
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    edit_file(path, lambda _: b"c")

    assert [each.name for each in tmp_path.iterdir() if each.name != "home"] == ["config"]


def test_a_link_or_a_pipe_with_the_name_of_a_temporary_is_not_followed_nor_waited_for(path, tmp_path):
    other = tmp_path / "other"
    other.write_text("PLANTED")
    (tmp_path / ".config.kcfg-123456abcdef").symlink_to(other)
    os.mkfifo(tmp_path / ".config.kcfg-abcdef123456")
    edit_file(path, lambda _: b"b")

    assert (tmp_path / ".config.kcfg-123456abcdef").is_symlink()
    assert other.read_text() == "PLANTED"


def test_what_is_on_its_way_has_no_name_where_the_system_can(tmp_path):
    try:
        os.close(os.open(tmp_path, os.O_TMPFILE | os.O_RDWR, 0o600))
    except (AttributeError, OSError):
        pytest.skip("files without a name cannot be had here")
    handle = open_unnamed(str(tmp_path))
    try:
        assert os.fstat(handle).st_nlink == 0
        assert os.fstat(handle).st_mode & 0o777 == 0o600
    finally:
        os.close(handle)


def test_one_goes_on_beside_a_folder_that_another_keeps_or_that_is_missing(tmp_path):
    with alone(str(tmp_path)), alone(str(tmp_path), timeout=1.1):
        pass
    stdin = os.fstat(0)
    with alone(str(tmp_path / "missing")):
        pass
    assert os.path.samestat(stdin, os.fstat(0))


def test_a_stage_that_a_killed_kcfg_left_is_swept(tmp_path):
    (tmp_path / ".kcfg-abcd1234").mkdir()
    (tmp_path / ".kcfg-abcd1234" / "half").write_text("x")
    (tmp_path / ".kcfg-mine").mkdir()

    write_files(str(tmp_path), [("new", b"x")])

    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "home") == [".kcfg-mine", "new"]


@pytest.mark.parametrize("words", ["fmt", "spec set-cluster c --server https://c"])
def test_a_dead_lock_of_a_spec_goes_when_nothing_changes_too(tmp_path, kcfg, words):
    spec = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: a}\nclusters:\n- name: c\n  server: https://c\n"
    (tmp_path / "kcfg.yaml").write_text(spec)
    (tmp_path / "kcfg.yaml.lock").write_text(f"1 {boot_id()}\n")
    first = kcfg(*words.split())
    assert (first.returncode, (tmp_path / "kcfg.yaml").read_text()) == (0, spec), first.stderr + first.stdout
    assert not (tmp_path / "kcfg.yaml.lock").exists()
