"""The figures as one picture: a line for each query, a mark for each way to ask, on logarithmic scales."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

#: Ways with their colour and radius, the most important last so that it lies on top.
MARKS = {
    "local": ("#c9ced6", 3.5), "pull": ("#e3a857", 4.0), "attach": ("#6c9bd1", 4.0), "hand": ("#3d4451", 4.5),
    "fedquery": ("#c8402f", 5.0),
}  # fmt: skip
NAMES = {
    "fedquery": "fedquery", "hand": "best plan by hand", "attach": "DuckDB ATTACH", "pull": "filtered pull",
    "local": "all in one DuckDB",
}  # fmt: skip
_LEFT, _TOP, _LINE, _PANEL, _GAP = 46, 74, 20, 400, 46
_FONT = 'font-family="system-ui, sans-serif"'


def picture(costs: Mapping[str, Any], scale: float) -> str:
    """An SVG that reads on light and dark pages."""
    height = _TOP + _LINE * len(costs) + 34
    width = _LEFT + 2 * _PANEL + _GAP + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="TPC-H at scale {scale:g}: seconds and megabytes by query and way to ask">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        *_legend(),
    ]
    for row, name in enumerate(costs):
        y = _TOP + _LINE * row + _LINE / 2
        parts.append(
            f'<text x="{_LEFT - 12}" y="{y + 4}" {_FONT} font-size="11" fill="#3d4451" text-anchor="end">{name}</text>'
        )
        if row % 2 == 0:
            parts.append(f'<rect x="{_LEFT}" y="{y - _LINE / 2}" width="{2 * _PANEL + _GAP}" height="{_LINE}" fill="#f6f7f9"/>')
    parts += _panel(costs, "seconds", "seconds", _LEFT, 1.0)
    parts += _panel(costs, "wire", "megabytes over the wire (less than 0.001: left edge)", _LEFT + _PANEL + _GAP, 1e6)
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> Iterator[str]:
    x = _LEFT
    for mode in reversed(MARKS):
        colour, radius = MARKS[mode]
        yield f'<circle cx="{x + 6}" cy="24" r="{radius}" fill="{colour}"/>'
        yield f'<text x="{x + 16}" y="28" {_FONT} font-size="12" fill="#3d4451">{NAMES[mode]}</text>'
        x += 40 + 7 * len(NAMES[mode])


def _panel(costs: Mapping[str, Any], key: str, title: str, left: float, unit: float) -> Iterator[str]:
    found = [c[key] / unit for by in costs.values() for m, c in by.items() if m in MARKS and c.get(key)]
    least = 10.0 ** math.floor(math.log10(max(min(found), 0.001)))
    most = max(found) * 1.1
    bottom = _TOP + _LINE * len(costs)

    def at(value: float) -> float:
        return left + 8 + (_PANEL - 16) * math.log(max(value, least) / least) / math.log(most / least)

    yield f'<text x="{left}" y="{_TOP - 22}" {_FONT} font-size="12" font-weight="600" fill="#3d4451">{title}</text>'
    tick = least
    while tick <= most:
        yield f'<line x1="{at(tick):.1f}" x2="{at(tick):.1f}" y1="{_TOP}" y2="{bottom}" stroke="#dfe3e8"/>'
        place = f'x="{at(tick):.1f}" y="{bottom + 16}" text-anchor="middle"'
        yield f'<text {place} {_FONT} font-size="10" fill="#7a828e">{tick:g}</text>'
        tick *= 10
    for row, by in enumerate(costs.values()):
        y = _TOP + _LINE * row + _LINE / 2
        for mode, (colour, radius) in MARKS.items():
            if mode in by and key in by[mode] and not (key == "wire" and mode == "local"):
                yield f'<circle cx="{at(by[mode][key] / unit):.1f}" cy="{y}" r="{radius}" fill="{colour}" fill-opacity="0.9"/>'
