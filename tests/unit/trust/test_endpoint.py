"""Where a credential is sent: what is covered by what was allowed before, and how a difference is said."""

import re

import pytest

from kcfg.trust.endpoint import make_endpoint

PLAIN = make_endpoint("secret a", "https://a.example.com", None, "", None, insecure=False)
HERE, THERE = "http://proxy-1.example.com", "http://proxy-2.example.com"
COVERED = [
    ({}, {}, True),
    ({"proxy": HERE}, {}, True),
    ({}, {"proxy": HERE}, False),
    ({"proxy": HERE}, {"proxy": HERE}, True),
    ({"proxy": HERE}, {"proxy": THERE}, False),
    ({"proxy": THERE}, {"proxy": HERE}, False),
    ({"insecure": "insecure"}, {}, True),
    ({"insecure": "insecure"}, {"insecure": "insecure"}, True),
    ({}, {"insecure": "insecure"}, False),
    ({"ca": "1"}, {"ca": "1"}, True),
    ({"ca": "1"}, {"ca": "2"}, False),
    ({"ca": "2"}, {"ca": "1"}, False),
    ({"ca": "1"}, {}, False),
    ({}, {"ca": "1"}, False),
    ({"insecure": "insecure", "ca": "1"}, {"ca": "2"}, True),
    *(({name: a}, {name: b}, False) for name in ("credential", "server", "tls_name") for a, b in ("01", "10")),
]


@pytest.mark.parametrize(("allowed", "asked", "covered"), COVERED)
def test_what_was_allowed_covers_what_is_as_safe(allowed, asked, covered):
    assert PLAIN._replace(**allowed).covers(PLAIN._replace(**asked)) is covered


DIGEST = "0123456789abcdef"
SAID = [
    ({}, "", ""),
    ({"proxy": HERE}, f"through proxy {HERE}", "directly"),
    ({"tls_name": "b.example.com"}, "as b.example.com", "by its own name"),
    ({"insecure": "insecure"}, "without checking its certificate", "checking its certificate"),
    ({"ca": DIGEST}, "with its CA 0123456789ab", "with the system's CAs"),
    ({"ca": "file /etc/certificates/team.crt"}, "with its CA file /etc/certificates/team.crt", "with the system's CAs"),
    ({"proxy": HERE, "ca": DIGEST}, f"through proxy {HERE} with its CA 0123456789ab", "directly with the system's CAs"),
]


@pytest.mark.parametrize(("changed", "shown", "otherwise"), SAID)
def test_the_way_to_a_server_is_said_where_it_is_not_the_plain_one(changed, shown, otherwise):
    other = PLAIN._replace(**changed)

    assert (other.shown(), PLAIN.otherwise(other), other.otherwise(PLAIN)) == (shown, otherwise, shown)
    assert other.otherwise(other) == ""


def with_password(word):
    proxy = f"http://me:{word}@proxy.example.com"
    return make_endpoint("a", f"https://me:{word}@a.example.com", proxy, "1", "b", insecure=True)


def test_a_password_in_a_url_is_a_digest_and_another_one_is_another_endpoint():
    first = with_password("plum")

    assert first == with_password("plum") != with_password("pear")
    assert "plum" not in repr(first)
    assert re.fullmatch(r"https://[0-9a-f]{12}@a\.example\.com", first.server)
    assert first[3:] == ("1", "b", "insecure")
