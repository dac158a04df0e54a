"""What kubectl says of a kubeconfig before it connects, and `kcfg validate --kubeconfig` in its place."""

import json
from pathlib import Path

import pytest
from test_kubectl import set_up

CASES = Path(__file__).parent / "kubectl"
FOUND = [
    "ca-path-and-data", "cert-without-key", "exec-incomplete", "exec-no-mode", "impersonation-without-user", "many",
    "missing-files", "context-flag-missing", "dangling-current-context",
]  # fmt: skip
PASSED = ["ok", "key-without-cert", "bad-namespace-not-checked"]


@pytest.mark.parametrize("name", FOUND)
def test_the_same_findings_in_the_same_order(name, tmp_path, kcfg):
    case, done = _validate(name, tmp_path, kcfg)

    said = case["expect"]["stderr"].replace("$DIR", str(tmp_path / "case"))
    wanted = [line.removeprefix("* ").removeprefix("error: ") for line in said.splitlines()]
    wanted = [line.removeprefix("Error in configuration: ") for line in wanted if line != "Error in configuration: "]
    found = [problem["message"] for problem in json.loads(done.stdout)["problems"]]
    # kubectl knows it too, and then talks to localhost without a word.
    found = [message for message in found if not message.startswith("no server found")]
    # There kubectl stops; what it would find when it makes a client follows.
    assert (done.returncode, found[: len(wanted)]) == (1, wanted)


@pytest.mark.parametrize("name", PASSED)
def test_what_kubectl_takes_is_taken(name, tmp_path, kcfg):
    _, done = _validate(name, tmp_path, kcfg)

    assert (done.returncode, json.loads(done.stdout)["problems"]) == (0, [])


def _validate(name, tmp_path, kcfg):
    folder = CASES / f"validate-{name}"
    case = json.loads((folder / "case.json").read_text())
    place = tmp_path / "case"
    set_up(folder, case, place)
    words = case["argv"]
    context = words[words.index("--context") + 1] if "--context" in words else None
    chosen = ["--context", context] if context else []
    path = case["env"]["KUBECONFIG"].replace("$DIR", str(place))
    return case, kcfg("validate", "--kubeconfig", path, *chosen, "-o", "json")
