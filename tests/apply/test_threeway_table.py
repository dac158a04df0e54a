"""Every cell of last-applied by actual by target, for every section, and for what contexts share."""

import pytest

from kcfg.kubeconfig.applied import CURRENT, Applied, Record, canonical_entries
from kcfg.kubeconfig.model import Entry, Kubeconfig
from kcfg.kubeconfig.plan import Options
from kcfg.kubeconfig.threeway import make_plan, records_after

ONE, TWO, THREE = "one", "two", "three"
FIELD = {"clusters": "server", "users": "token", "contexts": "cluster"}
# kcfg wrote ONE (or nothing, or another spec did) → there is … → the spec says … → the action without options.
CELLS = [
    ("absent", None, ONE, "create"),
    ("absent", ONE, None, "unmanaged"),
    ("absent", ONE, ONE, "unmanaged"),
    ("absent", TWO, ONE, "conflict"),
    ("one", None, None, "forget"),
    ("one", None, ONE, "conflict"),
    ("one", None, TWO, "conflict"),
    ("one", ONE, None, "orphaned"),
    ("one", ONE, ONE, "unchanged"),
    ("one", ONE, TWO, "update"),
    ("one", TWO, None, "orphaned"),
    ("one", TWO, ONE, "conflict"),
    ("one", TWO, TWO, "unchanged"),
    ("one", TWO, THREE, "conflict"),
    ("other", None, ONE, "create"),
    ("other", ONE, None, "unmanaged"),
    ("other", ONE, ONE, "unmanaged"),
    ("other", ONE, TWO, "conflict"),
]
WITH = {
    Options(prune=True): {("one", ONE, None): "delete", ("one", TWO, None): "conflict"},
    Options(adopt=True): {
        ("absent", ONE, ONE): "adopt",
        ("absent", TWO, ONE): "update",
        ("other", ONE, ONE): "adopt",
        ("other", ONE, TWO): "update",
    },
    Options(on_conflict="spec"): {
        ("one", None, ONE): "create",
        ("one", None, TWO): "create",
        ("one", TWO, ONE): "update",
        ("one", TWO, THREE): "update",
    },
    Options(on_conflict="spec", prune=True): {
        ("one", None, ONE): "create",
        ("one", None, TWO): "create",
        ("one", TWO, ONE): "update",
        ("one", TWO, THREE): "update",
        ("one", ONE, None): "delete",
        ("one", TWO, None): "delete",
    },
    Options(on_conflict="actual"): {
        ("absent", TWO, ONE): "kept",
        ("one", None, ONE): "kept",
        ("one", None, TWO): "kept",
        ("one", TWO, ONE): "kept",
        ("one", TWO, THREE): "kept",
        ("other", ONE, TWO): "kept",
    },
}


def config(section, value):
    found = Kubeconfig()
    if value is not None and section == CURRENT:
        found.current_context = value
    elif value is not None:
        found.section(section)["x"] = Entry("x", {FIELD[section]: value})
    return found


def applied(section, who):
    made = Applied(b"salt")
    if who != "absent":
        key = (section, "" if section == CURRENT else "x")
        body = canonical_entries(config(section, ONE))[key]
        made.entries[key] = Record("acme" if who == "one" else "other", made.digest(body))
    return made


def action(section, who, actual, target, options=None):
    plan = make_plan(
        applied(section, who), config(section, actual), config(section, target), spec="acme", options=options
    )
    (change,) = plan.changes
    return change.action


@pytest.mark.parametrize("section", FIELD)
@pytest.mark.parametrize(("who", "actual", "target", "expected"), CELLS)
def test_a_cell(section, who, actual, target, expected):
    assert action(section, who, actual, target) == expected


@pytest.mark.parametrize("options", WITH, ids=repr)
@pytest.mark.parametrize(("who", "actual", "target", "expected"), CELLS)
def test_a_cell_with_options(options, who, actual, target, expected):
    assert action("users", who, actual, target, options) == WITH[options].get((who, actual, target), expected)


@pytest.mark.parametrize(
    ("who", "actual", "target", "expected"),
    [
        ("absent", None, ONE, "create"),
        ("absent", TWO, ONE, "update"),  # declaring it means to set it
        ("absent", ONE, ONE, "adopt"),
        ("absent", ONE, None, "unmanaged"),
        ("one", ONE, ONE, "unchanged"),
        ("one", ONE, TWO, "update"),
        ("one", TWO, ONE, "unchanged"),  # somebody switched: it is the user's
        ("one", TWO, TWO, "unchanged"),
        ("one", TWO, THREE, "unchanged"),
        ("one", None, ONE, "unchanged"),
        ("one", ONE, None, "forget"),  # no longer declared: left as it is
        ("one", TWO, None, "forget"),
        ("one", None, None, "forget"),
    ],
)
def test_a_cell_of_current_context(who, actual, target, expected):
    assert action(CURRENT, who, actual, target) == expected
    assert action(CURRENT, who, actual, target, Options(prune=True)) == expected


SPACES = [
    (ONE, ONE, "unchanged", ONE),
    (ONE, TWO, "update", TWO),  # as kcfg wrote it: it follows the spec
    (TWO, ONE, "unchanged", TWO),  # changed: it is the user's
    (TWO, THREE, "unchanged", TWO),
    (TWO, TWO, "unchanged", TWO),
    (None, ONE, "unchanged", None),
    (None, TWO, "unchanged", None),
]


def spaced(space, cluster="c"):
    found = Kubeconfig()
    found.contexts["x"] = Entry("x", {"cluster": cluster, **({"namespace": space} if space else {})})
    return found


def remembering(value):
    made = Applied(b"salt")
    made.entries = {key: made.record("acme", key, body) for key, body in canonical_entries(value).items()}
    return made


@pytest.mark.parametrize(("actual", "target", "expected", "then"), SPACES)
@pytest.mark.parametrize("cluster", ["c", "d"])
def test_a_namespace_that_the_user_changed_stays_and_the_rest_follows_the_spec(actual, target, expected, then, cluster):
    known = remembering(spaced(ONE))
    there = spaced(actual)
    for wanted in (spaced(target, cluster), spaced(target, cluster)):  # once more: it is the user's still
        plan = make_plan(known, there, wanted, spec="acme")
        (change,) = plan.changes
        assert change.action == (expected if cluster == "c" or there.contexts["x"].body["cluster"] == "d" else "update")
        assert change.after == spaced(then, cluster).contexts["x"].body
        known = Applied(b"salt", records_after(plan, known, canonical_entries(there)))
        there, expected = spaced(then, cluster), "unchanged"


def test_what_else_was_changed_in_a_context_is_a_conflict():
    there = spaced(TWO, "other")
    plan = make_plan(remembering(spaced(ONE)), there, spaced(THREE), spec="acme")

    assert [change.action for change in plan.changes] == ["conflict"]


@pytest.mark.parametrize(
    ("actual", "target", "action"),
    [(TWO, ONE, "update"), (TWO, THREE, "update"), (TWO, TWO, "unchanged"), (None, ONE, "written")],
)
def test_managed_fields_are_the_specs(actual, target, action):
    manage = Options(manage=frozenset(("namespace", "current-context")))

    (space,) = make_plan(remembering(spaced(ONE)), spaced(actual), spaced(target), spec="acme", options=manage).changes
    (current,) = make_plan(
        applied(CURRENT, "one"), config(CURRENT, actual), config(CURRENT, target), spec="acme", options=manage
    ).changes

    written = ["update", "create"] if action == "written" else [action, action]
    assert [space.action, current.action] == written
    if action != "unchanged":
        assert space.after == spaced(target).contexts["x"].body


def test_a_namespace_changed_since_an_older_kcfg_wrote_it_is_the_users():
    known = applied("contexts", "absent")
    body = canonical_entries(spaced(ONE))["contexts", "x"]
    known.entries["contexts", "x"] = Record("acme", known.digest(body))

    (change,) = make_plan(known, spaced(TWO), spaced(ONE), spec="acme").changes

    assert (change.action, change.after) == ("unchanged", spaced(TWO).contexts["x"].body)


def test_a_context_whose_namespace_was_changed_is_pruned():
    prune = Options(prune=True)

    (change,) = make_plan(remembering(spaced(ONE)), spaced(TWO), Kubeconfig(), spec="acme", options=prune).changes

    assert change.action == "delete"


def test_a_switched_current_context_that_is_switched_back_follows_the_spec():
    known = applied(CURRENT, "one")
    plan = make_plan(known, config(CURRENT, TWO), config(CURRENT, THREE), spec="acme")
    known = Applied(b"salt", records_after(plan, known, canonical_entries(config(CURRENT, TWO))))

    (change,) = make_plan(known, config(CURRENT, ONE), config(CURRENT, THREE), spec="acme").changes

    assert change.action == "update"


def fleet(*contexts):
    found = Kubeconfig()
    for name, cluster, user in contexts:
        found.contexts[name] = Entry(name, {"cluster": cluster, "user": user})
        found.clusters[cluster] = Entry(cluster, {"server": f"https://{cluster}.example.com"})
        found.users[user] = Entry(user, {"tokenFile": user})
    return found


def managing(actual):
    made = Applied(b"salt")
    made.entries = {key: Record("acme", made.digest(body)) for key, body in canonical_entries(actual).items()}
    return made


def actions(plan):
    return {change.title: change.action for change in plan.changes}


def test_a_shared_cluster_stays_while_another_context_of_the_spec_needs_it():
    before = fleet(("a", "shared", "ua"), ("b", "shared", "ub"))

    plan = make_plan(managing(before), before, fleet(("a", "shared", "ua")), spec="acme", options=Options(prune=True))

    assert actions(plan) == {
        "cluster/shared": "unchanged", "user/ua": "unchanged", "user/ub": "delete",
        "context/a": "unchanged", "context/b": "delete",
    }  # fmt: skip


def test_a_cluster_that_a_context_of_the_user_needs_is_not_pruned():
    before = fleet(("a", "ca", "ua"))
    known = managing(before)
    before.contexts["mine"] = Entry("mine", {"cluster": "ca", "user": "me"})

    plan = make_plan(known, before, Kubeconfig(), spec="acme", options=Options(prune=True))

    assert actions(plan) == {
        "cluster/ca": "orphaned", "user/ua": "delete", "context/a": "delete", "context/mine": "unmanaged",
    }  # fmt: skip
    assert "'mine'" in plan.of("orphaned")[0].reason


def test_what_stays_for_a_context_is_pruned_once_that_is_gone():
    before = fleet(("a", "ca", "ua"))
    known = managing(before)
    del before.contexts["a"]

    plan = make_plan(known, before, Kubeconfig(), spec="acme", options=Options(prune=True))

    assert actions(plan) == {"cluster/ca": "delete", "user/ua": "delete", "context/a": "forget"}


def test_a_copy_of_a_file_that_kcfg_wrote_is_adopted_where_it_equals_the_spec_and_nowhere_else():
    from kcfg.kubeconfig.kcfg_marker import with_marker

    wanted = fleet(("a", "ca", "ua"), ("b", "cb", "ub"))
    for entry in wanted.contexts.values():
        entry.body = with_marker(entry.body, "acme", {}, protected=False)
    copy = wanted.copy()
    copy.clusters["cb"].body = {"server": "https://changed.example.com"}

    plan = make_plan(Applied(b"salt"), copy, wanted, spec="acme")

    assert actions(plan) == {
        "cluster/ca": "adopt", "user/ua": "adopt", "context/a": "adopt",
        "cluster/cb": "conflict", "user/ub": "adopt", "context/b": "adopt",
    }  # fmt: skip
    assert [change.title for change in plan.writes] == []


def test_a_hint_alone_never_prunes():
    from kcfg.kubeconfig.kcfg_marker import with_marker

    copy = fleet(("a", "ca", "ua"))
    copy.contexts["a"].body = with_marker(copy.contexts["a"].body, "acme", {}, protected=False)

    plan = make_plan(Applied(b"salt"), copy, Kubeconfig(), spec="acme", options=Options(prune=True, adopt=True))

    assert set(actions(plan).values()) == {"unmanaged"}


def test_what_was_managed_and_is_no_longer_there_is_forgotten():
    known = applied("users", "one")
    plan = make_plan(known, Kubeconfig(), Kubeconfig(), spec="acme")

    assert records_after(plan, known, {}) == {}


def test_a_pending_write_counts_where_the_file_shows_it():
    known = applied("users", "absent")
    body = canonical_entries(config("users", ONE))["users", "x"]
    known.pending["users", "x"] = Record("acme", known.digest(body))

    happened = make_plan(known, config("users", ONE), config("users", ONE), spec="acme")
    did_not = make_plan(known, Kubeconfig(), config("users", ONE), spec="acme")
    someone_else = make_plan(known, config("users", TWO), config("users", ONE), spec="acme")

    assert [plan.changes[0].action for plan in (happened, did_not, someone_else)] == ["unchanged", "create", "conflict"]


def test_a_pending_delete_counts_where_the_entry_is_gone():
    known = applied("users", "one")
    known.pending["users", "x"] = None

    gone = make_plan(known, Kubeconfig(), config("users", ONE), spec="acme")
    there = make_plan(known, config("users", ONE), config("users", ONE), spec="acme")

    assert [plan.changes[0].action for plan in (gone, there)] == ["create", "unchanged"]
