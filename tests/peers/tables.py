"""record.json as tables: all of it for tests/peers/README.md, and what was lost in short for the project's README."""

import json
import re
from pathlib import Path

from losses import LOSSES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
JOBS = ("switch", "rename", "delete", "merge", "namespace")
ROWS = ("refused", *LOSSES)
SHORT = (
    "comments", "unknown fields", "a second document", "order of entries", "other lines rewritten",
    "other entries changed",
    "hard link cut", "ACL or attribute", "mode",
)  # fmt: skip
NOT_RUN = {
    ("kubectx", "merge"): "it has none",
    ("kubectx", "namespace"): "kubens asks a cluster whether the namespace exists",
    ("kubie", "switch"): "it switches a shell of its own, not the file",
    ("kubie", "rename"): "it has none",
    ("kubie", "merge"): "it has none",
    ("kubie", "namespace"): "it sets that of a shell of its own, not of the file",
}


def ran(record: dict) -> list[str]:
    """Return the peers that ran, in the record's order."""
    return [name for name in record["peers"] if name in record["lost"]]


def _title(record: dict, name: str) -> str:
    return f"{name} {record['peers'][name]['version']}"


def cell(record: dict, name: str, job: str, what: str) -> str:
    """Return in how many files a peer lost something in a job, with one example; `not run` where it has no such job."""
    if job not in record["lost"][name]:
        return "not run"
    files = [about for about, losses in record["lost"][name][job].items() if what in losses]
    return f"{len(files)} ({files[0]})" if files else "0"


def files_with(record: dict, name: str, what: str) -> set[str]:
    """Return the files of which any job of a peer lost something."""
    return {about for job in record["lost"][name].values() for about, losses in job.items() if what in losses}


def whole(record: dict) -> str:
    """Return every job, loss and peer as one table; rows in which nobody lost anything are left out."""
    names = ran(record)
    lines = [
        f"| job | lost | {' | '.join(_title(record, name) for name in names)} |",
        "| --- | --- |" + " --- |" * len(names),
    ]
    for job in JOBS:
        for what in ROWS:
            cells = [cell(record, name, job, what) for name in names]
            if {*cells} - {"0", "not run"}:
                lines.append(f"| {job} | {what} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def not_run(record: dict) -> str:
    """Return what was not run, a line each, with the reason."""
    names = ran(record)
    lines = [f"- {_title(record, name)}: {each['reason']}." for name, each in record["peers"].items() if each["reason"]]
    for name in names:
        for job in JOBS:
            if job not in record["lost"][name]:
                lines += [f"- {name}, {job}: {NOT_RUN[name.split()[0], job]}."]
    return "\n".join(lines) + "\n"


def short(record: dict) -> str:
    """Return the table of the project's README: in how many files something was lost by any job."""
    names = ran(record)
    total = len(record["files"])
    lines = [
        f"| lost in {total} files | {' | '.join(_title(record, name) for name in names)} |",
        "| --- |" + " --- |" * len(names),
    ]
    for what in SHORT:
        counts = [len(files_with(record, name, what)) for name in names]
        if any(counts):
            lines.append(f"| {what} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines) + "\n"


def page(record: dict, text: str) -> str:
    """Return README.md of this folder with the record's tables below its heading `## The record`."""
    head = text.partition("## The record\n")[0]
    told = f"{len(record['files'])} files, {record['date']}, as root on Linux.\n"
    told += "A number is a number of files; in brackets the first of them.\n"
    return f"{head}## The record\n\n{told}\n{whole(record)}\n## What was not run\n\n{not_run(record)}"


def in_readme(record: dict, text: str) -> str:
    """Return the project's README with its table of this record."""
    made = re.sub(r"^\| lost in \d+ files .*?\n(?!\|)", lambda _: short(record), text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"given to each on \d{4}-\d\d-\d\d", f"given to each on {record['date']}", made)


def write(record: dict) -> None:
    """Write both pages; tests/claims.yaml then wants the rows that changed."""
    for path, made in ((HERE / "README.md", page), (ROOT / "README.md", in_readme)):
        path.write_text(made(record, path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write(json.loads((HERE / "record.json").read_text(encoding="utf-8")))
