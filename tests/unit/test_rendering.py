"""Spec → kubeconfig: the three credential modes, paths right for the output's place, files that stay private."""

import base64
import json
import subprocess

import pytest

from kcfg.errors import SecretError, SecretNotFound, SpecError
from kcfg.files import read_bytes
from kcfg.rendering import RenderOptions, render
from kcfg.secrets.secret import Secret
from kcfg.spec.load import load_spec
from kcfg.x509 import make_authority, make_client

CLUSTER = {"name": "dev", "server": "https://dev.example.com:6443"}
CONTEXT = {"name": "dev", "cluster": "dev", "user": "u"}
ENV = [{"name": "default", "provider": "env", "env": {"prefix": "T_"}}]
HEAD = {"apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": "t"}}


def write_spec(folder, user, **more):
    spec = {**HEAD, "secretStores": ENV, "clusters": [CLUSTER], "users": [{"name": "u", **user}], "contexts": [CONTEXT]}
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "kcfg.yaml").write_text(json.dumps({**spec, **more}))
    return folder


@pytest.fixture
def rendered(tmp_path):
    """Render a spec of one user: rendered(user, mode, secrets) → the user's body."""

    def run(user, mode, secrets=None, **more):
        spec = load_spec(str(write_spec(tmp_path / "spec", user, **more)))

        def read_secret(ref):
            if ref.key not in (secrets or {}):
                raise SecretNotFound(f"{ref.key} is not there")
            return Secret(secrets[ref.key])

        config = render(spec, RenderOptions(mode), read_file=read_bytes, read_secret=read_secret)
        return config.users["u"].body

    return run


@pytest.fixture(scope="module")
def pair():
    """A client certificate and its key, PEM."""
    return tuple(part.decode() for part in make_client("dev", (), make_authority("ca")))


def encoded(text):
    return base64.b64encode(text.encode()).decode()


TOKEN = {"token": "ref+default://bot"}
BASIC = {"username": "human", "password": "ref+default://human"}
KEY = {"client-certificate": "dev.crt", "client-key-data": "ref+default://key"}
LOGIN = {"apiVersion": "client.authentication.k8s.io/v1", "command": "login", "interactiveMode": "Never"}
PLUGIN = {
    "exec": {
        **LOGIN,
        "env": [
            {"name": "PLAIN", "value": "shown"},
            *({"name": f"SECRET{n}", "value": f"ref+default://e{n}"} for n in range(11)),
        ],
    }
}
PROVIDER = {"auth-provider": {"name": "oidc", "config": {"client-id": "shown", "id-token": "ref+default://id"}}}
SECRETS = {"bot": "planted-bot", "human": "planted-human", "id": "planted-id"} | {
    f"e{n}": f"planted-{n}" for n in range(11)
}


def test_exec_puts_a_stanza_in_the_tokens_place(rendered):
    body = rendered({**TOKEN, "as": "viewer"}, "exec")

    assert body.keys() == {"exec", "as"}
    assert body["exec"]["args"] == ["--kind", "token", "--env", "T_BOT"]


def test_exec_carries_the_public_certificate(rendered, tmp_path, pair):
    write_spec(tmp_path / "spec", KEY)
    (tmp_path / "spec/dev.crt").write_text(pair[0])
    body = rendered(KEY, "exec")

    assert body.keys() == {"exec"}
    assert body["exec"]["args"][-2:] == ["--certificate-data", encoded(pair[0])]


@pytest.mark.parametrize(
    ("user", "rule", "path"),
    [
        (BASIC, "KCFG301", "users[0].password"),
        ({"exec": {**PLUGIN["exec"], "args": ["--password", "plum"]}}, "KCFG302", "users[0].exec.args"),
        (PROVIDER, "KCFG302", "users[0].auth-provider.config.id-token"),
        ({**TOKEN, "tokenFile": "t"}, "KCFG303", "users[0].token"),
        ({**TOKEN, "client-key": "k"}, "KCFG303", "users[0].token"),
        ({**TOKEN, "client-key-data": "ref+default://key"}, "KCFG303", "users[0].token"),
        ({**TOKEN, "exec": LOGIN}, "KCFG303", "users[0].token"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_what_exec_cannot_carry_is_a_problem_at_its_place(rendered, user, rule, path):
    with pytest.raises(SpecError) as caught:
        rendered(user, "exec")

    (problem,) = caught.value.problems
    assert (problem.rule, problem.path) == (rule, path)
    assert problem.location.line == 1
    assert problem.hint


def test_exec_reads_no_store(rendered):
    assert "exec" in rendered(TOKEN, "exec", secrets={})


@pytest.mark.parametrize(
    ("user", "body"),
    [
        (TOKEN, {"token": "planted-bot"}),
        (BASIC, {"username": "human", "password": "planted-human"}),
        (PROVIDER, {"auth-provider": {"name": "oidc", "config": {"client-id": "shown", "id-token": "planted-id"}}}),
    ],
    ids=["token", "basic", "provider"],
)
def test_inline_puts_the_value(rendered, user, body):
    assert rendered(user, "inline", SECRETS) == body


def test_inline_fills_a_plugins_environment(rendered):
    variables = rendered(PLUGIN, "inline", SECRETS)["exec"]["env"]

    assert {each["name"]: each["value"] for each in variables} == {
        "PLAIN": "shown",
        **{f"SECRET{n}": f"planted-{n}" for n in range(11)},
    }


@pytest.mark.parametrize("stored", ["{key}", "{certificate}{key}", "json"])
def test_inline_takes_a_key_or_a_pair(rendered, pair, stored):
    certificate, key = pair
    value = json.dumps({"clientCertificateData": certificate, "clientKeyData": key})
    if stored != "json":
        value = stored.format(certificate=certificate, key=key)
    user = {"client-key-data": "ref+default://key"}
    if stored == "{key}":
        with pytest.raises(SpecError) as caught:
            rendered(user, "inline", {"key": value})
        assert "has no certificate" in caught.value.problems[0].message
        user["client-certificate-data"] = encoded(certificate)
    body = rendered(user, "inline", {"key": value})

    assert body == {"client-key-data": encoded(key), "client-certificate-data": encoded(certificate)}


def test_inline_keeps_the_specs_certificate(rendered, pair, tmp_path):
    path = tmp_path / "dev.crt"
    path.write_text(pair[0])
    body = rendered({**KEY, "client-certificate": str(path)}, "inline", {"key": "".join(pair)})

    assert body == {"client-certificate": str(path), "client-key-data": encoded(pair[1])}


def test_inline_refuses_what_kubectl_cannot_use(rendered, pair):
    (certificate, key), other = pair, make_client("dev", (), make_authority("ca"))[1].decode()
    user = {**KEY, "client-certificate-data": encoded(certificate)}
    del user["client-certificate"]
    for value, word in ((key.replace("\n", " "), "lost line breaks"), (other, "does not match")):
        with pytest.raises(SpecError) as caught:
            rendered(user, "inline", {"key": value})
        assert word in caught.value.problems[0].message


def test_inline_refuses_a_key_that_is_none(rendered):
    with pytest.raises(SpecError) as caught:
        rendered({"client-key-data": "ref+default://key"}, "inline", {"key": "planted"})

    assert caught.value.problems[0].rule == "KCFG106"
    assert "planted" not in str(caught.value.problems[0].message)


def test_inline_names_every_missing_secret_at_once(rendered):
    with pytest.raises(SecretError) as caught:
        rendered({**BASIC, "exec": PLUGIN["exec"]}, "inline", {})

    assert caught.value.message == "12 missing secrets"
    assert len({problem.location.column for problem in caught.value.problems}) == 12
    assert all(problem.hint for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("user", "body"),
    [
        (TOKEN, {}),
        ({**TOKEN, "as": "viewer"}, {"as": "viewer"}),
        (BASIC, {}),
        (KEY, {}),
        ({"tokenFile": "/t"}, {"tokenFile": "/t"}),
        (PLUGIN, {"exec": {**LOGIN, "env": [{"name": "PLAIN", "value": "shown"}]}}),
        (PROVIDER, {"auth-provider": {"name": "oidc", "config": {"client-id": "shown"}}}),
    ],
    ids=["token", "token-as", "basic", "key", "path", "plugin", "provider"],
)
def test_omit_leaves_the_credential_out_and_nothing_else(rendered, user, body):
    assert rendered(user, "omit") == body


@pytest.mark.parametrize("mode", ["exec", "inline", "omit"])
def test_users_without_references_are_the_same_in_every_mode(rendered, mode):
    user = {"client-certificate": "/pki/dev.crt", "client-key": "/pki/dev.key", "as-groups": ["a"], "as": "b"}

    assert rendered(user, mode) == user


@pytest.fixture
def tree(tmp_path):
    """A spec in its own folder, with the files it names."""
    folder = write_spec(
        tmp_path / "team/spec",
        {"tokenFile": "tokens/dev", "exec": {**LOGIN, "command": "bin/login"}},
        clusters=[{**CLUSTER, "certificate-authority": "pki/ca.crt"}],
    )
    (folder / "pki").mkdir()
    (folder / "pki/ca.crt").write_bytes(make_authority("ca")[0])
    (folder / "tokens").mkdir()
    (folder / "tokens/dev").write_text("planted")
    return tmp_path


def paths(text):
    config = json.loads(text)
    user = config["users"][0]["user"]
    return [config["clusters"][0]["cluster"]["certificate-authority"], user["tokenFile"], user["exec"]["command"]]


@pytest.mark.parametrize(
    ("out", "prefix"),
    [
        ("team/spec/out", ""),
        ("team/out", "spec/"),
        ("out", "team/spec/"),
        ("team/other/out", "../spec/"),
    ],
)
def test_paths_are_relative_to_the_outputs_place(tree, kcfg, out, prefix):
    (tree / out).parent.mkdir(exist_ok=True)
    done = kcfg("render", "-f", "team/spec", "-o", "json", "--no-embed", "--out", out)

    assert done.returncode == 0, done.stderr
    assert paths((tree / out).read_text()) == [f"{prefix}pki/ca.crt", f"{prefix}tokens/dev", f"{prefix}bin/login"]


def test_paths_are_absolute_on_standard_output(tree, kcfg):
    spec = (tree / "team/spec").resolve()

    assert paths(kcfg("render", "-f", "team/spec", "-o", "json").stdout) == [
        f"{spec}/pki/ca.crt",
        f"{spec}/tokens/dev",
        f"{spec}/bin/login",
    ]


def test_paths_follow_a_link_to_where_the_file_is(tree, kcfg):
    (tree / "real").mkdir()
    (tree / "real/out").write_text("")
    (tree / "out").symlink_to("real/out")
    kcfg("render", "-f", "team/spec", "-o", "json", "--no-embed", "--out", "out")

    assert (tree / "out").is_symlink()
    assert paths((tree / "real/out").read_text())[0] == "../team/spec/pki/ca.crt"


def test_flatten_needs_no_file(tree, kcfg):
    config = json.loads(kcfg("render", "-f", "team/spec", "-o", "json", "--flatten").stdout)
    authority = (tree / "team/spec/pki/ca.crt").read_text()

    assert config["clusters"][0]["cluster"] == {
        "certificate-authority-data": encoded(authority),
        "server": CLUSTER["server"],
    }


@pytest.fixture
def inline(tmp_path, kcfg):
    """Render a token inline: inline(out, umask=…) → CompletedProcess."""
    spec = write_spec(tmp_path / "spec", TOKEN)

    assert kcfg("trust", "-f", spec, "--yes").returncode == 0

    def run(out, **more):
        words = ("render", "-f", spec, "--credentials", "inline", "--out", out)
        return kcfg(*words, env={"T_BOT": "planted"}, **more)

    return run


def mode_of(path):
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
@pytest.mark.parametrize("mode", ["exec", "inline"])
def test_written_file_is_private_under_any_umask(tmp_path, kcfg, mode, umask):
    spec, out = write_spec(tmp_path / "spec", TOKEN), tmp_path / "out"
    words = ("render", "-f", spec, "--credentials", mode, "--trust", "--out", out)
    done = kcfg(*words, env={"T_BOT": "planted"}, umask=umask)

    assert done.returncode == 0, done.stderr
    assert mode_of(out) == 0o600


def test_open_file_is_closed_before_a_secret_comes_in(tmp_path, inline):
    out = tmp_path / "out"
    out.write_text("")
    out.chmod(0o644)

    assert inline(out).returncode == 0
    assert mode_of(out) == 0o600
    assert "planted" in out.read_text()


def test_second_render_changes_nothing(tmp_path, inline):
    out = tmp_path / "out"

    assert inline(out).stderr.splitlines()[0] == f"{out} created"
    before = out.stat()
    assert inline(out).stderr.splitlines()[0] == f"{out} unchanged"
    assert out.stat().st_mtime_ns == before.st_mtime_ns
    assert out.stat().st_ino == before.st_ino


@pytest.mark.parametrize(
    ("ignore", "out", "written"),
    [
        ("", "out", False),
        ("other\n", "out", False),
        ("out\n", "out", True),
        ("*.kubeconfig\n", "deep/er/a.kubeconfig", True),
        ("", "deep/er/a.kubeconfig", False),
        ("", "../beside", True),
        ("", "link", False),
    ],
)
def test_no_secret_goes_into_a_work_tree_that_would_commit_it(tmp_path, inline, ignore, out, written):
    tree = tmp_path / "tree"
    (tree / "deep/er").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", tree], check=True)
    (tree / ".gitignore").write_text(ignore)
    (tree / "link").symlink_to("deep/er/target")
    place = tmp_path / "link" if out == "link" else tree / out
    if out == "link":
        place.symlink_to(tree / "deep/er/target")
    done = inline(place)

    assert done.returncode == (0 if written else 2), done.stderr
    assert place.exists() is written
    assert written or "git work tree" in done.stderr


def test_tracked_file_is_refused_even_if_ignored(tmp_path, inline):
    out = tmp_path / "tree/out"
    out.parent.mkdir()
    subprocess.run(["git", "init", "-q", out.parent], check=True)
    out.write_text("")
    subprocess.run(["git", "-C", out.parent, "add", "out"], check=True)
    (out.parent / ".gitignore").write_text("out\n")

    assert inline(out).returncode == 2
    assert out.read_text() == ""


def test_no_secret_goes_into_a_folder_that_everyone_may_change(tmp_path, inline):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    done = inline(tmp_path / "open/out")

    assert done.returncode == 2
    assert "everyone" in done.stderr
    assert list((tmp_path / "open").iterdir()) == []


@pytest.mark.parametrize("mode", ["exec", "omit"])
def test_without_secrets_a_work_tree_is_fine(tmp_path, kcfg, mode):
    spec = write_spec(tmp_path / "spec", TOKEN)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)

    assert kcfg("render", "-f", spec, "--credentials", mode, "--out", tmp_path / "out").returncode == 0


SPELLINGS = {
    "folder": ("render", "-f", "spec"),
    "file": ("render", "-f", "spec/kcfg.yaml"),
    "stdin": ("render", "-f", "-"),
    "joined": ("render", "--file=spec"),
}


@pytest.mark.parametrize("words", SPELLINGS.values(), ids=SPELLINGS)
def test_every_way_to_name_a_spec_renders_the_same(tmp_path, kcfg, words):
    spec = write_spec(tmp_path / "spec", TOKEN) / "kcfg.yaml"
    done = kcfg(*words, stdin=spec.read_text() if "-" in words else "")

    assert done.returncode == 0, done.stderr
    assert done.stdout == kcfg("render", cwd=tmp_path / "spec").stdout


@pytest.mark.parametrize("name", ["kcfg.yaml", "kcfg.yml", "kcfg.json"])
def test_nearest_spec_upward_is_found(tmp_path, kcfg, name):
    deep = tmp_path / "team/a/b"
    deep.mkdir(parents=True)
    write_spec(tmp_path / "team", TOKEN)
    (tmp_path / "team/kcfg.yaml").rename(tmp_path / "team" / name)
    write_spec(tmp_path, {"as": "somebody-else"})

    assert "T_BOT" in kcfg("render", cwd=deep).stdout
    assert kcfg("validate", cwd=deep).stdout.startswith(f"../../{name}: 1 cluster")


def test_no_spec_anywhere_says_what_to_do(kcfg):
    done = kcfg("render", cwd="/")

    assert done.returncode == 2
    assert "kcfg init" in done.stderr


def test_yaml_and_json_of_one_spec_are_one(kcfg):
    yaml = (
        "{apiVersion: kcfg/v1, kind: KubeconfigSpec, metadata: {name: t}, clusters: [{name: dev, server: 'https://a'}]}"
    )
    as_json = json.dumps({**HEAD, "clusters": [{"name": "dev", "server": "https://a"}]})

    assert kcfg("render", "-f", "-", stdin=yaml).stdout == kcfg("render", "-f", "-", stdin=as_json).stdout != ""


def test_paths_of_a_spec_on_standard_input_start_at_the_working_directory(tmp_path, kcfg):
    (tmp_path / "ca.crt").write_bytes(make_authority("ca")[0])
    spec = json.dumps({**HEAD, "clusters": [{**CLUSTER, "certificate-authority": "ca.crt"}]})
    config = json.loads(kcfg("render", "-f", "-", "-o", "json", stdin=spec).stdout)

    assert config["clusters"][0]["cluster"]["certificate-authority"] == str((tmp_path / "ca.crt").resolve())


@pytest.mark.parametrize("mode", ["exec", "inline"])
def test_home_in_a_file_store_is_the_users(tmp_path, kcfg, private_home, mode):
    (private_home / "secrets").mkdir(mode=0o700)
    (private_home / "secrets/bot").write_text("planted")
    (private_home / "secrets/bot").chmod(0o600)
    store = {"name": "default", "provider": "file", "file": {"directory": "~/secrets"}}
    spec = write_spec(tmp_path / "spec", TOKEN, secretStores=[store])
    done = kcfg("render", "-f", spec, "--credentials", mode, "--trust")

    assert done.returncode == 0, done.stderr
    assert ("token: planted" if mode == "inline" else f"- {private_home}/secrets/bot") in done.stdout
