"""A small line plot as SVG, readable on light and dark pages."""

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 360, 240
LEFT, RIGHT, TOP, BOTTOM = 40, 40, 44, 36
TITLE = 30

STYLE = """\
    text { font: 12px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 14px; font-weight: 600; }
    .axis { stroke: #8c959f; fill: none; }
    .line { stroke: #0969da; stroke-width: 2; fill: none; }
    .point { fill: #0969da; }
    .tick { fill: #57606a; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .line { stroke: #58a6ff; }
      .point { fill: #58a6ff; }
      .tick { fill: #9198a1; }
    }"""


@dataclass(frozen=True)
class Panel:
    """``points``: pairs of a positive x, drawn on a logarithmic scale, and a y, drawn from zero on."""

    title: str
    points: list[tuple[float, float]]


def plot(title, panels):
    """Return the SVG with the panels side by side."""
    width, height = WIDTH * len(panels), HEIGHT + TITLE
    drawn = [
        f'  <g transform="translate({WIDTH * number} {TITLE})">\n{_panel(panel)}\n  </g>'
        for number, panel in enumerate(panels)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' role="img" aria-label="{escape(title)}">',
            f"  <style>\n{STYLE}\n  </style>",
            f'  <text class="title" x="{LEFT}" y="22">{escape(title)}</text>',
            *drawn,
            "</svg>\n",
        ]
    )


def _panel(panel):
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    first, last = (math.log(panel.points[end][0]) for end in (0, -1))
    highest = max(y for _x, y in panel.points) or 1
    spots = [
        (
            LEFT + (math.log(x) - first) / (last - first) * (right - LEFT),
            bottom - y / highest * (bottom - TOP - 20),
            f"{x:,}",
            f"{y:.3g}",
        )
        for x, y in panel.points
    ]
    lines = [
        f'<text x="{LEFT}" y="22">{escape(panel.title)}</text>',
        f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>',
        f'<text class="tick" x="{LEFT - 8}" y="{bottom + 4}" text-anchor="end">0</text>',
        f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, *_labels in spots)}"/>',
    ]
    for x, y, x_label, y_label in spots:
        lines += [
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
            f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{y_label}</text>',
            f'<text class="tick" x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{x_label}</text>',
        ]
    return "\n".join(f"    {line}" for line in lines)
