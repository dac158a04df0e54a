"""Laws of the kubeconfig operations, over random kubeconfigs."""

import copy

from hypothesis import assume, example, given
from hypothesis import strategies as st
from kubeconfigs import SEVERAL, VALID, as_indented_json, as_json, as_yaml, by_libyaml, configs

from kcfg.errors import KcfgError
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.merge import merge, merge_all, same_entry
from kcfg.kubeconfig.minify import extract, minify
from kcfg.kubeconfig.model import SECTIONS
from kcfg.kubeconfig.redact import redact
from kcfg.yaml.edit import edit_text
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.emit_json import dump_json
from kcfg.yaml.plain import same


def read(text):
    try:
        return decode(by_libyaml(text.encode(), "file"))
    except KcfgError:
        assume(False)


REFERENCES = (("clusters", "cluster"), ("users", "user"))
CONFIGS = VALID.map(as_json)


def value(config):
    return dump_yaml(config.to_value(unknown=True))


@SEVERAL
@given(st.lists(CONFIGS, min_size=1, max_size=4))
def test_merge_first_wins(texts):
    configs = [read(text) for text in texts]
    merged = merge(configs)

    for section in SECTIONS:
        names = {name for config in configs for name in config.section(section)}
        assert set(merged.section(section)) == names
        for name in names:
            first = next(config for config in configs if name in config.section(section))
            assert merged.section(section)[name].body == first.section(section)[name].body
    assert merged.current_context == next((c.current_context for c in configs if c.current_context), "")


@SEVERAL
@given(CONFIGS, CONFIGS, CONFIGS)
def test_merge_is_associative(one, two, three):
    one, two, three = read(one), read(two), read(three)

    assert value(merge([merge([one, two]), three])) == value(merge([one, merge([two, three])]))


@SEVERAL
@given(st.lists(CONFIGS, min_size=2, max_size=4))
def test_merge_with_rename_loses_nothing(texts):
    configs = [read(text) for text in texts]
    merged = merge_all(configs, on_conflict="rename", new_name=lambda name, index: f"{name}-{index}")

    for config in configs:
        for section in ("clusters", "users"):
            for entry in config.section(section).values():
                assert any(same_entry(entry, kept) for kept in merged.section(section).values())
        for context in config.contexts.values():
            assert any(_leads_to_the_same(config, context, merged, kept) for kept in merged.contexts.values())


def _leads_to_the_same(config, context, merged, kept):
    for section, field in REFERENCES:
        wanted = config.section(section).get(context.body.get(field) or "")
        found = merged.section(section).get(kept.body.get(field) or "")
        if wanted is not None and (found is None or not same_entry(wanted, found)):
            return False
    return (kept.body.get("namespace") or "") == (context.body.get("namespace") or "")


@SEVERAL
@given(configs(least=1).map(as_json), st.data())
def test_minify_is_closed_and_repeats(text, data):
    config = read(text)
    name = data.draw(st.sampled_from(sorted(config.contexts)))
    assume(name)
    try:
        small = minify(config, name)
    except KcfgError:
        context = config.contexts[name].body
        missing = [
            context.get(field) and context[field] not in config.section(f"{field}s") for field in ("cluster", "user")
        ]
        assert any(missing)
        return

    assert list(small.contexts) == [name] == [small.current_context]
    for section, field in REFERENCES:
        referred = small.contexts[name].body.get(field)
        assert list(small.section(section)) == ([referred] if referred else [])
    assert value(minify(small, None)) == value(small)


@SEVERAL
@given(configs(least=1).map(as_json))
def test_extract_of_everything_keeps_every_context(text):
    config = read(text)
    try:
        kept = extract(config, list(config.contexts))
    except KcfgError:
        return

    assert set(kept.contexts) == set(config.contexts)


@SEVERAL
@given(CONFIGS)
@example('{"kind": "Config", "apiVersion": "v1", "extensions": [{"name": "x", "extension": {"<<": [], "y": -0.0}}]}')
def test_what_is_printed_reads_back(text):
    config = read(text)

    for dump in (dump_yaml, dump_json):
        again = read(dump(config.to_value(unknown=True)))
        assert value(again) == value(config)


SECRET = "hunter-2-hunter"


def plants(config, draw):
    """Put SECRET wherever a kubeconfig may hold one."""
    places = []
    for item in config.get("users") or []:
        body = item["user"]
        places += [(body, "token", SECRET), (body, "password", SECRET), (body, "client-key-data", "aHVudGVyLTI=")]
        places.append(
            (body, "exec", {"command": "c", "args": ["--token", SECRET], "env": [env("TOKEN"), env("PLAIN")]})
        )
        places.append((body, "auth-provider", {"name": "oidc", "config": {"id-token": SECRET, "client-id": "shown"}}))
    for item in config.get("clusters") or []:
        places += [(item["cluster"], name, f"https://u:{SECRET}@example.com") for name in ("server", "proxy-url")]
        places.append((item["cluster"], "extensions", [{"name": "x", "extension": {"secret": SECRET, "a": 1}}]))
    for body, field, planted in places:
        if draw(st.booleans()):
            body[field] = planted


def env(name):
    return {"name": name, "value": "shown" if name == "PLAIN" else SECRET}


@SEVERAL
@given(VALID, st.data())
def test_redact_hides_every_secret_and_changes_nothing_else(config, data):
    config = copy.deepcopy(config)
    plants(config, data.draw)
    before = read(as_json(config))
    text_before = value(before)
    after = redact(before)

    assert SECRET not in value(after)
    assert "aHVudGVy" not in value(after)
    assert value(before) == text_before
    changes = list(_changes(before.to_value(unknown=True), after.to_value(unknown=True)))
    assert all(hidden in ("REDACTED", "DATA+OMITTED") or "REDACTED@" in hidden for hidden in changes)


def _changes(old, new):
    if isinstance(old, dict) and isinstance(new, dict):
        # kubectl shows an empty client key as omitted data.
        assert set(new) - {"client-key-data"} == set(old) - {"client-key-data"}
        old = {key: old.get(key) for key in new}
        for key in old:
            yield from _changes(old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        assert len(old) == len(new)
        for one, other in zip(old, new, strict=True):
            yield from _changes(one, other)
    elif old != new:
        yield str(new)


@SEVERAL
@given(VALID, VALID, st.sampled_from([as_json, as_yaml, as_indented_json]), st.booleans())
def test_an_edited_text_means_what_was_asked(before, after, style, crlf):
    text = style(before)
    try:
        document = by_libyaml((text.replace("\n", "\r\n") if crlf else text).encode(), "file")
    except KcfgError:
        assume(False)
    assume(document.value and not document.duplicate_keys)

    try:
        edited = edit_text(document.text, "file", after)
    except KcfgError as error:
        assume("cannot be edited" not in str(error))
        raise

    assert same(by_libyaml(edited.encode(), "file").value, after)
