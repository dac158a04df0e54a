"""A simulation that finds nothing proves nothing: each fault that is put in on purpose is found, within few seeds."""

import inspect
import os
import textwrap
import time
from importlib import import_module
from operator import attrgetter

import pytest
from world import Run, load
from writers import ODD, SCENARIOS

MOST = int(os.environ.get("SEEDS") or 2000)
BY_NAME = {each.name: each for each in (*SCENARIOS, *ODD.values())}
ONE, TWO, APPLY, SECRET, TRUST, BESIDE = (
    BY_NAME[name]
    for name in (
        "edits of one file",
        "rename over two files",
        "apply and undo",
        "secret set",
        "trust",
        "apply beside a rename",
    )
)


def mutate(monkeypatch, function, changes):
    """Change the text of a function of kcfg, for everybody who has it."""
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    space = {}
    exec(compile(f"from __future__ import annotations\n{source}", "<mutated>", "exec"), function.__globals__, space)
    made = space[function.__name__]
    if function.__closure__:  # it says super()
        monkeypatch.setattr(function.__globals__[function.__qualname__.split(".")[0]], function.__name__, made)
    else:
        monkeypatch.setattr(function, "__code__", made.__code__)


SYNC = ("    os.fsync(handle)\n", "")
NEW = "    new = [each for each in steps if digest(salt, read_if_exists(each.target)) == each.after]"
AGAIN = "            yield (changes := read_to_change(search, changes))\n            wanted = _wanted(changes)\n"
# What is put in: the scenario, a word of what is told, and the functions with what is changed in them.
FAULTS = {
    "fsync left out": (ONE, "torn", {"files:fill": [SYNC]}),
    "fsync of the folder left out": (
        ONE, "said that it was done", {"files:sync_folder": [("os.fsync(handle)", "pass")]}
    ),
    "rename before fsync": (
        APPLY, "",
        {
            "files:fill": [SYNC],
            "files:Staged.replace": [("self._is_named = False", "self._is_named = bool(os.fsync(self._handle))")],
        },
    ),
    "unlink of another's lock": (
        ONE, "removed the lock of", {"lock:lock.__exit__": [("if is_at(self._handle, self.path)", "if True")]}
    ),
    "no second reading under the lock": (ONE, "said that it was done", {"kubeconfig.file:changing": [(AGAIN, "")]}),
    "record after replace": (
        APPLY, "history does not lead back",
        {
            "apply.write:replace_file": [
                ("        add_event(live, event)\n", "        pass\n"),
                ("    # What is pending", "    add_event(live, event)\n    #"),
            ]
        },
    ),
    "temporary with 0644": (
        ONE, "a secret that others may read",
        {
            "temporaries:open_unnamed": [("O_RDWR, mode)", "O_RDWR, 0o644)")],
            "temporaries:open_named": [("_NO_FOLLOW, mode)", "_NO_FOLLOW, 0o644)")],
        },
    ),
    "locks in two orders": (
        TWO, "held by a running kcfg",
        {"transaction:locked.__init__": [("sorted(places)", "places"), ("super()", "super(locked, self)")]},
    ),
    "journal ignored": (TWO, "", {"commit:settle": [("journal.names(os.environ)", "()")]}),
    "journal applied to a changed file": (
        TWO, "an editor wrote",
        {
            "commit:_end": [
                (NEW, "    new = [each for each in steps if not os.path.lexists(each.staged)]"),
                (" and digest(salt, read_if_exists(each.target)) == each.before]", "]"),
                ("if len(new) + len(old) < len(steps)", "if False"),
            ]
        },
    ),
    "flock not checked after open": (
        ONE, "the lock of",
        {"temporaries:open_named": [("flock(handle) is not False and is_at(handle, path)", "flock(handle) or True")]},
    ),
    "a lock removed that is another by now": (
        ONE, "removed the lock of", {"holder:_remove": [(" and is_at(handle, path)", "")]}
    ),
    # What the simulation found in kcfg, put back:
    "a lock that a loss of power emptied": (ONE, "the next kcfg fails", {"holder:_judged": [("== OURS", "== -1")]}),
    "new folders not synced": (TRUST, "said that it was done", {"files:make_folders": [("reversed(missing)", "()")]}),
    "a lock taken where an edit was interrupted": (
        BESIDE, "half there",
        {
            "cli.apply:_Work.settle": [
                ("settle([target_path(self._kubeconfig)], break_lock=self._break_lock)", "pass")
            ],
            "transaction:locked.__enter__": [
                ("settle(self._paths, break_lock=self._break_lock)", "pass"), ("super()", "super(locked, self)"),
                ("not any(journal.concerns(steps, self._paths) for steps in journal.all_steps(os.environ))", "True"),
            ],
        },
    ),
    "two writers of one secret": (
        SECRET, "does not read back", {"temporaries:alone.__enter__": [("flock(self._handle) is False", "False")]}
    ),
}  # fmt: skip
# The seed that finds it, to be quick; it is searched from there on. With SEEDS, as `make sim` does, from the first on.
FROM = {
    "fsync left out": 60, "rename before fsync": 30, "unlink of another's lock": 99, "locks in two orders": 180,
    "journal ignored": 24, "journal applied to a changed file": 491, "flock not checked after open": 133,
    "a lock removed that is another by now": 247, "a lock that a loss of power emptied": 18,
    "new folders not synced": 37, "a lock taken where an edit was interrupted": 25, "two writers of one secret": 195,
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_it_is_found(name, monkeypatch):
    load()
    scenario, told, mutations = FAULTS[name]
    for where, changes in mutations.items():
        module, _, path = where.partition(":")
        mutate(monkeypatch, attrgetter(path)(import_module(f"kcfg.{module}")), changes)
    begun, first = time.perf_counter(), 0 if "SEEDS" in os.environ else FROM.get(name, 0)
    for seed in range(first, first + MOST):
        if any(told in each for each in Run(seed, scenario)()):
            print(f"\nfound: {name}: seed {seed}, {seed - first + 1} runs, {time.perf_counter() - begun:.1f} s")
            return
    pytest.fail(f"not found in {MOST} seeds")
