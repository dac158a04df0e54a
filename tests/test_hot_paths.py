"""What the common commands load and how much they do: guards of their speed that no busy machine can upset."""

import base64
import functools
import json
import os
import re
import subprocess
import sys
from cProfile import Profile

import pytest
from conftest import ROOT

from kcfg.__main__ import run
from kcfg.kubeconfig.file import SearchPath, changing, load_config
from kcfg.x509 import make_authority

# Built into the interpreter, or as good as.
FREE = {"gc", "errno", "binascii", "fcntl", "_json", "__future__", "_posixsubprocess", "resource"}
READING = [
    "current-context",
    "get-contexts",
    "get-contexts -o name",
    "view",
    "view --raw",
    "minify",
    "flatten",
    "merge",
]
EDITING = ["use-context c-1", "set-context c-1 --namespace other", "rename-context c-1 other"]
LOADED = """
import sys
before = set(sys.modules)
from kcfg.__main__ import run
code = run(sys.argv[1:])
print(code, *sorted(set(sys.modules) - before), file=sys.stderr)
"""
# Of a job in a process of its own: loading its modules counts too.
ONCE = """
import sys
from cProfile import Profile
from kcfg.__main__ import run
profile = Profile()
code = profile.runcall(run, sys.argv[1:])
print(code, sum(each.callcount for each in profile.getstats()), file=sys.stderr)
"""


def canonical(size):
    cluster = (
        "- cluster:\n    certificate-authority-data: RkFLRQ==\n    server: https://c-{0}.example.com\n  name: c-{0}\n"
    )
    context = "- context:\n    cluster: c-{0}\n    namespace: shop\n    user: u-{0}\n  name: c-{0}\n"
    token, stanza = "    token: fake-{0}\n", (
        "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      args:\n      - get-token\n"
        "      - --cluster={0}\n      command: aws\n      env: null\n      interactiveMode: Never\n"
        "      provideClusterInfo: false\n"
    )  # fmt: skip
    user = "- name: u-{0}\n  user:\n"
    numbers = range(size)
    return "".join((
        "apiVersion: v1\nclusters:\n", *(cluster.format(number) for number in numbers),
        "contexts:\n", *(context.format(number) for number in numbers),
        "current-context: c-0\nkind: Config\nusers:\n",
        *((user + (stanza if number % 2 else token)).format(number) for number in numbers),
    ))  # fmt: skip


def by_hand(size):
    return "# ours\n" + canonical(size).replace("namespace: shop", 'namespace: "shop"')


def shared(size):
    """Return kubectl's form with one cluster that every context refers to."""
    return re.sub("    cluster: .*", "    cluster: c-0", canonical(size))


def by_tools(size):
    """Return what gcloud and minikube write: hints that go on in a second line, extensions."""
    about = (
        "    extensions:\n    - extension:\n        last-update: Mon, 02 Jan 2023 10:00:00 UTC\n"
        "        version: v1.31.2\n      name: cluster_info\n"
    )
    hint = "      installHint: Install gke-gcloud-auth-plugin for use with\n        https://x.example.com/#a\n"
    text = canonical(size).replace("    server:", f"{about}    server:")
    return text.replace("      interactiveMode: Never\n", hint + "      interactiveMode: Never\n")


@functools.cache  # reading it takes longer than what it is for
def as_json(size):
    import yaml

    return json.dumps(yaml.load(canonical(size), yaml.CSafeLoader), indent=1)


def told(script, words, text, tmp_path, codes=("0",)):
    """Return the exit code and what the script says of a run."""
    (tmp_path / "config").write_text(text)
    (tmp_path / "config").chmod(0o600)  # as kubectl makes it: of what others may read, the secrets are looked for
    done = subprocess.run(
        [sys.executable, "-c", script, *words.split()],
        env={"HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "config"), "PYTHONPATH": str(ROOT), "PATH": "/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    code, *said = done.stderr.splitlines()[-1].split()
    assert code in codes, done.stderr
    return said


@pytest.fixture
def counted(tmp_path, monkeypatch, capfd):
    """Return how many functions a job calls for each size; `words` is the job, or makes it of a size and a file.

    It runs here, on one file after another. The first is small, and loads what the others need.
    """

    def count(words, form, sizes, codes=(0,)):
        counts = []
        for size in (10, *sizes):
            path = tmp_path / f"config-{size}"
            path.write_text(form(size))
            path.chmod(0o600)
            monkeypatch.setenv("KUBECONFIG", str(path))
            job = (words if isinstance(words, str) else words(size, path)).split()
            profile = Profile()
            code = profile.runcall(run, job)
            assert code in codes, capfd.readouterr().err
            counts.append(sum(each.callcount for each in profile.getstats()))
        return counts[1:]

    return count


@pytest.mark.parametrize("words", [*READING, *EDITING])
def test_a_common_command_loads_nothing_but_kcfg(words, tmp_path):
    loaded = told(LOADED, words, canonical(20), tmp_path)

    assert {name for name in loaded if name.split(".")[0] != "kcfg"} <= FREE
    assert len(loaded) < 40


@pytest.mark.parametrize("form", [canonical, by_hand, as_json])
@pytest.mark.parametrize("words", [*READING, *EDITING[:2]])
def test_twice_the_contexts_are_twice_the_work(words, form, counted):
    half, whole = counted(words, form, (100, 200))

    assert whole < 2.1 * half


def with_ends(size):
    """Return kubectl's form with tokens that say when they end."""
    parts = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=")
        for each in ({"alg": "none"}, {"exp": 1})
    )
    return re.sub("token: fake-.*", f"token: {'.'.join(parts)}.", canonical(size))


@pytest.mark.parametrize("words", ["check expiry --kubeconfig {0}", "lint {0}"])
def test_twice_the_entries_are_twice_the_judging(words, counted):
    half, whole = counted(lambda _, path: words.format(path), with_ends, (60, 120), codes=(0, 1))

    assert whole < 2.2 * half


def shared_by_hand(size):
    return "# ours\n" + shared(size).replace("namespace: shop", 'namespace: "shop"')


def names(size):
    return " ".join(f"c-{number}" for number in range(size))


@functools.cache
def shared_as_json(size):
    import yaml

    return json.dumps(yaml.load(shared(size), yaml.CSafeLoader), indent=1)


MANY = [
    ("rename cluster c-0 other", shared),
    ("rename cluster c-0 other", shared_by_hand),
    ("rename cluster c-0 other", shared_as_json),
    ("rename user u-1 other", by_hand),
    *(
        (words, form)
        for words in (
            *("delete {}", "delete --yes --cascade {}", "delete --force cluster {}"),
            *("unset contexts", "unset users"),
        )
        for form in (canonical, by_hand, as_json)
    ),
    ("delete --yes --cascade {}", shared),
]


@pytest.mark.parametrize(("words", "form"), MANY)
def test_an_edit_of_many_entries_is_work_for_each(words, form, counted):
    half, whole = counted(lambda size, _: words.format(names(size // 2)), form, (60, 120))

    assert whole < 2.1 * half


@pytest.mark.parametrize("form", [canonical, by_hand, as_json])
def test_a_change_runs_once_before_and_once_under_the_lock(form, tmp_path):
    (tmp_path / "config").write_text(form(100))
    search, locked = SearchPath([str(tmp_path / "config")]), []
    for changes in changing(search):
        locked.append((tmp_path / "config.lock").exists())
        for number in range(100):
            changes.rename("contexts", f"c-{number}", f"new-{number}")

    assert (locked, changes.written) == ([False, True], search.paths)
    assert list(load_config(search).contexts) == [f"new-{number}" for number in range(100)]


@pytest.mark.parametrize("words", ["view", "get-contexts"])
def test_what_gcloud_and_minikube_write_loads_nothing_but_kcfg(words, tmp_path):
    loaded = told(LOADED, words, by_tools(20), tmp_path)

    assert {name for name in loaded if name.split(".")[0] != "kcfg"} <= FREE | {"itertools"}


@pytest.mark.parametrize(
    ("words", "form", "most"),
    [
        ("current-context", canonical, 85),
        ("view", canonical, 165),
        ("use-context c-1", canonical, 85),
        ("view", by_tools, 1700),
    ],
)
def test_calls_for_a_context(words, form, most, counted):
    """Functions called for each context, its cluster and its user: what a profile counts, whatever the machine."""
    half, whole = counted(words, form, (150, 300))

    assert (whole - half) / 150 < most


SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
secretStores: [{name: vars, provider: env}]
clusters: [{name: a, server: "https://a.example.com", labels: {env: prod, zone: "${zone}"}}]
users: [{name: u, token: ref+vars://token}]
contexts: [{name: a, cluster: a, user: u}]
variables: {zone: {default: eu}}
environments: [{name: prod, select: {matchLabels: {env: prod}}}]
"""
HEAVY = {
    *("yaml", "pydantic", "pydantic_core", "jsonschema", "cryptography", "ruamel", "typer", "keyring", "urllib3"),
    *("importlib.metadata", "importlib.resources", "kcfg.spec.models", "jsonschema_rs"),
    *("inspect", "dataclasses", "typing"),
}


@pytest.mark.parametrize(
    "words",
    [
        "validate -f {spec}",
        "render -f {spec}",
        "render -f {spec} --environment prod",
        "diff -f {spec} --kubeconfig {target}",
        "get-contexts -f {spec}",
        "secret ls -f {spec}",
    ],
)
def test_a_sound_spec_needs_no_model(words, tmp_path):
    data = base64.b64encode(make_authority("ca")[0]).decode()
    certified = SPEC.replace("labels:", f"certificate-authority-data: {data}, labels:", 1)
    # A certificate that is new is described by `diff`: whose, for which names, until when.
    (tmp_path / "kcfg.yaml").write_text(SPEC if words.startswith("diff") else certified)
    (tmp_path / "target").write_text(canonical(1))
    (tmp_path / "target").chmod(0o600)
    words = words.format(spec=tmp_path / "kcfg.yaml", target=tmp_path / "target")
    loaded = told(LOADED, words, canonical(1), tmp_path, codes=("0", "1"))

    assert HEAVY & {*loaded, *(name.partition(".")[0] for name in loaded)} == set()
    assert len([name for name in loaded if name.startswith("kcfg.")]) < 135


WORK = ROOT / "tests/fixtures/work.json"
RECORDING = bool(os.environ.get("KCFG_RECORD"))
JOBS = [
    *READING, *EDITING, "validate -f {spec}", "render -f {spec}", "diff -f {spec} --kubeconfig {target}",
    "get-contexts -f {spec}", "secret ls -f {spec}", "lint {target}", "check expiry --kubeconfig {target}", "--help",
]  # fmt: skip


@pytest.mark.parametrize("words", JOBS)
def test_the_work_of_a_job_is_what_it_was(words, tmp_path):
    """Functions called by a whole job of ten contexts, its imports too: 8% more than recorded is told, and asked for.

    Instructions would say the same; a container counts none. The numbers are of one Python: KCFG_RECORD=1 writes them.
    """
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    (tmp_path / "target").write_text(canonical(10))
    (tmp_path / "target").chmod(0o600)
    filled = words.format(spec=tmp_path / "kcfg.yaml", target=tmp_path / "target")
    count, known = (int(told(ONCE, filled, canonical(10), tmp_path, codes=("0", "1"))[0]), json.loads(WORK.read_text()))
    if RECORDING or not 0.8 * known[words] < count < 1.08 * known[words]:  # what is compiled once is not counted
        count = int(told(ONCE, filled, canonical(10), tmp_path, codes=("0", "1"))[0])
    if RECORDING:
        known[words] = count
        WORK.write_text(json.dumps(known, indent=1) + "\n")
    if sys.version_info[:2] != (3, 11):
        pytest.skip("another Python calls other functions")

    assert count < 1.08 * known[words], f"{words}: {count} calls, {known[words]} were recorded"
    assert count > 0.8 * known[words], f"{words}: {count} calls are far fewer than {known[words]}: record them"


@pytest.mark.parametrize("words", ["lint --kubeconfig {0}", "check expiry --kubeconfig {0}", "doctor"])
def test_what_reads_no_spec_loads_none(words, tmp_path):
    data = base64.b64encode(make_authority("ca")[0]).decode()
    text = canonical(2).replace("RkFLRQ==", data)  # certificates of the usual kind
    loaded = told(LOADED, words.format(tmp_path / "config"), text, tmp_path, codes=("0", "1"))

    found = [name for name in loaded if name.startswith("kcfg.spec.")]
    assert {name.removeprefix("kcfg.spec.") for name in found} <= {
        "accounts",  # a few functions, no model
        "files",
        "find",
        "globs",
        "presets",
        "references",
        "urls",
    }
    assert [name for name in loaded if name.startswith(("pydantic", "cryptography", "jsonschema"))] == []


PLUGIN = """
import os, sys
before = set(sys.modules)
from kcfg.credential import handle
code = handle(sys.argv[1:], os.environ, sys.stdout, sys.stderr)
print(code, *sorted(set(sys.modules) - before), file=sys.stderr)
"""


MORE = (".cache", ".kernel", ".runtime", ".name", ".once")
RECORD = """{{"acme": {{"roots": {{"": {{}}}}, "plugins": {{"": {{"": {{"u": {{
"command": "cat", "path": "/bin/cat", "args": ["{0}"], "secrets": {{}}, "pins": {{}}}}}}}}}}}}}}"""
ANSWER = """{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
"status": {"token": "fake", "expirationTimestamp": "2999-01-01T00:00:00Z"}}"""


@pytest.mark.parametrize("kept", [False, True])
def test_another_tools_answer_that_is_kept_loads_little(kept, tmp_path):
    """Neither `subprocess` nor `ctypes` for the second call; without the user's wish nothing of the room but the look
    for that wish.
    """
    from kcfg.cache.cache import open_cache
    from kcfg.cache.setting import turn_on

    environ = {"HOME": str(tmp_path)}
    state = tmp_path / ".local/state/kcfg"
    state.mkdir(parents=True)
    (state / "trust.json").write_text(RECORD.format(tmp_path / "answer"))
    (tmp_path / "answer").write_text(ANSWER)
    if kept:
        turn_on(environ, skew=60, most=3600, without_end=0)
        if (cache := open_cache(environ)) is None:
            pytest.skip("no kernel keyring answers here")
    words = "--spec acme --user u"
    script = (
        PLUGIN
        if kept
        else PLUGIN.replace("code =", "import kcfg.vendor\nkcfg.vendor.become_vendor = lambda command, **_: 0\ncode =")
    )
    for _ in range(1 + kept):
        loaded = told(script, words, "", tmp_path, codes=("0",))
    if kept:
        assert cache.clear() == 1

    room = {name for name in loaded if name.startswith("kcfg.cache")}
    others = {name for name in loaded if name.split(".")[0] != "kcfg"}
    assert room == {f"kcfg.cache{each}" for each in ("", ".setting", *(MORE if kept else ()))}
    assert others <= FREE | ({"_ctypes", "_blake2"} if kept else set())


@pytest.mark.parametrize(
    ("words", "code", "more"),
    [("--env HOME", "0", set()), ("--file {0}", "0", set()), ("--keyring kcfg/a/b", "1", {"_socket"})],
)
def test_the_plugin_loads_nothing_that_it_does_not_use(words, code, more, tmp_path):
    """Not `re`, `json`, `importlib`: each is a millisecond of every kubectl call. Here no bus answers."""
    text = "fake-token"
    loaded = told(PLUGIN, f"--kind token {words.format(tmp_path / 'config')}", text, tmp_path, codes=(code,))

    assert {name for name in loaded if name.split(".")[0] != "kcfg"} <= FREE | more
    assert len([name for name in loaded if name.startswith("kcfg")]) < 14
