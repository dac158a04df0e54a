"""`make docs`: the site is built without a fault, a bad link ends it, and its reference has all that kcfg has."""

import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, require
from jsonschema import Draft202012Validator
from readme import blocks

import kcfg as kcfg_library
from kcfg.cli.table import GROUPS, NAMES, commands
from kcfg.lint import rule_ids, words_of
from kcfg.spec.schema import read_schema

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
OUTSIDE = ("https://", "http://", "//")


def build(source, out):
    words = [sys.executable, source / "docs/build.py", out]
    return subprocess.run(words, capture_output=True, text=True, timeout=200)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as by `make docs`."""
    out = tmp_path_factory.mktemp("site")
    done = build(ROOT, out)
    assert (done.returncode, done.stderr) == (0, "")
    return out


@pytest.fixture(scope="module")
def generated():
    """The generated pages, by name."""
    code = "import json, sys; sys.path.insert(0, 'docs'); import reference; print(json.dumps(reference.pages()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return json.loads(done.stdout)


def test_the_site_has_every_page_and_fetches_nothing(site, generated):
    names = [path.relative_to(DOCS).with_suffix("").as_posix() for path in PAGES]
    names += [name.removesuffix(".md") for name in generated]
    fetched = re.compile(r"<(?:script|img|iframe)[^>]+src=\"([^\"]+)|<link[^>]+href=\"([^\"]+)")

    assert [name for name in names if not (site / f"{name}.html").exists()] == []
    for page in site.rglob("*.html"):
        found = [first or second for first, second in fetched.findall(page.read_text(encoding="utf-8"))]
        assert [each for each in found if each.startswith(OUTSIDE)] == [], page


def test_every_link_of_the_site_leads_to_a_place_in_it(site):
    """Asked of the HTML: what Sphinx checks is the Markdown."""
    texts = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    ids = {page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in texts.items()}
    broken, count = [], 0
    for page, text in texts.items():
        for link in map(html.unescape, re.findall(r'<a [^>]*href="([^"]+)"', text)):
            path, _, anchor = link.partition("#")
            if "://" in path or link.startswith("mailto:"):
                continue
            count += 1
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and target in ids and anchor not in ids[target]):
                broken.append(f"{page.relative_to(site)}: {link}")

    assert count > 1000
    assert broken == []


def test_links_that_lead_nowhere_end_the_build(tmp_path):
    for name in ("kcfg", "packaging", "schemas", "examples", "tests", "benchmarks"):
        (tmp_path / name).symlink_to(ROOT / name)
    for path in ROOT.glob("*.md"):
        shutil.copy(path, tmp_path / path.name)
    shutil.copytree(DOCS, tmp_path / "docs")
    alone = "import build; build.NAV = {'Start': ['install']}; build.reference.pages = dict;"
    run = [sys.executable, "-c", f"{alone} raise SystemExit(build.main({str(tmp_path / 'out')!r}))"]
    for page in (tmp_path / "docs").glob("*.md"):
        page.write_text("# A page\n")

    def built(*links):
        (tmp_path / "docs/install.md").write_text("# A page\n" + "".join(f"\n[there]({link})\n" for link in links))
        done = subprocess.run(run, cwd=tmp_path / "docs", capture_output=True, text=True)
        return done.returncode, [link for link in links if link.rpartition("#")[2] not in done.stderr]

    assert built("install.md") == (0, ["install.md"])
    assert built("install.md#no-such-heading", "#none-of-its-own") == (1, [])
    assert built("faq-of-nobody.md") == (1, [])


def test_llms_txt_leads_to_every_page_as_text(site):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    links = re.findall(r"^- \[.+?\]\((.+?)\): \S", text, re.MULTILINE)

    assert text.startswith("# kcfg\n\n> ")
    assert len(links) == len(set(links)) > 25
    assert [each for each in links if not (site / each).is_file()] == []
    assert {path.stem for path in PAGES} - {"index"} <= {Path(each).name.partition(".")[0] for each in links}


def test_commands_have_their_options_and_examples(generated):
    listed = generated["commands.md"]
    for group in GROUPS:
        page = generated[f"commands/{group.lower()}.md"]
        sections = dict(part.split("\n", 1) for part in page.split("\n## kcfg ")[1:])
        assert list(sections) == [name for name in NAMES if name in commands(group)]
        for command in commands(group).values():
            section = sections[command.name]
            assert f"[`kcfg {command.name}`](" in listed
            assert all(example in section for example in command.examples)
            flags = [flag for option in command.options if not option.ignored for flag in option.flags]
            assert [flag for flag in flags if not re.search(rf"[` ]{re.escape(flag)}[`, \[]", section)] == []


def test_every_field_of_the_schema_is_on_its_page(generated):
    """Counted in the schema, not as the page is made: each mapping with its fields is a section."""
    schema = json.loads(read_schema("spec"))
    page = generated["spec.md"]
    tables = [set(re.findall(r"^\| \[?`([^`]+)`", part, re.MULTILINE)) for part in page.split("\n## ")[1:]]
    reached, wanted = {json.dumps(schema["properties"])}, [schema]
    while wanted:
        here = {key: value for key, value in wanted.pop().items() if key != "$defs"}
        for each in re.findall(r'"#/\$defs/(\w+)"', json.dumps(here)):
            found = schema["$defs"][each]
            if not each.startswith("Wrapped") and found.get("properties") and json.dumps(found) not in reached:
                reached.add(json.dumps(found))
                wanted.append(found)
                assert set(found["properties"]) in tables, each

    assert set(schema["properties"]) in tables
    assert len(tables) > 25
    assert [line for line in page.splitlines() if line.endswith("|  |")] == []


def test_every_rule_has_its_bad_its_good_and_its_remedy(generated):
    page = generated["rules.md"]
    sections = dict(part.split(":", 1) for part in page.split("\n### ")[1:])

    assert list(sections) == [each for each in rule_ids() if each.startswith("KCFG")]
    for each, section in sections.items():
        title, level, _, remedy, _, bad, good = words_of(each)
        assert section.startswith(f" {title.replace('<', chr(92) + '<')}")
        assert f"Level: {level}." in section
        assert "\nInstead: " in section
        assert remedy.partition("`")[0].partition("*")[0].strip()[:20] in section
        assert [text.rstrip("\n") for text in (bad, good)] == [each.rstrip("\n") for each in blocks("yaml", section)]


def test_man_pages_are_roff_without_a_fault(tmp_path):
    require("groff", present=shutil.which("groff") is not None)
    subprocess.run([sys.executable, ROOT / "packaging/manpages.py", tmp_path], check=True)
    pages = sorted(tmp_path.glob("*.1"))
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", *pages], capture_output=True, text=True)

    assert len(pages) == len(NAMES) + 1
    assert (done.returncode, done.stderr) == (0, "")


def test_a_man_page_says_what_the_help_says(tmp_path, kcfg):
    require("groff", present=shutil.which("groff") is not None)
    subprocess.run([sys.executable, ROOT / "packaging/manpages.py", tmp_path], check=True)
    words = ["groff", "-man", "-Tutf8", "-P-cbou", tmp_path / "kcfg-import.1"]
    shown = " ".join(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
    (command,) = (each for each in commands("Author").values() if each.name == "import")

    assert f"NAME kcfg-import - {command.help.rstrip('.')} SYNOPSIS" in shown
    assert all(" ".join(option.help.split()) in shown for option in command.options if not option.ignored)
    assert all(example in shown for example in command.examples)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_and_specs_of_a_page_are_kcfgs_own(page, kcfg, typer_call):
    """Each `kcfg …` in code begins with a command that there is; each spec validates."""
    text = page.read_text(encoding="utf-8")
    spans = re.findall(r"`kcfg ([a-z][^`]*)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    known = {*NAMES, "use", "ctx", "ls", "plan", "rm", "spec rm", "help", "secret", "spec", "check"}
    unknown = [each for each in spans if not {" ".join(each.split()[:count]) for count in (1, 2)} & known]

    assert unknown == []
    for block in blocks("yaml", text):
        schema = json.loads(read_schema("spec"))
        if not block.startswith("apiVersion: kcfg/v1\n"):  # a part of one: of a spec, or of an environment
            fields = {**schema["$defs"]["Environment"]["properties"], **schema["properties"]}
            found = yaml.safe_load(block)
            values = {key: {"$ref": f"#/x/{key}"} for key in found}
            assert found.keys() <= fields.keys()
            whole = {"$defs": schema["$defs"], "x": fields, "properties": values}
            assert list(map(str, Draft202012Validator(whole).iter_errors(found))) == []
            continue
        done = kcfg("validate", "-f", "-", stdin=block)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_programs_of_the_library_page_run_in_order(private_home, tmp_path):
    page = (DOCS / "library.md").read_text(encoding="utf-8")
    programs = blocks("python", page)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    shutil.copy(ROOT / "examples/first/config", private_home / "kubeconfig")
    env = {**os.environ, "HOME": str(private_home), "KUBECONFIG": str(private_home / "kubeconfig")}
    said = []
    for program in programs:
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=env, input="y\n", capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, ""), program
        said.append(done.stdout)

    assert len(programs) == 10
    assert max(program.count("\n") for program in programs) <= 12
    assert "prod-eu" in said[0]
    assert "prod-eu" in said[3]
    assert "prod-eu" in (tmp_path / "made-by-the-library.yaml").read_text()
    assert (tmp_path / "note.txt").read_text() == "one line more\n"


def test_the_library_page_lists_every_public_name():
    listed = (DOCS / "library.md").read_text(encoding="utf-8").partition("## 1.")[0]

    assert set(re.findall(r"`(\w+)`", listed)) == set(dir(kcfg_library)) - {"__version__"} | {"kcfg"}


def lines_of(word):
    """The command lines of kcfg in a table, as they would be typed."""
    return [each for each in re.findall(r"`(kcfg [^`]+)`", word) if "…" not in each]


def test_what_is_typed_instead_of_another_tool_is_a_command_line(typer_call):
    page = (DOCS / "coming-from.md").read_text(encoding="utf-8")
    rows = [line.strip("|").partition(" | ") for line in page.splitlines() if line.startswith("| `")]
    lines = [each for *_, ours in rows for each in lines_of(ours)]

    assert len(lines) > 50
    assert [line for line in lines if not isinstance(typer_call(shlex.split(line)[1:]), dict)] == []


def test_the_page_on_targets_needs_no_secret_where_it_says_so(kcfg):
    (spec,) = blocks("yaml", (DOCS / "gitops.md").read_text(encoding="utf-8"))
    done = kcfg("render", "-f", "-", "--to", "flux", stdin=spec)

    assert [each["kind"] for each in yaml.safe_load_all(done.stdout)] == ["ConfigMap"]


@pytest.mark.parametrize("form", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yaml")), ids=lambda form: form.stem)
def test_an_issue_form_is_what_github_reads(form):
    """By GitHub's syntax for issue forms: https://docs.github.com/communities, "Syntax for issue forms"."""
    found = yaml.safe_load(form.read_text(encoding="utf-8"))
    kinds = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    asked = [each for each in found["body"] if each["type"] != "markdown"]

    assert found.keys() == {"name", "description", "labels", "body"}
    assert {each["type"] for each in found["body"]} <= kinds
    assert len({each["id"] for each in asked}) == len(asked) >= 1
    assert all(each["attributes"]["label"] for each in asked)
    assert any(each.get("validations", {}).get("required") for each in asked)
    assert all(each["attributes"].get("options", ["-"]) for each in asked)
