"""What a user installs: sdist → wheel → commands that work from anywhere, with the schemas; editable too."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest
from conftest import ROOT, require

from kcfg.cli.table import NAMES

SCHEMAS = {"spec": "kcfg-spec.v1.schema.json", "kubeconfig": "kubeconfig.v1.schema.json"}
PIP = [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check"]
OFFLINE = ["-q", "--no-index", "--no-deps", "--no-build-isolation"]


def run(*words, **more):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=100, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def committed():
    """Every file of the repository that git does not ignore."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    require("git checkout", present=listed.returncode == 0)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def checkout(committed, tmp_path_factory):
    """A clean copy: nothing that only lies about in the developer's folder."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in committed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def sdist(checkout, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=checkout)
    (found,) = folder.glob("kubectl_kcfg-*.tar.gz")
    return found


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """Built from the sdist, as an installer without a wheel would."""
    folder = tmp_path_factory.mktemp("wheel")
    run(*PIP, "wheel", *OFFLINE, "-w", folder, sdist)
    (found,) = folder.glob("kubectl_kcfg-*.whl")
    return found


def make_venv(folder, *install):
    """A venv that borrows the libraries of this one, but not its kcfg; return its scripts' folder."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    run(*PIP, "--python", folder / "bin/python", "install", *OFFLINE, *install)
    return folder / "bin"


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Below a folder with a space in its name: a start file of the wheel's own would not run there, pip's does."""
    return make_venv(tmp_path_factory.mktemp("my venv"), wheel)


@pytest.fixture(scope="module")
def editable(checkout, tmp_path_factory):
    return make_venv(tmp_path_factory.mktemp("editable"), "-e", checkout)


@pytest.fixture
def elsewhere(tmp_path):
    """A working directory whose files must not be imported."""
    for name in ("kcfg.py", "typer.py", "json.py"):
        (tmp_path / name).write_text("raise SystemExit('imported from the working directory')")
    return tmp_path


@pytest.fixture
def hostile(tmp_path):
    """A working directory that wants to be imported."""
    for name in ("sitecustomize", "usercustomize", "_distutils_hack", "re", "json", "kcfg", "typer"):
        for folder in (tmp_path, tmp_path / "sub"):
            folder.mkdir(exist_ok=True)
            (folder / f"{name}.py").write_text(f"import os\nos.write(2, b'IMPORTED {name}')\n")
    return tmp_path


@pytest.mark.parametrize("path", [":/x", "/x:", "/x::/y", ".", "./", "sub", "../{name}", "{here}", "{here}/sub/.."])
@pytest.mark.parametrize("words", ["kcfg version", "kcfg-credential --help", "kubectl-kcfg version"])
def test_nothing_is_imported_from_the_working_directory(words, path, installed, hostile):
    command, *rest = words.split()
    env = {**os.environ, "PYTHONPATH": path.format(here=hostile, name=hostile.name)}

    done = subprocess.run([installed / command, *rest], cwd=hostile, env=env, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_imported_from_the_working_directory_by_an_editable_install(editable, hostile):
    env = {**os.environ, "PYTHONPATH": ":/x"}

    done = subprocess.run([editable / "kcfg", "version"], cwd=hostile, env=env, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_other_programs_keep_their_path(installed, hostile):
    env = {**os.environ, "PYTHONPATH": "."}
    words = [installed / "python", "-c", "import typer"]

    assert "IMPORTED typer" in subprocess.run(words, cwd=hostile, env=env, capture_output=True, text=True).stderr


def test_sdist_holds_what_is_needed_to_build_and_test(sdist, committed):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("kcfg/", "packaging/", "schemas/", "tests/", "examples/", "benchmarks/", "docs/")

    assert {name for name in committed if name.startswith(folders)} - names == set()
    assert {"README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml", "requirements.lock"} <= names


def test_wheel_holds_the_package_the_schemas_and_nothing_else(wheel, committed):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not re.search(r"\.dist-info/|/man1/", name)}
    package = {name for name in committed if name.startswith("kcfg/")}

    assert "kcfg/py.typed" in names
    assert names == package | {f"kcfg/schemas/{name}" for name in SCHEMAS.values()} | {"00_kcfg_path.pth"}


def test_a_man_page_of_each_command_is_where_man_looks(installed):
    require("man", present=shutil.which("man") is not None)
    env = {**os.environ, "PATH": f"{installed}{os.pathsep}{os.environ['PATH']}"}
    pages = ["kcfg", *(f"kcfg-{name.replace(' ', '-')}" for name in NAMES)]
    found = run("man", "-w", *pages, env={name: value for name, value in env.items() if name != "MANPATH"}).splitlines()

    assert [path.rpartition("/")[2] for path in found] == [f"{page}.1" for page in pages]
    assert {path.rpartition("/share/man/man1/")[0] for path in found} == {str(installed.parent)}


@pytest.mark.parametrize("words", ["kcfg version", "kubectl-kcfg version", "kcfg --version"])
def test_installed_commands_say_the_version(words, installed, elsewhere, wheel):
    command, *rest = words.split()

    assert run(installed / command, *rest, cwd=elsewhere) == f"kcfg {wheel.name.split('-')[1]}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("kcfg-credential --help", "usage: kcfg-credential"),
        ("kcfg --help", "Usage: kcfg"),
        ("kcfg view -h", "--raw"),
    ],
)
def test_installed_commands_help(words, says, installed, elsewhere):
    command, *rest = words.split()

    assert says in run(installed / command, *rest, cwd=elsewhere)


@pytest.mark.kubectl
def test_kubectl_finds_the_plugin(installed, elsewhere, kubectl_path, wheel):
    found = run(kubectl_path, "kcfg", "version", cwd=elsewhere, env={**os.environ, "PATH": str(installed)})

    assert found == f"kcfg {wheel.name.split('-')[1]}\n"


@pytest.mark.parametrize("which", SCHEMAS)
@pytest.mark.parametrize("kind", ["installed", "editable"])
def test_schemas_are_found(kind, which, elsewhere, request):
    printed = run(request.getfixturevalue(kind) / "kcfg", "schema", which, cwd=elsewhere)

    assert printed == (ROOT / "schemas" / SCHEMAS[which]).read_text(encoding="utf-8")
    assert json.loads(printed)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_installed_kcfg_does_the_main_job(installed, elsewhere):
    run(installed / "kcfg", "init", cwd=elsewhere)
    run(installed / "kcfg", "validate", cwd=elsewhere)

    assert run(installed / "kcfg", "render", cwd=elsewhere).startswith("apiVersion: v1\n")


def test_a_release_is_built_twice_the_same_and_lists_its_libraries(checkout, tmp_path):
    for words in (["init", "-q"], ["add", "."]):
        run("git", *words, cwd=checkout)
    said = run(sys.executable, checkout / "packaging/release.py", tmp_path / "dist", cwd=tmp_path)

    assert said.count("built twice, the same") == 2
    parts = {each["name"]: each for each in json.loads((tmp_path / "dist/sbom.cdx.json").read_text())["components"]}
    assert {"pydantic", "ruamel-yaml", "typer", "keyring", "jsonschema", "pysocks", "cffi"} <= parts.keys()
    assert not {"pytest", "mypy", "sphinx", "kubernetes", "hypothesis"} & parts.keys()
    assert all(each["version"] and each["properties"] for each in parts.values())
    run("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=tmp_path / "dist")
