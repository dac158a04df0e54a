"""Outputs of environments as artefacts: their names, `render --check` and `--prune`, and what is never touched."""

import json
import os

import pytest
import yaml

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
BASE = f"""{HEAD}clusters:
- {{name: a, server: "https://a.example.com"}}
users: [{{name: u, username: me}}]
contexts: [{{name: a, cluster: a, user: u}}]
environments:
"""
THREE = "- {name: prod, output: teams/prod.kubeconfig}\n- {name: dev}\n- {name: old}\n"


@pytest.fixture
def world(tmp_path, kcfg):
    """world.spec(environments), world("--out") renders all of them into a folder; world.files() are its files."""
    spec, out = tmp_path / "kcfg.yaml", tmp_path / "out"

    def run(option, *words, code=0):
        done = kcfg("render", "--all-environments", option, out, *words, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def files():
        return {str(each.relative_to(out)): each.read_bytes() for each in out.rglob("*") if each.is_file()}

    run.spec = lambda environments: spec.write_text(BASE + environments)
    run.out, run.files, run.kcfg, run.folder = out, files, kcfg, tmp_path
    run.spec(THREE)
    return run


def test_a_file_is_called_as_its_environment_says(world):
    world("--out")

    assert set(world.files()) == {"teams/prod.kubeconfig", "dev.yaml", "old.yaml"}
    text = world.files()["teams/prod.kubeconfig"].decode()
    first, rest = text.split("\n", 1)
    assert first == (
        "# Rendered by kcfg: environment prod of spec acme as teams/prod.kubeconfig; changes belong into the spec."
    )
    assert rest == world.kcfg("render", "-e", "prod", cwd=world.folder).stdout
    assert {path.stat().st_mode & 0o777 for path in world.out.rglob("*") if path.is_file()} == {0o600}


def test_an_output_is_not_inherited(world):
    world.spec("- {name: prod, output: p.yaml}\n- {name: ci, extends: prod}\n")
    world("--out")

    assert set(world.files()) == {"p.yaml", "ci.yaml"}


@pytest.mark.parametrize("output", ["yaml", "kyaml"])
def test_paths_start_at_the_file_of_the_environment(world, output):
    text = (world.folder / "kcfg.yaml").read_text()
    (world.folder / "kcfg.yaml").write_text(text.replace("username: me", "tokenFile: token"))
    (world.folder / "token").write_text("fake")
    world("--out", "-o", output)

    paths = {name: yaml.safe_load(data)["users"][0]["user"]["tokenFile"] for name, data in world.files().items()}
    assert paths == {"teams/prod.kubeconfig": "../../token", "dev.yaml": "../token", "old.yaml": "../token"}


@pytest.mark.parametrize("output", ["yaml", "kyaml", "json"])
def test_check_of_what_was_rendered_finds_nothing(world, output):
    world("--out", "-o", output)
    before = {name: (world.out / name).stat().st_mtime_ns for name in world.files()}

    done = world("--check", "-o", output)

    assert done.stdout == ""
    assert {name: (world.out / name).stat().st_mtime_ns for name in world.files()} == before


def test_check_names_what_differs_is_missing_or_stale(world):
    world("--out")
    world.spec("- {name: prod, output: teams/prod.kubeconfig}\n- {name: dev}\n- {name: new}\n")
    (world.out / "dev.yaml").write_bytes(world.files()["dev.yaml"] + b"# mine\n")
    before = world.files()

    done = world("--check", code=1)

    assert done.stdout == f"differs: {world.out}/dev.yaml\nmissing: {world.out}/new.yaml\nstale: {world.out}/old.yaml\n"
    assert "3 differences" in done.stderr
    assert world.files() == before
    world("--out", "--prune")
    assert world("--check").stdout == ""


def test_prune_deletes_files_of_environments_that_are_gone_and_no_others(world):
    world("--out")
    foreign = {
        "mine.yaml": b"apiVersion: v1\nkind: Config\n",
        "copy.yaml": world.files()["old.yaml"],  # written under another name: not what kcfg wrote
        "deep/old.yaml": world.files()["old.yaml"],
        "acme2.yaml": world.files()["old.yaml"].replace(b"spec acme as old", b"spec other as acme2"),
        "argocd.yaml": b"# Rendered by kcfg; changes belong into the spec.\n",
        "teams/note.txt": b"x",
    }
    for name, data in foreign.items():
        (world.out / name).parent.mkdir(exist_ok=True)
        (world.out / name).write_bytes(data)
    (world.folder / "outside").write_bytes(world.files()["old.yaml"].replace(b"as old.yaml", b"as link.yaml"))
    (world.out / "link.yaml").symlink_to(world.folder / "outside")
    world.spec("- {name: dev}\n")

    told = world("--out").stderr
    assert "2 files of a former rendering (old.yaml, teams/prod.kubeconfig): --prune deletes them" in told
    assert set(world.files()) >= {"old.yaml", "teams/prod.kubeconfig"}
    done = world("--out", "--prune")

    assert f"{world.out}/old.yaml pruned\n{world.out}/teams/prod.kubeconfig pruned\n" in done.stderr
    assert {name: data for name, data in world.files().items() if name != "dev.yaml"} == {
        **foreign,
        "link.yaml": (world.folder / "outside").read_bytes(),
    }
    assert os.path.islink(world.out / "link.yaml")


def test_a_file_that_moved_is_stale_in_its_old_place_and_its_folder_goes(world):
    world("--out")
    world.spec("- {name: prod}\n- {name: dev}\n- {name: old}\n")

    world("--out", "--prune")

    assert set(world.files()) == {"prod.yaml", "dev.yaml", "old.yaml"}
    assert not (world.out / "teams").exists()


def test_some_environments_leave_the_files_of_the_others(world):
    world("--out")

    done = world.kcfg("render", "-e", "dev", "-e", "prod", "--out", world.out, "--prune", cwd=world.folder)

    assert done.returncode == 0
    assert set(world.files()) == {"teams/prod.kubeconfig", "dev.yaml", "old.yaml"}


def test_nothing_is_pruned_when_nothing_could_be_written(world):
    world("--out")
    world.spec("- {name: dev}\n- {name: new, output: kcfg.yaml}\n")
    (world.out / "kcfg.yaml").mkdir()

    world("--out", "--prune", code=2)

    assert set(world.files()) == {"teams/prod.kubeconfig", "dev.yaml", "old.yaml"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--check", "out", "--prune"), "--check writes nothing: there is nothing to prune"),
        (("--check", "out", "--out", "other"), "--out names another folder"),
        (("--check", "nowhere"), "no such folder"),
        (("--out", "out", "--prune", "-o", "json"), "JSON has none"),
        (("--prune",), "several environments need a folder"),
        (("--out", "out", "--namespace", "x"), "--namespace is for --to"),
    ],
)
def test_what_does_not_go_together(world, words, told):
    world("--out")

    done = world.kcfg("render", "--all-environments", *words, cwd=world.folder)

    assert done.returncode == 2
    assert told in done.stderr


def test_check_of_one_kubeconfig_is_refused(world):
    done = world.kcfg("render", "-e", "dev", "--check", "out", cwd=world.folder)

    assert done.returncode == 2
    assert "--check is for --to and --all-environments" in done.stderr


def test_a_spec_without_environments_is_refused(world):
    (world.folder / "kcfg.yaml").write_text(BASE.removesuffix("environments:\n"))

    done = world("--out", code=2)

    assert "the spec declares no environment" in done.stderr
    assert not world.out.exists()


# Names


@pytest.mark.parametrize(
    "output",
    ["../x.yaml", "/x.yaml", "a/../b", "a//b", ".", "..", ".git/config", "a/.git/x", "a/", "a\\b", "", "a b", "a\nb"],
)
def test_an_output_stays_below_its_folder(world, output):
    world.spec(f"- {{name: e, output: {json.dumps(output)}}}\n")

    done = world("--out", code=2)

    assert "kcfg.yaml:9:" in done.stderr
    assert "environments[0].output" in done.stderr
    assert not world.out.exists()


@pytest.mark.parametrize(
    ("environments", "place", "told"),
    [
        ("- {name: a, output: x}\n- {name: b, output: x}\n", "10:21", "'x' is the file of environment 'a' too"),
        ("- {name: a, output: x}\n- {name: b, output: X}\n", "10:21", "'X' is the file of environment 'a' too"),
        ("- {name: a, output: b.yaml}\n- {name: b}\n", "10:10", "'b.yaml' is the file of environment 'a' too"),
        ("- {name: a, output: B.yaml}\n- {name: b}\n", "10:10", "'b.yaml' is the file of environment 'a' too"),
        (
            "- {name: a, output: x}\n- {name: b, output: X/y}\n",
            "10:21",
            "'X' is the file of environment 'a', and no folder",
        ),
        (
            "- {name: a, output: x/y}\n- {name: b, output: x}\n",
            "9:21",
            "'x' is the file of environment 'b', and no folder",
        ),
    ],
)
def test_two_environments_are_never_one_file(world, environments, place, told):
    world.spec(environments)

    done = world("--out", code=2)

    assert f"kcfg.yaml:{place}: error: " in done.stderr
    assert told in done.stderr
    assert "[KCFG119]" in done.stderr
    assert told in world.kcfg("validate", cwd=world.folder).stderr
    assert not world.out.exists()


def test_a_name_that_json_gives_to_two(world):
    world.spec("- {name: a, output: b.json}\n- {name: b}\n")

    world("--out")
    assert "'b.json' is the file of environment 'a' too" in world("--out", "-o", "json", code=2).stderr


@pytest.mark.parametrize(
    ("environments", "told"),
    [
        ("- {name: prod}\n- {name: Prod}\n", "differs from environment 'prod' by case alone"),
        ("- {name: con}\n", "Windows takes no file called 'con.yaml'"),
        ("- {name: a, output: x/Aux.yaml}\n", "Windows takes no file called 'x/Aux.yaml'"),
    ],
)
def test_names_that_other_systems_confuse_are_warned_about(world, environments, told):
    world.spec(environments)

    for done in (world("--out"), world.kcfg("validate", cwd=world.folder), world.kcfg("lint", cwd=world.folder)):
        assert f"warning: environments[{environments.count(chr(10)) - 1}]" in done.stderr + done.stdout
        assert told in done.stderr + done.stdout
    assert world.kcfg("validate", cwd=world.folder).returncode == 0


def test_explain_and_schema_know_it(world):
    assert "below the folder of" in world.kcfg("explain", "environments.output").stdout
    assert "outputs that are one file" in world.kcfg("explain", "KCFG119").stdout
