"""Paths in URLs: whatever is asked for arrives as it was meant, below the service it was meant for."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcfg.connect.address import escape, proxied
from kcfg.errors import KcfgError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PCHAR = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}"


def dotted(path):
    return any(step in (".", "..") for step in unquote(unquote(path)).split("/"))


@given(TEXT, TEXT)
def test_a_path_is_written_as_rfc_3986_has_it_and_means_the_same(path, query):
    path = path.replace("%", "").replace("?", "")
    query = query.replace("%", "")
    if dotted(path):
        with pytest.raises(KcfgError):
            escape(path)
        return
    written = escape(f"{path}?{query}")

    assert re.fullmatch(rf"({PCHAR})*\?({PCHAR}|\?)*", written)
    assert unquote(written) == f"{path}?{query}"
    assert escape(written) == written


NAME = st.text("abz019-.:/%?#_ A\n", max_size=12) | st.from_regex(
    r"(https:)?[a-z0-9-]{1,8}(:[a-z0-9]{0,5})?", fullmatch=True
)


@given(NAME, NAME, st.sampled_from(["service", "pod", "node"]))
def test_a_target_never_leaves_its_place(target, namespace, kind):
    try:
        path = proxied(kind, target, namespace)
    except KcfgError:
        return
    *_, segment, last = path.split("/")

    assert (segment, last) == (target, "proxy")
    assert path.count("/") == (5 if kind == "node" else 7)
    assert re.fullmatch(r"[a-z0-9.:/-]+", path)


@pytest.mark.parametrize("path", ["..", "/a/../b", "/%2e%2E/b", "/a%2F..%2Fb", "/%252e%252e/b", "./a", "/a/."])
def test_dot_steps_do_not_pass_however_they_are_written(path):
    with pytest.raises(KcfgError):
        escape(path)
