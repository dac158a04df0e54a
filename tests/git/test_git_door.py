"""kcfg and git: real repositories of every layout, and hostile ones that want to run a program or to lie."""

import os
import subprocess
import zlib

import pytest

SPEC = (
    "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {{name: acme}}\n"
    "clusters: [{{name: c, server: 'https://{host}.example.com'}}]\n"
)
IDENTITY = ["-c", "user.name=kcfg", "-c", "user.email=kcfg@example.com", "-c", "protocol.file.allow=always"]
SAME, DIFFERENT, COULD_NOT = 0, 1, 2


@pytest.fixture(autouse=True)
def home(private_home):
    return private_home


@pytest.fixture
def git(private_home):
    def run(folder, *words, ok=True):
        done = subprocess.run(["git", "-C", folder, *IDENTITY, *words], capture_output=True, text=True)
        assert done.returncode == 0 or not ok, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def make(git, tmp_path):
    """A repository with a spec in `clusters/`, committed."""

    def made(name="repo", *options, where="clusters"):
        folder = tmp_path / name
        (folder / where).mkdir(parents=True)
        git(tmp_path, "init", "-q", "-b", "main", *options, folder)
        write(folder / where, "old")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "first")
        return folder

    return made


def write(folder, host):
    (folder / "kcfg.yaml").write_text(SPEC.format(host=host))


@pytest.fixture
def diff(kcfg):
    """Exit code and what was said; never a traceback."""

    def run(folder, *words, revision="HEAD", **more):
        done = kcfg("diff", "--from", revision, *words, cwd=folder, **more)
        assert "Traceback" not in done.stderr
        assert "bug" not in done.stderr
        return done

    return run


# Layouts


@pytest.mark.parametrize("where", ["file", "folder", "inside", "link to the folder", "link to the repository"])
def test_a_spec_in_a_folder_is_compared(where, make, diff, tmp_path):
    repo = make()
    (tmp_path / "in").symlink_to(repo / "clusters")
    (tmp_path / "at").symlink_to(repo)
    at, words = {
        "file": (repo, ["-f", "clusters/kcfg.yaml"]),
        "folder": (repo, ["-f", "clusters"]),
        "inside": (repo / "clusters", []),
        "link to the folder": (tmp_path, ["-f", "in"]),
        "link to the repository": (tmp_path, ["-f", "at/clusters/kcfg.yaml"]),
    }[where]

    assert diff(at, *words).returncode == SAME
    write(repo / "clusters", "new")
    assert "old.example.com -> https://new.example.com" in diff(at, *words).stdout


def test_worktree(make, git, diff, tmp_path):
    git(make(), "worktree", "add", "-q", "-b", "other", tmp_path / "tree")
    write(tmp_path / "tree" / "clusters", "new")

    assert diff(tmp_path / "tree" / "clusters").returncode == DIFFERENT
    assert diff(tmp_path / "tree" / "clusters", revision="main").returncode == DIFFERENT


def test_worktrees_of_a_bare_repository_in_their_folder(make, git, diff, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", make(), tmp_path / "project" / ".bare")
    (tmp_path / "project" / ".git").write_text("gitdir: ./.bare\n")
    git(tmp_path / "project", "worktree", "add", "-q", "-b", "other", "tree")

    assert diff(tmp_path / "project" / "tree" / "clusters").returncode == SAME


def test_submodule(make, git, diff):
    outer = make("outer")
    git(outer, "submodule", "--quiet", "add", make("inner"), "sub")
    write(outer / "sub" / "clusters", "new")

    assert diff(outer, "-f", "sub/clusters").returncode == DIFFERENT


def test_sparse_checkout(make, git, diff):
    repo = make()
    (repo / "more").mkdir()
    (repo / "more" / "x.yaml").write_text("users: [{name: u, client-certificate: u.crt}]\n")
    (repo / "clusters" / "kcfg.yaml").write_text(SPEC.format(host="old") + "include: ['../more/*.yaml']\n")
    (repo / "more" / "x.yaml").write_text("apiVersion: kcfg/v1\nkind: KubeconfigSpec\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "two files")
    git(repo, "sparse-checkout", "set", "clusters")

    assert not (repo / "more").exists()
    assert diff(repo / "clusters", "--to", "HEAD").returncode == SAME


def test_sha256(make, diff):
    repo = make("repo", "--object-format=sha256")
    write(repo / "clusters", "new")

    assert diff(repo / "clusters").returncode == DIFFERENT


def test_packed_tagged_and_borrowed_objects(make, git, diff, tmp_path):
    git(make(), "tag", "-a", "v1", "-m", "one")
    git(tmp_path, "clone", "-q", "--reference", tmp_path / "repo", tmp_path / "repo", tmp_path / "clone")
    git(tmp_path / "repo", "gc", "-q")

    assert diff(tmp_path / "clone" / "clusters", revision="v1").returncode == SAME


def test_shallow_clone_says_how_to_get_the_rest(make, git, diff, tmp_path):
    repo = make()
    git(repo, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", tmp_path / "shallow")

    assert diff(tmp_path / "shallow" / "clusters").returncode == SAME
    done = diff(tmp_path / "shallow" / "clusters", revision="HEAD~1")
    assert done.returncode == COULD_NOT
    assert "git fetch --unshallow" in done.stderr


def test_partial_clone_fetches_nothing(make, git, diff, tmp_path):
    repo = make()
    git(repo, "config", "uploadpack.allowFilter", "true")
    write(repo / "clusters", "new")
    git(repo, "commit", "-q", "-a", "-m", "second")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repo}", tmp_path / "part")
    before = sorted((tmp_path / "part" / ".git").rglob("*"))

    done = diff(tmp_path / "part" / "clusters", revision="HEAD~1")

    assert done.returncode == COULD_NOT
    assert "is not in this repository" in done.stderr
    assert "--refetch" in done.stderr
    assert sorted((tmp_path / "part" / ".git").rglob("*")) == before


def test_no_commit_yet(tmp_path, git, diff):
    git(tmp_path, "init", "-q", "empty")
    write(tmp_path / "empty", "new")

    assert "no revision is called 'HEAD'" in diff(tmp_path / "empty").stderr


def test_links_are_followed_as_the_commit_has_them(make, git, diff):
    repo = make()
    (repo / "base").mkdir()
    (repo / "base" / "c.yaml").write_text("apiVersion: kcfg/v1\nkind: KubeconfigSpec\ncontexts: []\n")
    (repo / "clusters" / "link").symlink_to("../base/../base")
    (repo / "clusters" / "circle").symlink_to("circle")
    (repo / "clusters" / "away").symlink_to("../../../etc")
    (repo / "clusters" / "kcfg.yaml").write_text(SPEC.format(host="old") + "include: ['link/*.yaml', 'l*/c.yaml']\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "links")

    assert diff(repo / "clusters", "--to", "HEAD").returncode == SAME


def test_a_folder_that_became_a_link_is_compared_with_the_folder_it_was(make, git, diff):
    repo = make()
    (repo / "evil").mkdir()
    write(repo / "evil", "evil")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "two")
    (repo / "clusters" / "kcfg.yaml").unlink()
    (repo / "clusters").rmdir()
    (repo / "clusters").symlink_to("evil")

    assert "old.example.com -> https://evil.example.com" in diff(repo, "-f", "clusters").stdout


def test_variables_of_git_choose_nothing(make, git, diff):
    repo, other = make(), make("other")
    write(other / "clusters", "evil")
    git(other, "commit", "-q", "-a", "-m", "evil")
    env = {
        "GIT_DIR": str(other / ".git"),
        "GIT_WORK_TREE": str(other),
        "GIT_OBJECT_DIRECTORY": str(other / ".git/objects"),
        "GIT_INDEX_FILE": str(other / ".git/index"),
        "GIT_NAMESPACE": "x",
        "GIT_TRACE": str(other / "trace"),
    }

    assert diff(repo, "-f", "clusters", env=env).returncode == SAME
    assert not (other / "trace").exists()


@pytest.mark.parametrize("revision", ["--output=x", "-h", "a\nb", "HEAD:clusters", "HEAD:clusters/kcfg.yaml", "x y"])
def test_what_is_no_commit(revision, make, kcfg):
    done = kcfg("diff", f"--from={revision}", cwd=make() / "clusters")

    assert done.returncode == COULD_NOT
    assert "kcfg: error: " in done.stderr or "error: " in done.stderr
    assert "Traceback" not in done.stderr


# Hostile repositories

RUN = "touch {flag}"
CONFIGS = {
    "fsmonitor": "[core]\nfsmonitor = {run}\n",
    "hooks": "[core]\nhooksPath = {top}/hooks\n",
    "ext": "[protocol]\nallow = always\n[core]\nrepositoryformatversion = 1\n[extensions]\npartialClone = origin\n"
    '[remote "origin"]\nurl = "ext::sh -c {run}%"\npromisor = true\n[protocol "ext"]\nallow = always\n',
    "ssh": "[core]\nrepositoryformatversion = 1\nsshCommand = {run}\n[extensions]\npartialClone = origin\n"
    '[remote "origin"]\nurl = ssh://x/x\npromisor = true\n',
    "upload pack": "[core]\nrepositoryformatversion = 1\n[extensions]\npartialClone = origin\n"
    '[remote "origin"]\nurl = {top}\npromisor = true\nuploadpack = {run}\n',
    "helper": '[core]\nrepositoryformatversion = 1\n[extensions]\npartialClone = origin\n[remote "origin"]\n'
    "url = ::x\nvcs = x\npromisor = true\n",
    "text conversion": '[diff "x"]\ntextconv = {run}\n[filter "x"]\nsmudge = {run}\nclean = {run}\nrequired = true\n',
    "alternate refs": "[core]\nalternateRefsCommand = {run}\npager = {run}\neditor = {run}\naskPass = {run}\n",
    "alias": '[alias]\nrev-parse = "!{run}"\ncat-file = "!{run}"\ncheck-ignore = "!{run}"\n',
    "include": "[include]\npath = {top}/more.config\n",
}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("missing", [False, True])
def test_no_configuration_of_a_repository_runs_a_program(config, missing, make, git, diff, kcfg, tmp_path):
    repo, flag = make(), tmp_path / "RUN"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {flag}\n")
    script.chmod(0o755)
    (repo / "hooks").mkdir()
    for hook in ("post-index-change", "reference-transaction", "post-checkout"):
        (repo / "hooks" / hook).write_text(script.read_text())
        (repo / "hooks" / hook).chmod(0o755)
    (repo / ".gitattributes").write_text("* diff=x filter=x\n")
    (repo / "more.config").write_text(f"[core]\nfsmonitor = {script}\n")
    with open(repo / ".git" / "config", "a") as file:
        file.write(CONFIGS[config].format(run=script, top=repo, flag=flag))
    if missing:
        for path in (repo / ".git" / "objects").glob("??/*"):
            path.unlink()

    done = diff(repo, "-f", "clusters")
    kcfg("render", "-f", "clusters", "--credentials", "inline", "--trust", "--out", "new/out", cwd=repo)

    assert done.returncode == (COULD_NOT if missing else SAME), done.stderr
    assert not flag.exists()


def hollow(folder, git, config=""):
    """What `git init --bare` makes, as ordinary files of a folder."""
    git(folder, "init", "-q", "--bare", "-b", "main", ".")
    with open(folder / "config", "a") as file:
        file.write(config)
    for kept in ("objects", "refs"):
        (folder / kept / ".keep").touch()


@pytest.mark.parametrize("spec", ["clusters", "clusters/kcfg.yaml"])
def test_a_folder_that_looks_like_a_repository_is_none(spec, make, git, diff, kcfg, tmp_path):
    repo = make()
    config = f"[core]\nworktree = ..\nbare = false\nfsmonitor = touch {tmp_path / 'RUN'}\n"
    hollow(repo / "clusters", git, config)
    (repo / "clusters" / "info" / "exclude").write_text("*\n")
    write(repo / "clusters", "evil")

    assert "old.example.com -> https://evil.example.com" in diff(repo, "-f", spec).stdout
    done = kcfg("render", "-f", spec, "--credentials", "inline", "--trust", "--out", "clusters/out", cwd=repo)
    assert "does not ignore this file" in done.stderr
    assert not (tmp_path / "RUN").exists()


def test_a_git_file_has_to_be_known_where_it_leads(make, git, diff, kcfg, tmp_path):
    repo, other = make(), make("other")
    (repo / "clusters" / ".git").write_text(f"gitdir: {other / '.git'}\n")

    done = diff(repo, "-f", "clusters")
    assert done.returncode == COULD_NOT
    assert "does not know this work tree" in done.stderr
    done = kcfg("render", "-f", "clusters", "--credentials", "inline", "--trust", "--out", "clusters/out", cwd=repo)
    assert done.returncode == COULD_NOT
    assert "refusing to write secrets" in done.stderr


@pytest.mark.parametrize(
    "text", ["", "gitdir: nowhere\n", "gitdir: .\n", "x" * 70000, "gitdir: \0\n", "gitdir: .git\n"]
)
def test_a_git_file_that_leads_nowhere(text, make, diff):
    repo = make()
    (repo / "clusters" / ".git").write_text(text)

    assert diff(repo, "-f", "clusters").returncode == COULD_NOT


def test_a_git_folder_that_is_none_is_passed_as_git_does(make, diff):
    repo = make()
    (repo / "clusters" / ".git").mkdir()
    (repo / "clusters" / ".git" / "HEAD").touch()

    assert diff(repo, "-f", "clusters").returncode == SAME


def test_a_repository_that_borrows_another_ones_everything(make, diff):
    repo, other = make(), make("other")
    (repo / ".git" / "commondir").write_text(f"{other / '.git'}\n")

    assert diff(repo, "-f", "clusters").returncode == COULD_NOT


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_repository_needs_safe_directory(make, git, diff):
    repo = make()
    for path in (repo, repo / ".git", repo / "clusters", repo / "clusters" / "kcfg.yaml"):
        os.chown(path, 12345, 12345)

    done = diff(repo, "-f", "clusters")
    assert done.returncode == COULD_NOT
    assert f"git config --global --add safe.directory {repo}" in done.stderr
    git("/", "config", "--global", "--add", "safe.directory", str(repo))
    assert diff(repo, "-f", "clusters").returncode == SAME


def objects(repo, git, name):
    """Where an object lies, and its id."""
    found = git(repo, "rev-parse", name)
    return repo / ".git" / "objects" / found[:2] / found[2:], found


@pytest.mark.parametrize("which", ["HEAD", "HEAD^{tree}", "HEAD:clusters", "HEAD:clusters/kcfg.yaml"])
def test_an_object_is_what_its_hash_says(which, make, git, diff):
    repo = make()
    (repo / "x").mkdir()
    write(repo / "clusters", "evil")
    git(repo, "commit", "-q", "-a", "-m", "evil")
    forged, _ = objects(repo, git, which)
    true, _ = objects(repo, git, which.replace("HEAD", "HEAD~1"))
    true.chmod(0o600)
    true.write_bytes(forged.read_bytes())

    done = diff(repo, "-f", "clusters", revision=git(repo, "rev-parse", "HEAD~1"))

    assert done.returncode == COULD_NOT
    assert "holds something else" in done.stderr


def test_replacements_and_grafts_do_not_count(make, git, diff):
    repo = make()
    first = git(repo, "rev-parse", "HEAD")
    write(repo / "clusters", "new")
    git(repo, "commit", "-q", "-a", "-m", "second")
    git(repo, "replace", first, "HEAD")
    (repo / ".git" / "info").mkdir(exist_ok=True)
    (repo / ".git" / "info" / "grafts").write_text(git(repo, "rev-parse", "HEAD") + "\n")

    assert diff(repo, "-f", "clusters", revision="HEAD~1").returncode == DIFFERENT


def test_a_tree_without_end(make, git, diff):
    repo = make()
    tree = git(repo, "rev-parse", "HEAD:clusters")
    for _ in range(12):
        lines = "".join(f"040000 tree {tree}\td{number}\n" for number in range(10))
        tree = subprocess.run(
            ["git", "-C", repo, "mktree"], input=lines, capture_output=True, text=True, check=True
        ).stdout.strip()
    blob = subprocess.run(
        ["git", "-C", repo, "hash-object", "-w", "--stdin"],
        input=SPEC.format(host="x") + "include: ['d/**/*.yaml']\n",
        capture_output=True,
        text=True,
    ).stdout.strip()
    lines = f"040000 tree {tree}\td\n100644 blob {blob}\tkcfg.yaml\n"
    root = subprocess.run(["git", "-C", repo, "mktree"], input=lines, capture_output=True, text=True).stdout.strip()
    commit = git(repo, "commit-tree", root, "-m", "bomb")
    write(repo, "old")

    done = diff(repo, "-f", "kcfg.yaml", revision=commit)

    assert done.returncode == COULD_NOT
    assert "folders" in done.stderr


def test_an_object_larger_than_it_says(make, git, diff):
    repo = make()
    path, _ = objects(repo, git, "HEAD:clusters/kcfg.yaml")
    path.chmod(0o600)
    path.write_bytes(zlib.compress(b"blob 99999999999\0x"))

    assert diff(repo, "-f", "clusters").returncode == COULD_NOT


# Which git


def test_git_is_never_one_of_the_working_directory_or_the_repository(make, diff, tmp_path):
    repo = make()
    (repo / "git").write_text(f"#!/bin/sh\ntouch {tmp_path / 'RUN'}\n")
    (repo / "git").chmod(0o755)
    path = os.pathsep.join(["", ".", "./", str(repo), os.environ["PATH"]])

    assert diff(repo, "-f", "clusters", env={"PATH": path}).returncode == SAME
    assert not (tmp_path / "RUN").exists()


def test_a_git_that_does_not_answer_is_ended(make, monkeypatch, tmp_path):
    from kcfg.errors import KcfgError
    from kcfg.git import process
    from kcfg.git.repository import find_repository

    repo = make()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nsleep 987 & wait\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(process, "SECONDS", 0.2)

    with pytest.raises(KcfgError, match="did not answer"):
        find_repository(str(repo))
    running = subprocess.run(["pgrep", "-f", "sleep 98[7]"], capture_output=True, text=True).stdout
    assert running == ""


def test_a_git_that_talks_without_end_is_ended(make, monkeypatch, tmp_path):
    from kcfg.errors import KcfgError
    from kcfg.git.repository import find_repository

    repo = make()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexec yes\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(KcfgError, match="more than was asked"):
        find_repository(str(repo))


# What git would commit

INLINE = SPEC + "users: [{{name: u, token: ref+env://token}}]\nsecretStores: [{{name: env, provider: env}}]\n"


@pytest.fixture
def guarded(make, kcfg):
    """Ask for secrets in a file; return whether it was written, and what was said."""
    repo = make(where=".")
    (repo / "kcfg.yaml").write_text(INLINE.format(host="old") + "contexts: [{name: x, cluster: c, user: u}]\n")

    def render(out, **env):
        words = ("render", "--credentials", "inline", "--trust", "--out", out)
        done = kcfg(*words, cwd=repo, env={"TOKEN": "made-up", **env})
        assert "Traceback" not in done.stderr
        return done.returncode == 0, done.stderr

    render.repo = repo
    return render


@pytest.mark.parametrize(
    ("ignored", "out", "written"),
    [
        ("kubeconfigs/\n", "kubeconfigs/prod.yaml", True),
        ("kubeconfigs\n", "kubeconfigs/a/b/prod.yaml", True),
        ("/kubeconfigs/**\n", "kubeconfigs/prod.yaml", True),
        ("*.yaml\n!kubeconfigs/\n", "kubeconfigs/prod.yaml", True),
        ("kubeconfigs/*\n!kubeconfigs/prod.yaml\n", "kubeconfigs/prod.yaml", False),
        ("kubeconfig/\n", "kubeconfigs/prod.yaml", False),
        ("", "new/out", False),
        ("", "out", False),
        ("", "../outside", True),
        ("*\n", ":(top)out", True),
        ("", ":(exclude)out", False),
        ("\\[x\\]\n", "[x]/out", True),
        ("-x\n", "./-x", True),
    ],
)
def test_secrets_go_where_git_ignores_them(ignored, out, written, guarded):
    (guarded.repo / ".gitignore").write_text(ignored)

    assert guarded(out)[0] == written


def test_the_users_own_excludes_count(guarded, git, home):
    (home / "excludes").write_text("private/\n")
    git("/", "config", "--global", "core.excludesFile", "~/excludes")

    assert guarded("private/out")[0]
    assert not guarded("other/out")[0]


def test_the_users_usual_excludes_count(guarded, home):
    config = home / "config-home"
    (config / "git").mkdir(parents=True)
    (config / "git" / "ignore").write_text("private/\n")

    assert guarded("private/out", XDG_CONFIG_HOME=str(config))[0]


def test_what_is_tracked_is_not_ignored(guarded, git):
    (guarded.repo / "out").write_text("x")
    (guarded.repo / ".gitignore").write_text("out\n")
    git(guarded.repo, "add", "-f", "out")

    assert not guarded("out")[0]


@pytest.mark.parametrize("out", ["link/out", "link"])
def test_a_link_into_a_work_tree_is_seen_through(out, guarded, make):
    other = make("other")
    (other / "deep").mkdir()
    (guarded.repo / ".gitignore").write_text("*\n")
    (guarded.repo / "link").symlink_to(other / ("deep" if out != "link" else "new"))

    assert not guarded(out)[0]


def test_without_git_nobody_knows(guarded, tmp_path):
    (guarded.repo / ".gitignore").write_text("*\n")

    written, said = guarded("out", PATH=str(tmp_path))

    assert not written
    assert "git is not installed" in said
    assert "write outside of the repository" in said


def test_a_broken_repository_is_no_answer(guarded):
    (guarded.repo / ".gitignore").write_text("*\n")
    (guarded.repo / ".git" / "config").write_text("[core\n")

    written, said = guarded("out")

    assert not written
    assert "refusing to write secrets" in said
