"""Hostile input: one clear error, exit 2, in bounded time and memory, whatever command reads the file."""

import os
import random
import resource
import shutil
import subprocess
import sys
import time

import here
import pytest
from conftest import ROOT, require
from warm import COLD

CPU_SECONDS = 5  # the machine's other work does not count
HANGS = 60
MEMORY = 600 << 20
PYTHON = 150 << 20  # of it, before a file is read
SPEC = b"""apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
clusters:
- name: dev
  server: https://dev.example.com
"""
KUBECONFIG = b"""apiVersion: v1
kind: Config
clusters:
- name: dev
  cluster:
    server: https://dev.example.com
current-context: dev
"""
SPEC_COMMANDS = [("validate", "-f"), ("render", "-f")]
KUBECONFIG_COMMANDS = [("view", "--kubeconfig"), ("merge",), ("current-context", "--kubeconfig")]
COMMANDS = [*SPEC_COMMANDS, *KUBECONFIG_COMMANDS]


def alias_bomb() -> bytes:
    lines = [b"a: &a [x,x,x,x,x,x,x,x,x,x]"]
    for above, below in zip(b"abcdefghijk", b"bcdefghijkl", strict=True):
        lines.append(b"%c: &%c [%s]" % (below, below, b",".join([b"*%c" % above] * 10)))
    return b"\n".join(lines)


# name → (bytes, where the error points)
TEXTS = {
    "alias-bomb": (alias_bomb(), "1:22"),
    "open-mappings": (b"{a: " * 100_000, "1:401"),
    "open-lists": (b"[" * 100_000, "1:101"),
    "closed-lists": (b"[" * 100_000 + b"]" * 100_000, "1:101"),
    "dashes": (b"- " * 100_000, "1:201"),
    "tab": (KUBECONFIG.replace(b"  cluster", b"\tcluster"), "5:1"),
    "nul": (KUBECONFIG + b"extensions: \0\n", "8:13"),
    "binary": (b"\x7f" + random.Random(1).randbytes(4096), "1:"),
    "10-MB-line-and-nul": (b"kind: " + b"a" * 10_000_000 + b"\0", "1:10000007"),
    "unclosed-10-MB-quote": (b'kind: "' + b"a" * 10_000_000, "1:"),
}
PLACES = {
    "missing": "no such file or directory",
    "folder": "",
    "fifo": "not a regular file",
    "loop": "too many levels of symbolic links",
    "/dev/zero": "not a regular file",
}


def run(*words, cwd, prefix=(), **more):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))

    return subprocess.run(
        [*prefix, sys.executable, "-m", "kcfg", *map(str, words)],
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=limit,
        timeout=HANGS,
    )


def call(*words, cwd):
    """Run it in this process, which may have no more memory for it than one of its own has beside Python."""
    if COLD or not os.path.exists("/proc/self/statm"):
        return run(*words, cwd=cwd)
    with open("/proc/self/statm") as file:
        mine = int(file.read().split()[0]) * resource.getpagesize()
    before, started = resource.getrlimit(resource.RLIMIT_AS), time.process_time()
    resource.setrlimit(resource.RLIMIT_AS, (mine + MEMORY - PYTHON, before[1]))
    try:
        done = here.call([*map(str, words)], cwd=cwd, env=dict(os.environ))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert time.process_time() - started < CPU_SECONDS
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.encode(), done.stderr.encode())


def errors(done) -> list[str]:
    return [line for line in done.stderr.decode().splitlines() if ": error: " in line]


def assert_refused(done, start, words=""):
    assert done.returncode == 2, done.stderr
    assert done.stdout == b""
    (line,) = errors(done)
    assert line.startswith(start)
    assert words in line
    assert len(done.stderr) < 1000


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_is_one_error_with_its_place(name, command, tmp_path):
    text, place = TEXTS[name]
    (tmp_path / "bad.yaml").write_bytes(text)

    assert_refused(call(*command, "bad.yaml", cwd=tmp_path), f"bad.yaml:{place}")


# kubectl reads a kubeconfig that is missing as an empty one; so do `view` and `current-context`.
@pytest.mark.parametrize(
    ("name", "command"),
    [(name, words) for name in PLACES for words in COMMANDS if name != "missing" or "--kubeconfig" not in words],
)
def test_what_is_no_readable_file_is_one_error(name, command, tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    assert_refused(call(*command, name, cwd=tmp_path), f"{name}: error: ", PLACES[name])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_file_one_may_not_read(command, tmp_path):
    (tmp_path / "locked").write_bytes(SPEC)
    (tmp_path / "locked").chmod(0)
    prefix = ()
    if os.geteuid() == 0:  # root reads everything, unless it gives that up
        require("setpriv", present=shutil.which("setpriv") is not None)
        prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")

    assert_refused(run(*command, "locked", cwd=tmp_path, prefix=prefix), "locked: error: ", "permission denied")


@pytest.mark.parametrize(("command", "code"), [("validate", 1), ("render", 2)], ids=["validate", "render"])
def test_an_include_cycle_names_the_include(command, code, tmp_path):
    (tmp_path / "a.yaml").write_bytes(SPEC + b"include: [b.yaml]\n")
    (tmp_path / "b.yaml").write_bytes(b"apiVersion: kcfg/v1\nkind: KubeconfigSpec\ninclude: [a.yaml]\n")

    done = call(command, "-f", "a.yaml", cwd=tmp_path)
    assert done.returncode == code
    (line,) = errors(done)
    assert line.startswith("b.yaml:3:11: error: this include leads back")


ODD_BUT_FINE = {
    "bom": lambda text: b"\xef\xbb\xbf" + text,
    "crlf": lambda text: text.replace(b"\n", b"\r\n"),
    "utf-16": lambda text: text.decode().encode("utf-16"),
    "10-MB-comment": lambda text: text + b"# " + b"a" * 10_000_000,
}


@pytest.mark.parametrize("command", [*SPEC_COMMANDS, KUBECONFIG_COMMANDS[0]], ids=lambda words: words[0])
def test_odd_encodings_read_as_the_plain_text(command, tmp_path):
    plain = SPEC if command in SPEC_COMMANDS else KUBECONFIG
    (tmp_path / "in.yaml").write_bytes(plain)
    expected = call(*command, "in.yaml", cwd=tmp_path).stdout

    for name, change in ODD_BUT_FINE.items():
        (tmp_path / "in.yaml").write_bytes(change(plain))
        done = call(*command, "in.yaml", cwd=tmp_path)
        assert (name, done.returncode, done.stdout, done.stderr) == (name, 0, expected, b"")
    assert b"dev" in expected or b"1 cluster" in expected


TALKERS = [
    ("validate", "-f", "spec"),
    ("render", "-f", "spec"),
    ("view", "--kubeconfig", "config"),
    ("merge", "config"),
    ("current-context", "--kubeconfig", "config"),
    ("schema",),
    ("--help",),
]


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "spec").write_bytes(SPEC)
    (tmp_path / "config").write_bytes(KUBECONFIG)
    return tmp_path


@pytest.mark.parametrize("words", TALKERS, ids=lambda words: words[0])
def test_a_reader_that_went_away_is_not_talked_about(words, inputs):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(*words, cwd=inputs, stdout=writer)
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (2, b"")


@pytest.mark.parametrize("words", TALKERS[-3:], ids=lambda words: words[0])
def test_a_full_disk_behind_standard_output_is_one_error(words, inputs):
    with open("/dev/full", "wb") as full:
        done = run(*words, cwd=inputs, stdout=full)

    assert (done.returncode, done.stderr) == (2, b"kcfg: error: No space left on device\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_bug(closed, inputs):
    shell = ("sh", "-c", f'exec "$0" "$@" {closed}')

    for words in (("validate", "-f", "spec"), ("render", "-f", "spec", "--out", "out"), ("current-context",)):
        done = run(*words, cwd=inputs, prefix=shell)
        assert done.returncode == (2 if words == ("current-context",) else 0)
        assert b"bug" not in done.stderr
    assert b"https://dev.example.com" in (inputs / "out").read_bytes()


def test_a_call_here_is_held_to_the_limits(tmp_path, monkeypatch):
    def greedy(*_, **__):
        bytearray(MEMORY)

    monkeypatch.setattr(here, "call", greedy)
    with pytest.raises(MemoryError):
        call(cwd=tmp_path)
