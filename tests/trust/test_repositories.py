"""Hostile repositories, in the short: no command is led by one; with a door switched off, the sensors see it."""

import hostile
import pytest
from hostile import PAIRS, World, command_of, drive, pairs, strace
from test_printing import faults

from kcfg.cli.table import NAMES
from kcfg.trust.gate import Look
from kcfg.trust.reach import reach_of

OFF = {
    "A1": (
        [("kcfg.git.repository._directory", "looks"), ("kcfg.git.repository._require_own", "nothing")],
        ["diff --from origin/main -f sub"],
        "git led astray",
    ),
    "A3": ([("kcfg.trust.gate.check_trust", "trusts")], ["get-token NAME -f .", "whoami -f . NAME"], "process"),
    "A4": (
        [("kcfg.trust.gate.check_trust", "trusts")],
        ["render --credentials inline", "render -e ENV --credentials inline"],
        "canary",
    ),
    "A7": ([("kcfg.boundary.can_tighten", "yes")], ["lint --fix"], "home"),
    "A8": (
        [("kcfg.boundary.require_plain", "nothing"), ("kcfg.boundary.require_not_led_out", "nothing")],
        ["render -e ENV --out OUT", "render --all-environments --out OUT", "render --to argocd --out OUT", "fmt"],
        "home",
    ),
    "A9": (
        [("kcfg.printing.printable", "same"), ("kcfg.printing.is_harmless", "yes")],
        ["validate", "get-users"],
        "log",
    ),
    "A10": ([("kcfg.boundary.Bounds.require", "nothing")], ["validate", "lint", "render"], "canary"),
}  # fmt: skip


def looks(top):
    """Obey whatever looks like a repository, as git does by itself."""
    from os.path import isdir, join

    inside = join(top, ".git")
    return top if isdir(join(top, "objects")) and isdir(join(top, "refs")) else inside if isdir(inside) else ""


def trusts(spec, environ, *, base=None, reach=None):
    return Look(spec, reach if reach is not None else reach_of(spec), {}, "", environ)


DOORS = {
    "looks": looks,
    "trusts": trusts,
    "yes": lambda *_: True,
    "nothing": lambda *_, **__: None,
    "same": lambda text: text,
}


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setattr(World, "template", None)
    (tmp_path / "worlds").mkdir()
    return tmp_path / "worlds"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_hostile_repository_leads_a_command(seed, base):
    bad = [(world.base.name, row, found) for world, row in pairs(len(PAIRS), base, seed)
           if (found := drive(world, row, faults)[1])]  # fmt: skip

    assert bad == []


def test_every_command_has_a_row():
    assert {command_of(row) for row in PAIRS} == set(NAMES)


def test_under_strace(base, strace_path):
    rows = [
        "diff --from origin/main -f sub",
        "render --all-environments --out OUT",
        "get-token NAME -f .",
        "lint --fix",
    ]
    rows += ["validate", "apply --yes", "render --credentials inline --out OUT", "import live --into OUT --dry-run"]
    for number, row in enumerate(rows):
        (base / str(number)).mkdir()
        world = World(number, base / str(number))
        assert strace(world, row.split(), strace_path)[1] == []


@pytest.mark.parametrize("row", OFF)
def test_with_a_door_switched_off_it_is_found(row, base, monkeypatch):
    doors, commands, told = OFF[row]
    found = []
    for seed in range(60):
        (base / str(seed)).mkdir()
        world = World(seed, base / str(seed))
        with monkeypatch.context() as patch:
            for name, door in doors:
                patch.setattr(name, DOORS[door])
            for command in commands:
                found += drive(world, command.split(), faults)[1]
        if any(told in each for each in found):
            return
    pytest.fail(f"not found: {found[:5]}")


def test_the_sensors_watch_nothing_else():
    assert hostile._watching == []
