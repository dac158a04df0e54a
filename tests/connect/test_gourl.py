"""URLs as Go 1.24 reads them, recorded: text, and [scheme, user, password, host, port, opaque] or null for an error."""

import json
from pathlib import Path

import pytest

from kcfg.gourl import bracket_hint, parse_url

RECORDED = json.loads((Path(__file__).parent / "go_urls.json").read_text())


def test_every_url_is_what_it_is_to_go():
    differs = []
    for text, wanted in RECORDED:
        try:
            url = parse_url(text)
            found = [url.scheme, url.user, url.password, url.host, url.port, url.opaque]
        except ValueError:
            found = None
        if found != wanted:
            differs.append((text, wanted, found))

    assert not differs
    assert min(sum(row[1] is None for row in RECORDED), sum(row[1] is not None for row in RECORDED)) > 100


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://::1:6443", "[::1]:6443"), ("https://fd00::1:6443/path", "[fd00::1]:6443"),
        ("HTTPS://fd00::1", "[fd00::1]"),
        ("https://me:plum@fd00::1:1?q", "[fd00::1]:1"), ("fd00::1:6443", "[fd00::1]:6443"),
        ("https://2001:db8:1:2:3:4:5:6", "[2001:db8:1:2:3:4:5:6]"),
        ("https://[::1]:6443", ""), ("https://a.example.com:6443", ""), ("https://192.0.2.1:1", ""),
        ("https://a:b:c", ""), ("", ""),
    ],
)  # fmt: skip
def test_brackets_that_are_missing_are_named(url, host):
    hint = bracket_hint(url)

    assert hint.rpartition(" ")[2] == host
    assert "plum" not in hint


def test_they_are_told_by_lint_and_where_the_server_is_asked(tmp_path, called):
    path = tmp_path / "config"
    path.write_text(
        "clusters: [{name: a, cluster: {server: 'https://::1:1'}}, {name: b, cluster: {server: 'https://fd00::1'}}]\n"
        "users: [{name: u, user: {token: planted}}]\n"
        "contexts: [{name: a, context: {cluster: a, user: u}}, {name: b, context: {cluster: b, user: u}}]\n"
    )

    asked = called("check", "connectivity", "--kubeconfig", path, "--timeout", "5s").stderr
    assert "a: an IPv6 address stands in brackets: [::1]:1" in asked
    assert "b: an IPv6 address stands in brackets: [fd00::1]" in asked
    assert "in brackets: [::1]:1" in called("lint", "--kubeconfig", path).stdout
