"""What a repository brings stays below it: reads, links, globs, outputs and modes. Each kind in several variations."""

import os
import stat
import subprocess

import pytest

CERTIFICATE = (
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBszCCAVmgAwIBAgIUGd1xNf2mhX1l0mYh0V0dXJvYm9vdDAKBggqhkjOPQQDAjAA\n"
    "-----END CERTIFICATE-----\n"
)
SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
"""
PLAIN = SPEC + (
    "clusters: [{name: c, server: 'https://c.example.com'}]\nusers: [{name: u, token: ref+default://t}]\n"
    "contexts: [{name: c, cluster: c, user: u, labels: {env: dev}}]\nenvironments: [{name: prod}, {name: config}]\n"
)
PART = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nclusters: [{name: part, server: 'https://p.example.com'}]\n"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A work tree with a spec, beside a home with things that a hostile spec would like."""
    home = tmp_path / "home"
    (home / ".kube").mkdir(parents=True)
    (home / ".kube" / "config").write_text("apiVersion: v1\nkind: Config\n")
    (home / ".bashrc").write_text("# mine\n")
    (home / "secret.yaml").write_text("PRIVATE_KEY_NAME: canary-value\n")
    top = tmp_path / "repo"
    top.mkdir()
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    (top / "kcfg.yaml").write_text(PLAIN)
    return top


def outside(repository):
    return {
        str(path): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        for path in sorted((repository.parent / "home").rglob("*"))
        if path.is_file() and ".local" not in path.parts
    }


@pytest.mark.parametrize(
    "pattern",
    ["../home/secret.yaml", "../home/*.yaml", "sub/../../home/secret.yaml", "link.yaml", "links/*.yaml", "/etc/host*"],
)
def test_an_include_that_leads_out_is_refused_and_nothing_of_it_is_told(repository, kcfg, pattern):
    (repository / "link.yaml").symlink_to("../home/secret.yaml")
    (repository / "links").symlink_to("../home")
    (repository / "kcfg.yaml").write_text(PLAIN + f"include: ['{pattern}']\n")

    for words in (["validate"], ["lint"], ["render"], ["get-contexts", "-f", "."], ["fmt", "--check"]):
        done = kcfg(*words, cwd=repository)

        assert done.returncode in (1, 2)
        assert "PRIVATE_KEY_NAME" not in done.stdout + done.stderr
    told = kcfg("validate", cwd=repository).stderr
    assert "kcfg.yaml:8:" in told
    assert "leads out of" in told or "matches no file" in told


@pytest.mark.parametrize("pattern", [".git/config", ".git/*", "sub/.git/config"])
def test_nothing_of_a_git_folder_is_read(repository, kcfg, pattern):
    (repository / "sub" / ".git").mkdir(parents=True)
    (repository / "sub" / ".git" / "config").write_text("canary: 1\n")
    (repository / "kcfg.yaml").write_text(PLAIN + f"include: ['{pattern}']\n")
    done = kcfg("validate", cwd=repository)

    assert done.returncode == 1
    assert "canary" not in done.stdout + done.stderr
    assert "repositoryformatversion" not in done.stdout + done.stderr


def test_a_folder_that_the_user_names_is_open_to_reads(repository, kcfg):
    (repository.parent / "shared").mkdir()
    (repository.parent / "shared" / "part.yaml").write_text(PART)
    (repository / "kcfg.yaml").write_text(PLAIN + "include: [../shared/*.yaml]\n")

    assert kcfg("validate", cwd=repository).returncode == 1
    assert "--allow-outside" in kcfg("validate", cwd=repository).stderr
    assert kcfg("validate", "--allow-outside", "../shared", cwd=repository).returncode == 0
    done = kcfg("get-clusters", "-f", ".", "-o", "name", "--allow-outside=../shared", cwd=repository)
    assert "part" in done.stdout


def test_links_that_end_below_the_root_are_followed_as_in_a_mounted_config_map(tmp_path, kcfg):
    data = tmp_path / "mount" / "..2026_11_27"
    data.mkdir(parents=True)
    (data / "kcfg.yaml").write_text(PLAIN + "include: ['part-*.yaml']\n")
    (data / "part-a.yaml").write_text(PART)
    (tmp_path / "mount" / "..data").symlink_to("..2026_11_27")
    for name in ("kcfg.yaml", "part-a.yaml"):
        (tmp_path / "mount" / name).symlink_to(f"..data/{name}")

    done = kcfg("get-clusters", "-f", tmp_path / "mount", "-o", "name")

    assert (done.returncode, done.stdout.split()) == (0, ["c", "part"])


def test_a_spec_outside_of_any_repository_may_be_a_link_of_its_user(tmp_path, kcfg):
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "kcfg.yaml").write_text(PLAIN)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "kcfg.yaml").symlink_to("../dotfiles/kcfg.yaml")

    assert kcfg("validate", cwd=tmp_path / "work").returncode == 0


def test_a_root_file_that_a_repository_links_outward_is_refused(repository, kcfg):
    (repository / "kcfg.yaml").unlink()
    (repository / "kcfg.yaml").symlink_to("../home/secret.yaml")
    done = kcfg("validate", cwd=repository)

    assert done.returncode == 2
    assert "PRIVATE_KEY_NAME" not in done.stdout + done.stderr


@pytest.mark.parametrize("path", ["../home/ca.pem", "link.pem", "links/ca.pem"])
@pytest.mark.parametrize("words", [["validate"], ["render", "--flatten"], ["render", "--to", "argocd"]])
def test_a_certificate_that_leads_out_is_refused(repository, kcfg, path, words):
    (repository.parent / "home" / "ca.pem").write_text(CERTIFICATE)
    (repository / "link.pem").symlink_to("../home/ca.pem")
    (repository / "links").symlink_to("../home")
    (repository / "kcfg.yaml").write_text(
        PLAIN.replace("c.example.com'", f"c.example.com', certificate-authority: {path}")
    )
    done = kcfg(*words, cwd=repository)

    assert done.returncode in (1, 2)
    assert "leads out of" in done.stdout + done.stderr
    assert "MIIBszCC" not in done.stdout


@pytest.mark.parametrize("pattern", ["**/**/**/**/**/**/**/**/x", "**/a/**/b/**/c", "*/*/*/**/*x*/**"])
def test_a_glob_lists_each_folder_once(repository, monkeypatch, pattern):
    from kcfg.spec.globs import find_matches

    at = repository
    for depth in range(26):
        at = at / f"d{depth}"
        at.mkdir()
    listed = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(path) or real(path))
    find_matches(os.path.join(repository, pattern))

    assert len(listed) == len(set(listed)) <= 40


@pytest.mark.parametrize(
    "pattern",
    [
        "*.yaml",
        "**",
        "**/*.yaml",
        "a/**",
        "a/*/*.yaml",
        "*/b/*",
        ".h*",
        "**/.h*",
        "a/**/c.yaml",
        "[ab]/?",
        "none/*",
        "a/b/**/**",
    ],
)
def test_a_glob_means_what_it_means_to_python(tmp_path, pattern, monkeypatch):
    from glob import glob

    from kcfg.spec.globs import find_matches

    for name in ("x.yaml", "a/b/c.yaml", "a/b/d/c.yaml", "a/c.yaml", "b/b/e", ".h/i.yaml", "a/.hid", "b/.h.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    wanted = {os.path.normpath(each) for each in glob(pattern, recursive=True)}

    assert set(find_matches(pattern)) == wanted


def test_a_glob_over_a_whole_disk_is_refused(tmp_path, monkeypatch):
    from kcfg.errors import SpecError
    from kcfg.spec import globs

    monkeypatch.setattr(globs, "MAX_NAMES", 50)
    for number in range(60):
        (tmp_path / f"{number}").write_text("")
    with pytest.raises(SpecError, match="more than 50 names"):
        globs.find_matches(os.path.join(tmp_path, "**/*"))


def test_a_link_upward_is_no_circle(repository, kcfg):
    (repository / "up").symlink_to(".")
    (repository / "parts").mkdir()
    (repository / "parts" / "p.yaml").write_text(PART)
    (repository / "kcfg.yaml").write_text(PLAIN + "include: ['**/p.yaml']\n")

    assert kcfg("get-clusters", "-f", ".", "-o", "name", cwd=repository).stdout.split() == ["c", "part"]


OUTPUTS = [
    ["render", "--all-environments", "--out", "out"],
    ["render", "--to", "argocd", "--out", "out", "--prune"],
    ["render", "-e", "prod", "-e", "config", "--out", "out"],
    ["split", "--kubeconfig", "mine.kubeconfig", "--out-dir", "out"],
    ["import", "mine.kubeconfig", "--into", "out", "--secrets", "keep-out"],
]


@pytest.mark.parametrize("words", OUTPUTS, ids=lambda words: " ".join(words[:2]))
@pytest.mark.parametrize("shape", ["file", "folder", "parent"])
def test_outputs_into_a_folder_go_through_no_link(repository, kcfg, words, shape):
    before = outside(repository)
    (repository / "mine.kubeconfig").write_text(
        "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'https://c.example.com', "
        "insecure-skip-tls-verify: true}}]\n"
        "contexts: [{name: prod, context: {cluster: c, user: ''}}]\n"
    )
    if shape == "file":
        (repository / "out").mkdir()
        for name in ("prod.yaml", "config.yaml", "c.yaml", "kcfg.yaml", "pki"):
            (repository / "out" / name).symlink_to("../../home/.kube/config")
    elif shape == "folder":
        (repository / "out").symlink_to("../home/.kube")
    else:
        (repository / "deep").symlink_to("../home")
        words = [word.replace("out", "deep/.kube") if word == "out" else word for word in words]
    done = kcfg(*words, cwd=repository)

    assert outside(repository) == before
    assert done.returncode == 2 or shape == "file", done.stderr


@pytest.mark.parametrize("link", ["prod.yaml", "deep/prod.yaml"])
def test_one_output_is_not_led_out_of_the_repository(repository, kcfg, link):
    before = outside(repository)
    (repository / "prod.yaml").symlink_to("../home/.bashrc")
    (repository / "deep").symlink_to("../home")
    done = kcfg("render", "-e", "prod", "--out", link, cwd=repository)

    assert (done.returncode, outside(repository)) == (2, before)
    assert "leads out of it" in done.stderr


def test_a_kubeconfig_that_its_user_linked_is_written_through_the_link(repository, kcfg):
    mine = repository.parent / "home" / "mine"
    mine.symlink_to(".kube/config")
    done = kcfg("render", "-e", "prod", "--out", mine, cwd=repository)

    assert done.returncode == 0, done.stderr
    assert mine.is_symlink()
    assert "c.example.com" in (repository.parent / "home" / ".kube" / "config").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["fmt"],
        ["spec", "set-cluster", "part", "--server", "https://q.example.com"],
        ["spec", "rename", "cluster", "part", "q"],
    ],
)
def test_spec_files_are_not_edited_through_a_link(repository, kcfg, words):
    (repository / "real").mkdir()
    (repository / "real" / "part.yaml").write_text(
        "kind: KubeconfigSpec\n" + PART.replace("kind: KubeconfigSpec\n", "")
    )
    (repository / "part.yaml").symlink_to("real/part.yaml")
    (repository / "kcfg.yaml").write_text(PLAIN + "include: [part.yaml]\n")
    before = (repository / "real" / "part.yaml").read_bytes()
    done = kcfg(*words, cwd=repository)

    assert done.returncode == 2
    assert "symbolic link" in done.stderr
    assert (repository / "real" / "part.yaml").read_bytes() == before


@pytest.mark.parametrize("shape", ["outside", "absolute", "link", "program", "hard link"])
def test_lint_changes_no_mode_but_of_own_files_below_the_root(repository, kcfg, shape):
    home = repository.parent / "home"
    victim = home / "victim"
    victim.write_text("x")
    victim.chmod(0o644)
    path = {"outside": "../home/victim", "absolute": str(victim), "link": "link"}.get(shape, "inside")
    (repository / "link").symlink_to("../home/victim")
    if shape == "hard link":
        os.link(victim, repository / "inside")
    else:
        (repository / "inside").write_text("x")
        (repository / "inside").chmod(0o755 if shape == "program" else 0o644)
    (repository / "kcfg.yaml").write_text(PLAIN.replace("token: ref+default://t", f"tokenFile: '{path}'"))
    done = kcfg("lint", "--fix", cwd=repository)

    assert stat.S_IMODE(victim.stat().st_mode) == 0o644
    assert stat.S_IMODE((repository / "inside").stat().st_mode) != 0o600
    assert "fixed" not in done.stderr


def test_lint_still_tightens_a_token_file_of_the_repository(repository, kcfg):
    (repository / "token").write_text("x")
    (repository / "token").chmod(0o644)
    (repository / "kcfg.yaml").write_text(PLAIN.replace("token: ref+default://t", "tokenFile: token"))
    kcfg("lint", "--fix", cwd=repository)

    assert stat.S_IMODE((repository / "token").stat().st_mode) == 0o600
