"""`make kubectls`: what the kubectls of this machine do differently from one another, case by case.

The recorded cases of kubectl/ and kubectl-1.35/ are run by the oldest kubectl, 1.33, 1.35 and that of tests/e2e/server,
and by nothing of kcfg's: the table in versions.md says which of them agree. What kcfg does is test_kubectl.py's.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from conftest import find_kubectls  # noqa: E402
from kubeconfigs import without_empty_preferences  # noqa: E402
from system import obey_modes  # noqa: E402
from test_kubectl import set_up  # noqa: E402

PAGE = HERE / "versions.md"
CHANGING = re.compile(r"^[EW]\d{4} [\d:.]+\s+\d+ |0x[0-9a-f]+", re.MULTILINE)


def judges():
    """Return version → kubectl: the oldest, 1.33, 1.35 and the newest, of those that are here."""
    every = find_kubectls()
    wanted = {next(iter(every)), "1.33", "1.35", [*every][-1]}
    return {name: path for name, path in every.items() if name in wanted}


def cases():
    """Return name → folder of every recorded case."""
    found = {folder.name: folder for folder in sorted((HERE / "kubectl").iterdir()) if folder.is_dir()}
    newer = {f"1.35/{each.name}": each for each in sorted((HERE / "kubectl-1.35").iterdir()) if each.is_dir()}
    return found | newer


def run(folder, program):
    """Return what a kubectl makes of a case: what it answers, says and leaves, without what differs in each run."""
    case = json.loads((folder / "case.json").read_text())
    with tempfile.TemporaryDirectory() as work:
        place = Path(work) / "case"
        set_up(folder, case, place)
        env = {"HOME": f"{place}/home", "PATH": "/usr/bin:/bin"}
        env |= {name: value.replace("$DIR", str(place)) for name, value in case["env"].items()}
        done = subprocess.run(
            [program, *(word.replace("$DIR", str(place)) for word in case["argv"])],
            input=(case["stdin"] or "").encode(),
            capture_output=True,
            cwd=place / case["cwd"],
            env=env,
            umask=0o022,
            preexec_fn=obey_modes if "non-root" in (case.get("requires") or "") else None,
            timeout=120,
        )

        def plain(raw):
            text = CHANGING.sub("", raw.decode(errors="surrogateescape").replace(str(place), "$DIR"))
            text = without_empty_preferences(text)
            return "\n".join(sorted(text.splitlines())) if case["expect"].get("stdout_lines_unordered") else text

        files = {
            str(path.relative_to(place)): (path.stat().st_mode, plain(path.read_bytes()))
            for path in place.rglob("*")
            if path.is_file() and os.access(path, os.R_OK) and "cache" not in path.parts
        }
        return {
            "exit code": done.returncode != 0,
            "output": plain(done.stdout),
            "message": plain(done.stderr),
            "files": files,
        }


def table(programs, folders):
    """Return the rows: each case where versions differ, what differs, and for each version the number of its answer."""
    asked = [(name, version) for name in folders for version in programs]
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda each: run(folders[each[0]], programs[each[1]]), asked)
    found = dict(zip(asked, answers, strict=True))
    for name in folders:
        by = [found[name, version] for version in programs]
        differs = [part for part in by[0] if any(each[part] != by[0][part] for each in by)]
        if differs:
            kinds = [each for index, each in enumerate(by) if each not in by[:index]]
            yield name, ", ".join(differs), [kinds.index(each) + 1 for each in by]


def main():
    """Write versions.md; exit 1 where it is another one than before. `--judges`: only print which kubectls judge."""
    programs, folders = judges(), cases()
    if "--judges" in sys.argv:
        print(*(path for version, path in programs.items() if version != "1.35"), sep="\n")
        return 0
    said = {
        version: json.loads(subprocess.check_output([path, "version", "--client", "-o", "json"]))["clientVersion"]
        for version, path in programs.items()
    }
    versions = [about["gitVersion"].partition("-dispatcher")[0] for about in said.values()]
    rows = [*table(programs, folders)]
    head = PAGE.read_text(encoding="utf-8").partition("\n## The last run\n")[0]
    lines = [
        f"{len(folders)} cases; in {len(folders) - len(rows)} all agree, but for `preferences: {{}}`.",
        "",
        f"| case | differs | {' | '.join(versions)} |",
        f"| --- | --- |{' --- |' * len(versions)}",
        *(f"| {name} | {what} | {' | '.join(map(str, kinds))} |" for name, what, kinds in rows),
    ]
    before, text = PAGE.read_text(encoding="utf-8"), "\n".join([f"{head}\n## The last run\n", *lines]) + "\n"
    PAGE.write_text(text, encoding="utf-8")
    print("\n".join(lines))
    return int(before != text)


if __name__ == "__main__":
    sys.exit(main())
