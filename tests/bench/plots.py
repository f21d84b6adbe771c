"""Line charts as inline SVG: no scripts, nothing loaded. Colours come from the page's variables, so
that a chart follows its light or dark scheme."""

import html
import math

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 62, 20, 14, 46


def short(value):
    """1200 -> 1.2k"""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


class Axis:
    """Maps values to pixels, linearly from 0 or logarithmically, with round ticks."""

    def __init__(self, values, start, end, log, ticks=None):
        self.start, self.end, self.log = start, end, log
        low, high = min(values), max(values)
        if log:
            low = max(low, 1e-3)
            self.low, self.high = math.log10(low), math.log10(max(high, low * 1.01))
            if ticks is None:
                self.low, self.high = math.floor(self.low), math.ceil(self.high)
        else:
            self.low, self.high = 0, self._round_up(high)
        self.ticks = ticks or self._ticks()

    @staticmethod
    def _round_up(high):
        if high <= 0:
            return 1
        step = 10 ** math.floor(math.log10(high))
        return next(step * part for part in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * part >= high)

    def _ticks(self):
        if self.log:
            return [10**power for power in range(int(self.low), int(self.high) + 1)]
        return [self.high * part / 4 for part in range(5)]

    def at(self, value):
        place = math.log10(max(value, 1e-3)) if self.log else value
        part = (place - self.low) / ((self.high - self.low) or 1)
        return self.start + part * (self.end - self.start)


def _text(x, y, said, anchor="middle", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {extra}>{html.escape(said)}</text>'


def _grid(x_axis, y_axis, x_label, y_label, x_text, y_text):
    bottom = HEIGHT - BOTTOM
    parts = []
    for tick in y_axis.ticks:
        y = y_axis.at(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(LEFT - 8, y + 4, y_text(tick), "end"))
    for tick in x_axis.ticks:
        x = x_axis.at(tick)
        parts.append(f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}"/>')
        parts.append(_text(x, bottom + 18, x_text(tick)))
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom}" y2="{bottom}"/>')
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_label, extra='class="label"'))
    middle = (TOP + bottom) / 2
    parts.append(_text(14, middle, y_label, extra=f'class="label" transform="rotate(-90 14 {middle:.0f})"'))
    return parts


def _series(one, x_axis, y_axis):
    colour, dash = one["colour"], one.get("dash", "")
    points = [(x_axis.at(x), y_axis.at(y), y_axis.at(low), y_axis.at(high), x, y)
              for x, y, low, high in one["points"]]
    path = " ".join(f"{'M' if place == 0 else 'L'}{x:.1f},{y:.1f}"
                    for place, (x, y, *_) in enumerate(points))
    parts = [f'<path d="{path}" fill="none" style="stroke:var(--{colour})" stroke-width="2.2" '
             f'stroke-dasharray="{dash}" stroke-linejoin="round"/>']
    for x, y, low, high, value_x, value_y in points:
        if abs(low - high) > 1:
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" '
                         f'style="stroke:var(--{colour})" stroke-width="1.2" opacity="0.55"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" style="fill:var(--{colour})">'
                     f"<title>{html.escape(one['name'])}: {short(value_x)} → {short(value_y)}"
                     "</title></circle>")
    return parts


def line_chart(series, x_label, y_label, x_log=False, y_log=False, x_ticks=None, x_text=short,
               y_text=short):
    """`series`: dicts of name, colour (a variable of the page), points [(x, y, low, high)] and
    dash. An empty string where there is nothing to draw."""
    points = [point for one in series for point in one["points"]]
    if not points:
        return ""
    x_axis = Axis([point[0] for point in points], LEFT + 12, WIDTH - RIGHT - 12, x_log, x_ticks)
    if not x_log:
        lows = [point[0] for point in points]
        x_axis.low, x_axis.high = min(lows), max(lows)
    y_axis = Axis([point[3] for point in points] + ([point[2] for point in points] if y_log else []),
                  HEIGHT - BOTTOM, TOP, y_log)
    parts = _grid(x_axis, y_axis, x_label, y_label, x_text, y_text)
    for one in series:
        parts += _series(one, x_axis, y_axis)
    return (f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{html.escape(y_label)} against {html.escape(x_label)}">'
            + "".join(parts) + "</svg>")


def legend(series):
    return '<p class="legend">' + "".join(
        f'<span><svg width="26" height="10"><line x1="0" x2="26" y1="5" y2="5" stroke-width="2.4" '
        f'style="stroke:var(--{one["colour"]})" stroke-dasharray="{one.get("dash", "")}"/></svg>'
        f"{html.escape(one['name'])}</span>" for one in series) + "</p>"
