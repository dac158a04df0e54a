"""One run of one seed: a scenario, its writers, a fault, then the next kcfg, and what must hold."""

import errno
import io
import random
import re

import writers
from clock import Clock
from fs import TOP, Fs, installed
from invariants import LITTER, Watch, litter, torn
from schedule import Killed, Process, Scheduler
from writers import HOME, PLACE, scenario_of

from kcfg.__main__ import run

MOMENTS = ("rename", "unlink", "link", "fsync")
# What `spec` says where it meets another writer: it reads several files without their locks, and refuses.
MET = re.compile("changed meanwhile|after this change")
ERRORS = ("ENOSPC", "EIO", "EROFS", "EBUSY")


class Run:
    """What a seed does; `wrong` says what does not hold, `fs.trace` every step."""

    def __init__(self, seed, scenario=None):
        self.seed, self.rng, self.wrong = seed, random.Random(seed), []
        rng = self.rng
        self.scenario = scenario or scenario_of(seed)
        self.clock = Clock(rng)
        self.scheduler = Scheduler(rng, self.clock)
        has_links = rng.random() < 0.9
        self.fs = Fs(rng, self.clock, self.scheduler, has_unnamed=has_links and rng.random() < 0.6, has_links=has_links)
        for name, text in self.scenario.files.items():
            self.fs.put(f"{PLACE}/{name}", text if isinstance(text, bytes) else text.encode())
        self.fs.put(f"{HOME}/.profile", b"# here\n", 0o600)
        self.old = self.files()
        self._pids = iter(rng.sample(range(2, 40), 30))
        self.edits = self.scenario.edits(rng)
        guarded = [] if self.has("rude") else [f"{PLACE}/{name}" for name in self.scenario.guarded]
        self.watch = self.fs.watch = Watch(self.fs, guarded)
        self.fault = rng.choice(("none", "kill", "kill", "power", "power", "power", "error", "lasting", "jump"))
        if self.fault == "power" and self.scenario.derived:
            self.fault = "kill"
        if any(each.kind != "kcfg" for each in self.edits) and self.fault not in ("none", "jump"):
            self.fault = "kill"
        self.error = rng.choice(ERRORS)
        # Any call that changes something, or the moments that count.
        self.only = rng.choice((*MOMENTS, "", "", ""))
        self.at = self._when()
        self.hit = self.struck = False
        self.kind = self.fault

    def told(self):
        """Say what the seed is."""
        who = ", ".join(each.name for each in self.edits)
        return f"{self.scenario.name}; {self.kind} {self.error} at {self.at} {self.only}; {who}"

    def has(self, kind):
        """Return whether such a writer is among them."""
        return any(each.kind == kind for each in self.edits)

    def files(self):
        return {path: self.fs.get(path) for path in self.fs.files()}

    # -- writers

    def process(self, edit, pid=0):
        environ = {"HOME": HOME, "PATH": "/usr/bin:/bin", **self.scenario.environ, **edit.environ}
        words = [str(word) for word in edit.words] if edit.kind == "kcfg" else []
        work = (lambda: run(words)) if edit.kind == "kcfg" else edit.words
        me = Process(edit.name, work, environ, pid or next(self._pids))
        me.bury, me.is_kcfg, me.is_rude = self.fs.bury, edit.kind == "kcfg", edit.kind == "rude"
        me.stdin = io.TextIOWrapper(io.BytesIO(edit.stdin), "utf-8")
        self.fs.pids.add(me.pid)
        return me

    def alone(self, name, words, stdin=b"fake-secret-last\n"):
        """Run one kcfg that nothing disturbs."""
        me = self.process(writers.Edit(name, words, None, stdin=stdin))
        self.fs.faults = []
        self.scheduler.run([me])
        self._judge_end(me)
        return me

    def stale(self):
        """Maybe a lock of a kcfg that is gone: its pid is nobody's, or somebody else's by now."""
        if self.scenario.guarded and self.rng.random() < 0.4:
            pid, boot = self.rng.choice((1, 39, 4_000_000)), self.rng.choice(("boot-1", "boot-0"))
            self.fs.put(
                f"{PLACE}/{self.scenario.guarded[0]}.lock", f"{pid} {boot}\n".encode(), age=self.rng.random() * 1e4
            )

    # -- the run

    def __call__(self):
        with installed(self.fs):
            self._run()
        return self.wrong

    def _run(self):
        rng, fs = self.rng, self.fs
        self.stale()
        processes = [self.process(each) for each in self.edits]
        self.victim = rng.choice([each for each in processes if each.is_kcfg and self.scenario.victim in each.name])
        fs.faults = [] if self.fault == "none" else [self._strike]
        self.scheduler.run(processes)
        for each in processes:
            self._judge_end(each)
        self._judge_edits(processes, settled=False)
        changed = {}
        if self.hit and self.fault in ("kill", "power"):
            if rng.random() < 0.5:
                changed = self._edited_by_hand()
            if rng.random() < 0.3:  # the next one is killed, too
                self.hit, self.at = False, self._when()
                again = self.process(writers.Edit("again", self.scenario.again, None, stdin=b"fake-secret-again\n"))
                fs.faults, self.victim, self.fault = [self._strike], again, "kill"
                scheduler_processes = [again]
                self.scheduler.run(scheduler_processes)
                self._judge_end(again)
        if self.scenario.back and self.hit and not changed and rng.random() < 0.5:
            self.alone("back", self.scenario.back)
            self._judge_back(re.compile(r"\.lock$"))
        for words in self.scenario.also:
            self.alone("also", words)
        last = self.alone("last", self.scenario.again)
        if last.code not in (0, 1) or (last.code == 1 and self.scenario.name != "import"):
            self.wrong.append(f"the next kcfg fails: exit {last.code}: {last.said()}")
        self._judge_edits(processes, settled=not changed)
        for path, line in changed.items():
            if line not in (fs.get(path) or b""):
                self.wrong.append(f"what an editor wrote into {path} is gone")
        self._judge_rest()
        if self.scenario.back and not changed:
            self.alone("back", self.scenario.back)
            self._judge_back()

    def _strike(self, fs, me, call, path):
        if self.fault == "jump":
            if me.effects % 7 == 0:
                self.clock.jump()
            return
        if self.hit and self.fault != "lasting":
            return
        if me is not self.victim or (me.calls[self.only] if self.only else me.effects) < self.at:
            return
        self.hit = self.struck = True
        fs.trace.append(f"     {self.fault} {self.error if self.fault in ('error', 'lasting') else ''}")
        if self.fault == "kill":
            fs.bury(me)
            raise Killed
        if self.fault == "power":
            fs.lose_power()
            raise Killed
        number = getattr(errno, self.error)
        raise OSError(number, self.error, path)

    def _when(self):
        return self.rng.randint(1, self.scenario.effects if not self.only else 3)

    def _edited_by_hand(self):
        """Somebody changes each file while no kcfg runs."""
        changed = {}
        for name in self.scenario.guarded:
            path, line = f"{PLACE}/{name}", b"# by hand\n"
            if self.rng.random() < 0.5 and self.fs.get(path):
                self.fs.faults = []
                self.scheduler.run(
                    [self.process(writers.Edit("editor", writers.editor(path, line), None, kind="editor"))]
                )
                changed[path] = line
        return changed

    # -- what must hold

    def _judge_end(self, me):
        if me.failure is not None:
            self.wrong.append(f"{me.name}: {type(me.failure).__name__}: {me.failure}")
        if me.code == 3 or "Traceback" in me.said():
            self.wrong.append(f"{me.name}: a bug: {me.said()}")

    def _judge_edits(self, processes, *, settled):
        files = self.files()
        rude = self.has("rude")
        for edit, me in zip(self.edits, processes, strict=True):
            there = edit.there(files)
            said = me.said()
            if me.code == 0 and there is not True and not rude:
                self.wrong.append(f"{edit.name} said that it was done, and it is not there")
            if settled and there is None:
                self.wrong.append(f"{edit.name} is half there")
            if not settled and me.code not in (None, 0) and "nothing was changed" in said and there is not False:
                self.wrong.append(f"{edit.name} said that nothing was changed: {said}")
            if (
                self.fault in ("none", "jump")
                and me.code != 0
                and edit.name != "import"
                and not edit.may_fail
                and not rude
                and not MET.search(said)
            ):
                self.wrong.append(f"{edit.name} failed where nothing was in its way: exit {me.code}: {said}")

    def _judge_rest(self):
        fs = self.fs
        self.wrong += self.watch.wrong
        self.wrong += [f"left over: {each}" for each in litter(fs)]
        self.wrong += [f"torn: {each}: {fs.get(each)[:60]}" for each in torn(fs)]
        for name, text in self.scenario.files.items():
            kept = isinstance(text, bytes) and writers.FOREIGN in text and "rename" not in self.scenario.name
            if kept and writers.FOREIGN not in (fs.get(f"{PLACE}/{name}") or b""):
                self.wrong.append(f"a foreign entry of {name} changed")
        if any(b"fake-secret-" in (fs.get(each) or b"") for each in fs.files(f"{TOP}/home") if "/share/" not in each):
            self.wrong.append("a secret stands in the state folder")

    def _judge_back(self, left=LITTER):
        for name in self.scenario.guarded:
            path = f"{PLACE}/{name}"
            if self.fs.get(path) != self.old[path]:
                self.wrong.append(f"history does not lead back: {name}")
        self.wrong += [f"left over: {each}" for each in litter(self.fs, left)]


def load():
    """Import all that a command needs, so that no process does it between two steps."""
    import pkgutil
    from importlib import import_module

    import kcfg

    for module in pkgutil.walk_packages(kcfg.__path__, "kcfg."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
