"""Stacked bars as SVG, for the figures of some days. No package that draws: bars are rectangles, the style sheet
colours them in light and dark, and the table beside them says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

_HEIGHT, _BAR, _GAP, _LEFT, _BELOW = 160, 14, 6, 64, 24
SERIES = 6
"""So many have a separate colour; the others share the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`labels`: below the bars; `series`: by name, a value for each label; `form`: of the value at the top."""

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float]]
    form: str = "{:,.0f}"

    @property
    def most(self) -> float:
        return max((sum(values) for values in zip(*self.series.values(), strict=True)), default=0.0)

    def draw(self) -> Markup:
        width = _LEFT + len(self.labels) * (_BAR + _GAP) + _GAP
        size = f"0 0 {width} {_HEIGHT + _BELOW + 10}"
        opening = Markup('<svg class="chart" viewBox="{}" width="{}" role="img" aria-label="{}">')
        parts = [opening.format(size, width, self.title), self._draw_axis(width), *self._draw_bars(), Markup("</svg>")]
        return Markup("\n").join(parts)

    def _draw_axis(self, width: int) -> Markup:
        line = Markup('<line class="axis" x1="{0}" y1="{1}" x2="{2}" y2="{1}"/>')
        text = Markup('<text x="{}" y="{}" text-anchor="end">{}</text>')
        top = text.format(_LEFT - 6, 16, self.form.format(self.most))
        zero = text.format(_LEFT - 6, _HEIGHT + 10, 0)
        return Markup("\n").join([line.format(_LEFT, _HEIGHT + 10, width), top, zero])

    def _draw_bars(self) -> list[Markup]:
        scale = _HEIGHT / self.most if self.most else 0.0
        bars, every = list[Markup](), max(len(self.labels) // 6, 1)
        for at, label in enumerate(self.labels):
            x, y = _LEFT + _GAP + at * (_BAR + _GAP), _HEIGHT + 10.0
            for number, values in enumerate(self.series.values()):
                height = values[at] * scale
                y -= height
                if height:
                    bars.append(_bar(number, x, y, height))
            if at % every == 0:
                bars.append(Markup('<text x="{}" y="{}">{}</text>').format(x, _HEIGHT + 28, label))
        return bars


def _bar(number: int, x: int, y: float, height: float) -> Markup:
    shape = Markup('<rect class="series-{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>')
    return shape.format(min(number, SERIES - 1), x, y, _BAR, height)
