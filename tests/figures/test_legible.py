"""Every figure that a card shows, as it is seen at 340 px on a phone, light and dark, by every reader.

The figures and their arguments come from the cards; each is also drawn with ``labels=no``, since any
card may ask for that. They are drawn at ``ZOOM`` device pixels to one of the phone's.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

import _style
import conftest
import matplotlib
import numpy as np
import pytest
import sight
from desk import ROOT
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import is_math_text
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text
from sheaf import parsed

from deckwright import configure, draw
from deckwright.model import THEMES, Image

SHOWN = 340  # px, the width of a picture on a phone
ZOOM = 3
SMALLEST = 11  # px, of text
TEXT, LINE = 4.5, 3  # contrast that WCAG 2.2 asks of text (1.4.3) and of graphics (1.4.11)
APART = 10  # CIEDE2000 between two colours of one figure, to any reader
HEAVIEST = 100_000  # bytes


def figures_on_cards():
    """The script and the arguments, but for `labels`, of every figure that a card shows."""
    project, problems = configure.project(ROOT)
    cards, _, errors = parsed(project)
    images = [atom for card in cards for text in card.texts for atom in text.atoms if isinstance(atom, Image)]
    assert not [each for each in problems + errors if not each.warning]
    found = {
        (image.path.stem, tuple(pair for pair in image.arguments if pair[0] != "labels"))
        for image in images
        if image.drawn
    }
    return [pytest.param(each, id="-".join([each[0], *(value for _, value in each[1])])) for each in sorted(found)]


# Of a module's scope, so that all is asked of a figure before the next is drawn.
@pytest.fixture(scope="module", params=figures_on_cards())
def which(request):
    return request.param


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure on its canvas; what is behind its texts and legends, as (rows, columns, 3) of sRGB; its paper."""

    fig: Figure
    behind: np.ndarray
    paper: str

    def texts(self):
        """Every text that shows: ticks in view, axis labels, titles, names, legends -> {text: what it is}."""
        found, ticks = {}, set()
        for ax in self.fig.axes:
            for axis in (ax.xaxis, ax.yaxis):
                low, high = sorted(axis.get_view_interval())
                slack = (high - low) * 1e-9
                for tick, place in zip(axis.get_major_ticks(), axis.get_majorticklocs(), strict=True):
                    ticks |= {tick.label1, tick.label2}
                    if low - slack <= place <= high + slack:
                        found |= {tick.label1: "tick", tick.label2: "tick"}
                found[axis.label] = "axis"
        for text in self.fig.findobj(Text):
            if text not in ticks:
                found.setdefault(text, "name")
        return {text: kind for text, kind in found.items() if text.get_visible() and text.get_text().strip()}

    def box(self, artist, inset=0.0):
        """Left, bottom, right, top of an artist in px of the phone, each drawn in by ``inset``."""
        box = artist.get_window_extent(self.fig.canvas.get_renderer())
        return (box.x0 / ZOOM + inset, box.y0 / ZOOM + inset, box.x1 / ZOOM - inset, box.y1 / ZOOM - inset)

    def ground(self, box):
        """The pixels behind a box -> (n, 3)."""
        height = len(self.behind)
        left, bottom, right, top = (round(edge * ZOOM) for edge in box)
        return self.behind[max(height - top, 0) : height - bottom, max(left, 0) : right].reshape(-1, 3)

    def pixels(self, points):
        """pt -> px of the phone."""
        return points / 72 * SHOWN / self.fig.get_figwidth()


@lru_cache(maxsize=16)
def drawing(which, theme, labels=True):
    """One figure drawn, once a session; then without its words, to see what is behind them."""
    name, arguments = which
    with matplotlib.rc_context(_style.rc(theme)):
        fig = Figure()
        FigureCanvasAgg(fig)
        conftest.load(name).draw(fig, labels=labels, **{key: draw._value(value) for key, value in arguments})
        fig.dpi = SHOWN * ZOOM / fig.get_figwidth()
        fig.patch.set(facecolor=_style.PAPER[theme], alpha=1)
        fig.canvas.draw()
        fig.set_layout_engine("none")
        words = [*fig.findobj(Legend), *fig.findobj(Text)]
        before = [word.get_alpha() for word in words]
        shown = [legend for legend in fig.findobj(Legend) if legend.get_visible()]
        for word in words:
            word.set_alpha(0)
        for legend in shown:
            legend.set_visible(False)
        fig.canvas.draw()
        behind = np.asarray(fig.canvas.buffer_rgba())[..., :3] / 255
        for word, alpha in zip(words, before, strict=True):
            word.set_alpha(alpha)
        for legend in shown:
            legend.set_visible(True)
    return Drawing(fig, behind, _style.PAPER[theme])


@pytest.fixture
def seen(which, theme):
    """The figure as most cards show it, with its labels."""
    return drawing(which, theme)


def sizes(text):
    """Size in pt of every glyph of a text, of subscripts and exponents too; not of a root, which is stretched."""
    found = set()
    for line in text.get_text().split("\n"):
        if is_math_text(line):
            glyphs = MathTextParser("path").parse(line, 72, FontProperties(size=text.get_fontsize())).glyphs
            found |= {size for _, size, code, *_ in glyphs if code != ord("\u221a")}
    return found or {text.get_fontsize()}


def test_no_letter_is_smaller_than_11_px(seen):
    """Nor one of a subscript or an exponent, which are 0.7 of their label: often it is these that matter."""
    shown = {text.get_text(): seen.pixels(min(sizes(text))) for text in seen.texts()}
    assert not {text: size for text, size in shown.items() if size < SMALLEST}


def test_no_text_is_clipped(seen):
    width, height = (edge / ZOOM for edge in seen.fig.bbox.size)
    for text in seen.texts():
        left, bottom, right, top = seen.box(text, inset=0.3)
        assert left >= 0 and bottom >= 0 and right <= width and top <= height, text


def test_no_two_texts_overlap(seen):
    boxes = {text: seen.box(text, inset=0.5) for text in seen.texts()}
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one.get_text()!r} and {other.get_text()!r}"


def test_every_text_reads_at_45_to_1_on_what_lies_behind_it(seen):
    """A curve that runs through a text fails here too: what is behind must be ground that text can be read on."""
    for text in seen.texts():
        worst = sight.contrast(text.get_color(), seen.ground(seen.box(text, inset=1))).min()
        assert worst >= TEXT, f"{text.get_text()!r}: {worst:.2f}"


def test_no_legend_lies_over_the_data(seen):
    for legend in seen.fig.findobj(Legend):
        ground = seen.ground(seen.box(legend, inset=1))
        assert np.ptp(ground, axis=0).max() < 0.01, [text.get_text() for text in legend.get_texts()]


@dataclass(frozen=True)
class Mark:
    """A curve, bar or set of points as it is drawn: its colour, and what else tells it from others."""

    colour: str
    look: tuple
    points: bool = False


def marks(ax):
    """Every mark of one Axes in full colour, and the colours of the shades (alpha < 1) -> (marks, shades)."""
    full, shades = set(), set()
    for line in ax.lines:
        look = (str(line._unscaled_dash_pattern), line.get_linewidth(), str(line.get_marker()))
        full.add(Mark(to_hex(line.get_color()), look, points=line.get_linestyle() == "None"))
    for patch in ax.patches:
        filled = patch.get_fill() and to_rgba(patch.get_facecolor())[3] > 0
        colour = patch.get_facecolor() if filled else patch.get_edgecolor()
        if filled and to_rgba(colour)[3] < 1:
            shades.add(to_hex(colour))
        else:
            look = (str(patch._unscaled_dash_pattern), patch.get_linewidth())
            full.add(Mark(to_hex(colour), (filled, patch.get_hatch(), None if filled else look)))
    for collection in (each for each in ax.collections if not isinstance(each, QuadMesh)):  # that of a colour bar
        colours = collection.get_facecolor() if len(collection.get_facecolor()) else collection.get_edgecolor()
        for colour in colours:
            if colour[3] < 1:
                shades.add(to_hex(colour))
            else:
                full.add(Mark(to_hex(colour), (type(collection).__name__,), points=True))
    return full, shades


def test_every_mark_stands_out_from_the_card_at_3_to_1(seen):
    """A shade may be fainter where an edge, or a line, of its colour is drawn in full."""
    for ax in seen.fig.axes:
        full, shades = marks(ax)
        faint = {mark: sight.contrast(mark.colour, seen.paper) for mark in full}
        assert not {mark: ratio for mark, ratio in faint.items() if ratio < LINE}
        assert shades <= {mark.colour for mark in full}


def test_two_colours_of_a_figure_are_two_to_every_reader(seen):
    for ax in seen.fig.axes:
        full, _ = marks(ax)
        for one, other in combinations(sorted({mark.colour for mark in full}), 2):
            assert sight.apart(one, other) >= APART, f"{one} and {other}: {sight.apart(one, other):.1f}"


def test_nothing_is_told_by_colour_alone(seen):
    """Points at a curve of their colour are told by the curve."""
    for ax in seen.fig.axes:
        full, _ = marks(ax)
        curves = {mark.colour for mark in full if not mark.points}
        full = {mark for mark in full if not (mark.points and mark.colour in curves)}
        for one, other in combinations(full, 2):
            assert one.colour == other.colour or one.look != other.look, f"{one} and {other}"


@lru_cache(maxsize=16)
def maps():
    """The colour maps of all figures in both themes -> ((65 colours, whether it diverges), ...)."""
    found = {}
    for each, theme in product(figures_on_cards(), THEMES):
        for image in drawing(each.values[0], theme).fig.findobj(AxesImage):
            colours = image.get_cmap()(np.linspace(0, 1, 65))
            found[colours.tobytes()] = (colours, image.get_clim()[0] < 0)
    return tuple(found.values())


@pytest.mark.parametrize("reader", sight.READERS)
def test_more_is_darker_or_lighter_all_the_way_to_every_reader(reader):
    """Of a sequential map from end to end, of a diverging one from zero to either end."""
    assert sorted(diverging for _, diverging in maps()) == [False, False, True, True]
    for colours, diverging in maps():
        lightness = sight.lab(sight.seen(colours, reader))[:, 0]
        for side in (lightness[:33][::-1], lightness[32:]) if diverging else (lightness,):
            steps = np.diff(side) * np.sign(side[-1] - side[0])
            assert steps.min() > 0.1


@pytest.mark.parametrize("reader", sight.READERS)
def test_below_zero_differs_from_above_to_every_reader(reader):
    for colours in (colours for colours, diverging in maps() if diverging):
        for size in (8, 16, 24):
            below, above = (sight.lab(sight.seen(colours[32 + side * size], reader)) for side in (-1, 1))
            assert sight.difference(below, above) >= APART, size


NUMBER = re.compile(r"[-\u2212]?[\d.,/]+(e\u2212\d+|k)?( ?[KMGT]i?B?)?")


def test_without_labels_no_words_but_the_axes_are_left(which):
    bare, full = drawing(which, "light", labels=False), drawing(which, "light")
    axes = {text.get_text() for text, kind in full.texts().items() if kind == "axis"}
    for text, kind in bare.texts().items():
        word = text.get_text()
        allowed = NUMBER.fullmatch(word) if kind == "tick" else kind == "axis" and word in axes
        assert allowed, f"{kind}: {word}"


def data(fig):
    """What is drawn, rounded: curves, corners of patches, points, cells of images."""
    for ax in fig.axes:
        for line in ax.lines:
            yield np.asarray(line.get_xydata(), dtype=float).round(9).tobytes()
        for patch in ax.patches:
            yield patch.get_path().transformed(patch.get_patch_transform()).vertices.round(9).tobytes()
        for collection in ax.collections:
            yield np.asarray(collection.get_offsets(), dtype=float).round(9).tobytes()
        for image in ax.images:
            yield np.asarray(image.get_array()).round(9).tobytes()


def curves(fig):
    """The colours of all but points, and guides in grey."""
    found = {mark.colour for ax in fig.axes for mark in marks(ax)[0] if not mark.points}
    return found - {_style.MUTED["light"]}


def test_without_labels_the_same_data_are_drawn(which):
    bare, full = drawing(which, "light", labels=False).fig, drawing(which, "light").fig
    assert set(data(bare)) and set(data(bare)) <= set(data(full))
    assert curves(bare) == curves(full)


def test_no_figure_is_heavy(which, drawn):
    name, arguments = which
    svg = drawn(name, "light", **{key: draw._value(value) for key, value in arguments})
    assert len(svg.encode()) < HEAVIEST
