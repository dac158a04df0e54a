"""An option means the same in every command: the whole of the tables, walked, and what they say, tried."""

import json

import pytest

from kcfg.cli.table import ALIASES, NAMES, find

SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: t}
secretStores: [{name: e, provider: env}]
clusters:
  - {name: a, labels: {env: dev}, server: https://a.example.com}
  - {name: b, labels: {env: prod}, server: https://b.example.com}
users: [{name: u, token: ref+e://tok}]
contexts:
  - {name: dev-a, cluster: a, user: u}
  - {name: dev-b, cluster: b, user: u}
environments:
  - {name: ea, select: {names: [dev-a]}}
  - {name: eb, select: {names: [dev-b]}}
"""
KUBECONFIG = """apiVersion: v1
kind: Config
current-context: dev-a
clusters:
- {name: a, cluster: {server: "https://a.example.com"}}
users:
- {name: u, user: {}}
- {name: v, user: {}}
contexts:
- {name: dev-a, context: {cluster: a, user: u}}
- {name: user/v, context: {cluster: a, user: u}}
"""
COMMANDS = {name: find(name.split())[0] for name in NAMES}
# Both are looked at, or brought together; all others look at one.
BOTH = {"lint", "check expiry", "diff", "apply", "status", "verify"}
# A context is named to be checked as kubectl would check it; labels are kcfg's.
NO_LABELS = {"validate"}


def options(name):
    """A command's options by their flags."""
    return {flag: each for each in COMMANDS[name].options if not each.ignored for flag in each.flags}


def having(*flags):
    """The commands that take all of these."""
    return [name for name in NAMES if set(flags) <= set(options(name))]


def words(name):
    """A command line with as many words as it needs."""
    command = COMMANDS[name]
    needed = ["/version" if name == "curl" else "x" for each in command.arguments if each.required or name == "curl"]
    return [*name.split(), *needed, *(["--to", "e"] if name == "secret copy" else [])]


def rest(name):
    return ["--", "true"] if COMMANDS[name].rest else []


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    (tmp_path / "k").write_text(KUBECONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", having("-o"))
def test_every_output_can_be_json(name):
    option = options(name)["-o"]

    assert option.flags == ["-o", "--output"]
    assert "json" in option.choices or "json" in option.help
    assert {"table", "text"} & set(option.choices) in (set(), {option.default})
    assert "table" not in option.choices or "yaml" in option.choices
    assert all(each in option.help for each in option.choices)


@pytest.mark.parametrize("name", [name for name in NAMES if "--out" in options(name)])
def test_every_out_is_told_what_a_dash_is(name, kcfg, world):
    option = options(name)["--out"]

    assert option.once
    if option.metavar == "DIR":
        assert option.completes == "folder"
        return
    assert option.completes == "file"
    if option.dash:
        assert "-" in option.help.replace(",", " ").replace(".", " ").replace(";", " ").split()
    if name == "issue":  # it needs a server: tests/run/test_borrowed.py
        return
    more = {"extract": ["dev-a"], "merge": ["k"], "diff": ["--kubeconfig", "none"], "env": ["-f", "."]}.get(name, [])
    done = kcfg(*words(name), *more, "--out", "-", env={"KUBECONFIG": "k"})
    assert not (world / "-").exists()
    assert "Traceback" not in done.stderr
    assert bool(done.stdout) == bool(option.dash), done.stderr


@pytest.mark.parametrize("name", having("-f"))
def test_every_file_is_a_spec_and_given_once(name):
    option = options(name)["-f"]

    assert option.flags == ["-f", "--file"]
    assert option.once
    assert "spec" in option.help
    assert option.metavar in ("FILE|DIR", "FILE|DIR|-")
    assert (option.dash == "stdin") == option.metavar.endswith("-")


@pytest.mark.parametrize("name", having("-f", "--kubeconfig"))
def test_a_spec_and_a_kubeconfig_are_looked_at_together_or_exclude_one_another(name, kcfg, world):
    excluding = [flag for flag in ("-f", "-e", "--set") if "kubeconfig" in options(name)[flag].without]

    assert excluding == ([] if name in BOTH else ["-f", "-e", "--set"])
    for more in (["-f", "."], ["-e", "ea"], ["--set", "x=y"]) if excluding else ():
        done = kcfg(*words(name), *more, "--kubeconfig", "k", *rest(name))
        assert (done.returncode, done.stdout) == (COMMANDS[name].failed, "")
        assert "exclude one another: it looks at a spec, or at a kubeconfig" in done.stderr


@pytest.mark.parametrize("name", having("-e"))
def test_an_environment_that_is_given_twice_is_several_or_refused(name, kcfg, world):
    option = options(name)["-e"]
    assert option.kind == "list" or option.once
    if option.kind == "list":
        assert "repeat it" in option.help
        return
    done = kcfg(*words(name), "-e", "ea", "-e", "eb", *rest(name))

    assert (done.returncode, done.stdout) == (COMMANDS[name].failed, "")
    assert f"--environment is given twice: kcfg {name} takes one" in done.stderr
    assert "given twice" not in kcfg(*words(name), "-e", "ea", "--environment=ea", "--nope", *rest(name)).stderr


@pytest.mark.parametrize("name", NAMES)
def test_what_may_be_repeated_says_so_and_names_of_contexts_are_globs(name):
    for each in COMMANDS[name].options:
        if each.kind == "list" and not each.ignored and not name.endswith("set-credentials"):
            assert "repeat it" in each.help or each.metavar.endswith("]")
        if each.name in ("context", "contexts", "exclude") and each.kind == "list":
            assert "glob" in each.help
            assert "-l" in options(name) or name in NO_LABELS
    for each in COMMANDS[name].arguments:
        if each.many and each.completes in ("context", "cluster", "user", "environment", "secret") and name != "curl":
            assert "globs" in each.help
    if "-l" in options(name):
        assert options(name)["-l"].help == options("exec")["-l"].help
    if "--yes" in options(name):
        assert options(name)["--yes"].flags == ["--yes", "-y"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_a_dash_is_standard_input_or_refused(name, kcfg, world):
    for each in COMMANDS[name].arguments:
        if each.completes != "file":
            continue
        assert ("- reads standard input" in each.help) == (each.dash == "stdin")
        if not each.dash:
            done = kcfg(*name.split(), "-")
            assert (done.returncode, done.stdout) == (2, "")
            assert f"- is standard input, which kcfg {name} does not take as a file" in done.stderr


@pytest.mark.parametrize("name", [name for name in having("-n") if options(name)["-n"].filled])
def test_an_empty_namespace_is_none(name, kcfg, world):
    more = {"render": ["--to", "argocd"], "url": ["--service", "x"], "curl": ["--service", "x"]}.get(name, [])
    done = kcfg(*words(name), *more, "-n", "", *rest(name))

    assert (done.returncode, done.stdout) == (COMMANDS[name].failed, "")
    assert "--namespace: an empty name" in done.stderr


def test_only_what_sets_a_namespace_takes_an_empty_one_to_remove_it():
    assert [name for name in having("-n") if not options(name)["-n"].filled] == ["spec set-context", "set-context"]


@pytest.mark.parametrize("name", having("-e", "--set"))
def test_a_spec_with_plain_text_can_be_used_by_whatever_takes_an_environment(name):
    from kcfg.cli.table import _SHOWS

    assert "--allow-plaintext" in options(name) or name in _SHOWS


def test_plain_text_is_allowed_where_it_is_asked_for(kcfg, world):
    (world / "kcfg.yaml").write_text(SPEC.replace("ref+e://tok", "plain-token"))
    lines = ["url dev-a -f .", "secret ls", "exec dev-a -f . -- true", "get-token dev-a -f . -o token", "trust --yes"]

    for line in lines:
        command, *more = line.split(" -", 1)
        allowed = [] if command.startswith("trust") else ["--allow-plaintext"]
        done = kcfg(*command.split(), *allowed, *(f"-{more[0]}".split() if more else ()))
        assert done.returncode == 0, (line, done.stderr)
        assert not allowed or "[KCFG201]" in kcfg(*line.split()).stderr


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("whoami --all --context x", "--all and --context exclude one another"),
        ("validate --context x", "--context goes with --kubeconfig"),
        ("validate --kubeconfig k --allow-plaintext", "--kubeconfig and --allow-plaintext exclude one another"),
        ("url -n x", "--namespace goes with --service or --pod"),
        ("url --node x -n x", "--namespace goes with --service or --pod"),
        ("render --template flux", "--template is for --to"),
        ("render --to flux --template flux", "--template is for --to external-secrets"),
        ("render --to flux --plugin x", "--plugin is for --to argocd"),
        ("render --to kuberc --secret-store x", "--secret-store is for --to external-secrets"),
        ("render --to argocd --out d --check d", "--check writes nothing: --out has nothing to do"),
        ("diff k k -e ea", "-e has nothing to do"),
        ("diff k k --prune", "--prune has nothing to do"),
        ("diff k k --credentials inline", "--credentials has nothing to do"),
        ("split --out -", "several files cannot go to standard output"),
        ("env -f . --out -", "standard output is for the shell's lines"),
        ("exec dev-a --context x -- true", "a context is named, and others selected"),
        ("url dev-a --context x", "two contexts are named"),
    ],
)
def test_what_would_mean_nothing_is_refused(kcfg, world, line, error):
    done = kcfg(*line.split(), env={"KUBECONFIG": "k"})

    assert done.returncode in (2, 125)
    assert done.stdout == ""
    assert error in done.stderr


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("get-contexts dev-* -o name", "dev-a\n"),
        ("get-users [uv] -o name", "u\nv\n"),
        ("get-environments e* -o name", "ea\neb\n"),
        ("minify --context dev-? -o json", '"current-context": "dev-a"'),
        ("validate --kubeconfig k --context dev-*", "valid"),
        ("graph -l env=prod -o json", '"name": "dev-b"'),
        ("merge k --out - -o json", '"name": "dev-a"'),
        ("render --out - -o json", '"name": "dev-b"'),
        ("init --out -", "kind: KubeconfigSpec"),
        ("diff --out - --kubeconfig none", '"operations"'),
    ],
)
def test_globs_labels_and_a_dash_work_as_elsewhere(kcfg, world, line, shown):
    done = kcfg(*line.split(), env={"KUBECONFIG": "k"})

    assert shown in done.stdout, done.stderr
    assert {each.name for each in world.iterdir()} - {"home"} == {"kcfg.yaml", "k"}
    if "json" in line or "diff" in line:
        json.loads(done.stdout)


def test_labels_choose_contexts_of_a_kubeconfig_to_extract_and_split(kcfg, world):
    assert kcfg("apply", "--trust", "--kubeconfig", "new", "--yes").returncode == 0

    extracted = kcfg("extract", "-l", "env=prod", "--kubeconfig", "new", "-o", "json")
    assert [each["name"] for each in json.loads(extracted.stdout)["contexts"]] == ["dev-b"]
    assert kcfg("split", "-l", "env=prod", "--kubeconfig", "new", "--out", "d").returncode == 0
    assert [each.name for each in (world / "d").iterdir()] == ["dev-b.yaml"]
    assert "no context is selected" in kcfg("extract", "-l", "env=no", "--kubeconfig", "new").stderr
    assert "no context is named" in kcfg("extract", "--kubeconfig", "new").stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("delete {}/v --kubeconfig k", "deleted user v from k"),
        ("delete {} v --kubeconfig k", "deleted user v from k"),
        ("rm {}/v --kubeconfig k", "deleted user v from k"),
        ("rename {}/v {}/w --kubeconfig k", 'User "v" renamed to "w".'),
        ("rename {}/v w --kubeconfig k", 'User "v" renamed to "w".'),
        ("rename {} v w --kubeconfig k", 'User "v" renamed to "w".'),
        ("spec rename {}/u w", 'user "u" renamed to "w"'),
        ("spec delete {}/u", "still used by dev-a, dev-b"),
        ("spec rm {} u", "still used by dev-a, dev-b"),
        ("blame {}/u", "token"),
    ],
)
@pytest.mark.parametrize("kind", ["user", "users"])
def test_an_entry_is_written_one_way_everywhere(kcfg, world, kind, line, said):
    (world / "k").write_text(KUBECONFIG.replace("user/v", "other"))
    done = kcfg(*line.replace("{}", kind).split())

    assert said in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("delete user/v", "deleted context user/v"),  # a context may be called so, and then it is meant
        ("rename user/v x", 'Context "user/v" renamed to "x".'),
        ("rename dev-a users/x", 'Context "dev-a" renamed to "users/x".'),
        ("delete dev-a cluster/a", "entries of several kinds"),
        ("delete cluster", "which cluster?"),
        ("rename a", "expected [context|cluster|user] OLD NEW"),
    ],
)
def test_what_is_called_like_an_entry_of_a_kind_is_itself(kcfg, world, line, said):
    done = kcfg(*line.split(), "--kubeconfig", "k")

    assert said in done.stdout + done.stderr


def test_a_secret_has_one_name(kcfg, world):
    (world / "kcfg.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: t}\n"
        "secretStores: [{name: files, provider: file, file: {directory: sec}}]\n"
        "clusters: [{name: a, server: https://a.example.com}]\n"
        "users: [{name: u, token: ref+files://u/tok}]\ncontexts: [{name: a, cluster: a, user: u}]\n"
    )

    assert kcfg("secret", "set", "u/tok", stdin="abc").stdout == 'secret "files:u/tok" created\n'
    assert kcfg("secret", "rm", "u/tok", "-y").stdout == 'secret "files:u/tok" deleted\n'


def test_an_alias_is_its_command(kcfg):
    assert [alias for alias, name in ALIASES.items() if find(alias.split())[0].name != name] == []
    assert kcfg("help", "rm").stdout == kcfg("delete", "--help").stdout
    assert kcfg("help", "spec", "rm").stdout == kcfg("spec", "delete", "--help").stdout
