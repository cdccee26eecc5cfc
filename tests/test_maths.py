"""Mathematics as Anki renders it: every formula goes through the real MathJax, with the packages that Anki loads."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import ROOT, SONG, edit
from hypothesis import given, settings
from hypothesis import strategies as st
from sheaf import parsed

import build
from deckwright import dress, fill, lay, measure, spell, typeset
from deckwright.configure import project
from deckwright.model import Maths, Place, Text

SCRIPT = Path(__file__).with_name("mathjax.mjs")
CORPUS = [line.split(" ", 1) for line in SCRIPT.with_name("maths.txt").read_text("utf-8").splitlines()[2:]]
UNSEEN = re.compile(r"<code[^>]*>.*?</code>|<[^>]*>", re.DOTALL)
FORMULA = re.compile(r"\\\((?P<inline>.*?)\\\)|\\\[(?P<display>.*?)\\\]", re.DOTALL)
Verdict = dict[str, Any]
Judge = Callable[[list[tuple[str, bool]]], list[Verdict]]


def node(*arguments: str, said: str = "") -> str:
    done = subprocess.run(["node", str(SCRIPT), *arguments], input=said, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def mathjax(node_modules: Path) -> Judge:
    """What the real MathJax says of formulas, each with whether it is displayed."""
    if not shutil.which("node"):
        pytest.skip("no node here: install it, and the formulas go through the real MathJax")

    def judge(formulas: list[tuple[str, bool]]) -> list[Verdict]:
        asked = [{"tex": tex, "display": display} for tex, display in formulas]
        found = json.loads(node(said=json.dumps(asked)))
        assert len(found) == len(formulas)
        return list(found)

    return judge


def wrong(verdict: Verdict) -> str:
    """What a learner would see amiss: an error, or a macro as it stands."""
    return verdict["error"] or verdict["raw"]


def seen(side: str) -> Iterator[tuple[str, bool]]:
    """The formulas that MathJax finds in HTML, where it looks: in text, not in tags or code."""
    for match in FORMULA.finditer(UNSEEN.sub("\0", side)):
        yield html.unescape(match[match.lastgroup or 0]), match.lastgroup == "display"


@pytest.fixture(scope="module")
def shown(packages: Path) -> list[tuple[str, bool]]:
    """Every formula that any side of any card of this repository's decks shows, clozes asked and revealed."""
    made = build.make(packages.parent, ())
    types, jinja = {(each.language, each.kind): each for each in made.note_types}, fill.environment(made.project)
    found = {formula for description in made.descriptions.values() for formula in seen(description)}
    for note in made.notes:
        for ordinal in note.ordinals:
            for side in dress.sides(made.project, jinja, note, types[note.language, note.kind], ordinal)[:2]:
                found.update(seen(side))
    return sorted(found)


def test_mathjax_sets_every_formula_of_the_deck_without_an_error(mathjax, shown):
    assert len(shown) > 500
    verdicts = zip(shown, mathjax(shown), strict=True)
    assert not {tex: wrong(verdict) for (tex, _), verdict in verdicts if wrong(verdict)}


def test_a_formula_with_a_cloze_is_tried_asked_and_answered(tiny, mathjax):
    edit(tiny / SONG, "at {{c2::90 decibels::how loud?}}", r"$\sqrt{{c2::d_k::\bm{hint} }}^2$")
    made = build.make(tiny, ())
    note = next(note for note in made.notes if note.slug == "wren")
    note_type = next(each for each in made.note_types if each.kind == "cloze")
    front, back, _ = dress.sides(made.project, fill.environment(made.project), note, note_type, 1)
    (asked,), (answered, *_) = seen(front), seen(back)
    assert asked == (r"\sqrt{[\bm{hint} ]}^2", False) and answered == (r"\sqrt{d_k}^2", False)
    assert [bool(wrong(verdict)) for verdict in mathjax([asked, answered])] == [True, False]


def test_no_formula_in_a_line_of_the_deck_is_wider_than_a_phone_s(mathjax, shown):
    in_line = [(tex, display) for tex, display in shown if not display]
    widths = {tex: verdict["width"] for (tex, _), verdict in zip(in_line, mathjax(in_line), strict=True)}
    assert not {tex: width for tex, width in widths.items() if width > measure.LINE}


def test_the_formulas_of_the_deck_give_no_problem_and_no_warning():
    words = spell.dictionary()
    assert not [mistake for formula in deck() for mistake in spell.mistakes(words, formula.source)]
    assert not [formula.source for formula in deck() if measure.wide(formula)]


def deck() -> list[Maths]:
    """Every formula of the deck's sources."""
    of_deck, _ = project(ROOT)
    cards, decks, *_ = parsed(of_deck)
    texts = [text for card in cards for text in card.texts] + [each.description for each in decks]
    return [formula for text in texts for formula in formulas(text)]


def formulas(text: Text) -> Iterator[Maths]:
    for atom in text.atoms:
        if isinstance(atom, Maths):
            yield atom
        else:
            yield from formulas(atom.caption)


def test_the_list_of_what_mathjax_knows_is_what_mathjax_knows(node_modules):
    if not shutil.which("node"):
        pytest.skip("no node here")
    assert (ROOT / "deckwright" / "mathjax.txt").read_text("utf-8") == node("data")


def test_what_authors_are_told_to_write_instead_is_set_by_mathjax_and_what_they_wrote_is_not(mathjax):
    words = spell.dictionary()
    names = [name for name in words.advice if name.startswith("\\")]
    before = mathjax([(f"{name} {{a}}{{b}}{{c}}", True) for name in names])
    after = mathjax([(words.advice[name], True) for name in names])
    assert not [name for name, verdict in zip(names, before, strict=True) if not wrong(verdict)]
    assert not [name for name, verdict in zip(names, after, strict=True) if wrong(verdict)]
    assert not [name for name in names if spell.mistakes(words, f"${words.advice[name]}$")]
    environments = words.advice.keys() - names
    assert not environments & words.environments
    assert {words.advice[name] for name in environments} - {"-"} <= words.environments


def test_our_spelling_agrees_with_mathjax_on_formulas_right_and_wrong(mathjax):
    """Signs: + right to both, ~ right to MathJax and warned of here, - wrong to both."""
    assert len(CORPUS) > 250
    words, odd = spell.dictionary(), {}
    for (sign, tex), verdict in zip(CORPUS, mathjax([(tex, True) for _, tex in CORPUS]), strict=True):
        ours = spell.mistakes(words, f"${tex}$")
        agreed = {
            "+": not wrong(verdict) and not ours,
            "~": not wrong(verdict) and ours and all(mistake.warning for mistake in ours),
            "-": wrong(verdict) and not all(mistake.warning for mistake in ours),
        }
        if not agreed[sign]:
            odd[tex] = (wrong(verdict), ours)
    assert not odd


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        (r"$\bm{x}$", r"\bm"),
        ("$$\na % \\bm is a remark\n+ \\bm b\n$$", r"\bm b"),
        (r"$\frac{1}{2} \\ \text{a $x_1_2$}$", "_2"),
        (r"$x^{{c1::a_1::one}}_2^3$", "^3"),
        (r"$x^{{c1::a_1::\foo}}$", r"\foo"),
        (r"${{c1::\left( a}} \right)$", r"\left"),
        (r"$\begin{aligned} a \begin{foo} b \end{foo} \end{aligned}$", "foo}"),
    ],
)
def test_a_mistake_is_told_where_it_stands(source, marked):
    offsets = [mistake.offset for mistake in spell.mistakes(spell.dictionary(), source) if not mistake.warning]
    assert offsets[0] == source.index(marked)


WIDTHS = r"""
QK^\top/\sqrt{d_k}
\operatorname{Attention}(Q,K,V)=\operatorname{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right)V
\sum_{i=1}^{n} x_i^2 \le \prod_j y_j + \int_0^\infty e^{-x^2}\,dx
\mathbb{E}[f(x)] = \frac{1}{n}\sum_i f(x_i) \pm \frac{\sigma}{\sqrt n}
\mathrm{FFN}(x)=\max(0,\,xW_1+b_1)W_2+b_2
\operatorname*{arg\,max}_{\theta\in\Theta}\log p(x\mid\theta)
\mathcal{L}=-\sum_{t=1}^{T}\log p(x_t\mid x_{<t})
\begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}
\begin{cases} x & x>0 \\ 0 & \text{otherwise} \end{cases}
\begin{aligned} a &= b+c \\ &= d+e+f \end{aligned}
\begin{bmatrix} 1 & 0 & 0 \\ 0 & 1 & 0 \end{bmatrix}
\left[ \frac{a^2}{b} + \left( \frac{c}{d} \right) \right]
\left\lVert x \right\rVert_2 \left| y \right|
\bigl( \Bigl[ \biggl\{ x \biggr\} \Bigr] \bigr)
\hat{x}=\frac{x-\mu}{\sqrt{\sigma^2+\epsilon}}
\overbrace{a+b+c}^{n} \underbrace{x+y}_{\text{a long remark}}
10{,}000^{2i/d_{\text{model}}} \approx 6.02\times10^{23}
x_{\text{输出}} = \text{模型}(x_{\text{输入}})
\text{if } x \in A, \text{ then } y \notin B
\boldsymbol{\theta}\leftarrow\boldsymbol{\theta}-\eta\nabla_{\boldsymbol{\theta}}\mathcal{L}
f'(x)+g''(y)_i \quad h\,k\;l\!m
\mathbf{W}\in\mathbb{R}^{d_{\text{model}}\times 4d_{\text{model}}}
A \xrightarrow{\text{softmax}} B \implies C \iff D
\binom{n}{k} p^k (1-p)^{n-k}
\boxed{E=mc^2} \cancel{x}
a \stackrel{\text{def}}{=} b \overset{!}{=} c
\sqrt{\frac{\sum_i (x_i-\mu)^2}{n-1}}
\lim_{n\to\infty}\Bigl(1+\frac1n\Bigr)^n=e
i\bmod n \equiv j \pmod n
\textcolor{red}{x+y} \color{blue} z
\sum_{\substack{i<n \\ j<m}} a_{ij}
\left.\frac{\partial L}{\partial W}\right|_{W=0}
"""


def test_a_width_is_near_what_mathjax_sets(mathjax):
    constructed = [(tex, display) for tex in WIDTHS.strip().split("\n") for display in (False, True)]
    of_deck = sorted({(measure.revealed(formula), formula.display) for formula in deck()})
    both = constructed + of_deck
    errors = [
        (abs(typeset.width(lay.ruler(), tex, display=display) - real["width"]), real["width"], tex)
        for (tex, display), real in zip(both, mathjax(both), strict=True)
    ]
    far = [each for each in errors if each[0] > max(0.5, 0.06 * each[1])]
    assert len(far) <= 0.01 * len(both), far
    assert sorted(errors)[len(errors) // 2][0] < 0.01


@pytest.mark.parametrize("display", [False, True])
def test_what_is_not_measured_for_being_short_is_short(display):
    rule, most = lay.ruler(), measure.COLUMN if display else measure.LINE
    often = ("x=", "W", "0", "a+", "(a)", "x,", r"x\to ", r"x\Longleftrightarrow ", r"\qquad ", r"\sum_i", r"\text{中}")
    for tex in (*often, *(tex for _, tex in CORPUS)):
        for times in (1, 2, 5, 7, 10, 13, 14, 20, 30):
            formula = Maths(Place("x"), tex * times, display, "")
            assert measure.wide(formula) == (typeset.width(rule, tex * times, display=display) > most), tex


PIECES = [*"ab12{}[]^_&|'.,+=()$%#\\ ", "中", "\\\\", "{{c1::", "}}", "::", "\n", *(tex for _, tex in CORPUS)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.booleans())
def test_no_formula_however_wrong_breaks_the_tools(tex, display):
    source = f"$${tex}$$" if display else f"${tex}$"
    for mistake in spell.mistakes(spell.dictionary(), source):
        assert 0 <= mistake.offset < len(source) and mistake.width > 0 and mistake.help
    assert typeset.width(lay.ruler(), tex, display=display) > -100


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_usual_macros_are_passed_over_without_losing_a_mistake(tex):
    words, none_usual = spell.dictionary(), dataclasses.replace(spell.dictionary(), usual=frozenset())
    assert spell.mistakes(words, f"${tex}$") == spell.mistakes(none_usual, f"${tex}$")


LONG = r"\mathbb E[q_i^2k_i^2]=\mathbb E[q_i^2]\,\mathbb E[k_i^2]<\operatorname{Var}(q_i)^2"
SET = LONG.replace("<", "&lt;")


@pytest.mark.parametrize(
    ("written", "made"),
    [
        (f"So ${LONG}$ is it.", f"<p>So \\[{SET}\\] is it.</p>"),
        (f"So ${LONG}$, is it.", f"<p>So \\[{SET}\\text{{,}}\\] is it.</p>"),
        (f"即 ${LONG}$。然后", f"<p>即 \\[{SET}\\text{{。}}\\]然后</p>"),
        (f"So **${LONG}$**.", f"<p>So <strong>\\[{SET}\\text{{.}}\\]</strong></p>"),
        (f"[${LONG}$](https://example.org).", f'<p><a href="https://example.org">\\({SET}\\)</a>.</p>'),
        (f"### ${LONG}$\n\nSo.", f"<h3>\\({SET}\\)</h3>\n<p>So.</p>"),
        (f"- a ${LONG}$;", f"<ul>\n<li>a \\[{SET}\\text{{;}}\\]</li>\n</ul>"),
    ],
)
def test_a_formula_wider_than_a_phone_s_line_gets_one_of_its_own_with_what_follows_it(tiny, written, made):
    edit(tiny / SONG, "Its young are fed on worms.", written)
    note = next(note for note in build.make(tiny, ()).notes if note.slug == "blackbird")
    assert note.fields[3] == made


def test_a_wide_formula_in_a_table_stays_in_its_cell_which_scrolls(tiny):
    edit(tiny / SONG, "Its young are fed on worms.", f"a | b\n---|---\n${LONG}$ | c")
    made = build.make(tiny, ())
    note = next(note for note in made.notes if note.slug == "blackbird")
    assert f"<td>\\({SET}\\)</td>" in note.fields[3]
    assert not [problem for problem in made.problems if problem.rule == "wide-formula"]


def test_a_formula_with_a_cloze_is_measured_revealed(tiny):
    edit(tiny / SONG, "at {{c2::90 decibels::how loud?}}", f"$x={{{{c2::{LONG}::wide}}}}$")
    note = next(note for note in build.make(tiny, ()).notes if note.slug == "wren")
    assert r"\[" in note.fields[1] and r"\(" not in note.fields[1]


def test_a_formula_that_a_phone_s_line_holds_stays_in_it(tiny):
    edit(tiny / SONG, "Its young are fed on worms.", "So $a+b+c+d+e$, is it.")
    note = next(note for note in build.make(tiny, ()).notes if note.slug == "blackbird")
    assert r"\(a+b+c+d+e\)" in note.fields[3]
