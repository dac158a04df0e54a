"""`kcfg doctor`: is this machine ready, and what to do where it is not."""

from __future__ import annotations

import os
import sys

from kcfg.printing import say, say_spans, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.doctor.finding import Finding


def run(*, kubeconfig: str | None, output: str) -> int:
    """Tell what was found; exit 1 when something should be done."""
    from kcfg.doctor import cache, environment, keyring, kubectl, places, plugin
    from kcfg.doctor.finding import PROBLEM, Surroundings
    from kcfg.kubeconfig.file import search_path

    paths = tuple(search_path(kubeconfig, os.environ).paths)
    here = Surroundings(os.environ, sys.platform, sys.executable, paths)
    checks = (keyring, kubectl, plugin, cache, places, environment)
    findings = [each for module in checks for each in module.check(here)]
    _show(findings, output)
    return 1 if any(finding.state == PROBLEM for finding in findings) else 0


def _show(findings: list[Finding], output: str) -> None:
    if output == "json":
        from kcfg.printing import put_json

        fields = ("area", "state", "message", "remedy")
        put_json({"findings": [{name: getattr(each, name) or None for name in fields} for each in findings]})
        return
    from kcfg.doctor.finding import PROBLEM
    from kcfg.errors import count
    from kcfg.looks import color_of

    width = max(len(finding.area) for finding in findings)
    for finding in findings:
        words = f"{'':<{8 - len(finding.state)}} {finding.area:<{width}}  {finding.message}"
        say_spans([(finding.state, color_of(finding.state)), (words, 0)], hang=width + 11)
        if finding.remedy:
            say(f"{'':<8} {'':<{width}}  -> {finding.remedy}", hang=width + 14)
    number = sum(finding.state == PROBLEM for finding in findings)
    tell(f"kcfg: {count(number, 'problem') if number else 'all is well'}")
