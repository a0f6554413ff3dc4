"""A benchmark's figures as bars: an SVG file that stands alone, in light and dark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from markupsafe import Markup

_ROW, _BAR, _NAMES, _LONGEST, _VALUES = 28, 16, 330, 420, 130  # pixels
_STYLE = Markup("""text{font:13px system-ui,sans-serif;fill:#1f2328}rect{fill:#0969da}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#4493f8}svg{background:#0d1117}}""")
_OPENING = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img"'
    ' aria-label="{title}"><style>{style}</style>\n<text x="8" y="20">{title}</text>'
)
_ONE = Markup(
    '<text x="{end}" y="{middle}" text-anchor="end">{name}</text>'
    '<rect x="{begin}" y="{top}" width="{width:.1f}" height="{height}"/>'
    '<text x="{behind:.1f}" y="{middle}">{value:,.3g} {unit}</text>'
)


def draw_bars(title: str, unit: str, bars: Mapping[str, float]) -> str:
    """One row for each value, in their order; the longest bar is the largest value."""
    most = max(bars.values(), default=0.0) or 1.0
    size = {"width": _NAMES + _LONGEST + _VALUES, "height": (len(bars) + 1) * _ROW + 12}
    rows = [_OPENING.format(title=title, style=_STYLE, **size)]
    for at, (name, value) in enumerate(bars.items(), 1):
        top, width = at * _ROW + 6, _LONGEST * value / most
        place = {"begin": _NAMES, "end": _NAMES - 8, "top": top, "middle": top + 13, "behind": _NAMES + width + 8}
        rows.append(_ONE.format(name=name, value=value, unit=unit, width=width, height=_BAR, **place))
    return "\n".join([*rows, Markup("</svg>\n")])


def plot_option(command: Callable[..., Any]) -> Callable[..., Any]:
    path = click.Path(dir_okay=False, writable=True, path_type=Path)
    return click.option("--plot", type=path, metavar="FILE", help="Write the figures as bars, as SVG.")(command)


def write_plot(path: Path | None, title: str, unit: str, bars: Mapping[str, float]) -> None:
    """Does nothing where no plot was asked for."""
    if path is not None:
        path.write_text(draw_bars(title, unit, bars), "utf-8")
