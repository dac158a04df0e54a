"""The corpus of each target, without atheris: what was found stays mended. `make fuzz` looks for more."""

import pytest
from fuzz_targets import CORPUS, TARGETS
from kubectl_judge import Judge, kcfg_view, kubectl_view

FILES = sorted(CORPUS.glob("*/*"))
KUBECONFIGS = [file for file in FILES if file.parent.name in ("kubeconfig", "json-text")]


def test_each_target_has_a_corpus():
    assert {file.parent.name for file in FILES} == {*TARGETS}


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.name}/{file.name}" for file in FILES])
def test_corpus(file):
    TARGETS[file.parent.name](file.read_bytes())


@pytest.mark.kubectl
@pytest.mark.parametrize("file", KUBECONFIGS, ids=[f"{file.parent.name}/{file.name}" for file in KUBECONFIGS])
def test_kubectl_reads_the_same(file, kubectl_path, tmp_path):
    Judge(kubectl_path, str(tmp_path)).sees(file.read_bytes())


@pytest.mark.kubectl
def test_what_is_no_text_is_refused_wherever_that_is_and_by_kubectl_where_it_looks(kubectl_path, tmp_path):
    path = tmp_path / "config"
    near, far = (b"kind: Config\n---\n" + b"#" * blanks + b"\x1d\n" for blanks in (100, 5000))
    for data, theirs in ((near, False), (far, True)):
        path.write_bytes(data)
        assert kcfg_view(str(path)) is None
        assert (kubectl_view(kubectl_path, str(path)) is not None) == theirs
        Judge(kubectl_path, str(tmp_path)).sees(data)


@pytest.mark.kubectl
@pytest.mark.parametrize("refused", [b"clusters: [\n", b"kind: Secret\n", b"contexts: {}\n"])
def test_the_judge_tells_a_difference(refused, kubectl_path, tmp_path, monkeypatch):
    judge = Judge(kubectl_path, str(tmp_path))
    judge.sees(refused)
    judge.sees(b"current-context: a\n")
    monkeypatch.setattr("kubectl_judge.kcfg_view", lambda path: {"current-context": "a"})
    for data, said in ((refused, "kubectl refuses it"), (b"current-context: b\n", "kubectl reads something else")):
        with pytest.raises(AssertionError, match=said):
            judge.sees(data)
    monkeypatch.setattr("kubectl_judge.kcfg_view", lambda path: None)
    with pytest.raises(AssertionError, match="kubectl reads it"):
        judge.sees(b"current-context: a\n")
    Judge("", str(tmp_path)).sees(refused)
    Judge(kubectl_path, str(tmp_path), every=2).sees(b"current-context: a\n")
