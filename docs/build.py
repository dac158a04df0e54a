"""Build the site: `make docs`. Pages of this folder, those that they lead to, and the generated ones, as HTML.

A page keeps its place: docs/x.md is x, examples/stores/README.md stays that. A link that leads nowhere, or to a heading
that there is not, ends the build. Nothing is fetched.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import reference

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# What the table of contents has, in order; pages besides, that these lead to, come last.
NAV = {
    "Start": ["install", "story-team", "story-environments", "story-keyring", "coming-from", "words", "faq"],
    "Topics": [
        "environments", "gitops", "borrowed", "prompt", "examples/stores/README", "examples/ci/README",
        "examples/kubernetes-pages/README", "SECURITY", "library",
    ],
    "Reference": ["spec", "commands", *(f"commands/{group.lower()}" for group in reference.GROUPS), "rules"],
    "Project": ["CHANGELOG", "CONTRIBUTING", "CODE_OF_CONDUCT"],
}  # fmt: skip
FENCED = re.compile(r"^(```.*?^```)", re.MULTILINE | re.DOTALL)
SHOWN = ("#", "|", "```", ">", "- ", "    ", "**")  # begins what is no sentence
LINK = re.compile(r"(!?\[[^\]]*\]\()([^)#\s]+)((?:#[^)\s]*)?\))")


def main(out: str) -> int:
    """Write the site into a folder; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        lay_out(source)
        words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-c", str(DOCS)]
        done = subprocess.run([*words, "-d", str(Path(folder, "trees")), str(source), out], check=False)
        if done.returncode == 0:
            shutil.copyfile(source / "llms.txt", Path(out, "llms.txt"))
        return done.returncode


def lay_out(source: Path) -> None:
    """Write the sources of all pages, and the files that they lead to, into a folder that is new."""
    made = reference.pages()
    texts = {f"{name}.md": text for name, text in _followed(made)} | made
    for name, text in texts.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
        for path in _files(text, name):
            place = source / _place(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    listed = [page for pages in NAV.values() for page in pages]
    rest = sorted(name.removesuffix(".md") for name in texts if name.removesuffix(".md") not in [*listed, "index"])
    toc = "".join(_toctree(caption, pages) for caption, pages in {**NAV, "Inside": rest}.items() if pages)
    (source / "index.md").write_text(texts["index.md"] + toc, encoding="utf-8")
    (source / "llms.txt").write_text(llms({name: texts[f"{name}.md"] for name in listed}), encoding="utf-8")


def _followed(generated: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each page that is a file: those listed, and all that they lead to."""
    wanted = [DOCS / "index.md", *(_source(page) for pages in NAV.values() for page in pages)]
    seen: set[Path] = set()
    while wanted:
        path = wanted.pop()
        if path in seen or not path.is_file():
            if not path.is_file() and _place(path).as_posix() not in generated:
                raise SystemExit(f"docs/build.py: no page {path.relative_to(ROOT)}")
            continue
        seen.add(path)
        text = path.read_text(encoding="utf-8")
        wanted += [each for each in _targets(text, path.parent) if each.suffix == ".md"]
        yield _place(path).with_suffix("").as_posix(), _moved(text, path)


def _source(page: str) -> Path:
    """Return the file of a page of the table of contents."""
    return next((path for path in (DOCS / f"{page}.md", ROOT / f"{page}.md") if path.exists()), DOCS / f"{page}.md")


def _place(path: Path) -> Path:
    """Return where a file of the repository stands in the site."""
    return path.relative_to(DOCS) if path.is_relative_to(DOCS) else path.relative_to(ROOT)


def _links(text: str) -> Iterator[str]:
    for part in FENCED.split(text)[::2]:
        yield from (found[2] for found in LINK.finditer(part) if "://" not in found[2] and found[2][0] != "#")


def _targets(text: str, folder: Path) -> Iterator[Path]:
    """Yield the files that a text leads to; of a folder, its README."""
    for each in _links(text):
        path = (folder / each).resolve()
        if not path.is_dir() or (path / "README.md").exists():
            yield path / "README.md" if path.is_dir() else path


def _moved(text: str, path: Path) -> str:
    """Return a page with its links as they are in the site; one to a folder without a README is its words alone."""

    def moved(found: re.Match[str]) -> str:
        if "://" in found[2]:
            return found[0]
        target = (path.parent / found[2]).resolve()
        target = target / "README.md" if target.is_dir() else target
        if not target.exists() and _place(target).as_posix() not in reference.pages():
            return found[1].lstrip("!")[1:-2]
        up = "../" * (len(_place(path).parts) - 1)
        return f"{found[1]}{up}{_place(target).as_posix()}{found[3]}"

    parts = FENCED.split(text)
    parts[::2] = [LINK.sub(moved, part) for part in parts[::2]]
    return "".join(parts)


def _files(text: str, name: str) -> Iterator[Path]:
    """Yield the files besides pages that a page of the site leads to."""
    for each in _links(text):
        place = Path("/site", name).parent.joinpath(each)
        inside = Path(*_normal(place.parts[2:]))
        path = next((found for found in (DOCS / inside, ROOT / inside) if found.is_file()), None)
        if path is not None and path.suffix != ".md":
            yield path


def _normal(parts: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for part in parts:
        if part == "..":
            found.pop()
        else:
            found.append(part)
    return found


def _toctree(caption: str, pages: list[str]) -> str:
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```\n"


def llms(texts: dict[str, str]) -> str:
    """Return llms.txt: what this is, and each page's source with its first sentence."""
    lines = ["# kcfg", "", "> Plan and apply for kubeconfig, with the secrets in your keyring.", ""]
    lines += [
        "A command line tool and Python library. No package index has it: install it from its repository.",
        "",
    ]
    for caption, pages in NAV.items():
        lines += [f"## {caption}", ""]
        lines += [f"- [{title(texts[page])}](_sources/{page}.md.txt): {about(texts[page])}" for page in pages]
        lines.append("")
    return "\n".join(lines)


def title(text: str) -> str:
    """Return the heading of a page."""
    return text.partition("\n")[0].lstrip("# ")


def about(text: str) -> str:
    """Return the first sentence of a page, without its links."""
    paragraphs = [each for each in text.split("\n\n")[1:] if not each.lstrip().startswith(SHOWN)]
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join((paragraphs or [""])[0].split()))
    return re.split(r"(?<=[.:])\s", words)[0].rstrip(":")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
