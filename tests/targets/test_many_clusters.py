"""A fleet becomes files one at a time: bounded memory, all files or none, and a check that names what differs."""

import errno
import os
import tracemalloc

import pytest
from terminal import on_terminal

from kcfg.errors import FileError
from kcfg.files import read_bytes
from kcfg.spec.environments import resolve
from kcfg.spec.load import load_spec
from kcfg.staging import write_files
from kcfg.targets.job import Job
from kcfg.targets.render import render_to

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: fleet}\n"


def fleet(folder, count, *, user=""):
    folder.mkdir(exist_ok=True)
    clusters = [f'- {{name: c{n}, server: "https://c{n}.example.com"}}' for n in range(count)]
    contexts = [f"- {{name: c{n}, cluster: c{n}{user}}}" for n in range(count)]
    users = '- {name: gke, auth: {gke: {}}}\n- {name: robot, token: "ref+default://robot/token"}'
    text = "\n".join(["clusters:", *clusters, "users:", users, "contexts:", *contexts])
    (folder / "kcfg.yaml").write_text(f"{HEAD}{text}\n")
    return folder


def peak_of(spec, target):
    """The memory that rendering takes beyond the spec, when every document is let go at once."""
    job = Job(spec, None, read_bytes)
    tracemalloc.start()
    count = sum(1 for _ in render_to(target, job))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return count, peak


@pytest.mark.parametrize(("target", "user"), [("argocd", ", user: gke"), ("external-secrets", ", user: robot")])
def test_ten_times_the_clusters_take_little_more_memory(target, user, tmp_path):
    peaks = {}
    for count in (10, 100, 1_000):  # the first loads what the others need
        spec, _ = resolve(load_spec(str(fleet(tmp_path / str(count), count, user=user))), None, {})
        peaks[count] = peak_of(spec, target)

    assert [found for found, _ in peaks.values()] == [10, 100, 1_000]
    # Names alone grow with the fleet, by 300 kB; the documents of 1,000 clusters would be a megabyte.
    assert peaks[1_000][1] < peaks[100][1] + 600_000


def test_a_fleet_is_written_with_a_progress_bar_on_a_terminal(tmp_path):
    place = fleet(tmp_path / "spec", 1_000)

    words = ["render", "-f", str(place), "--to", "argocd", "--out", str(tmp_path / "out")]
    code, shown = on_terminal(words, b"", cwd=tmp_path, env={})

    assert code == 0
    assert "[###" in shown
    assert "1000/1000" in shown
    assert len(list((tmp_path / "out").iterdir())) == 1_000


def test_no_progress_bar_where_nobody_looks(kcfg, tmp_path):
    done = kcfg("render", "-f", fleet(tmp_path / "spec", 300), "--to", "argocd", "--out", tmp_path / "out")

    assert done.stderr == f"{tmp_path / 'out'}: 300 created\n"


@pytest.fixture
def out(kcfg, tmp_path):
    """Three clusters, rendered for Argo CD."""
    folder = tmp_path / "out"
    assert kcfg("render", "-f", fleet(tmp_path / "spec", 3), "--to", "argocd", "--out", folder).returncode == 0
    return folder


def test_check_names_every_difference(out, kcfg, tmp_path):
    (out / "c0.yaml").write_text("x: y\n")
    (out / "c1.yaml").unlink()
    (out / "former.yaml").write_text("x: y\n")
    (out / "README.md").write_text("ours")
    (out / "kustomization.yaml").write_text("resources: []\n")

    done = kcfg("render", "-f", tmp_path / "spec", "--to", "argocd", "--check", out)

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"differs: {out}/c0.yaml",
        f"missing: {out}/c1.yaml",
        f"extra: {out}/former.yaml",
    ]
    assert "3 differences" in done.stderr
    assert "hint: render again with --out, and commit" in done.stderr
    assert f"hint: kcfg did not write {out}/former.yaml" in done.stderr


def test_each_hint_of_a_check_leads_to_a_check_that_finds_nothing(out, kcfg, tmp_path):
    fleet(tmp_path / "spec", 2)
    checked = ("render", "-f", tmp_path / "spec", "--to", "argocd")

    done = kcfg(*checked, "--check", out)
    assert (done.returncode, done.stdout) == (1, f"extra: {out}/c2.yaml\n")
    assert "render again with --out and --prune" in done.stderr
    assert "did not write" not in done.stderr
    (out / "other.yaml").write_text("kind: Secret\n")
    assert kcfg(*checked, "--out", out, "--prune").returncode == 0
    done = kcfg(*checked, "--check", out)
    assert (done.returncode, done.stdout) == (1, f"extra: {out}/other.yaml\n")
    assert "--prune" not in done.stderr
    assert f"kcfg did not write {out}/other.yaml" in done.stderr
    (out / "other.yaml").unlink()
    assert kcfg(*checked, "--check", out).returncode == 0


def test_check_of_no_folder_is_an_error(kcfg, tmp_path):
    done = kcfg("render", "-f", fleet(tmp_path / "spec", 1), "--to", "argocd", "--check", tmp_path / "nowhere")

    assert done.returncode == 2
    assert "no such folder" in done.stderr


def test_a_second_rendering_changes_nothing(out, kcfg, tmp_path):
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in out.iterdir()}

    done = kcfg("render", "-f", tmp_path / "spec", "--to", "argocd", "--out", out)

    assert done.stderr == f"{out}: 3 unchanged\n"
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in out.iterdir()} == before


def test_a_cluster_that_is_gone_is_told_and_pruned_only_when_asked(out, kcfg, tmp_path):
    fleet(tmp_path / "spec", 2)
    (out / "foreign.yaml").write_text("x: y\n")
    told = kcfg("render", "-f", tmp_path / "spec", "--to", "argocd", "--out", out)
    assert "c2.yaml" in told.stderr
    assert (out / "c2.yaml").exists()

    kcfg("render", "-f", tmp_path / "spec", "--to", "argocd", "--out", out, "--prune")

    assert sorted(path.name for path in out.iterdir()) == ["c0.yaml", "c1.yaml", "foreign.yaml"]


def test_a_failure_in_the_middle_leaves_the_folder_as_it_was(tmp_path):
    (tmp_path / "a").write_bytes(b"old")

    def files():
        yield "a", b"new"
        yield "b", b"new"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(FileError, match="no space left"):
        write_files(str(tmp_path), files())
    names = {path.name for path in tmp_path.iterdir()} - {"home"}

    assert names == {"a"}
    assert (tmp_path / "a").read_bytes() == b"old"


def test_something_else_in_the_way_stops_everything(tmp_path):
    (tmp_path / "b").mkdir()

    with pytest.raises(FileError, match="not a regular file"):
        write_files(str(tmp_path), [("a", b"new"), ("b", b"new")])

    assert not (tmp_path / "a").exists()


def test_secrets_are_for_their_owner_alone(kcfg, tmp_path):
    (fleet(tmp_path / "spec", 2, user=", user: robot") / "kcfg.yaml").open("a").write(
        "secretStores:\n- {name: default, provider: env, env: {prefix: FLEET_}}\n"
    )
    out = tmp_path / "out"
    out.mkdir()
    (out / "c0.yaml").touch(mode=0o644)
    words = ("render", "-f", tmp_path / "spec", "--to", "flux", "--credentials", "inline", "--trust", "--out", out)

    done = kcfg(*words, env={"FLEET_ROBOT_TOKEN": "planted"})

    assert done.returncode == 0, done.stderr
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}


WRONG = {
    "no target": (("--check", "x"), "--check is for --to"),
    "minify": (("--to", "argocd", "--minify"), "--to argocd does not go with --minify"),
    "json": (("--to", "argocd", "-o", "json"), "--to argocd does not go with -o json"),
    "both": (("--to", "argocd", "--check", "x", "--prune"), "--check writes nothing"),
    "two files": (("--to", "direnv"), "direnv needs several files"),
    "a file": (("--to", "argocd", "--out", "spec/kcfg.yaml"), "not a folder"),
    "target": (("--to", "helm"), "--to"),
}


@pytest.mark.parametrize("case", WRONG)
def test_options_that_do_not_go_together(case, kcfg, tmp_path):
    fleet(tmp_path / "spec", 1)
    options, message = WRONG[case]

    done = kcfg("render", "-f", "spec", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_without_out_the_objects_are_a_stream(kcfg, tmp_path):
    done = kcfg("render", "-f", fleet(tmp_path / "spec", 2), "--to", "argocd")

    assert done.stdout.count("\n---\n") == 1
    assert done.stdout.count("kind: Secret") == 2
