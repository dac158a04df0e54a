"""The law of what is held back: nothing new in a written file meets an endpoint that is not the spec's."""

from hypothesis import given
from hypothesis import strategies as st
from kubeconfigs import SEVERAL

from kcfg.apply.write import new_text
from kcfg.dataclass import replace
from kcfg.kubeconfig.applied import CURRENT, Applied, Record, canonical_entries
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.model import Entry, Kubeconfig
from kcfg.kubeconfig.plan import Meeting, Options, Refused, selected_keys
from kcfg.kubeconfig.threeway import make_plan
from kcfg.yaml.emit import dump_yaml

NAMES = st.sampled_from(["a", "b", "c"])
ENDPOINT = ("server", "proxy-url", "certificate-authority", "tls-server-name", "insecure-skip-tls-verify")
CLUSTER = st.sampled_from(
    [
        {"server": "https://one.example.com"},
        {"server": "https://two.example.com"},
        {"server": "https://one.example.com", "proxy-url": "https://proxy.example.com"},
        {"server": "https://one.example.com", "certificate-authority": "other.crt"},
        {"server": "https://one.example.com", "tls-server-name": "other.example.com"},
        {"server": "https://one.example.com", "insecure-skip-tls-verify": True},
        {"server": "https://one.example.com", "disable-compression": True},
    ]
)
USER = st.sampled_from([{"tokenFile": "one"}, {"tokenFile": "two"}])


@st.composite
def configs(draw):
    found = Kubeconfig()
    found.clusters = {name: Entry(name, dict(body)) for name, body in draw(st.dictionaries(NAMES, CLUSTER)).items()}
    found.users = {name: Entry(name, dict(body)) for name, body in draw(st.dictionaries(NAMES, USER)).items()}
    for name, (cluster, user, space) in draw(
        st.dictionaries(NAMES, st.tuples(NAMES, NAMES, st.sampled_from(["x", "y"])))
    ).items():
        found.contexts[name] = Entry(name, {"cluster": cluster, "user": user, "namespace": space})
    found.current_context = draw(st.sampled_from(["", "a", "b"]))
    return found


OPTIONS = st.builds(Options, st.booleans(), st.booleans(), st.sampled_from(["abort", "spec", "actual"]))
SOME = st.none() | st.sets(NAMES, min_size=1)  # the contexts that are selected


@st.composite
def states(draw):
    """What kcfg wrote, what is there (some of it as kcfg wrote it), and what the spec says."""
    wrote, actual, target = draw(configs()), draw(configs()), draw(configs())
    for section in ("clusters", "users", "contexts"):
        for name, entry in wrote.section(section).items():
            if draw(st.booleans()):
                actual.section(section)[name] = Entry(name, dict(entry.body))
    applied = Applied(b"salt")
    applied.entries = {key: Record("acme", applied.digest(body)) for key, body in canonical_entries(wrote).items()}
    return applied, actual, target


def written(plan, actual):
    file = KubeconfigFile("x", dump_yaml(actual.to_value()).encode())
    return KubeconfigFile("x", new_text(file, plan)).config


def endpoint(config, cluster):
    body = config.clusters[cluster].body
    return {field: body[field] for field in ENDPOINT if body.get(field)}


def body_of(section, name, config):
    entry = config.section(section).get(name)
    return None if entry is None else entry.body


@SEVERAL
@given(state=states(), options=OPTIONS, some=SOME)
def test_nothing_new_meets_an_endpoint_that_is_not_the_specs(state, options, some):
    applied, actual, target = state
    options = options if some is None else replace(options, selected=selected_keys(some, actual, target))
    plan = make_plan(applied, actual, target, spec="acme", options=options)
    after = written(plan, actual)

    for name, context in after.contexts.items():
        cluster, user = context.body["cluster"], context.body["user"]
        if cluster not in after.clusters:
            continue  # no endpoint
        is_new = body_of("contexts", name, actual) != context.body
        credential = body_of("users", user, after)
        is_new |= credential is not None and credential != body_of("users", user, actual)
        if is_new:
            assert cluster in target.clusters
            assert endpoint(after, cluster) == endpoint(target, cluster)
    if after.current_context != actual.current_context and after.current_context in after.contexts:
        cluster = after.contexts[after.current_context].body["cluster"]
        if cluster in after.clusters:
            assert endpoint(after, cluster) == endpoint(target, cluster)


@SEVERAL
@given(state=states(), options=OPTIONS)
def test_what_is_held_back_has_a_cause_and_a_reason(state, options):
    applied, actual, target = state
    plan = make_plan(applied, actual, target, spec="acme", options=options)
    others = [name for name in actual.clusters if name not in target.clusters]

    assert all(change.reason for change in plan.open)
    assert all(change.section != "clusters" and change.cause for change in plan.of("held"))
    assert not plan.of("held") or others or plan.of("conflict", "kept")


@SEVERAL
@given(state=states(), options=OPTIONS, some=st.sets(NAMES, min_size=1))
def test_what_is_not_selected_stays(state, options, some):
    applied, actual, target = state
    options = replace(options, selected=selected_keys(some, actual, target))
    plan = make_plan(applied, actual, target, spec="acme", options=options)
    before, after = canonical_entries(actual), canonical_entries(written(plan, actual))

    assert {key for key in {*before, *after} if before.get(key) != after.get(key)} <= options.selected
    assert {(each.section, each.name) for each in (*plan.writes, *plan.open)} <= options.selected


@st.composite
def refusals(draw, target):
    """What the gate may refuse of a spec: users, and pairs of user and cluster with every context that joins them."""
    users = draw(st.sets(NAMES, max_size=1))
    pairs = draw(st.sets(st.tuples(NAMES, NAMES), max_size=2))
    meetings = [
        Meeting(name, *pair, "new")
        for name, entry in target.contexts.items()
        if (pair := (entry.body["cluster"], entry.body["user"])) in pairs
    ]
    return Refused(dict.fromkeys(users, "new"), meetings)


@SEVERAL
@given(data=st.data(), state=states(), options=OPTIONS)
def test_what_the_gate_refuses_is_not_written(data, state, options):
    applied, actual, target = state
    refused = data.draw(refusals(target))
    plan = make_plan(applied, actual, target, spec="acme", options=replace(options, refused=refused))
    after = written(plan, actual)

    def is_new(section, name):
        return body_of(section, name, after) not in (None, body_of(section, name, actual))

    assert not any(is_new("users", name) for name in refused.users)
    assert not any(
        is_new("contexts", name) for name, entry in target.contexts.items() if entry.body["user"] in refused.users
    )
    for each in refused.meetings:
        keys = [("contexts", each.context), ("clusters", each.cluster), ("users", each.user)]
        is_met = all(body_of(*key, after) == body_of(*key, target) != None for key in keys)  # noqa: E711
        assert not is_met or not any(is_new(*key) for key in keys)


@SEVERAL
@given(target=configs(), other=CLUSTER)
def test_what_has_nothing_to_do_with_a_conflict_is_written(target, other):
    """In a file with one foreign cluster, all is written but the contexts on it and the users of these alone."""
    actual = Kubeconfig()
    actual.clusters["a"] = Entry("a", dict(other))
    plan = make_plan(Applied(b"salt"), actual, target, spec="acme")
    wanted = canonical_entries(target)
    on_it = {name for name, entry in target.contexts.items() if entry.body["cluster"] == "a"}
    free = {entry.body["user"] for name, entry in target.contexts.items() if name not in on_it}
    theirs = {target.contexts[name].body["user"] for name in on_it} - free

    conflict = bool(plan.of("conflict")) or "a" not in target.clusters
    held = {(change.section, change.name) for change in plan.of("held")}
    for section, name in wanted.keys() - {("clusters", "a")}:
        waits = {"contexts": name in on_it, "users": name in theirs, CURRENT: target.current_context in on_it}
        assert ((section, name) in held) == (conflict and waits.get(section, False))


def test_a_cluster_that_is_gone_on_both_sides_holds_nothing_back():
    target = Kubeconfig()
    target.contexts["a"] = Entry("a", {"cluster": "a", "user": "a"})
    applied = Applied(b"salt")
    applied.entries["clusters", "a"] = Record("acme", applied.digest({"server": "https://one.example.com"}))

    plan = make_plan(applied, Kubeconfig(), target, spec="acme")

    assert [(change.action, change.title) for change in plan.changes] == [
        ("forget", "cluster/a"),
        ("create", "context/a"),
    ]
