"""A kcfg that is killed, or that the system refuses something, leaves the old file or the new one: never a third."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from system import obey_modes, traced, write_steps

OLD = "# mine\ncontexts:\n- {name: a, context: {}}\n- {name: b, context: {}}\ncurrent-context: a\n"
NEW = OLD.replace("current-context: a", "current-context: b")
WORDS = ("use-context", "b", "--kubeconfig")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "place" / "config"
    path.parent.mkdir()
    path.write_text(OLD)
    path.chmod(0o600)
    return path


@pytest.fixture
def strace(tmp_path, strace_path, warm):
    """Run kcfg under strace with faults injected; return (process, what it called)."""

    def run(path, *injections):
        return traced(warm, strace_path, tmp_path / "strace.log", [*WORDS, path], *injections)

    return run


def test_killed_at_every_system_call(strace, config, kcfg):
    for name in ("b", "a"):
        assert kcfg("use-context", name, "--kubeconfig", config).returncode == 0
    done, lines = strace(config)
    assert done.returncode == 0, done.stderr
    assert config.read_text() == NEW
    steps = write_steps(lines)
    assert {"fsync", "rename", "unlink", "flock"} <= {call for call, _ in steps}
    seen = set()

    for call, count in steps:
        config.write_text(OLD)
        done, _ = strace(config, f"{call}:signal=KILL:when={count}")
        assert done.returncode == -9, (call, count)
        assert config.read_text() in (OLD, NEW), (call, count)
        seen.add(config.read_text())
        assert config.stat().st_mode & 0o777 == 0o600
        for name in ("b", "a"):
            again = kcfg("use-context", name, "--kubeconfig", config)
            assert again.returncode == 0, (call, count, again.stderr)
        assert [each.name for each in config.parent.iterdir()] == ["config"], (call, count)

    assert seen == {OLD, NEW}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("write:error=ENOSPC:when=1", "no space left on device"),
        ("fsync:error=EIO:when=1", "input/output error"),
        ("fsync:error=EDQUOT:when=1", "disk quota exceeded"),
        ("rename:error=EBUSY:when=1", "device or resource busy"),
        ("rename:error=EACCES:when=1", "permission denied"),
        ("pwrite64:error=ENOSPC:when=1", "no space left on device"),
    ],
)
def test_a_refused_call_leaves_the_old_file(strace, config, fault, said):
    done, _ = strace(config, fault)

    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert config.read_text() == OLD
    assert [each.name for each in config.parent.iterdir()] == ["config"]


def test_a_write_that_lies_is_noticed(strace, config):
    done, _ = strace(config, "write:retval=5:when=1")  # nothing was written, five bytes were reported

    assert done.returncode == 2
    assert "does not read back" in done.stderr
    assert config.read_text() == OLD


def run_as_user(*words):
    """Run kcfg as somebody for whom the modes of files count."""
    return subprocess.run(
        [sys.executable, "-m", "kcfg", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=obey_modes,
        timeout=60,
    )


def test_a_folder_that_is_read_only(config):
    config.parent.chmod(0o500)
    done = run_as_user(*WORDS, config)
    config.parent.chmod(0o700)

    assert (done.returncode, config.read_text()) == (2, OLD)
    assert f"{config}.lock: error: permission denied" in done.stderr


def test_a_file_that_is_read_only(config):
    config.chmod(0o400)
    done = run_as_user(*WORDS, config)

    assert (done.returncode, config.read_text()) == (2, OLD)
    assert f"{config}: error: permission denied" in done.stderr


def test_a_full_disk(config, tmp_path):
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        full = disk / "config"
        full.write_text(OLD)
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(b"x" * (1 << 20))
        done = run_as_user(*WORDS, full)
        assert done.returncode == 2
        assert "no space left on device" in done.stderr
        assert full.read_text() == OLD
        assert sorted(each.name for each in disk.iterdir()) == ["config", "filler"]
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        done = run_as_user(*WORDS, full)
        assert (done.returncode, full.read_text()) == (2, OLD)
        assert "read-only file system" in done.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


def test_symbolic_links_are_followed(config, tmp_path, kcfg):
    link = tmp_path / "link"
    link.symlink_to(Path("place") / "config")
    assert kcfg(*WORDS, link).returncode == 0

    assert link.is_symlink()
    assert config.read_text() == NEW


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_no_regular_file(make, tmp_path, kcfg):
    path = tmp_path / "odd"
    make(path)

    done = kcfg(*WORDS, path)

    assert done.returncode == 2
    assert done.stderr.startswith(f"{path}: error: ")


def test_modes_are_kept(config, kcfg):
    config.chmod(0o640)
    assert kcfg(*WORDS, config).returncode == 0

    assert config.stat().st_mode & 0o777 == 0o640
