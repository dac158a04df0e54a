"""`-o sarif`: SARIF 2.1.0, for code scanning services."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from kcfg.cli.findings.shared import dump_json, fingerprint, relative
from kcfg.lint import explain, rule_ids
from kcfg.lint.registry import OTHERS, RULES, TITLES
from kcfg.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Location, Problem

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note", "off": "none"}


def dump(problems: list[Problem]) -> str:
    """Return one run with every rule and every finding."""
    driver = {"name": "kcfg", "semanticVersion": __version__, "rules": [_rule(each) for each in rule_ids()]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem) for problem in problems],
    }
    return dump_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule_id: str) -> dict[str, object]:
    rule = RULES.get(rule_id) or OTHERS[rule_id]
    return {
        "id": rule_id,
        "shortDescription": {"text": TITLES[rule_id]},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": explain(rule_id)},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _result(problem: Problem) -> dict[str, object]:
    text = f"{problem.message}. {problem.hint}" if problem.hint else problem.message
    known = rule_ids()
    result: dict[str, object] = {"ruleId": problem.rule}
    if problem.rule in known:
        result["ruleIndex"] = known.index(problem.rule)
    result |= {"level": _LEVELS[problem.level], "message": {"text": text}}
    if problem.location is not None:
        place: dict[str, object] = {"physicalLocation": _physical(problem.location)}
        if problem.path:
            place["logicalLocations"] = [{"fullyQualifiedName": problem.path}]
        result["locations"] = [place]
    return result | {"partialFingerprints": {"kcfg/v1": fingerprint(problem)}}


def _physical(where: Location) -> dict[str, object]:
    path = relative(where.file)
    uri = Path(path).as_uri() if os.path.isabs(path) else quote(path)
    place: dict[str, object] = {"artifactLocation": {"uri": uri}}
    if where.line:
        region = {"startLine": where.line}
        place["region"] = region | ({"startColumn": where.column} if where.column else {})
    return place
