"""Addresses of a spec: their hosts, and what is wrong with them."""

from urllib.parse import urlsplit

import pytest

from kcfg.spec.urls import host_of, is_loopback, proxy_fault, server_fault


@pytest.mark.parametrize(
    "host", ["a", "a-1.example.com", "-a.b", "1.2.3.4", "a.", "a..b", "A.example.com", "a_b", "ä.de"]
)
@pytest.mark.parametrize("rest", ["", "/", ":443", ":6443/", ":65535", ":", "/path", "?q", "#f"])
def test_a_common_address_is_read_as_every_other(host, rest):
    for url in (f"https://{host}{rest}", f"http://{host}{rest}"):
        parts = urlsplit(url)

        assert host_of(url) == (parts.hostname or "")
        assert (server_fault(url), proxy_fault(url)) == (None, None)


@pytest.mark.parametrize("port", ["99999", "65536", "x", "-1", " 1"])
def test_no_port_is_a_fault_still(port):
    assert server_fault(f"https://a.example.com:{port}") is not None


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True), ("127.1.2.3", True), ("[::1]", True), ("0.0.0.0", True), ("[::ffff:127.0.0.1]", True),
        ("localhost", True), ("a.localhost.", True), ("192.0.2.1", False), ("a1", False), ("[2001:db8::1]", False),
    ],
)  # fmt: skip
def test_which_addresses_lead_to_the_machine_itself(host, is_own):
    assert is_loopback(f"https://{host}:6443") == is_own
