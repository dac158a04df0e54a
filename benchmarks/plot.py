"""CPU over contexts as SVG: a panel for each job, a line for each program, both axes logarithmic; light and dark."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

ACROSS, WIDE, HIGH, LEFT, TOP, GAP = 3, 250, 150, 46, 58, 44
COLORS = {
    "kcfg": ("#0a7d4f", "#3fd18f"),
    "kubectl": ("#2f5fd0", "#8aadff"),
    "kubectx": ("#b3541e", "#f0a36b"),
    "kubectx (Go)": ("#8a3ea8", "#d89bf0"),
}
Points = Sequence[tuple[int, float]]

STYLE = """\
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 10px; fill: #59636e }
.head { font-weight: 600 }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d } }
"""


def draw(jobs: Mapping[str, Mapping[str, Points]], told: str) -> str:
    """Return the picture of job → program → (contexts, CPU over that of an empty Python)."""
    programs = list(dict.fromkeys(name for lines in jobs.values() for name in lines))
    points = [point for lines in jobs.values() for each in lines.values() for point in each]
    least, most = min(size for size, _ in points), max(size for size, _ in points)
    bottom, top = 1.0, max(took for _, took in points)
    rows = -(-len(jobs) // ACROSS)
    width, height = ACROSS * (WIDE + LEFT) + 20, TOP + rows * (HIGH + GAP) + 8

    def x(size: float) -> float:
        return LEFT + (log10(size) - log10(least)) / max(log10(most) - log10(least), 1) * (WIDE - 16)

    def y(took: float) -> float:
        return HIGH - (log10(max(took, bottom)) - log10(bottom)) / (log10(top) - log10(bottom)) * (HIGH - 8)

    parts = [_legend(programs, told)]
    for number, (job, lines) in enumerate(jobs.items()):
        left, down = number % ACROSS * (WIDE + LEFT), TOP + number // ACROSS * (HIGH + GAP)
        inside = [f'<text class="head" x="{LEFT}" y="-6">{escape(job)}</text>']
        for power in range(int(log10(top)) + 1):
            inside.append(f'<path class="grid" d="M{LEFT} {y(10**power):.1f}H{LEFT + WIDE - 16}"/>')
            inside.append(
                f'<text class="small" x="{LEFT - 5}" y="{y(10**power) + 3:.1f}" text-anchor="end">{10**power} ×</text>'
            )
        inside += [
            f'<text class="small" x="{x(size):.1f}" y="{HIGH + 14}" text-anchor="middle">{size:,}</text>'
            for size in sorted({size for each in lines.values() for size, _ in each})
        ]
        for name, each in lines.items():
            path = "L".join(f"{x(size):.1f} {y(took):.1f}" for size, took in each)
            inside.append(f'<path class="line {_class(name)}" d="M{path}"><title>{escape(name)}</title></path>')
        parts.append(f'<g transform="translate({left} {down})">{"".join(inside)}</g>')
    style = STYLE + "".join(_color(name) for name in programs)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="CPU of each job over the number of contexts">\n<style>\n{style}</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _class(name: str) -> str:
    return "of-" + "".join(letter for letter in name.lower() if letter.isalnum())


def _color(name: str) -> str:
    light, dark = COLORS[name]
    kind = _class(name)
    return f".{kind} {{ stroke: {light} }} @media (prefers-color-scheme: dark) {{ .{kind} {{ stroke: {dark} }} }}\n"


def _legend(programs: Sequence[str], told: str) -> str:
    made, left = [], LEFT
    for name in programs:
        made.append(
            f'<path class="line {_class(name)}" d="M{left} 14h24"/><text x="{left + 30}" y="18">{escape(name)}</text>'
        )
        left += 46 + 8 * len(name)
    made.append(f'<text class="small" x="{left + 10}" y="18">CPU over contexts; 1 × is an empty Python</text>')
    made.append(f'<text class="small" x="{LEFT}" y="34">{escape(told)}</text>')
    return "".join(made)
