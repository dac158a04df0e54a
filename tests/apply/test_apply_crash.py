"""An apply that is killed, or that the system refuses something: file and memory stay true to one another."""

import json

import pytest
from system import traced, write_steps

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
BEFORE = f"""{HEAD}
clusters:
- {{name: stays, server: "https://old.example.com"}}
- {{name: goes, server: "https://goes.example.com"}}
contexts:
- {{name: stays, cluster: stays}}
- {{name: goes, cluster: goes}}
"""
AFTER = f"""{HEAD}
clusters:
- {{name: stays, server: "https://new.example.com"}}
- {{name: comes, server: "https://comes.example.com"}}
contexts:
- {{name: stays, cluster: stays}}
- {{name: comes, cluster: comes}}
"""
MINE = "# mine\nclusters:\n- {name: mine, cluster: {server: https://mine.example.com}}\n"
STATUS = " M cluster/stays\n A cluster/comes\n D cluster/goes\n A context/comes\n D context/goes\n"
# What closes, opens and flushes nothing that lasts is left to the test of the write protocol.
LASTING = ("linkat", "rename", "unlink", "fsync", "write")


class World:
    """A kubeconfig that a first spec was applied to, and a second spec that waits."""

    def __init__(self, folder, kcfg):
        self.kcfg, self.folder = kcfg, folder
        self.config, self.spec = folder / "place" / "config", folder / "kcfg.yaml"
        self.words = ["apply", "--yes", "--prune", "-f", self.spec, "--kubeconfig", self.config]
        self.state = folder / "home" / ".local" / "state" / "kcfg"
        self.config.parent.mkdir()
        self.config.write_text(MINE)
        self.spec.write_text(BEFORE)
        assert kcfg(*self.words).returncode == 0
        self.spec.write_text(AFTER)
        self.old = self.config.read_bytes()
        self.memory = {path: path.read_bytes() for path in self.state.rglob("*.json")}

    def reset(self):
        self.config.write_bytes(self.old)
        for path in self.state.rglob("*"):
            if path.is_file() and path not in self.memory:
                path.unlink()
        for path, data in self.memory.items():
            path.write_bytes(data)

    def status(self):
        done = self.kcfg("status", "--prune", "-f", self.spec, "--kubeconfig", self.config)
        assert done.returncode == 0, done.stderr
        return "".join(sorted(done.stdout.splitlines(keepends=True)))


@pytest.fixture
def world(tmp_path, kcfg):
    return World(tmp_path, kcfg)


@pytest.mark.timeout(600)
def test_killed_anywhere_the_next_status_is_right(world, strace_path, warm, tmp_path):
    expected = "".join(sorted(STATUS.splitlines(keepends=True)))
    assert world.status() == expected
    done, lines = traced(warm, strace_path, tmp_path / "log", world.words)
    assert done.returncode == 0, done.stderr
    new = world.config.read_bytes()
    steps = [(call, count) for call, count in write_steps(lines) if call in LASTING]
    assert len([call for call, _ in steps if call == "rename"]) >= 4  # memory, file, history, memory
    seen = set()

    for call, count in steps:
        world.reset()
        done, _ = traced(warm, strace_path, tmp_path / "log", world.words, f"{call}:signal=KILL:when={count}")
        assert done.returncode == -9, (call, count)
        found = world.config.read_bytes()
        assert found in (world.old, new), (call, count)
        assert world.status() == ("" if found == new else expected), (call, count)
        again = world.kcfg(*world.words)
        assert again.returncode == 0, (call, count, again.stderr)
        assert world.config.read_bytes() == new
        assert world.status() == ""
        assert [each.name for each in world.config.parent.iterdir()] == ["config"], (call, count)
        seen.add(found)

    assert seen == {world.old, new}


@pytest.mark.parametrize("when", [1, 2, 3, 4])
def test_a_disk_that_is_full_at_any_of_the_four_writes(world, strace_path, warm, tmp_path, when):
    done, _ = traced(warm, strace_path, tmp_path / "log", world.words, f"fsync:error=ENOSPC:when={2 * when - 1}+")

    new = b"comes.example.com" in world.config.read_bytes()
    assert new == (when == 4)  # then only the memory's last word is missing, which the file itself says
    assert done.returncode == (0 if new else 2)
    assert new or "no space left on device" in done.stderr
    assert (world.status() == "") == new
    assert world.kcfg(*world.words).returncode == 0
    assert world.status() == ""


def test_memory_that_is_lost_or_damaged_loses_nothing(world):
    for path in world.state.rglob("*.json"):
        path.write_text("{not json")

    refused = world.kcfg(*world.words)

    assert refused.returncode == 1
    assert "kcfg did not write it" in refused.stderr
    # What was there is held back as it is; what is new is written.
    assert all(each in world.config.read_bytes() for each in world.old.partition(b"contexts:")[0].splitlines())
    assert b"new.example.com" not in world.config.read_bytes()
    assert world.kcfg(*world.words, "--adopt").returncode == 0
    assert b"new.example.com" in world.config.read_bytes()
    assert b"goes.example.com" in world.config.read_bytes()  # nobody knows any more whose it was


def test_the_memory_holds_no_contents(world):
    for path in world.state.rglob("*.json"):
        assert path.stat().st_mode & 0o777 == 0o600
        if path.parent.parent.name == "history":
            continue
        assert "example.com" not in path.read_text()
        assert json.loads(path.read_text())["entries"]["clusters"].keys() == {"stays", "goes"}
    for folder in (world.state, *(path for path in world.state.rglob("*") if path.is_dir())):
        assert folder.stat().st_mode & 0o777 == 0o700
