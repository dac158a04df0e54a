"""Values that fit a JSON Schema, made from it, and the places in them where one of its rules can be broken."""

import re
from typing import NamedTuple

from kcfg.spec.schema import reference, whole_schema
from kcfg.spec.sound import judge

HOSTILE = ["str", "SecretRefBox", "name", "labels", "cluster", "user", "context", "server", "protected", "", "0", "a\n"]
# Between what the languages of validators, models and YAML take for the same.
ODD = [None, True, False, 0, 1, 5.0, -1.5, 10**40, 1e23, float("inf"), float("nan"), "", "off", "a\n", "é" * 63, [], {}]
_N = r"[\r\n]*"
_C = rf"[A-Za-z0-9+/]{_N}"
_BASE64 = rf"^{_N}({_C}{_C}{_C}{_C})*({_C}{_C}={_N}={_N}|{_C}{_C}{_C}={_N})?$"
FITTING = {
    r"^ref\+[a-z0-9-]+://[^#]+(#.+)?$": ["ref+default://a/token", "ref+s-1://k#p"],
    r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$": ["a", "acme", "a.b-c0"],
    r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$": ["A", "prod", "a_B.c-0"],
    r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$": ["prod.yaml", "_", "teams/A-1/prod.kubeconfig"],
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$": ["a", "web", "a-0"],
    r"^[^, \t\r\n]+$": ["a", "https://a.example.com", "sts.example.com"],
    r"^[a-z0-9-]+$": ["default", "-", "s-1"],
    r"^[a-z][a-z0-9-]*$": ["keyring", "env", "file", "command", "ring-2"],
    r"^[A-Za-z_][A-Za-z0-9_-]*$": ["region", "_", "a-b"],
    _BASE64: ["", "RkFLRQ==", "RkFL\nRQ==\n", "\r\nRkF\r\nLRQ==", "RkE="],
}
OF_TYPE = {
    "string": ["a", "text", "é"],
    "boolean": [True, False],
    "integer": [1, 7],
    "number": [1, 2.5],
    "null": [None],
}
UNFIT = ["a b", "-a-!", "a\n", "", "ref+", "A_/", "=a", "RkFL=", "RkFLRQ="]


class Site(NamedTuple):
    """A rule of the schema (where it stands, which keyword) and the value that has to obey it."""

    rule: str
    keyword: str
    asked: object
    path: tuple
    node: dict
    way: frozenset | None  # None where it was met before


class Maker:
    """Makes values that fit, and remembers the sites of each."""

    def __init__(self, schema, random):
        self.schema, self.random, self.sites = schema, random, []
        self.ways = {}  # to a rule: the fields and lists that lead to it
        self._way, self._wanted = [], frozenset()

    def value(self, rule=None):
        """Return a value that fits; one that has a place for a rule that was met before."""
        self.sites, self._wanted = [], self.ways.get(rule, frozenset())
        value = self._make(self.schema, "", (), 0)
        for site in self.sites:
            self.ways.setdefault(site.rule, site.way)
        return value

    def _make(self, node, where, path, depth):
        self._way.append(where)
        try:
            return self._made(node, where, path, depth)
        finally:
            self._way.pop()

    def _made(self, node, where, path, depth):
        if isinstance(node, dict) and "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            return self._make(self.schema["$defs"][name], name, path, depth)
        if node is True or not (node.keys() & {"type", "const", "enum", "then"}):
            return self.random.choice(ODD)
        types = [node["type"]] if isinstance(node.get("type"), str) else list(node.get("type", ()))
        if "then" in node and "type" not in node:  # flat, or wrapped as a kubeconfig has it
            wanted = [each for each in ("then", "else") if f"{where}/{each}" in self._wanted]
            branch = self.random.choice(wanted or ["then", "else"])
            (wrapper,) = node["if"]["required"]
            found = self._make(node[branch], f"{where}/{branch}", path, depth)
            # Without its wrapper an entry is judged as a flat one.
            self.sites = [each for each in self.sites if each.path != path or each.asked != wrapper]
            return found
        self._site(where, "type", node.get("type"), path, node)
        if "then" in node and (f"{where}/then" in self._wanted or self.random.random() < 0.8 - depth / 20):
            return self._make(node["then"], f"{where}/then", path, depth)
        for keyword in ("const", "enum"):
            if keyword in node:
                self._site(where, keyword, node[keyword], path, node)
                return node["const"] if keyword == "const" else self.random.choice(node["enum"])
        if "then" in node:
            types.remove("object")
        if where in self._wanted and len(types) > 1 and "null" in types:
            types.remove("null")
        kind = "null" if "null" in types and self.random.random() < 0.1 else self.random.choice(types)
        if kind == "object":
            return self._object(node, where, path, depth)
        if kind == "array":
            return self._array(node, where, path, depth)
        return self._scalar(node, kind, where, path)

    def _scalar(self, node, kind, where, path):
        for keyword in ("pattern", "minLength", "maxLength", "minimum", "exclusiveMinimum", "maximum"):
            if keyword in node:
                self._site(where, keyword, node[keyword], path, node)
        return self.random.choice(FITTING[node["pattern"]] if "pattern" in node else OF_TYPE[kind])

    def _array(self, node, where, path, depth):
        if least := node.get("minItems", 0):
            self._site(where, "minItems", least, path, node)
        size = max(least, f"{where}[]" in self._wanted, self.random.choice([0, 1, 1, 2]))
        return [self._make(node["items"], f"{where}[]", (*path, index), depth + 1) for index in range(size)]

    def _object(self, node, where, path, depth):
        for keyword in ("required", "minProperties", "additionalProperties"):
            asked = node.get(keyword)
            if asked is False or (asked and keyword != "additionalProperties"):
                self._site(where, keyword, asked, path, node)
        needed = node.get("required", [])
        chance = 0.3 if depth < 6 else 0.15
        found = {
            name: self._make(field, f"{where}.{name}", (*path, name), depth + 1)
            for name, field in node.get("properties", {}).items()
            if name in needed or f"{where}.{name}" in self._wanted or self.random.random() < chance
        }
        for pattern, field in node.get("patternProperties", {}).items():
            key = self.random.choice(FITTING[pattern])
            found[key] = self._make(field, f"{where}.*", (*path, key), depth + 1)
        if isinstance(more := node.get("additionalProperties"), dict) or more is True:
            least = max(node.get("minProperties", 0), f"{where}.*" in self._wanted)
            for key in self.random.sample(HOSTILE, max(least, self.random.choice([0, 1, 2]))):
                found[key] = self._make(more, f"{where}.*", (*path, key), depth + 1)
        return found

    def _site(self, where, keyword, asked, path, node):
        if asked is not None:
            names = asked if keyword == "required" else [None]
            for name in names:
                rule = f"{where} {keyword} {name or ''}".rstrip()
                way = None if rule in self.ways else frozenset(self._way)
                self.sites.append(Site(rule, keyword, name or asked, path, node, way))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def put(value, path, item):
    """Return a value with another item at a path, changed in place where it has places."""
    if not path:
        return item
    at(value, path[:-1])[path[-1]] = item
    return value


def broken(value, site, sites, random):
    """Return a value that breaks a rule at a site, changed in place; None where this site has no way to."""
    here = at(value, site.path)
    # What a field may be besides what is referred to: null, a text.
    types = next(each.node["type"] for each in sites if each.path == site.path and "type" in each.node)
    unfit = {
        "const": ["nope", "", "kcfg/v1\n"],
        "enum": ["nope", "off ", "kcfg/v1\n"],
        "minLength": [""],
        "maxLength": ["a" * (site.asked + 1)] if site.keyword == "maxLength" else [],
        "minItems": [[]],
        "minProperties": [{}],
        "minimum": [-1, -7],
        "exclusiveMinimum": [0, -1, 0.0],
        "maximum": [301, 300.5, float("inf")],
        "pattern": [each for each in UNFIT if site.keyword == "pattern" and not fits(site.asked, each)],
        "type": [each for each in (*ODD, "a") if not is_of(each, types)],
    }
    if site.keyword == "required":
        return put(value, site.path, {k: v for k, v in here.items() if k != site.asked}) if site.asked in here else None
    if site.keyword == "additionalProperties":
        names = {*site.node.get("properties", {})}
        free = [key for key in (*HOSTILE, "nope") if key not in names and not _may_have(site.node, key)]
        return put(value, site.path, {**here, random.choice(free): random.choice(ODD)})
    choices = unfit[site.keyword]
    return put(value, site.path, random.choice(choices)) if choices else None


def _may_have(node, key):
    return any(fits(each, key) for each in node.get("patternProperties", ()))


def fits(pattern, text):
    return re.search(pattern.removesuffix("$") + r"\Z", text) is not None


def is_of(value, types):
    names = [types] if isinstance(types, str) else types
    return any(_is(value, name) for name in names)


def _is(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    if isinstance(value, float) and name == "integer":
        return value.is_integer()
    kinds = {"string": str, "object": dict, "array": list, "null": type(None), "integer": int, "number": (int, float)}
    return name in kinds and isinstance(value, kinds[name])


def places(value, path=()):
    """Yield the path of everything in a value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from places(item, (*path, step))


def verdicts(which, values):
    """Each value with what the reference says of it: milliseconds each."""
    is_valid = reference(which).is_valid
    return [(value, is_valid(value)) for value in values]


def what_sound_says(which, judged):
    """The values of which `sound` says what no library says, and what it says of the valid ones: it may not know."""
    whole = whole_schema(which)
    said = [(value, judge(value, whole, whole), valid) for value, valid in judged]
    wrong = [value for value, answer, valid in said if answer is not None and answer != valid]
    return wrong, [answer for _, answer, valid in said if valid]
