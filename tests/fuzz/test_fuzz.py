"""The corpus of each target, without atheris: what was found stays mended. `make fuzz` looks for more."""

import pytest
from fuzz_targets import CORPUS, TARGETS

FILES = sorted(CORPUS.glob("*/*"))


def test_each_target_has_a_corpus():
    assert {file.parent.name for file in FILES} == {*TARGETS}


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.name}/{file.name}" for file in FILES])
def test_corpus(file):
    TARGETS[file.parent.name](file.read_bytes())
