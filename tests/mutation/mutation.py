"""Mutation testing by cosmic-ray: `make mutation` changes one thing of a module, and asks whether its tests notice.

In a copy of the repository, with a home and a folder for temporary files of its own: a mutant of what locks, replaces
and removes files runs there. `results.json` keeps what was found, `explained.toml` why a survivor may live, and the
tables of README.md are made of both.
"""

import ast
import datetime
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
# By its name in kcfg/: the tests that judge a module, quickest first. What starts kcfg as a process comes last.
MODULES = {
    "lock": ("tests/files/test_lock.py",),
    "holder": ("tests/files/test_lock.py",),
    "files": ("tests/unit/test_files.py", "tests/files/test_modes.py", "tests/files/test_places.py"),
    "temporaries": ("tests/unit/test_temporaries.py",),
    "trust/tracked": ("tests/unit/trust/test_tracked.py",),
    "trust/endpoint": ("tests/unit/trust/test_endpoint.py", "tests/unit/trust", "tests/trust/test_gate.py"),
    "trust/program": ("tests/unit/trust/test_program.py", "tests/unit/trust"),
    "trust/record": ("tests/unit/trust", "tests/trust/test_gate.py"),
    "trust/gate": ("tests/unit/trust", "tests/trust/test_gate.py"),
    "trust/reach": ("tests/unit/trust", "tests/trust/test_gate.py"),
    "apply/write": (
        "tests/unit/apply/test_write.py", "tests/laws/test_holding_laws.py", "tests/laws/test_plan_laws.py",
        "tests/apply/test_apply.py",
    ),
    "apply/undo": ("tests/unit/apply/test_undo.py", "tests/laws/test_plan_laws.py"),
    "apply/spans": ("tests/unit/apply/test_spans.py", "tests/apply/test_undo_secrets.py"),
    "apply/history": ("tests/unit/apply/test_history.py", "tests/unit/apply/test_undo.py"),
    "apply/back": ("tests/unit/apply/test_undo.py", "tests/laws/test_plan_laws.py"),
    "apply/live": ("tests/unit/apply/test_live.py", "tests/unit/apply/test_write.py"),
    "apply/kept": ("tests/unit/apply/test_kept.py",),
    "apply/reverse": ("tests/unit/apply/test_reverse.py",),
    "apply/target": ("tests/unit/apply/test_target.py",),
    "secrets/__init__": ("tests/unit/secrets/test_providers.py",),
    "secrets/stores": ("tests/unit/secrets/test_providers.py",),
    "secrets/ref": ("tests/unit/secrets/test_ref.py",),
    "secrets/secret": ("tests/unit/secrets/test_secret.py",),
    "secrets/value": ("tests/unit/secrets/test_value.py",),
    "secrets/pair": ("tests/unit/secrets/test_pair.py",),
    "secrets/keyring": ("tests/unit/secrets/test_keyring_store.py",),
    "secrets/library": ("tests/unit/secrets/test_keyring_library.py",),
    "secrets/secretservice": ("tests/unit/secrets/test_secretservice.py",),
    "secrets/dbus": ("tests/unit/secrets/test_dbus.py", "tests/unit/secrets/test_secretservice.py"),
    "secrets/chunks": ("tests/unit/secrets/test_chunks.py",),
    "secrets/index": ("tests/unit/secrets/test_index.py",),
    "secrets/env": ("tests/unit/secrets/test_env_store.py",),
    "secrets/file": ("tests/unit/secrets/test_file_store.py",),
    "secrets/command": ("tests/unit/secrets/test_command_store.py",),
}  # fmt: skip
# `==` for `is` and back: of small constants both say the same.
SAME = ("Eq_Is", "Is_Eq", "NotEq_IsNot", "IsNot_NotEq")
BEGIN, END = "<!-- made by mutation.py -->", "<!-- end -->"


def copy_of_repository(folder):
    """Return a copy of what git tracks, and of what it would: nothing else of the working tree."""
    tree = folder / "tree"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    subprocess.run(["git", "init", "-q", tree], check=True)
    return tree


def surroundings(folder, tree):
    """Return the environment of a mutant: nothing in it names a folder of the user's."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": str(tree), "KCFG_EXAMPLES": "5",
    }  # fmt: skip


def judge(module, python):
    """Run a module's tests until one fails; return pytest's exit code. The test command of cosmic-ray."""
    # Bytecode is told from its source by size and second: a mutant of the same size would not be noticed.
    for old in Path("kcfg", module).parent.glob(f"__pycache__/{Path(module).name}.*.pyc"):
        old.unlink()
    options = ["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--basetemp", os.environ["TMPDIR"] + "/tests"]
    return subprocess.run([python, "-m", "pytest", *options, *MODULES[module]]).returncode


def annotations(source):
    """Return where types stand, as pairs of (line, column): no test runs them."""
    found = []
    for node in ast.walk(ast.parse(source)):
        types = filter(None, (getattr(node, "annotation", None), getattr(node, "returns", None)))
        found += [((of.lineno, of.col_offset), (of.end_lineno, of.end_col_offset)) for of in types]
    return found


def choose(database, source, sample, seed):
    """Mark all but a sample of a session's mutants as skipped; return how many are asked, and how many there are."""
    from cosmic_ray.work_db import use_db
    from cosmic_ray.work_item import WorkerOutcome, WorkResult

    types = annotations(source)
    with use_db(database) as db:
        items = sorted(db.work_items, key=lambda item: str(item.mutations))
        code = [
            item
            for item in items
            if not item.mutations[0].operator_name.endswith(SAME)
            and not any(begin <= item.mutations[0].start_pos < end for begin, end in types)
        ]  # fmt: skip
        chosen = {item.job_id for item in random.Random(seed).sample(code, min(sample, len(code)))}
        for item in items:
            if item.job_id not in chosen:
                db.set_result(item.job_id, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))
    return len(chosen), len(code)


def changed(diff):
    """Return the lines that a diff takes away, and those that it adds, each as one."""
    lines = diff.splitlines()
    old = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    new = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    return " ".join(filter(None, old)), " ".join(filter(None, new))


def measure(module, sample, seed):
    """Return what became of a module's mutants."""
    from cosmic_ray.work_db import use_db
    from cosmic_ray.work_item import TestOutcome, WorkerOutcome

    scratch = Path(tempfile.mkdtemp(prefix="kcfg-mutation-"))
    try:
        tree = copy_of_repository(scratch)
        env = surroundings(scratch, tree)
        python = str(ROOT / ".venv" / "bin" / "python")
        command = [sys.executable, str(tree / "tests/mutation/mutation.py"), "--judge", module, python]
        path = tree / "kcfg" / f"{module}.py"
        source = path.read_text()
        started = time.monotonic()
        run = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{module}: its tests fail as they are:\n{run.stdout[-3000:]}")
        limit = 30 + 4 * (time.monotonic() - started)
        path.write_text("raise SystemError\n")
        if not subprocess.run(command, cwd=tree, env=env, capture_output=True).returncode:
            sys.exit(f"{module}: its tests do not load the copy of it")
        path.write_text(source)
        config = scratch / "config.toml"
        config.write_text(
            f'[cosmic-ray]\nmodule-path = "kcfg/{module}.py"\ntimeout = {limit:.0f}\nexcluded-modules = []\n'
            f"test-command = '{' '.join(command)}'\n[cosmic-ray.distributor]\nname = 'local'\n"
        )
        cosmic = [str(Path(sys.executable).parent / "cosmic-ray")]
        database = scratch / "session.sqlite"
        subprocess.run([*cosmic, "init", config, database], cwd=tree, env=env, check=True)
        asked, every = choose(database, source, sample, f"{seed} {module}")
        subprocess.run([*cosmic, "exec", config, database], cwd=tree, env=env, check=True)
        survivors, timed, odd = [], 0, []
        with use_db(database) as db:
            mutants = {item.job_id: item.mutations[0] for item in db.work_items}
            for job, result in db.results:
                if result.worker_outcome == WorkerOutcome.SKIPPED:
                    continue
                if result.test_outcome == TestOutcome.SURVIVED:
                    old, new = changed(result.diff)
                    survivors.append({"in": mutants[job].definition_name or "", "old": old, "new": new})
                elif result.test_outcome == TestOutcome.KILLED:
                    timed += result.output == "timeout"
                else:
                    odd.append(result.output)
        if odd:
            sys.exit(f"{module}: cosmic-ray could not ask {len(odd)}: {odd[0]}")
        survivors.sort(key=lambda each: (each["old"], each["new"]))
        figures = {
            "asked": asked,
            "of": every,
            "timed out": timed,
            "seed": seed,
            "seconds": round(time.monotonic() - started),
        }
        return module, {**figures, **machine(), "survivors": survivors}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def machine():
    """Return when and on what this runs."""
    system = f"{platform.system()} {platform.machine()}"
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}",
    }


def reason(module, survivor, explained):
    """Return why a survivor may live, by its line alone or with what became of it; empty where nobody has said."""
    of = explained.get(module, {})
    return of.get(f"{survivor['old']} => {survivor['new']}") or of.get(survivor["old"], "")


def _code(text):
    short = text if len(text) <= 150 else text[:149] + "…"
    return "`` " + short.replace("|", "\\|") + " ``"


def tables(results, explained):
    """Return the part of README.md that is made."""
    rows = [
        "| module | mutants | killed | of these timed out | survived | score | date | seconds |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    for module, one in results.items():
        lives = len(one["survivors"])
        mutants = f"{one['asked']} of {one['of']}" if one["asked"] < one["of"] else f"all {one['of']}"
        score = f"{100 * (one['asked'] - lives) / one['asked']:.0f} %" if one["asked"] else ""
        cells = (mutants, one["asked"] - lives, one["timed out"], lives, score, one["date"], one["seconds"])
        rows.append(f"| `{module}` | " + " | ".join(map(str, cells)) + " |")
    asked, of, timed, seconds = (
        sum(one[key] for one in results.values()) for key in ("asked", "of", "timed out", "seconds")
    )
    lives = sum(len(one["survivors"]) for one in results.values())
    score = f"{100 * (asked - lives) / asked:.0f} %" if asked else ""
    rows.append(f"| in all | {asked} of {of} | {asked - lives} | {timed} | {lives} | {score} | | {seconds} |")
    where = sorted({one["machine"] + f"; seed {one['seed']}" for one in results.values()})
    rows += ["", "On " + " and ".join(where) + ".", "", "## Survivors", ""]
    rows += ["| module | line | as the mutant has it | why it lives |", "| --- | --- | --- | --- |"]
    for module, one in results.items():
        for survivor in one["survivors"]:
            why = reason(module, survivor, explained) or "not looked behind yet"
            rows.append(f"| `{module}` | {_code(survivor['old'])} | {_code(survivor['new'])} | {why} |")
    return "\n".join(rows)


def page(text, made):
    """Return README.md with its made part anew."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{rest.partition(END)[2]}"


def results():
    """Return what results.json has, in the order of MODULES."""
    kept = json.loads((HERE / "results.json").read_text()) if (HERE / "results.json").exists() else {}
    return {module: kept[module] for module in MODULES if module in kept}


def explained():
    """Return why survivors live, by module."""
    return tomllib.loads((HERE / "explained.toml").read_text())


def write(found):
    """Put what was found beside what is known of the other modules, and make the page anew."""
    every = {**results(), **found}
    ordered = {module: every[module] for module in MODULES if module in every}
    (HERE / "results.json").write_text(json.dumps(ordered, indent=1) + "\n")
    readme = HERE / "README.md"
    readme.write_text(page(readme.read_text(), tables(ordered, explained())))


def main(words):
    if words[:1] == ["--judge"]:
        return judge(*words[1:])
    if words[:1] == ["--page"]:  # explained.toml has changed
        write({})
        return 0
    sample, seed, workers = (int(os.environ.get(*of)) for of in (("SAMPLE", "40"), ("SEED", "1"), ("WORKERS", "2")))
    unknown = set(words) - set(MODULES)
    if unknown:
        sys.exit(f"no such module: {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    with ThreadPoolExecutor(workers) as pool:
        for module, one in pool.map(lambda module: measure(module, sample, seed), words or MODULES):
            write({module: one})
            print(f"{module}: {one['asked']} of {one['of']} mutants, {len(one['survivors'])} survived", flush=True)
            for survivor in one["survivors"]:
                print(f"  {survivor['in']}: {survivor['old']}\n    => {survivor['new']}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
