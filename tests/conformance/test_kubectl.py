"""What real kubectl did, recorded case by case (kubectl/README.md), and kcfg in its place.

Compared are: exit code zero or not; standard output, as data for YAML and JSON and to the letter elsewhere; every file
afterwards, as kubectl reads it, for an edit keeps the text that kubectl would rewrite. What differs on purpose is a
row of kcfg/kubeconfig/README.md, stands in `DIFFERENCES` with its reason, and must really differ.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import here
import pytest
from differences import DIFFERENCES
from kubeconfigs import without_empty_preferences
from system import obey_modes
from warm import COLD, at_start, cold

from kcfg.kubeconfig.decode import decode
from kcfg.yaml.parse import parse_yaml

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(folder for folder in (Path(__file__).parent / "kubectl").iterdir() if folder.is_dir())
CASES = {folder.name: folder for folder in FOLDERS if not folder.name.startswith("validate-")}
NEWEST = Path(__file__).parent / "kubectl-1.35"
CASES |= {f"1.35/{folder.name}": folder for folder in sorted(NEWEST.iterdir()) if folder.is_dir()}
IGNORED = {"home/.local", "home/.local/state", "home/.kube/cache"}


@pytest.mark.parametrize("name", CASES)
def test_as_kubectl(name, tmp_path):
    case = json.loads((CASES[name] / "case.json").read_text())
    place = tmp_path / "case"
    set_up(CASES[name], case, place)
    before = _tree(place)

    done = _run(case, place)

    found = {
        "exit code": _exit_code(case, done),
        "stdout": _stdout(case, done, place),
        "files": _files(CASES[name], case, place, before),
    }
    differs = {what for what, message in found.items() if message}
    assert differs == DIFFERENCES.get(name, ("", set()))[1], "\n".join(filter(None, found.values())) + done.stderr


def test_differences_are_cases_and_documented():
    documented = (ROOT / "kcfg" / "kubeconfig" / "README.md").read_text()

    assert set(DIFFERENCES) <= set(CASES)
    assert [reason for reason, _ in DIFFERENCES.values() if f"| {reason} |" not in documented] == []


def set_up(folder, case, place):
    """Lay out a case's files."""
    setup = case["setup"]
    shutil.copytree(folder / "in", place) if (folder / "in").is_dir() else place.mkdir()
    (place / "home").mkdir(exist_ok=True)
    for name in setup["dirs"]:
        (place / name).mkdir(parents=True, exist_ok=True)
    for path in place.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
    for name in setup["template_files"]:
        path = place / name
        path.write_bytes(path.read_bytes().replace(b"$DIR", str(place).encode()))
    for name, target in setup["symlinks"].items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).symlink_to(target.replace("$DIR", str(place)))
    for name, mode in setup["modes"].items():
        (place / name).chmod(int(mode, 8))


def _run(case, place):
    words, stdin = _ours([word.replace("$DIR", str(place)) for word in case["argv"]], case["stdin"])
    env = {**at_start(os.environ), "HOME": str(place / "home"), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    env |= {name: value.replace("$DIR", str(place)) for name, value in case["env"].items()}
    if "non-root" not in (case.get("requires") or ""):
        return (cold if COLD else here.call)(words, cwd=place / case["cwd"], env=env, stdin=stdin or "", umask=0o022)
    return subprocess.run(
        [sys.executable, "-m", "kcfg", *words],
        input=stdin or "",
        capture_output=True,
        text=True,
        cwd=place / case["cwd"],
        env=env,
        preexec_fn=obey_modes,
        umask=0o022,
        timeout=60,
    )


def _ours(words, stdin):
    """Return kcfg's command line: no `config`, and no secret in it."""
    assert words[0] == "config"
    words = words[1:]
    for index, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag in ("--token", "--password") and equals and words[0] == "set-credentials":
            return [*words[:index], f"{flag}=-", *words[index + 1 :]], value
    if words[0] == "set" and words[1].endswith((".token", ".password")):
        return [*words[:2], "-", *words[3:]], words[2]
    return words, stdin


def _exit_code(case, done):
    wanted, code = case["expect"]["exit_code"], done.returncode
    assert code in (0, 1, 2), done.stderr
    return "" if (wanted == 0) == (code == 0) else f"exit code {code}, kubectl's {wanted}"


def _stdout(case, done, place):
    expect = case["expect"]
    wanted, found = (text.replace(str(place), "$DIR") for text in (expect["stdout"], done.stdout))
    if case["kubectl_version"] != "v1.35.2":
        wanted = without_empty_preferences(wanted)
    if case["expect"]["exit_code"] != 0 and case["argv"][1] == "view":
        return "" if not found else f"output beside an error: {found}"
    if expect.get("stdout_lines_unordered"):
        wanted, found = sorted(wanted.splitlines()), sorted(found.splitlines())
    return "" if wanted == found else f"stdout:\n{found}\nkubectl's:\n{wanted}"


def _files(folder, case, place, before):
    after, wanted = _tree(place), case["expect"]["files_after"]
    wrong = []
    for name in sorted({*before, *after, *wanted} - IGNORED):
        if name.startswith("home/.local/state/kcfg"):
            continue
        if name not in wanted:
            same = before.get(name) == after.get(name)
        else:
            same = _as_wanted(folder, wanted[name], before.get(name), after.get(name), place / name)
        if not same:
            wrong.append(f"{name}: {before.get(name)} → {after.get(name)}, kubectl: {wanted.get(name)}")
    return "\n".join(wrong)


def _tree(place):
    return {str(path.relative_to(place)): _look(path) for path in place.rglob("*")}


def _look(path):
    if path.is_symlink():
        return ("symlink", "", os.readlink(path))
    mode = f"{path.stat().st_mode & 0o7777:04o}"
    if path.is_dir():
        return ("dir", mode, "")
    return ("file", mode, path.read_bytes() if os.access(path, os.R_OK) else b"")


def _as_wanted(folder, wanted, before, after, path):
    if wanted["state"] == "deleted":
        return after is None
    if after is None or wanted["type"] not in (after[0], {"dir": "directory"}.get(after[0])):
        return False
    if wanted["state"] == "rewritten-same-bytes":
        return before == after
    if wanted.get("mode") and wanted["mode"] != after[1]:
        return False
    if after[0] != "file" or "content" not in wanted:
        return True
    content = (folder / wanted["content"]).read_bytes().replace(b"$DIR", str(_place(path)).encode())
    return _meaning(after[2]) == _meaning(content)


def _place(path):
    return next(folder for folder in path.parents if folder.name == "case")


def _meaning(raw):
    return decode(parse_yaml(raw, "file")).to_value()
