"""What a read-only proxy lets pass: paths in every spelling, judged in the form that an API server sees."""

import random
from urllib.parse import quote, unquote

import pytest

from kcfg.proxy.judge import Passed, Refused, judge, plain_path

READ = [
    "/api",
    "/apis",
    "/version",
    "/openapi/v2",
    "/openapi/v3/apis/apps/v1?hash=1",
    "/healthz",
    "/livez/etcd",
    "/readyz?verbose",
    "/api/v1/pods",
    "/api/v1/namespaces/shop/pods?watch=true&resourceVersion=5",
    "/api/v1/namespaces/shop",
    "/api/v1/namespaces/shop/pods/web-0/log?follow=true",
    "/apis/apps/v1/namespaces/shop/deployments/web/scale",
    "/api/v1/namespaces/proxy/pods/exec",
    "/api/v1/namespaces/secrets",
    "/api/v1/namespaces/secrets/pods",
    "/api/v1/namespaces/shop/status",
    "/api/v1/watch/namespaces/shop/pods",
    "/api/v1/namespaces/shop/configmaps/secrets",
    "/apis/metrics.k8s.io/v1beta1/nodes",
    "/api/v1/namespaces/shop/services/attach",
]
REFUSED = [
    "/api/v1/secrets",
    "/api/v1/namespaces/shop/secrets",
    "/api/v1/namespaces/shop/secrets/token",
    "/api/v1/secrets?watch=1",
    "/api/v1/watch/secrets",
    "/api/v1/watch/namespaces/shop/secrets/token",
    "/api/v1/namespaces/shop/pods/web-0/exec?command=sh",
    "/api/v1/namespaces/shop/pods/web-0/attach",
    "/api/v1/namespaces/shop/pods/web-0/portforward",
    "/api/v1/namespaces/shop/pods/web-0/proxy/x",
    "/api/v1/namespaces/shop/services/https:web:443/proxy/",
    "/api/v1/nodes/n/proxy/run/shop/web-0/c",
    "/api/v1/nodes/n/proxy",
    "/api/v1/proxy/nodes/n/pods",
    "/metrics",
    "/logs/",
    "/debug/pprof/",
    "/",
    "/ui",
    "/apis/example.com/v1/things/x/proxy",
]
QUESTION = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def verdict(target, method="GET", *, with_secrets=False, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return judge(method, target, named, with_secrets=with_secrets)


@pytest.mark.parametrize("target", READ)
def test_what_reads_passes_as_it_is(target):
    assert verdict(target) == Passed(target)
    for method in ("POST", "PUT", "PATCH", "DELETE", "DELETECOLLECTION", "CONNECT", "OPTIONS", "get"):
        assert isinstance(verdict(target, method), Refused)


@pytest.mark.parametrize("target", REFUSED)
def test_what_connects_or_is_secret_does_not_pass(target):
    if target == "/":
        assert verdict(target) == Passed("/")
    else:
        assert isinstance(verdict(target), Refused)


@pytest.mark.parametrize("target", [each for each in REFUSED if "secrets" in each])
def test_secrets_pass_on_demand(target):
    assert isinstance(verdict(target, with_secrets=True), Passed)


def spelled(path, draw):
    """Another spelling of a path, which means the same to a server that decodes once and cleans."""
    found = []
    for segment in path.split("/")[1:]:
        text = "".join(f"%{ord(char):02x}" if draw.random() < 0.4 else char for char in segment)
        found += draw.choice([[text], [".", text], ["", text], ["x", "..", text], ["%2e", text], ["x", "%2E%2e", text]])
    glue = draw.choice(["/", "/", "%2F", "//"])
    return "/" + glue.join(found)


@pytest.mark.parametrize("target", [each for each in (*READ, *REFUSED) if each != "/"])
def test_no_spelling_changes_the_verdict(target):
    draw = random.Random(target)
    path, mark, query = target.partition("?")
    for _ in range(50):
        found = verdict(spelled(path, draw) + mark + query)
        assert type(found) is type(verdict(target))
        if isinstance(found, Passed):
            assert plain_path(found.target.partition("?")[0]) == plain_path(path)


@pytest.mark.parametrize(
    "target",
    ["api/v1/pods", "https://evil.example.com/api", "/api/v1/pods%00", "/api\\v1/secrets", "/api/%ff",
     "/api/v1/pods?a b", "/api/v1/p\x7fods", "*", "", "/api/v1/pods?\r\nX: y"],
)  # fmt: skip
def test_what_is_no_path_is_refused(target):
    assert isinstance(verdict(target), Refused)


@pytest.mark.parametrize("header", ["impersonate_user", "impersonate_group", "impersonate_extra_a", "upgrade"])
def test_headers_that_make_more_of_a_request_are_refused(header):
    assert isinstance(verdict("/api/v1/pods", **{header: "x"}), Refused)
    assert isinstance(verdict("/api/v1/pods", connection="keep-alive, Upgrade"), Refused)


def test_questions_about_oneself_may_be_asked_and_nothing_below_them():
    assert verdict(QUESTION, "POST") == Passed(QUESTION)
    assert isinstance(verdict("/apis/authentication.k8s.io/v1/selfsubjectreviews", "POST"), Passed)
    for target in (f"{QUESTION}/x", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                   "/api/v1/namespaces/a/serviceaccounts/b/token",
                   "/apis/example.com/v1/selfsubjectaccessreviews"):  # fmt: skip
        assert isinstance(verdict(target, "POST"), Refused)


def test_what_is_sent_on_is_what_was_judged():
    """A second decoding by anybody on the way changes nothing: what is left of a % is written as one."""
    found = verdict("/api/v1/namespaces/shop/pods/%252e%252e/log")
    assert isinstance(found, Passed)
    assert unquote(found.target) == "/api/v1/namespaces/shop/pods/%2e%2e/log"
    assert quote("%2e", safe="") in found.target
