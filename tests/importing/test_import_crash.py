"""An import that is killed at any system call loses no credential and leaves no half-written spec."""

import functools
import os
import re

import pytest
import yaml
from samples import AUTHORITY, CA, PAIR, config
from system import traced

from kcfg.spec.load import load_spec

TOKEN = "canary-token-88d0"
EACH = 1 if os.environ.get("KCFG_CRASH") else 8  # `make crash` kills at every call
WORDS = ("import", "config", "--into", "spec", "--secrets", "file", "--layout", "split")


@pytest.fixture
def run(tmp_path, strace_path, warm):
    """Run the import under strace, killed at a call or not: (process, what it called)."""
    return functools.partial(traced, warm, strace_path, tmp_path / "strace.log", WORDS, cwd=tmp_path)


def steps(lines):
    """Return (call, its count so far) from the first change of the disk on.

    Not of opening: how often that is done depends, where Python starts anew, on what others cache of bytecode.
    """
    counts, found, started = {}, [], False
    for line in lines:
        call = re.match(r"\d+ +(\w+)\(", line)
        if call is None:
            continue
        counts[call[1]] = counts.get(call[1], 0) + 1
        started = started or call[1] == "mkdir"
        if started and call[1] not in ("openat", "close", "flock"):
            found.append((call[1], counts[call[1]]))
    return found


def remove(folder):
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.timeout(600)
def test_killed_at_system_calls(tmp_path, run, private_home, kcfg):
    value = config(
        {"dev": {**CA, "server": "https://dev.example.com"}},
        {"ci": {"token": TOKEN}, "admin": PAIR},
        {"dev": {"cluster": "dev", "user": "ci"}},
    )
    original = yaml.safe_dump(value)
    (tmp_path / "config").write_text(original)
    store, spec = private_home / ".local/share/kcfg/spec", tmp_path / "spec"
    done, lines = run()
    assert done.returncode == 0, done.stderr
    calls = steps(lines)
    assert {"mkdir", "fsync", "linkat", "rename"} & {call for call, _ in calls} >= {"mkdir", "fsync", "rename"}
    seen = set()

    for at, (call, count) in enumerate(calls[::EACH]):
        remove(private_home)
        if spec.exists():
            remove(spec)
            spec.rmdir()
        done, _ = run(f"{call}:signal=KILL:when={count}")
        assert done.returncode == -9, (call, count)
        assert (tmp_path / "config").read_text() == original
        whole = (spec / "kcfg.yaml").exists()
        seen.add(whole)
        if whole:
            loaded = load_spec(str(spec))
            assert (len(loaded.clusters), len(loaded.users), len(loaded.contexts)) == (1, 2, 1)
            assert (spec / "pki/dev-ca.crt").read_bytes() == AUTHORITY[0]
            assert (store / "ci/token").read_text() == TOKEN
            assert "PRIVATE KEY" in (store / "admin/client-key").read_text()
        if at % 5 == 0:
            again = kcfg(*WORDS, *(["--force"] if whole else []))
            assert again.returncode == 0, (call, count, again.stderr)

    assert seen == {True, False}
