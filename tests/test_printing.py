"""What others wrote drives neither a terminal nor the log of a CI job, whatever command prints it, in whatever format.

Names, values, keys, paths, labels and variables of a spec and of kubeconfigs hold what terminals, eyes, GitHub and
Azure Pipelines obey; every command of the table is driven through them.
"""

import io
import json
import os
import re
import sys
import unicodedata

import pytest
import yaml
from test_terminal import Terminal

from kcfg.__main__ import run as main
from kcfg.cli.table import NAMES
from kcfg.kubeconfig.printed import printed_yaml
from kcfg.printing import json_text, printable
from kcfg.targets.targets import TARGETS

TEXTS = [
    "x\n::stop-commands::tok",
    "::error::x",
    "  ::add-mask::x",
    "\u3000::warning::x",
    "##[group]x",
    "a ###[debug]x",
    "##vso[task.setvariable]x",
    "\x1b]0;title\x07",
    "\x1b[8mconceal",
    "cr\r::set-env::x",
    "c1\x9b31m",
    "bidi\u202eexe",
    "isolate\u2066x",
    "mark\u200f\u061c",
    "zero\u200bwidth",
    "tag\U000e0041",
    "del\x7f",
    "line\u2028::error::x",
    "bom\ufeff",
    "filler\u3164",
    "nul-like\x01",
    "words " * 16 + "::error::x",
]
FILE = "f\n::error::\x1b[31m\u202e"
COMMAND = re.compile(r"##\w*\[", re.ASCII)
OWN = re.compile(r"::(error|warning|notice) (file=[^:]*,)?[^:]*::")
HEAD = {"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": "demo"}}


def faults(text, *, github=False):
    """The lines that drive something, judged by Unicode's categories and by what a runner does with a line."""
    for line in re.split("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text):
        bad = {char for char in line if char != "\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
        told = line.strip().startswith("::") and not (github and OWN.match(line))
        if bad or told or COMMAND.search(line):
            yield line


def objects(text):
    """What a hub holds: nothing, a kubeconfig, a cluster of Argo CD, a profile."""
    about = {"name": text, "namespace": text}
    labels = {"argocd.argoproj.io/secret-type": "cluster", text: text}
    yield {"apiVersion": "v1", "kind": text, "metadata": about}
    yield {"apiVersion": "v1", "kind": "Secret", "metadata": about, "data": {text: ""}}
    inner = yaml.safe_dump(kubeconfig([text]))
    yield {"apiVersion": "v1", "kind": "Secret", "metadata": about, "stringData": {"value": inner}}
    config = json.dumps({text: 1, "execProviderConfig": {"command": text, text: 1}, "tlsClientConfig": {text: 1}})
    data = {"name": text, "server": "https://a.example.com", "config": config, text: text}
    yield {"apiVersion": "v1", "kind": "Secret", "metadata": about | {"labels": labels}, "stringData": data}
    provider = {"name": text, "cluster": {"server": f"https://b.example.com/{text}"}}
    status = {"accessProviders": [provider]}
    yield {
        "apiVersion": "multicluster.x-k8s.io/v1alpha1",
        "kind": "ClusterProfile",
        "metadata": about,
        "status": status,
    }


def kubeconfig(texts):
    entries = list(enumerate(texts))
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": texts[0],
        "clusters": [
            {"name": text, "cluster": {"server": f"https://c{at}.example.com:1/{text}", "tls-server-name": text}}
            for at, text in entries
        ],
        "users": [
            {
                "name": text,
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1",
                        "command": text,
                        "args": [text],
                        "interactiveMode": "Never",
                        "installHint": text,
                        "env": [{"name": text, "value": text}],
                    }
                },
            }
            for _, text in entries
        ],
        "contexts": [{"name": text, "context": {"cluster": text, "user": text, "namespace": text}} for text in texts],
        "extensions": [{"name": text, "extension": {text: text}} for text in texts],
        **{text: text for text in texts},
    }


def spec(texts):
    names = list(texts)
    return {
        **HEAD,
        "secretStores": [{"name": "file", "provider": "file", "file": {"directory": "store"}}],
        "clusters": [
            {"name": n, "server": f"https://c{at}.example.com", "labels": {"a": "b"}} for at, n in enumerate(names)
        ],
        "users": [{"name": n, "token": f"ref+file://k{at}"} for at, n in enumerate(names)],
        "contexts": [{"name": n, "cluster": n, "user": n} for n in names],
        "environments": [{"name": n, "credentials": "omit"} for n in ("ci", "dev")],
    }


def unknown(texts):
    """A spec full of mistakes that are told with what stands there."""
    return (
        spec(["dev"])
        | dict.fromkeys(texts, 1)
        | {
            "users": [{"name": "u", "cluster": text, text: text} for text in texts],
            "contexts": [{"name": text, "cluster": text, "user": text, "labels": {text: text}} for text in texts],
            "include": [*texts],
        }
    )


FIRST = TEXTS[0]
TABLES = ("-o wide", "-o name", "-o json", "-o yaml", "")
# Words for every command; `{}` is a hostile name, FILE a hostile path.
ROWS = [
    ["init", "--out", FILE + "/new.yaml"],
    ["spec", "set-cluster", "{}", "--server", "https://x.example.com"],
    ["spec", "set-credentials", "{}", "--exec-command", "{}"],
    ["spec", "set-context", "{}", "--namespace", "{}"],
    ["spec", "rename", "user", "{}", "new{}"],
    ["spec", "delete", "{}", "--cascade"],
    ["import", "config", "--into", FILE, "--secrets", "keep-out"],
    ["import", "config", "--into", FILE, "--dry-run"],
    ["import", "--unmanaged", "config", "--dry-run"],
    ["import", "hub.json", "--into", FILE, "--secrets", "keep-out", "--dry-run"],
    *(
        ["validate", *more]
        for more in (
            [],
            ["-o", "json"],
            ["-f", "bad.yaml"],
            ["-f", "bad.yaml", "-o", "json"],
            ["-f", FILE],
            ["--kubeconfig", "config"],
        )
    ),
    ["schema"],
    *(
        ["render", *more]
        for more in (
            [],
            ["-o", "json"],
            ["-e", "no{}"],
            ["-e", "ci"],
            ["-f", FILE],
            ["--out", FILE + ".out"],
            ["--all-environments", "--out", FILE + ".d"],
            ["-f", "bad.yaml"],
        )
    ),
    *(["render", "--to", target] for target in TARGETS),
    *(["render", "--to", target, "--out", FILE] for target in TARGETS),
    ["render", "--to", "secret", "--label", "{}=x"],
    ["render", "--to", "secret", "--key", "{}"],
    ["render", "--to", "secret", "--per-cluster", "--credentials", "inline"],
    *(["render", "--to", target, "--why"] for target in TARGETS),
    *(["get-environments", *more.split()] for more in TABLES),
    ["get-environments", "{}"],
    ["get-environments", "no{}"],
    ["blame", "users/{}"],
    ["blame", "contexts/{}", "-o", "json"],
    ["blame", "users/no{}"],
    ["graph"],
    ["graph", "-o", "dot"],
    ["graph", "-o", "markdown"],
    ["fmt", "--check"],
    ["fmt", "-"],
    ["explain", "{}"],
    ["explain"],
    *(
        ["diff", *more]
        for more in (
            [],
            ["-o", "unified"],
            ["-o", "json"],
            ["-o", "markdown"],
            ["--adopt", "--prune"],
            ["--from", "{}"],
            ["config", FILE, "-o", "unified"],
        )
    ),
    *(["diff", "config", "other", "-o", form] for form in ("text", "unified", "json", "markdown")),
    ["apply", "--yes", "--kubeconfig", FILE + "k"],
    ["apply", "--adopt", "--dry-run"],
    ["apply", "--yes", "-o", "json", "--adopt"],
    ["status", "--kubeconfig", FILE + "k"],
    ["status", "-o", "json"],
    ["verify"],
    ["verify", "--prune", "--adopt", "--kubeconfig", FILE + "k"],
    ["history"],
    ["history", "-o", "json"],
    ["history", "clear", "--yes", "--kubeconfig", FILE + "k"],
    ["undo", "--yes"],
    *(
        ["view", *more]
        for more in (
            [],
            ["-o", "json"],
            ["--raw"],
            ["--minify"],
            ["--kubeconfig", FILE],
            ["--raw", "-o", "json"],
            ["-o", "jsonpath={.contexts[*].name}"],
            ["-o", "jsonpath-as-json={.contexts[*].name}"],
            ["--context", "no{}", "--minify"],
            ["-o", "{}"],
        )
    ),
    ["merge", "config", "other"],
    ["merge", "config", "config"],
    ["merge", FILE, "other", "-o", "json"],
    ["minify"],
    ["flatten"],
    ["flatten", "-o", "json"],
    ["split", "--out-dir", FILE],
    ["extract", "{}"],
    ["extract", "no{}"],
    ["extract", "{}", "-o", "json"],
    ["rename", "user", "{}", "new{}"],
    ["delete", "context", "{}", "--cascade", "--yes"],
    ["delete", "user", "no{}"],
    ["current-context"],
    ["use-context", "{}"],
    ["use-context", "no{}"],
    ["use-context", "{}", "-n", "{}"],
    ["ns", "{}"],
    *(
        ["get-" + what, *more.split()]
        for what in ("contexts", "clusters", "users")
        for more in (*TABLES, "-f kcfg.yaml -o wide")
    ),
    ["get-contexts", "no{}"],
    ["set-cluster", "{}", "--tls-server-name", "{}"],
    ["set-credentials", "{}", "--username", "{}"],
    ["set-context", "{}", "--namespace", "{}"],
    ["set", "users.{}.username", "{}"],
    ["unset", "contexts.{}.namespace"],
    ["rename-context", "{}", "new{}"],
    ["delete-context", "{}"],
    ["delete-cluster", "{}"],
    ["delete-user", "{}"],
    ["secret", "set", "file:k0"],
    ["secret", "set", "{}"],
    ["secret", "rotate", "file:{}", "--no-try"],
    ["secret", "get", "{}"],
    ["secret", "ls"],
    ["secret", "ls", "-o", "json"],
    ["secret", "ls", "-o", "yaml"],
    ["secret", "rm", "file:{}", "--yes"],
    ["secret", "check"],
    ["secret", "unlock"],
    ["secret", "migrate", "config", "--dry-run"],
    ["secret", "restore", "config", "--dry-run"],
    ["secret", "copy", "--to", "file", "--trust"],
    ["secret", "copy", "--to", "{}"],
    ["test"],
    ["test", "-o", "json"],
    ["secret", "scan", "config", "bad.yaml", FILE],
    ["secret", "scan", "-o", "json", "config"],
    ["trust", "--yes"],
    ["credential", "--kind", "{}"],
    ["credential", "--kind", "token", "--file", "/{}"],
    *(
        ["lint", which, "-o", form]
        for which in ("config", FILE)
        for form in ("text", "json", "sarif", "github", "gitlab", "junit")
    ),
    *(
        ["lint", "-f", which, "-o", form]
        for which in ("kcfg.yaml", "bad.yaml")
        for form in ("text", "github", "junit", "json")
    ),
    ["lint", "config", "--clients", "kr8s,lightkube,flux,argocd"],
    ["lint", "-f", "kcfg.yaml", "--clients", "kubernetes,lightkube", "-o", "github"],
    ["lint", "--clients", "{}"],
    ["explain", "clients", "{}"],
    *(["check", "expiry", "-o", form] for form in ("table", "json", "yaml", "ics")),
    ["check", "expiry", "--kubeconfig", FILE],
    *(
        ["check", "connectivity", "--kubeconfig", "closed", "-o", form, "--timeout", "1s"]
        for form in ("table", "wide", "json")
    ),
    ["check", "connectivity", "--kubeconfig", "closed", "--context", "no{}"],
    *(["whoami", "--kubeconfig", "closed", "--all", "-o", form, "--timeout", "1s"] for form in ("table", "json")),
    ["doctor", "--kubeconfig", "config"],
    ["doctor", "--kubeconfig", FILE, "-o", "json"],
    ["env", FILE],
    ["env", "config"],
    ["completion", "bash"],
    ["__complete", "zsh", "use", ""],
    ["__complete", "bash", "kcfg use "],
    ["url", "{}"],
    ["url", "no{}"],
    ["curl", "no{}", "/x"],
    ["exec", "no{}", "--", "true"],
    ["exec", "--context", "*", "--", "{}"],
    ["shell", "no{}"],
    ["get-token", "{}"],
    ["issue", "{}", "--service-account", "shop/agent", "--out", "lent"],
    ["issue", "no{}", "--service-account", "{}"],
    ["revoke", "{}", "--service-account", "shop/agent"],
    ["revoke", "--list"],
    ["cache", "on", "--skew", "{}"],
    ["cache", "on", "--max", "{}"],
    ["cache", "on", "--max-without-end", "{}"],
    ["cache", "off"],
    ["cache", "ls"],
    ["cache", "clear"],
    ["log", "on"],
    ["credential", "--kind", "token", "--env", "PATH"],
    ["log", "ls"],
    ["log", "ls", "-o", "json"],
    ["log", "clear"],
    ["log", "off"],
    ["get-token", "no{}"],
    ["version"],
    ["no{}"],
    ["--{}"],
]


@pytest.fixture(scope="module")
def texts():
    folder = {
        "config": kubeconfig(TEXTS),
        "other": kubeconfig([f"{text} " for text in TEXTS]),
        FILE: kubeconfig(TEXTS[:3]),
        "closed": kubeconfig(TEXTS[:3])
        | {"clusters": [{"name": text, "cluster": {"server": "https://127.0.0.1:1"}} for text in TEXTS[:3]]},
        "kcfg.yaml": spec(TEXTS),
        "bad.yaml": unknown(TEXTS),
        "hub.json": {"apiVersion": "v1", "kind": "List", "items": [each for text in TEXTS for each in objects(text)]},
    }
    return {name: yaml.safe_dump(value, width=10_000) for name, value in folder.items()}


@pytest.fixture
def world(texts, tmp_path, private_home, monkeypatch):
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "config")
    return tmp_path


@pytest.fixture
def run(monkeypatch, capfd):
    def call(*words, stdin=""):
        monkeypatch.setattr(sys, "argv", ["kcfg", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = main(list(words))
        sys.stderr.flush()
        return code, *capfd.readouterr()

    return call


@pytest.mark.parametrize("words", ROWS, ids=lambda words: printable(" ".join(words)).replace("[", "("))
def test_nothing_that_is_printed_drives_a_reader(words, world, run):
    hostile = any("{}" in word for word in words)
    for text in (FIRST, *TEXTS[1:15:6]) if hostile else ("",):
        given = [word.replace("{}", text) for word in words]
        code, out, err = run(*given, stdin=json.dumps(spec(TEXTS[:2])))

        assert code != 3, err
        assert list(faults(out, github="github" in words)) == []
        assert list(faults(err)) == []
        if out and ("json" in words or "sarif" in words or "gitlab" in words):
            json.loads(out)


def test_what_is_driven_is_read(world, run):
    assert run("validate")[0] == 0
    assert len(run("validate", "-f", "bad.yaml")[2].splitlines()) > 3 * len(TEXTS)
    for out in (run("get-contexts", "-o", "name")[1], run("get-contexts", "-o", "name", "-f", "kcfg.yaml")[1]):
        assert sorted(out.splitlines()) == sorted(map(printable, TEXTS))


def test_every_command_has_a_row():
    driven = {" ".join(row[:size]) for row in ROWS for size in (1, 2)}
    assert set(NAMES) <= driven


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("words", [["view", "--raw"], ["flatten"], ["get-contexts"], ["merge", "config", "empty"]])
def test_data_keeps_the_exact_value(words, form, world, run):
    (world / "empty").write_text("{}")

    code, out, _ = run(*words, "-o", form)

    assert code == 0
    value = json.loads(out) if form == "json" else yaml.safe_load(out)
    assert {each["name"] for each in value["contexts"]} == set(TEXTS)
    assert list(faults(out)) == []


@pytest.mark.parametrize("text", [*TEXTS, "k" * 130 + "\n::x", "kcfgxy00000000", "- a\n- b", "é", "a\nb\n"])
def test_yaml_and_json_mean_the_same(text):
    value = {text: [text, {"deep": {text: text}}], "plain": "kcfgx", "more": f"{text} {text}"}

    assert yaml.safe_load(printed_yaml(value)) == value
    assert json.loads(json_text(json.dumps(value, ensure_ascii=False))) == value
    assert list(faults(printed_yaml(value))) == []


def test_a_path_that_is_no_text_is_told(world, kcfg):
    path = os.fsdecode(b"f\xff")
    (world / path).write_text("{")

    for words in (["view", "--kubeconfig", path], ["lint", path, "-o", "json"], ["validate", "-f", path]):
        done = kcfg(*words)
        assert done.returncode in (1, 2), done.stderr
        assert "f\\udcff" in done.stdout + done.stderr


def test_a_locale_without_the_letter_still_prints(world, kcfg):
    (world / "config").write_text(json.dumps(kubeconfig(["é"])))

    done = kcfg("get-contexts", "-o", "name", env={"PYTHONIOENCODING": "ascii"})

    assert (done.returncode, done.stdout) == (0, "\\xe9\n")


@pytest.mark.parametrize(
    "words", [["view"], ["get-contexts"], ["diff", "config", "other"], ["graph"], ["lint", "config"]]
)
def test_a_terminal_gets_no_more_than_colors(words, world):
    terminal = Terminal(*words, cwd=world, env={"KUBECONFIG": str(world / "config"), "TERM": "xterm-256color"})
    terminal.end()

    plain = re.sub(r"\x1b\[[0-9]{1,2}m", "", terminal.text.replace("\r\n", "\n"))
    assert list(faults(plain)) == []
