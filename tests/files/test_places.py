"""Which file a path names, and what can take its place: one file however it is spelled, nothing in memory, no input."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

CONFIG = """apiVersion: v1
kind: Config
clusters:
- name: c1
  cluster: {server: "https://a.example.com:6443"}
users:
- name: u1
  user: {token: planted}
contexts:
- name: one
  context: {cluster: c1, user: u1}
- name: two
  context: {cluster: c1, user: u1}
current-context: one
"""
SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
include: [inc.yaml]
clusters:
- {name: c, server: "https://c.example.com", certificate-authority: ca.crt}
contexts: [{name: c, cluster: c, user: u}]
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "place" / "config"
    path.parent.mkdir()
    path.write_text(CONFIG)
    path.chmod(0o600)
    return path


def spellings(config):
    folder = config.parent
    (folder / "link").symlink_to("config")
    (folder.parent / "other").symlink_to(folder)
    return [f"{folder}/./config", f"{folder}//config", f"{folder}/link", f"{folder.parent}/other/config"]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("rename cluster c1 prod", "c1"),
        ("rename user u1 admin", "u1"),
        ("delete one two --cascade --yes", "planted"),
        ("delete-cluster c1", "name: c1"),
    ],
)
def test_two_spellings_are_one_file(config, called, monkeypatch, words, gone, number):
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join((str(config), spellings(config)[number])))

    done = called(*words.split())

    assert done.returncode == 0, done.stderr
    assert "has another" not in done.stderr
    assert "counts now" not in done.stderr
    assert gone not in config.read_text()


def test_a_hard_link_is_one_file_and_told(config, called, monkeypatch):
    other = config.with_name("hard")
    os.link(config, other)
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join((str(config), str(other))))

    done = called("rename", "cluster", "c1", "prod")

    assert (done.returncode, config.read_text().count("prod")) == (0, 3), done.stderr
    assert f"{config} has 2 names; the others keep the old content" in done.stderr
    assert other.read_text() == CONFIG


def test_files_that_are_named_twice_are_merged_and_looked_at_once(config, called):
    again = spellings(config)[2]

    assert called("merge", config, again).stdout == called("merge", config).stdout
    assert called("lint", config, again).stdout == called("lint", config).stdout


@pytest.mark.parametrize("listed", [os.devnull, os.pathsep, f"{os.devnull}{os.pathsep}"])
def test_no_file_at_all_is_an_empty_kubeconfig(called, monkeypatch, listed):
    monkeypatch.setenv("KUBECONFIG", listed)

    done = called("get-contexts", "-o", "name")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_nothing_is_written_beside_a_device(called, monkeypatch):
    done = called("set-context", "a", "--kubeconfig", os.devnull)

    assert (done.returncode, "not a regular file" in done.stderr) == (2, True)
    assert not os.path.lexists(os.devnull + ".lock")


def test_a_missing_first_file_is_made(config, tmp_path, called):
    first = tmp_path / "new" / "config"

    done = called("merge", first, config, "--in-place")

    assert done.returncode == 0, done.stderr
    assert first.stat().st_mode & 0o777 == 0o600
    assert called("get-contexts", "-o", "name", "--kubeconfig", first).stdout == "one\ntwo\n"


@pytest.mark.parametrize("words", ["use-context two", "set-context x", "rename two x", "delete two", "unset users"])
def test_a_kubeconfig_in_memory_is_not_changed(words):
    code = (
        "import os, sys\nfrom kcfg.__main__ import run\n"
        f"handle = os.memfd_create('kcfg')\nos.write(handle, {CONFIG.encode()!r})\n"
        "os.environ['KUBECONFIG'] = f'/proc/{os.getpid()}/fd/{handle}'\ncode = run(sys.argv[1:])\n"
        f"assert os.pread(handle, 9999, 0) == {CONFIG.encode()!r}\nsys.exit(code)"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code, *words.split()], capture_output=True, text=True, env=environ)

    assert done.returncode == 2
    assert "this file is in memory" in done.stderr
    assert "--kubeconfig FILE" in done.stderr
    assert not [name for name in os.listdir("/") if "deleted" in name]


def test_a_mounted_file_is_refused_with_a_way_out(config, tmp_path):
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"]).returncode:
        pytest.skip("this machine lets nobody mount")
    kcfg = f"{sys.executable} -m kcfg"
    script = f"""
        mount --bind {config} {tmp_path}/target || exit 77
        cd {tmp_path}
        {kcfg} use-context two --kubeconfig target; echo "$?"
        cp target copy && {kcfg} use-context two --kubeconfig copy && cat copy > target
        {kcfg} current-context --kubeconfig target
    """
    (tmp_path / "target").touch()
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, env=environ)
    if done.returncode == 77:
        pytest.skip("this machine lets nobody mount")

    assert done.stdout.splitlines()[0] == "2"
    assert done.stdout.splitlines()[-1] == "two"
    assert "mount its folder" in done.stderr
    assert "cp FILE COPY" in done.stderr
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "home") == ["copy", "place", "target"]


@pytest.mark.parametrize(
    "words",
    ["render --out IN", "render --flatten --out IN", "render --all-environments --out .", "env -f . --out IN"],
)
def test_nothing_that_was_read_is_written_over(tmp_path, called, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    texts = {
        "kcfg.yaml": SPEC + "environments: [{name: inc}]\n" * ("--all" in words),
        "inc.yaml": "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nusers: [{name: u}]\n",
        "ca.crt": (ROOT / "tests/targets/ca.crt").read_text(),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    names = ["kcfg.yaml", "inc.yaml", "ca.crt"] if "--flatten" in words else ["kcfg.yaml", "inc.yaml"]
    for name in names:
        done = called(*words.replace("IN", name).split())
        assert (done.returncode, "refusing to write over an input" in done.stderr) == (2, True), done.stderr
        assert {each: (tmp_path / each).read_text() for each in texts} == texts


@pytest.mark.parametrize(
    "words", ["current-context", "view", "merge", "use-context two", "lint", "split --out-dir out"]
)
def test_core_dumps_are_off_in_whatever_reads_a_kubeconfig(config, tmp_path, words):
    code = (
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_CORE, (4096, 8192))\n"
        "from kcfg.__main__ import run\nfrom kcfg import files\nread, seen = files.os.read, set()\n"
        "def watched(*given):\n    seen.add(resource.getrlimit(resource.RLIMIT_CORE)[0])\n    return read(*given)\n"
        "files.os.read = watched\nrun(sys.argv[1:])\nassert seen and max(seen) <= 1, seen"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "KUBECONFIG": str(config)}
    done = subprocess.run([sys.executable, "-c", code, *words.split()], capture_output=True, env=environ, cwd=tmp_path)

    assert done.returncode == 0, done.stderr.decode()


def test_a_file_that_others_replace_all_the_time_has_a_place(tmp_path):
    import threading

    from kcfg.files import place_of, write_atomic

    path, done = str(tmp_path / "config"), threading.Event()
    write_atomic(path, b"{}")

    def replace():
        while not done.is_set():
            write_atomic(path, b"{}")

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        assert {place_of(path) for _ in range(2000)} == {path}
    finally:
        done.set()
        writer.join()


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        ("view --raw", "a"),
        ("view -o json", "a"),
        ("minify", "a"),
        ("merge IN other", "a"),
        ("merge IN other", "w"),
        ("render", "a"),
    ],
)
def test_what_was_read_is_no_standard_output_either(tmp_path, words, mode):
    read = tmp_path / ("kcfg.yaml" if words == "render" else "config")
    (tmp_path / "inc.yaml").write_text("apiVersion: kcfg/v1\nkind: KubeconfigSpec\nusers: [{name: u}]\n")
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    (tmp_path / "ca.crt").write_text((ROOT / "tests/targets/ca.crt").read_text())
    for name in ("config", "other"):
        (tmp_path / name).write_text(CONFIG)
    os.link(read, tmp_path / "link")
    with (tmp_path / "link").open(mode) as out:
        done = subprocess.run(
            [sys.executable, "-m", "kcfg", *words.replace("IN", "config").split()],
            stdout=out,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "KUBECONFIG": "config"},
            timeout=60,
        )

    assert done.returncode == 2, done.stderr
    assert b"standard output is one of the files that were read" in done.stderr
    assert read.read_text() == {"w": "", "a": SPEC if words == "render" else CONFIG}[mode]
