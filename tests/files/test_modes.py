"""The mode of a file after a command wrote it: a holder of secrets is its owner's alone, any other stays as it was."""

import errno
import os
import stat

import pytest
from apply_world import INLINE, SECRETS, SPEC

from kcfg.files import write_atomic

TEXT = """apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: {server: "https://c.example.com"}
contexts:
- name: x
  context: {cluster: c, user: u}
users:
- name: u
  user: %s
"""
HOLDERS = {
    "token": "{token: fake-token}",
    "password": "{username: me, password: fake-password}",
    "key": "{client-key-data: ZmFrZQ==}",
    "variable": "{exec: {apiVersion: client.authentication.k8s.io/v1, command: c, "
    "env: [{name: A_SECRET, value: fake}]}}",
}
NONE = "{tokenFile: token}"
USER = b"\x02\0\0\0" + b"".join(
    tag.to_bytes(2, "little") + rights.to_bytes(2, "little") + who.to_bytes(4, "little")
    for tag, rights, who in [
        (1, 6, 2**32 - 1), (2, 4, 12345), (4, 0, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1),
    ]
)  # fmt: skip


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.fixture
def config(tmp_path):
    return tmp_path / "kubeconfig"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o666, 0o604])
@pytest.mark.parametrize("user", HOLDERS.values(), ids=HOLDERS)
def test_what_holds_a_secret_is_closed_by_any_edit_and_told(user, mode, config, called):
    config.write_text(TEXT % user)
    config.chmod(mode)

    done = called("set-context", "x", "--namespace", "n", "--kubeconfig", config)

    assert (done.returncode, mode_of(config)) == (0, 0o600)
    assert done.stderr == (
        f"kcfg: note: {config} was open to others (mode {mode:04o}); it holds secrets: mode 0600 now\n"
    )
    assert called("set-context", "x", "--namespace", "m", "--kubeconfig", config).stderr == ""


def test_what_holds_none_stays_as_open_as_it_was(config, called):
    config.write_text(TEXT % NONE)
    config.chmod(0o644)

    done = called("use-context", "x", "--kubeconfig", config)

    assert (done.returncode, done.stderr, mode_of(config)) == (0, "", 0o644)


@pytest.mark.parametrize("mode", [0o600, 0o400 | 0o200, 0o700])
def test_what_is_private_stays_as_it_is(mode, config, called):
    config.write_text(TEXT % HOLDERS["token"])
    config.chmod(mode)

    assert called("use-context", "x", "--kubeconfig", config).stderr == ""
    assert mode_of(config) == mode


@pytest.mark.parametrize("words", [("merge", "--in-place"), ("merge", "--out"), ("minify", "--context", "x", "--out")])
def test_results_that_hold_a_secret_are_closed(words, config, tmp_path, called):
    config.write_text(TEXT % HOLDERS["token"])
    other = tmp_path / "other"
    other.write_text(TEXT % NONE if "--in-place" not in words else "")
    other.chmod(0o644)
    if words[-1] == "--in-place":
        done = called("merge", other, config, "--in-place")
    else:
        done = called(*words, other, "--kubeconfig", config) if words[0] == "minify" else called(
            "merge", config, "--out", other)  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert mode_of(other) == 0o600
    assert f"{other} was open to others (mode 0644)" in done.stderr


def test_a_result_that_is_there_already_is_closed_too(config, tmp_path, called):
    config.write_text(TEXT % HOLDERS["token"])
    out = tmp_path / "out"
    called("minify", "--context", "x", "--kubeconfig", config, "--out", out)
    out.chmod(0o644)

    done = called("minify", "--context", "x", "--kubeconfig", config, "--out", out)

    assert (mode_of(out), f"{out} configured\n" in done.stderr) == (0o600, True)


def test_a_link_stays_and_its_file_is_closed(config, tmp_path, called):
    real = tmp_path / "real"
    real.write_text(TEXT % HOLDERS["token"])
    real.chmod(0o644)
    config.symlink_to(real)

    called("use-context", "x", "--kubeconfig", config)

    assert (config.is_symlink(), mode_of(real)) == (True, 0o600)


def test_several_files_are_closed_each_for_itself(config, tmp_path, called):
    other = tmp_path / "other"
    config.write_text(TEXT % HOLDERS["token"])
    other.write_text((TEXT % NONE).replace("name: ", "name: b").replace("cluster: c,", "cluster: bc,"))
    for path in (config, other):
        path.chmod(0o644)

    done = called("merge", config, other, "--in-place")

    assert done.returncode == 0, done.stderr
    assert (mode_of(config), mode_of(other)) == (0o600, 0o644)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="access control lists are Linux's here")
@pytest.mark.parametrize(("user", "keeps"), [(NONE, True), (HOLDERS["token"], False)], ids=["none", "token"])
def test_an_access_list_is_kept_or_closed_never_given_to_the_group(user, keeps, config, called):
    config.write_text(TEXT % user)
    try:
        os.setxattr(config, "system.posix_acl_access", USER)
    except OSError:
        pytest.skip("this file system keeps no access control lists")
    assert mode_of(config) == 0o640

    called("use-context", "x", "--kubeconfig", config)

    if keeps:
        assert os.getxattr(config, "system.posix_acl_access") == USER
    else:
        assert (os.listxattr(config), mode_of(config)) == ([], 0o600)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="attributes are Linux's here")
def test_what_a_user_keeps_beside_a_file_stays_there(config, called, monkeypatch, capsys):
    config.write_text(TEXT % NONE)
    try:
        os.setxattr(config, "user.origin", b"team")
        os.setxattr(config, "user.note", b"")
    except OSError:
        pytest.skip("this file system keeps no attributes")

    assert called("use-context", "x", "--kubeconfig", config).stderr == ""
    assert {name: os.getxattr(config, name) for name in os.listxattr(config)} == {
        "user.origin": b"team",
        "user.note": b"",
    }

    def full(handle, name, value):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "setxattr", full)
    write_atomic(str(config), b"new")
    assert (os.listxattr(config), config.read_text()) == ([], "new")
    told = [
        f"kcfg: note: {config} loses its attribute user.{name}: no space left on device" for name in ("note", "origin")
    ]
    assert sorted(capsys.readouterr().err.splitlines()) == told


def test_apply_creates_0600_and_closes_what_holds_anothers_secret(applied):
    applied("apply")
    assert mode_of(applied.config) == 0o600

    applied.config.write_text(TEXT % HOLDERS["token"])
    applied.config.chmod(0o644)
    done = applied("apply", "--on-conflict", "spec")

    assert done.returncode == 0, done.stderr
    assert mode_of(applied.config) == 0o600
    assert f"{applied.config} was open to others (mode 0644)" in done.stderr


def test_apply_and_undo_leave_an_open_file_without_secrets_open(applied):
    applied.config.write_text(TEXT % NONE)
    applied.config.chmod(0o644)

    applied("apply")
    assert mode_of(applied.config) == 0o644
    applied.spec.write_text(SPEC.replace("web", "shop"))
    applied("apply")

    assert applied.kcfg("undo", "--yes", "--kubeconfig", applied.config).returncode == 0
    assert mode_of(applied.config) == 0o644


def test_apply_closes_what_comes_to_hold_a_secret(applied):
    applied.spec.write_text(INLINE)
    applied.config.write_text("")
    applied.config.chmod(0o664)

    done = applied("apply", "--credentials", "inline", env=SECRETS)

    assert done.returncode == 0, done.stderr
    assert mode_of(applied.config) == 0o600
    assert "(mode 0664)" in done.stderr
