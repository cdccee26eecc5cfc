"""The code on the cards of 15-code.md does what the cards say: it is run as it stands there, in both languages.

Every card has a test here, under its slug: a function that takes what the card's code defines and holds it
against a reference. The test must pass for the code on the card, and must fail

    for each trap of the card, planted into that code: `trap(old, new)` beside the slug,
    for the broken code on the front of a "spot the error" card.

What such a card says of the broken code, beyond that it is broken, is a `symptom`.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import pairwise
from math import exp
from types import SimpleNamespace

import _attention
import _heads
import _norm
import _position
import _rotary
import _tokens
import _training
import numpy as np
import pytest
from desk import ROOT
from gradients import numeric as slope
from numpy.testing import assert_allclose
from sheaf import parsed

from deckwright.configure import project
from deckwright.mark import BRACE, CLOSE, CLOZE_MARKS
from deckwright.model import Card

FILE = "15-code.md"
FENCE = re.compile(r"^```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
LANGUAGES = ("zh", "en")
WIDEST = 38

Names = SimpleNamespace
Test = Callable[[Names], None]


# the cards -------------------------------------------------------------------------------------------


@cache
def cards(language: str) -> dict[str, Card]:
    settings, _ = project(ROOT)
    paths = tuple(path for path in settings.card_files[language] if path.name == FILE)
    assert paths
    only = replace(settings, card_files={language: paths})
    found, _, problems = parsed(only, language)
    assert not problems
    return {card.slug: card for card in found}


def blocks(markdown: str) -> list[str]:
    """The Python of a text, its clozes filled in."""
    return FENCE.findall(re.sub(f"[{CLOZE_MARKS}{CLOSE}]", "", markdown).replace(BRACE, "{"))


def shown(language: str, slug: str) -> str:
    """The code that is right: the answer's, or a cloze's own."""
    card = cards(language)[slug]
    (code,) = blocks(card.question.markdown if card.kind == "cloze" else card.answer.markdown)
    return code


def broken(language: str, slug: str) -> str:
    (code,) = blocks(cards(language)[slug].question.markdown)
    return code


# the tests of the cards ------------------------------------------------------------------------------


@dataclass
class Subject:
    """What is held against a card: its test, the traps to plant, names that its code may use, and symptoms."""

    test: Test
    traps: tuple[tuple[str, str], ...]
    given: dict[str, object]
    snippet: bool
    symptoms: list[Test] = field(default_factory=list)


SUBJECTS: dict[str, Subject] = {}


def trap(old: str, new: str) -> tuple[str, str]:
    return old, new


def subject(slug: str, *traps: tuple[str, str], snippet: bool = False, **given: object) -> Callable[[Test], Test]:
    """Registers the test of a card. A `snippet` defines no function: its test gets `run(**names)` instead."""

    def register(test: Test) -> Test:
        SUBJECTS[slug] = Subject(test, traps, given, snippet)
        return test

    return register


def symptom(slug: str) -> Callable[[Test], Test]:
    def register(test: Test) -> Test:
        SUBJECTS[slug].symptoms.append(test)
        return test

    return register


def run(code: str, **given: object) -> Names:
    names: dict[str, object] = {"np": np, **given}
    with np.errstate(all="ignore"):
        exec(compile(code, "card", "exec"), names)
    return Names(**{name: value for name, value in names.items() if not name.startswith("__")})


def defined(code: str, of: Subject) -> Names:
    """What the test of a card gets: the names that the code defines, or how to run it."""
    if of.snippet:
        return Names(code=code, run=lambda **names: run(code, **{**of.given, **names}))
    return run(code, **of.given)


def hold(code: str, of: Subject) -> None:
    with np.errstate(all="ignore"):
        of.test(defined(code, of))


def fails(code: str, of: Subject) -> bool:
    try:
        hold(code, of)
    except (SyntaxError, NameError):  # that would be a trap planted badly
        raise
    except Exception:
        return True
    return False


def spoken(code: str) -> tuple[dict[str, object], int]:
    """Runs code in which a comment says what its line yields; gives its names, and how many lines said it."""
    names: dict[str, object] = {"np": np}
    said = 0
    for line in code.splitlines():
        if match := re.fullmatch(r"(.*?) +# (.*)", line):
            assert str(eval(match[1], names)) == match[2], line
            said += 1
        else:
            exec(line, names)
    return names, said


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


numeric = partial(slope, step=1e-5)


def attention(q, k, v, mask=None):
    return _attention.scaled_dot_product_attention(q, k, v, mask)[0]


def attended(q, k, v, allowed):
    """Attention in loops, one query at a time; allowed(i) are the keys that query i may look at."""
    rows = []
    for i in range(len(q)):
        weights = np.array([exp(q[i] @ k[j] / q.shape[1] ** 0.5) for j in allowed(i)])
        rows.append(weights @ v[list(allowed(i))] / weights.sum())
    return np.array(rows)


def log_softmax(x):
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True)


softmax = _attention.softmax


# ---- softmax ----------------------------------------------------------------------------------------


def softmax_in_loops(x):
    rows = [[exp(s) for s in row] for row in x.reshape(-1, x.shape[-1])]
    return np.array([[e / sum(row) for e in row] for row in rows]).reshape(x.shape)


@subject(
    "code-softmax",
    trap("np.exp(x - m)", "np.exp(x)"),
    trap("m = x.max(axis, keepdims=True)", "m = x.max(axis)"),
    trap("e.sum(axis, keepdims=True)", "e.sum(axis)"),
    trap("e.sum(axis, keepdims=True)", "e.sum(-1, keepdims=True)"),
)
def _(card):
    x = rng().normal(size=(2, 3, 5))
    assert_allclose(card.softmax(x), softmax_in_loops(x))
    assert_allclose(card.softmax(x, axis=0), np.moveaxis(softmax_in_loops(np.moveaxis(x, 0, -1)), -1, 0))
    assert_allclose(card.softmax(np.array([1000.0, 999.0, -np.inf])), [1 / (1 + exp(-1)), 1 / (1 + exp(1)), 0])
    assert np.isnan(card.softmax(np.full((2, 3), -np.inf))).all()


@subject("code-log-softmax", trap("z - np.log(s)", "np.log(e / s)"), trap("z = x - x.max(-1, keepdims=True)", "z = x"))
def _(card):
    x = rng().normal(size=(2, 3, 5))
    assert_allclose(card.log_softmax(x), np.log(softmax_in_loops(x)))
    assert_allclose(card.log_softmax(np.array([0.0, -2000.0])), [0, -2000])
    assert_allclose(card.log_softmax(np.array([2000.0, 2000.0])), -np.log(2))


@subject("code-exp-overflow", trap("np.log(", "np.log2("), trap(".max", ".eps"))
def _(card):
    for dtype, expected in ((np.float16, 11.09), (np.float32, 88.72), (np.float64, 709.78)):
        assert card.largest(dtype) == pytest.approx(expected, abs=0.005)
        assert np.isfinite(np.exp(dtype(card.largest(dtype) - 0.02)))
        assert np.exp(dtype(card.largest(dtype) + 0.02)) == np.inf
    assert np.exp(np.float16(12)) == np.inf


@subject("code-softmax-keepdims-error")
@subject("code-softmax-global-max-error")
def _(card):
    for shape in ((3, 5), (4, 4), (2, 3, 3)):
        x = rng().normal(size=shape)
        assert_allclose(card.softmax(x), softmax_in_loops(x))
    assert_allclose(card.softmax(np.array([[2000.0, 2000.0], [0.0, 0.0]])), 0.5)


@symptom("code-softmax-keepdims-error")
def _(card):
    with pytest.raises(ValueError):
        card.softmax(rng().normal(size=(3, 5)))
    x = rng().normal(size=(4, 4))
    e = np.exp(x)
    for i, j in np.ndindex(4, 4):
        assert card.softmax(x)[i, j] == pytest.approx(e[i, j] / e[j].sum() * np.exp(x[j].max() - x[i].max()))
    assert not np.allclose(card.softmax(x).sum(-1), 1)


@symptom("code-softmax-global-max-error")
def _(card):
    gaps = np.array([[0.0, 1.0], [-700.0, -701.0]])
    assert_allclose(card.softmax(gaps), softmax(gaps))
    assert np.isnan(card.softmax(np.array([[0.0, 1.0], [-750.0, -751.0]]))[1]).all()
    assert np.isnan(card.softmax(np.array([[0.0, 1.0], [-105.0, -106.0]], dtype=np.float32))[1]).all()


# ---- scaled dot-product attention -------------------------------------------------------------------


@subject(
    "code-sdpa",
    trap("np.sqrt(d)", "d"),
    trap("d = q.shape[-1]", "d = q.shape[-2]"),
    trap("k.swapaxes(-1, -2)", "k.T"),
    trap("np.where(mask, s, -np.inf)", "np.where(mask, s, 0)"),
    softmax=softmax,
)
def _(card):
    q, k, v = rng().normal(size=(2, 3, 4, 8)), rng(1).normal(size=(2, 3, 6, 8)), rng(2).normal(size=(2, 3, 6, 5))
    mask = np.tri(4, 6, 2, dtype=bool)
    for index in np.ndindex(2, 3):
        assert_allclose(card.attention(q, k, v)[index], attended(q[index], k[index], v[index], lambda i: range(6)))
        expected = attended(q[index], k[index], v[index], lambda i: range(i + 3))
        assert_allclose(card.attention(q, k, v, mask)[index], expected)
    padding = np.array([True] * 4 + [False] * 2)
    assert_allclose(card.attention(q, k, v, padding), card.attention(q, k[..., :4, :], v[..., :4, :]))


@subject(
    "code-padding-mask",
    trap("keep[:, None, None, :]", "keep[:, None, :, None]"),
    trap("<", "<="),
    trap("lengths[:, None]", "lengths"),
)
def _(card):
    mask = card.padding_mask(np.array([5, 3]), 5)
    assert mask.shape == (2, 1, 1, 5) and mask.dtype == bool
    assert mask[:, 0, 0].tolist() == [[True] * 5, [True, True, True, False, False]]
    q, k, v = (rng(seed).normal(size=(2, 4, 5, 8)) for seed in range(3))
    before = attention(q, k, v, mask)
    k[1, :, 3:], v[1, :, 3:] = 9, 9
    assert_allclose(attention(q, k, v, mask), before)
    assert (mask & np.tri(5, dtype=bool)).shape == (2, 1, 5, 5)


@subject(
    "code-masked-softmax",
    trap("m = np.where(m == -np.inf, 0, m)", "pass"),
    trap("np.where(z == 0, 1, z)", "z"),
    trap("s.max(-1, keepdims=True)", "0"),
)
def _(card):
    s = 1000 * rng().normal(size=(3, 4))
    mask = np.array([[True] * 4, [True, False, True, False], [False] * 4])
    given = card.masked_softmax(s, mask)
    assert_allclose(given[:2], softmax(np.where(mask, s, -np.inf))[:2])
    assert (given[2] == 0).all()


@subject("code-mask-polarity-error", softmax=softmax)
def _(card):
    q, k, v = rng().normal(size=(3, 8)), rng(1).normal(size=(5, 8)), rng(2).normal(size=(5, 4))
    tokens = np.array([7, 8, 9, 0, 0])
    assert_allclose(card.attend(q, k, v, tokens), attention(q, k[:3], v[:3]))


@symptom("code-mask-polarity-error")
def _(card):
    q, k, v = rng().normal(size=(3, 8)), rng(1).normal(size=(5, 8)), rng(2).normal(size=(5, 4))
    assert_allclose(card.attend(q, k, v, np.array([7, 8, 9, 0, 0])), attention(q, k[3:], v[3:]))


# ---- many heads -------------------------------------------------------------------------------------


@subject(
    "code-mha",
    trap("y = y.reshape(B, n, h, d // h)\n        return y.transpose(0, 2, 1, 3)", "return y.reshape(B, h, n, d // h)"),
    trap("o = o.transpose(0, 2, 1, 3)\n", "\n"),
    attention=attention,
)
def _(card):
    x = rng().normal(size=(2, 5, 12))
    weights = rng(1).normal(size=(4, 12, 12))
    expected, _ = _heads.multi_head_attention(x, *weights, heads=3)
    assert_allclose(card.mha(x, *weights, 3), expected)
    one_head = attention(*(x @ w for w in weights[:3])) @ weights[3]
    assert_allclose(card.mha(x, *weights, 1), one_head)


@subject("code-mha-copy", trap("s = s.copy()", "s = s"), trap("(2, 5, 3, 4)", "(2, 3, 5, 4)"), snippet=True)
def _(card):
    names, said = spoken(card.code)
    assert said == 3
    assert names["o"].shape == (2, 5, 12)
    assert names["s"].shape == (2, 3, 5, 4)


@subject(
    "code-mha-reshape",
    trap("q.reshape(B, n, h, d // h)", "q.reshape(B, n, d // h, h)"),
    trap("o = o.transpose(0, 2, 1, 3)\n", ""),
    trap("np.sqrt(d // h)", "np.sqrt(d)"),
    trap("k.swapaxes(-1, -2)", "k.T"),
    snippet=True,
    softmax=softmax,
)
def _(card):
    batch, n, h, d = 2, 5, 3, 12
    x, weights = rng().normal(size=(batch, n, d)), rng(1).normal(size=(3, d, d))
    k, v = (_heads.split(x @ w, h) for w in weights[1:])
    given = card.run(x=x, W_q=weights[0], k=k, v=v, B=batch, n=n, h=h, d=d)
    expected, _ = _heads.multi_head_attention(x, *weights, np.eye(d), heads=h)
    assert_allclose(given.o, expected)
    assert given.s.shape == (batch, h, n, n)


@subject("code-mha-split-error")
def _(card):
    y = rng().normal(size=(2, 6, 12))
    given = card.split(y, 3)
    for i in range(3):
        assert_allclose(given[:, i], y[:, :, 4 * i : 4 * i + 4])


@symptom("code-mha-split-error")
def _(card):
    y = rng().normal(size=(2, 6, 12))
    given = card.split(y, 3)
    assert given.shape == (2, 3, 6, 4)
    for i, p in np.ndindex(3, 6):
        assert set(given[0, i, p]) <= set(y[0, (6 * i + p) // 3])

    def attended_causally(y):
        return _heads.concat(attention(*[card.split(y, 3)] * 3, _attention.causal_mask(6)))

    changed = np.concatenate([y[:, :5], y[:, 5:] + 1], axis=1)
    assert not np.allclose(attended_causally(changed)[:, :5], attended_causally(y)[:, :5])
    assert_allclose(card.split(y, 1), _heads.split(y, 1))
    assert_allclose(card.split(y[:, :1], 3), _heads.split(y[:, :1], 3))


@subject("code-mha-merge-error")
def _(card):
    y = rng().normal(size=(2, 6, 12))
    assert_allclose(card.merge(_heads.split(y, 3)), y)


@symptom("code-mha-merge-error")
def _(card):
    o = rng().normal(size=(2, 3, 6, 4))
    assert_allclose(card.merge(o)[0, 0], o[0, 0, :3].ravel())


# ---- the causal mask --------------------------------------------------------------------------------


def causal(card):
    for n in (1, 2, 5):
        bias = card.causal_bias(n)
        assert bias.shape == (n, n)
        for i, j in np.ndindex(n, n):
            assert bias[i, j] == (-np.inf if j > i else 0)
    weights = softmax(rng().normal(size=(5, 5)) + card.causal_bias(5))
    assert ((weights > 0).sum(-1) == np.arange(1, 6)).all()
    assert (weights > 0).sum() == 5 * 6 / 2


subject("code-causal-mask", trap("k=1", "k=0"), trap("k=1", "k=2"), trap("triu", "tril"))(causal)
subject("code-causal-nan-error")(causal)


@symptom("code-causal-nan-error")
def _(card):
    bias = card.causal_bias(4)
    assert (bias[~np.tri(4, dtype=bool)] == -np.inf).all()
    assert np.isnan(bias[np.tri(4, dtype=bool)]).all()
    assert np.isnan(softmax(rng().normal(size=(4, 4)) + bias)).all()
    future = np.triu(np.ones((4, 4)), k=1)
    assert not np.isnan(future * -1e9).any()
    assert np.isnan(future.astype(np.float16) * np.float16(-1e9)).any()


@subject("code-causal-offset", trap("np.arange(m - n, m)", "np.arange(n)"), trap("<=", "<"))
def _(card):
    for n, m in ((1, 1), (1, 6), (3, 6), (6, 6)):
        given = card.causal_mask(n, m)
        assert given.tolist() == [[j <= i + m - n for j in range(m)] for i in range(n)]
        assert (given == np.tri(n, m, m - n, dtype=bool)).all()
        assert given[0].sum() == m - n + 1 and given[-1].all()


@subject(
    "code-causal-line",
    trap("k=1", "k=0"),
    trap("-np.inf", "0.0"),
    trap("s + bias", "s * bias"),
    trap("triu", "tril"),
    snippet=True,
    softmax=softmax,
)
def _(card):
    q, k = rng().normal(size=(5, 8)), rng(1).normal(size=(5, 8))
    given = card.run(q=q, k=k, n=5, d=8).p
    assert_allclose(given, attended(q, k, np.eye(5), lambda i: range(i + 1)))


# ---- shared key and value heads ---------------------------------------------------------------------


def grouped(card):
    for h, g in ((4, 2), (6, 2), (4, 1), (4, 4)):
        q, k, v = (rng(s).normal(size=(2, heads, n, 8)) for s, heads, n in ((0, h, 3), (1, g, 5), (2, g, 5)))
        given = card.gqa(q, k, v)
        for i in range(h):
            assert_allclose(given[:, i], attention(q[:, i], k[:, i * g // h], v[:, i * g // h]))


subject(
    "code-gqa",
    trap("np.repeat(k, r, axis=1)", "np.tile(k, (1, r, 1, 1))"),
    trap("np.repeat(v, r, axis=1)", "np.tile(v, (1, r, 1, 1))"),
    trap("q.shape[1] // k.shape[1]", "q.shape[2] // k.shape[2]"),
    attention=attention,
)(grouped)
subject(
    "code-gqa-no-copy",
    trap("B, g, h // g, n, d", "B, h // g, g, n, d"),
    trap(
        "g, h // g, n, d)\n    o = attention(q, k[:, :, None],\n                  v[:, :, None])",
        "h // g, g, n, d)\n    o = attention(q, k[:, None],\n                  v[:, None])",
    ),
    attention=attention,
)(grouped)


@subject("code-repeat-tile", trap("np.repeat", "np.tile"), trap("* 2 // 4", "* 4 // 2"), snippet=True)
def _(card):
    _, said = spoken(card.code)
    assert said == 4


@subject("code-gqa-tile-error")
def _(card):
    k = rng().normal(size=(2, 2, 5, 8))
    given = card.share(k, 4)
    for i in range(4):
        assert_allclose(given[:, i], k[:, i // 2])


@symptom("code-gqa-tile-error")
def _(card):
    k = rng().normal(size=(2, 4, 5, 8))
    assert card.share(k, 8).shape == (2, 8, 5, 8)
    assert_allclose(card.share(k, 4), k)
    assert_allclose(card.share(k[:, :1], 4), _heads.share(k[:, :1], 4))
    assert_allclose(card.share(k[:, :2], 4)[:, 1], k[:, 1])


# ---- the cache --------------------------------------------------------------------------------------


@subject(
    "code-kv-step",
    trap(
        "    K = np.append(K, x @ W_k, axis=1)\n    V = np.append(V, x @ W_v, axis=1)\n"
        "    return attention(q, K, V), K, V",
        "    o = attention(q, K, V) if K.shape[1] else x @ W_v\n"
        "    return o, np.append(K, x @ W_k, axis=1), np.append(V, x @ W_v, axis=1)",
    ),
    trap("np.append(V, x @ W_v, axis=1)", "np.append(V, x @ W_k, axis=1)"),
    attention=attention,
)
def _(card):
    x, weights = rng().normal(size=(2, 6, 8)), rng(1).normal(size=(3, 8, 8))
    expected = attention(*(x @ w for w in weights), _attention.causal_mask(6))
    cache = [np.zeros((2, 0, 8))] * 2
    for t in range(6):
        o, *cache = card.step(x[:, t : t + 1], *weights, *cache)
        assert_allclose(o, expected[:, t : t + 1])
        assert [each.shape for each in cache] == [(2, t + 1, 8)] * 2


@subject(
    "code-kv-buffer",
    trap(":t + 1", ":t"),
    trap("[:, :t + 1]", ""),
    trap("K[:, t] = x @ W_k", "K[:, t - 1] = x @ W_k"),
    attention=attention,
)
def _(card):
    x, weights = rng().normal(size=(2, 6, 8)), rng(1).normal(size=(3, 8, 8))
    expected = attention(*(x @ w for w in weights), _attention.causal_mask(6))
    keys, values = np.zeros((2, 2, 9, 8))
    for t in range(6):
        assert_allclose(card.step(x[:, t], *weights, keys, values, t), expected[:, t])
    assert_allclose(keys[:, :6], x @ weights[1])
    assert (keys[:, 6:] == 0).all()


@subject("code-kv-causal-error", attention=attention)
def _(card):
    q, k, v = (rng(seed).normal(size=(6, 8)) for seed in range(3))
    expected = attention(q, k, v, _attention.causal_mask(6))
    for n in (6, 3, 1):
        assert_allclose(card.step(q[-n:], k, v), expected[-n:])


@symptom("code-kv-causal-error")
def _(card):
    q, k, v = (rng(seed).normal(size=(6, 8)) for seed in range(3))
    assert_allclose(card.step(q, k, v), attention(q, k, v, _attention.causal_mask(6)))
    assert_allclose(card.step(q[-1:], k, v), v[:1])


# ---- positions --------------------------------------------------------------------------------------


def sinusoidal(card):
    for n, d in ((1, 4), (50, 16)):
        given = card.sinusoid(n, d)
        for m, i in np.ndindex(n, d // 2):
            angle = m / 10000 ** (2 * i / d)
            assert_allclose(given[m, 2 * i : 2 * i + 2], [np.sin(angle), np.cos(angle)], atol=1e-12)
    assert_allclose(card.sinusoid(50, 16), _position.sinusoid(np.arange(50), 16), atol=1e-12)
    assert card.sinusoid(3, 8)[0].tolist() == [0, 1] * 4
    assert_allclose((card.sinusoid(50, 16) ** 2).sum(-1), 16 / 2)


subject(
    "code-sinusoid",
    trap("-i2 / d", "-2 * i2 / d"),
    trap("np.arange(0, d, 2)", "np.arange(d // 2)"),
    trap(
        "pe[:, 0::2] = np.sin(a)\n    pe[:, 1::2] = np.cos(a)",
        "pe[:, : d // 2] = np.sin(a)\n    pe[:, d // 2 :] = np.cos(a)",
    ),
)(sinusoidal)
subject("code-sinusoid-exponent-error")(sinusoidal)


@symptom("code-sinusoid-exponent-error")
def _(card):
    assert card.sinusoid(3, 8)[0].tolist() == [0, 1] * 4
    slowest = np.arcsin(card.sinusoid(2, 512)[1, -2])
    assert 2 * np.pi / slowest == pytest.approx(5.8e8, rel=0.01)
    right = 2 * np.pi * 10000 ** (510 / 512)
    wavelengths = 2 * np.pi / np.arcsin(card.sinusoid(2, 512)[1, 2::2])
    assert (wavelengths > right).mean() == pytest.approx(0.5, abs=0.01)


def rotated(card):
    x = rng().normal(size=(2, 3, 5, 8))
    kept, pos = x.copy(), np.array([0, 1, 2, 7, 40])
    for base in (10000.0, 500.0):
        given = card.rope(x, pos, base)
        for index in np.ndindex(2, 3, 5):
            for i in range(4):
                angle = pos[index[-1]] * base ** (-2 * i / 8)
                turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
                pair = card.pair(i)
                assert_allclose(given[index][pair], turn @ kept[index][pair])
    assert (x == kept).all()


@subject(
    "code-rope-interleaved",
    trap("y = np.empty_like(x)", "y = x"),
    trap("np.arange(0, d, 2)", "np.arange(d // 2)"),
    trap("a * c - b * s", "a * c + b * s"),
)
def _(card):
    card.pair = lambda i: [2 * i, 2 * i + 1]
    rotated(card)
    x = rng().normal(size=(5, 8))
    assert_allclose(card.rope(x, np.arange(5)), _rotary.rotate(x, np.arange(5), _rotary.frequencies(8)))


@subject(
    "code-rope-half",
    trap("np.arange(0, d, 2)", "np.arange(d // 2)"),
    trap("np.split(x, 2, axis=-1)", "x[..., 0::2], x[..., 1::2]"),
    trap("a * s + b * c", "a * s - b * c"),
)
def _(card):
    card.pair = lambda i: [i, i + 4]
    rotated(card)
    x = rng().normal(size=(5, 8))
    assert_allclose(card.rope(x, np.arange(5)), _rotary.rotate_halves(x, np.arange(5), _rotary.frequencies(8)))


@subject("code-rope-convert", trap("d_in, h, -1, 2", "d_in, 1, -1, 2"), trap("    W = W.swapaxes(-1, -2)\n", ""))
def _(card):
    x, pos, theta = rng().normal(size=(5, 24)), np.arange(5), _rotary.frequencies(8)
    w_q, w_k = rng(1).normal(size=(2, 24, 24))

    def scores(rope, w_q, w_k):
        q, k = (rope(_heads.split(x @ w, 3), pos, theta) for w in (w_q, w_k))
        return q @ k.swapaxes(-1, -2)

    expected = scores(_rotary.rotate, w_q, w_k)
    assert_allclose(scores(_rotary.rotate_halves, card.to_half(w_q, 3), card.to_half(w_k, 3)), expected)
    assert not np.allclose(scores(_rotary.rotate_halves, w_q, w_k), expected)
    assert card.to_half(np.arange(16)[None], 2).tolist() == [[0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15]]


def halves(card):
    x, pos, w = rng().normal(size=(3, 5, 8)), np.array([0, 1, 2, 7, 40]), _rotary.frequencies(8)
    assert_allclose(card.rope(x, pos, w), _rotary.rotate_halves(x, pos, w))


subject("code-rotate-half", trap("[-b, a]", "[b, -a]"), trap("np.concatenate([t, t], -1)", "np.repeat(t, 2, -1)"))(
    halves
)
subject("code-rope-mixed-error")(halves)


@symptom("code-rope-mixed-error")
def _(card):
    x, w = rng().normal(size=(5, 8)), _rotary.frequencies(8)
    assert not np.allclose((card.rope(x, np.arange(5), w) ** 2).sum(-1), (x**2).sum(-1))
    q, k = rng().normal(size=(2, 1, 8))
    near, far = (card.rope(q, np.array([2 + a]), w) @ card.rope(k, np.array([a]), w).T for a in (0, 5))
    assert not np.allclose(near, far)
    pair, one = rng().normal(size=(5, 2)), _rotary.frequencies(2)
    assert_allclose(card.rope(pair, np.arange(5), one), _rotary.rotate_halves(pair, np.arange(5), one))


@subject("code-rope-view-error")
def _(card):
    x, theta = rng().normal(size=(3, 5, 8)), _rotary.frequencies(8)
    kept, angles = x.copy(), np.arange(5)[:, None] * theta
    assert_allclose(card.rope(x, np.cos(angles), np.sin(angles)), _rotary.rotate(kept, np.arange(5), theta))
    assert (x == kept).all()


@symptom("code-rope-view-error")
def _(card):
    x, theta = rng().normal(size=(5, 8)), _rotary.frequencies(8)
    kept, angles = x.copy(), np.arange(5)[:, None] * theta
    given = card.rope(x, np.cos(angles), np.sin(angles))
    assert given is x
    assert_allclose(given[0], kept[0])
    assert not np.allclose((given[1:] ** 2).sum(-1), (kept[1:] ** 2).sum(-1))


# ---- normalisation ----------------------------------------------------------------------------------


def normalised(card):
    x = rng().normal(size=(2, 3, 4)) * 3 + 1
    x[0, 0], x[0, 1] = 5, x[0, 1] / 1000
    g, b = rng(1).normal(size=(2, 4))
    for eps in (1e-5, 1e-2):
        assert_allclose(card.layer_norm(x, g, b, eps), _norm.layer_norm(x, g, b, eps)[0])
    assert_allclose(card.layer_norm(x, g, b)[0, 0], b)


subject(
    "code-layer-norm",
    trap("x.var(-1, keepdims=True)", "x.var(-1, ddof=1, keepdims=True)"),
    trap("np.sqrt(v + eps)", "(np.sqrt(v) + eps)"),
    trap("x.mean(-1, keepdims=True)", "x.mean((0, 1))"),
)(normalised)
subject("code-layer-norm-std-error")(normalised)


@subject(
    "code-block",
    trap("x = x + attn(ln1(x))", "x = ln1(x)\n    x = x + attn(x)"),
    trap("x + ffn(ln2(x))", "x + ffn(x)"),
    trap("ln2(x + ffn(x))", "x + ln2(ffn(x))"),
    trap("ln1(x + attn(x))", "ln1(attn(x))"),
)
def _(card):
    x, a, f = rng().normal(size=(2, 5, 4)), *rng(1).normal(size=(2, 4, 4))
    first, second = (lambda y, gain=gain: _norm.layer_norm(y, gain, 0 * gain)[0] for gain in rng(2).normal(size=(2, 4)))
    functions = (lambda y: np.tanh(y @ a), lambda y: np.tanh(y @ f), first, second)
    middle = x + np.tanh(first(x) @ a)
    assert_allclose(card.pre_ln(x, *functions), middle + np.tanh(second(middle) @ f))
    middle = first(x + np.tanh(x @ a))
    assert_allclose(card.post_ln(x, *functions), second(middle + np.tanh(middle @ f)))
    assert (card.pre_ln(x, np.zeros_like, np.zeros_like, first, second) == x).all()


@subject(
    "code-swiglu",
    trap("h / (1 +", "1 / (1 +"),
    trap("(x @ V)", "(x @ V) / (1 + np.exp(-x @ V))"),
    trap("np.exp(-h)", "np.exp(h)"),
)
def _(card):
    x, w, v, w2 = (rng(s).normal(size=shape) for s, shape in enumerate(((3, 4), (4, 6), (4, 6), (6, 4))))
    for n in range(3):
        gate = [h / (1 + exp(-h)) for h in x[n] @ w]
        assert_allclose(card.swiglu(x, w, v, w2)[n], (np.array(gate) * (x[n] @ v)) @ w2)
    assert card.swiglu(np.full((1, 1), -1000.0), *np.ones((3, 1, 1))) == 0


@symptom("code-layer-norm-std-error")
def _(card):
    for d in (4, 512):
        x, ones = rng().normal(size=(3, d)), np.ones(d)
        expected = _norm.layer_norm(x, ones, 0 * ones, 1e-12)[0]
        assert_allclose(card.layer_norm(x, ones, 0 * ones, 1e-12), expected * np.sqrt((d - 1) / d), rtol=1e-6)
    assert_allclose(card.layer_norm(np.full((1, 4), 5.0), np.ones(4), np.arange(4)), [np.arange(4)])


def root_mean_square(card):
    x, g = rng().normal(size=(2, 3, 4)) + 1, rng(1).normal(size=4)
    x[0, 0] /= 1000
    for eps in (1e-6, 1e-2):
        assert_allclose(card.rms_norm(x, g, eps), _norm.rms_norm(x, g, eps)[0], rtol=1e-5)
    assert_allclose((card.rms_norm(x, np.ones(4))[1] ** 2).mean(-1), 1, rtol=1e-5)


@subject(
    "code-rms-norm",
    trap("x.astype(np.float32)", "x"),
    trap(".mean(-1", ".sum(-1"),
    trap("np.sqrt(ms + eps)", "(np.sqrt(ms) + eps)"),
    trap("y = x.astype(np.float32)", "y = (x - x.mean(-1, keepdims=True)).astype(np.float32)"),
)
def _(card):
    root_mean_square(card)
    halved = card.rms_norm(np.full((2, 4), 300, np.float16), np.ones(4, np.float16))
    assert halved.dtype == np.float16
    assert_allclose(halved, 1, rtol=1e-3)
    x = rng().normal(size=(2, 8))
    assert_allclose(card.rms_norm(7 * x, np.ones(8)), card.rms_norm(x, np.ones(8)), rtol=1e-4)


subject("code-rms-norm-sum-error")(root_mean_square)


@symptom("code-rms-norm-sum-error")
def _(card):
    x, g = rng().normal(size=(2, 4096)), np.ones(4096)
    assert_allclose(card.rms_norm(x, g) * 64, _norm.rms_norm(x, g, 1e-6)[0], rtol=1e-3)


@subject(
    "code-layer-norm-backward",
    trap("- m1", ""),
    trap("- y * m2", ""),
    trap("d = dy * g", "d = dy"),
    trap("p = d * y", "p = d"),
)
def _(card):
    x, dy, g = rng().normal(size=(2, 3, 5)), rng(1).normal(size=(2, 3, 5)), rng(2).normal(size=5)
    given = card.backward(x, g, dy)
    assert_allclose(given, _norm.layer_norm(x, g, 0 * g)[1](dy)[0])
    assert_allclose(given, numeric(lambda: (dy * _norm.layer_norm(x, g, 0 * g)[0]).sum(), x), atol=1e-8)
    assert_allclose(given.sum(-1), 0, atol=1e-12)
    assert_allclose((given * (x - x.mean(-1, keepdims=True))).sum(-1), 0, atol=1e-3)


# ---- losses -----------------------------------------------------------------------------------------


@subject(
    "code-label-smoothing",
    trap("-logp.mean(-1)", "-logp.sum(-1)"),
    trap("(1 - eps) * hard", "hard"),
    trap("logp[rows, y]", "logp[:, y]"),
    log_softmax=log_softmax,
)
def _(card):
    logits, y = rng().normal(size=(6, 5)), np.array([0, 4, 2, 2, 1, 3])
    for eps in (0.0, 0.1, 0.3):
        expected = _training.cross_entropy(logits, _training.smoothed_targets(y, 5, eps)).mean()
        assert card.smoothed_loss(logits, y, eps) == pytest.approx(expected)
    assert np.isfinite(card.smoothed_loss(1000 * logits, y))


@subject(
    "code-masked-loss",
    trap(".mean()", ".sum() / y.size"),
    trap("real = y != pad", "real = y == pad"),
    trap("real = y != pad", "real = y == y"),
    log_softmax=log_softmax,
)
def _(card):
    logits, y = rng().normal(size=(2, 4, 5)), np.array([[1, 2, 3, 4], [2, 0, 0, 0]])
    losses = [-np.log(softmax(logits[b, i])[y[b, i]]) for b, i in np.ndindex(2, 4) if y[b, i]]
    assert card.masked_loss(logits, y) == pytest.approx(np.mean(losses))
    before = card.masked_loss(logits, y)
    logits[1, 1:] = rng(1).normal(size=(3, 5))
    assert card.masked_loss(logits, y) == before


@subject("code-cross-entropy-gradient", trap(") / n", ")"), trap("+=", "="), softmax=softmax)
def _(card):
    logits, y = rng().normal(size=(6, 5)), np.array([0, 4, 2, 2, 1, 3])
    for eps in (0.0, 0.1):
        targets = _training.smoothed_targets(y, 5, eps)
        expected = numeric(lambda t=targets: _training.cross_entropy(logits, t).mean(), logits)
        assert_allclose(card.loss_grad(logits, y, eps), expected, atol=1e-9)
        assert_allclose(card.loss_grad(logits, y, eps).sum(-1), 0, atol=1e-15)


@subject("code-label-smoothing-error")
def _(card):
    y = np.array([0, 2, 1])
    for eps in (0.1, 0.3):
        assert_allclose(card.targets(y, 3, eps).sum(-1), 1)
        assert_allclose(card.targets(y, 3, eps), _training.smoothed_targets(y, 3, eps))


@symptom("code-label-smoothing-error")
def _(card):
    for classes in (2, 5):
        assert_allclose(card.targets(np.array([0, 1]), classes, 0.1).sum(-1), 1 + 0.1 / (classes - 1))


# ---- byte-pair encoding -----------------------------------------------------------------------------


def words(seed: int, letters: str = "ab") -> list[tuple[str, ...]]:
    generator = rng(seed)
    return [tuple(generator.choice(list(letters), size=size)) for size in generator.integers(1, 9, size=40)]


@subject(
    "code-bpe-train",
    trap("pairs[p] += c", "pairs[p] += 1"),
    trap("max(pairs", "min(pairs"),
    trap('(*w, "</w>")', "tuple(w)"),
    Counter=Counter,
    merge=_tokens.merge,
)
def _(card):
    expected, _ = _tokens.train(_tokens.spell(_tokens.TOY_COUNTS, end="</w>"), _tokens.frequency, 10)
    assert card.train(_tokens.TOY_COUNTS, 10) == expected
    with pytest.raises(ValueError):
        card.train({"a": 1}, 2)


def merges_pairs(card):
    assert card.merge(("a", "a", "a"), ("a", "a")) == ("aa", "a")
    assert card.merge(("a", "a", "a", "a"), ("a", "a")) == ("aa", "aa")
    assert card.merge(("l", "o", "w", "e", "r"), ("l", "o")) == ("lo", "w", "e", "r")
    assert card.merge(("n", "e", "s", "t"), ("e", "s")) == ("n", "es", "t")
    assert card.merge(("ne", "s", "t"), ("e", "s")) == ("ne", "s", "t")
    for word in words(0):
        for pair in (("a", "b"), ("a", "a"), ("b", "a")):
            once = card.merge(word, pair)
            assert once == _tokens.merge(word, pair)
            assert card.merge(once, ("a", "ab")) == _tokens.merge(once, ("a", "ab"))


subject("code-bpe-merge", trap("i += 2", "i += 1"), trap("== pair", "in pair"))(merges_pairs)
subject("code-bpe-replace-error")(merges_pairs)


@subject(
    "code-wordpiece-encode",
    trap("range(n, i, -1)", "range(i + 1, n + 1)"),
    trap('return ["[UNK]"]', 'return [*pieces, "[UNK]"]'),
    trap('"##" * (i > 0)', '""'),
)
def _(card):
    vocabulary = {"un", "##aff", "##able", "a", "##a", "##b", "##f", "##ab", "u", "##n", "##u"}
    assert card.wordpiece("unaffable", vocabulary) == ["un", "##aff", "##able"]
    assert card.wordpiece("unaffible", vocabulary) == ["[UNK]"]
    assert card.wordpiece("zun", vocabulary) == ["[UNK]"]
    for letters in words(0):
        word = "".join(letters)
        spelled = (word[0], *("##" + letter for letter in word[1:]))
        marked = {"a", *("##" + piece for piece in ("a", "b", "ab"))}
        joined = {piece.replace("##", "") + "|inside" * piece.startswith("##") for piece in marked}
        expected, rest = [], spelled
        while rest and expected != ["[UNK]"]:
            inside = rest[0].startswith("##")
            fitting = [
                width
                for width in range(1, len(rest) + 1)
                if "".join(rest[:width]).replace("##", "") + "|inside" * inside in joined
            ]
            expected = (
                [*expected, "##" * inside + "".join(rest[: max(fitting)]).replace("##", "")] if fitting else ["[UNK]"]
            )
            rest = rest[max(fitting, default=0) :]
        assert card.wordpiece(word, marked) == expected


@symptom("code-bpe-replace-error")
def _(card):
    assert card.merge(("n", "e", "s", "t"), ("e", "s")) == ("n", "es", "t")
    assert card.merge(("ne", "s", "t"), ("e", "s")) == ("nes", "t")


@subject(
    "code-bpe-encode",
    trap(
        "min(pairs, key=by_rank)",
        "next((p for p in pairs if p in rank), None)",
    ),
    trap("min(", "max("),
    merge=_tokens.merge,
)
def _(card):
    learned, _ = _tokens.train(_tokens.spell(_tokens.TOY_COUNTS, end="</w>"), _tokens.frequency, 7)
    assert ["".join(pair) for pair in learned] == ["es", "est", "est</w>", "lo", "low", "ne", "new"]
    assert card.encode("nest", learned) == ("n", "est</w>")
    for seed in range(20):
        counts = Counter("".join(word) for word in words(seed, "abc"))
        learned, _ = _tokens.train(_tokens.spell(dict(counts), end="</w>"), _tokens.frequency, 12)
        rank = {pair: i for i, pair in enumerate(learned)}
        for word in words(seed + 100, "abc"):
            given = card.encode("".join(word), learned)
            assert given == _tokens.encode((*word, "</w>"), learned)
            assert not any(pair in rank for pair in pairwise(given))


# ---- sampling ---------------------------------------------------------------------------------------


def kept_by_top_p(probs, p):
    """The smallest set of most likely tokens that reaches p, in a loop."""
    kept, mass = [], 0.0
    for token in np.argsort(-probs):
        if mass >= p:
            break
        kept.append(int(token))
        mass += probs[token]
    return kept


def top_k(logits, k):
    return np.where(np.argsort(np.argsort(-logits)) < k, logits, -np.inf)


def top_p(logits, p):
    kept = kept_by_top_p(softmax(logits), p)
    return np.where(np.isin(np.arange(len(logits)), kept), logits, -np.inf)


@subject(
    "code-sample",
    trap("top_k(logits / T, k)\n    w = softmax(top_p(z, p))", "top_p(top_k(logits, k), p)\n    w = softmax(z / T)"),
    trap("top_k(logits / T, k)\n    w = softmax(top_p(z, p))", "top_p(logits / T, p)\n    w = softmax(top_k(z, k))"),
    trap("top_k(logits / T, k)", "logits / T"),
    trap("if T == 0:", "if False:"),
    trap("logits / T", "logits * T"),
    softmax=softmax,
    top_k=top_k,
    top_p=top_p,
)
def _(card):
    logits = np.array([1.0, 3.0, 2.0, 0.0, -1.0, 2.5])
    assert card.sample(logits, 0, 3, 0.9, rng()) == 1
    for temperature, k, p in ((0.5, 6, 0.9), (2.0, 6, 0.9), (2.0, 3, 1.0), (1.0, 1, 1.0), (1.0, 3, 0.8)):
        z = top_p(top_k(logits / temperature, k), p)
        generator = rng()
        draws = [card.sample(logits, temperature, k, p, generator) for _ in range(2000)]
        frequencies = np.bincount(draws, minlength=6) / 2000
        assert set(draws) == set(np.flatnonzero(z > -np.inf))
        assert_allclose(frequencies, softmax(z), atol=0.04)
    assert len(kept_by_top_p(softmax(logits / 0.5), 0.9)) < len(kept_by_top_p(softmax(logits / 2), 0.9))


@subject(
    "code-top-k",
    trap("[..., [-k]]", "[..., -k:-k + 1]"),
    trap("-np.inf", "0.0"),
    trap("[..., [-k]]", "[..., -k]"),
    trap("logits < kth", "logits <= kth"),
)
def _(card):
    logits = rng().permutation(24).reshape(2, 3, 4) - 10.0
    for k in (1, 2, 4):
        given = card.top_k(logits, k)
        for index in np.ndindex(2, 3):
            best = sorted(logits[index])[-k:]
            assert_allclose(given[index], [s if s in best else -np.inf for s in logits[index]])
    assert_allclose(card.top_k(np.array([1.0, 2.0, 2.0]), 1), [-np.inf, 2, 2])
    with pytest.raises(IndexError):
        card.top_k(logits, 5)


@subject(
    "code-top-p",
    trap("before < p", "np.cumsum(probs) <= p"),
    trap("before < p", "before <= p"),
    trap("order[before < p]", "np.flatnonzero(before < p)"),
    trap("np.argsort(-logits)", "np.argsort(logits)"),
    softmax=softmax,
)
def _(card):
    for seed in range(20):
        logits = 2 * rng(seed).normal(size=9)
        for p in (1e-9, 0.3, 0.6, 0.9):
            kept = kept_by_top_p(softmax(logits), p)
            expected = np.where(np.isin(np.arange(9), kept), logits, -np.inf)
            assert_allclose(card.top_p(logits, p), expected)
    assert_allclose(card.top_p(np.log([0.02, 0.95, 0.03]), 0.9), [-np.inf, np.log(0.95), -np.inf])
    assert_allclose(card.top_p(np.log([0.2, 0.5, 0.3]), 0.7), [-np.inf, np.log(0.5), np.log(0.3)])
    assert (card.top_p(np.zeros(4), 0.5) > -np.inf).sum() == 2  # reached exactly


def language_model(seq):
    """Log-probabilities of 3 tokens, of which 2 ends the sequence, after any history."""
    return np.log(softmax(2 * rng(sum(3**i * (t + 1) for i, t in enumerate(seq))).normal(size=3)))


def all_sequences(n):
    """Every sequence that ends with 2 or has n tokens, with its log-probability."""
    unfinished, finished = [(0.0, ())], []
    for _ in range(n):
        longer = [(s + lp, (*seq, t)) for s, seq in unfinished for t, lp in enumerate(language_model(seq))]
        finished += [each for each in longer if each[1][-1] == 2]
        unfinished = [each for each in longer if each[1][-1] != 2]
    return finished + unfinished


@subject(
    "code-beam-search",
    trap("        return [b]", "        return []"),
    trap("if seq[-1:] == (end,):", "if False:"),
    trap("s + logp[t]", "logp[t]"),
    trap("[-width:]", "[:width]"),
)
def _(card):
    assert card.beam(language_model, 5, 500, 2) == max(all_sequences(5))[1]
    greedy = ()
    while len(greedy) < 5 and greedy[-1:] != (2,):
        greedy = (*greedy, int(np.argmax(language_model(greedy))))
    assert card.beam(language_model, 5, 1, 2) == greedy
    short = {(): [0.0, -9.0, -0.1], (0,): [-5.0, -5.0, -5.0]}
    assert card.beam(lambda seq: short.get(seq, [-5.0] * 3), 3, 2, 2) == (2,)


@subject(
    "code-speculative-step",
    trap("np.maximum(p - q, 0)", "p"),
    trap("p[x] / q[x]", "q[x] / p[x]"),
    trap("np.maximum(p - q, 0)", "np.maximum(q - p, 0)"),
)
def _(card):
    p, q = np.array([0.1, 0.5, 0.3, 0.1]), np.array([0.6, 0.2, 0.1, 0.1])
    generator = rng()
    drafts = generator.choice(4, p=q, size=20_000)
    emitted = [card.accept(x, p, q, generator) for x in drafts]
    assert_allclose(np.bincount(emitted, minlength=4) / 20_000, p, atol=0.015)
    assert np.mean(np.array(emitted) == drafts) == pytest.approx(np.minimum(p, q).sum(), abs=0.015)
    assert {card.accept(x, p, p, generator) for x in [2] * 50} == {2}


@subject("code-top-p-error")
def _(card):
    for seed in range(20):
        probs = softmax(2 * rng(seed).normal(size=9))
        for p in (1e-9, 0.3, 0.6, 0.9):
            assert card.nucleus(probs, p).tolist() == kept_by_top_p(probs, p)
    assert card.nucleus(np.array([0.2, 0.5, 0.3]), 0.7).tolist() == [1, 2]
    assert card.nucleus(np.array([0.25, 0.5, 0.25]), 1.0).shape == (3,)


@symptom("code-top-p-error")
def _(card):
    assert card.nucleus(np.array([0.2, 0.5, 0.3]), 0.7).tolist() == [1]
    assert card.nucleus(np.array([0.02, 0.95, 0.03]), 0.9).tolist() == []


# ---- online softmax ---------------------------------------------------------------------------------


@subject(
    "code-online-softmax",
    trap("        l = l * np.exp(m - new)\n", ""),
    trap("np.exp(m - new)", "np.exp(new - m)"),
    trap("max(m, s.max())", "s.max()"),
    trap("np.exp(s - new)", "np.exp(s)"),
)
def _(card):
    for scale in (1, 1000):
        scores = scale * rng().normal(size=20)
        for size in (1, 3, 20):
            parts = [scores[j : j + size] for j in range(0, 20, size)]
            assert card.logsumexp(parts) == pytest.approx(np.logaddexp.reduce(scores))
            assert card.logsumexp(parts[::-1]) == pytest.approx(np.logaddexp.reduce(scores))
    assert np.isnan(card.logsumexp([np.full(3, -np.inf), np.zeros(3)]))


@subject(
    "code-online-attention",
    trap("o = c[:, None] * o", "pass"),
    trap("l = c * l", "l = l"),
    trap(" / l[:, None]", ""),
    trap("np.maximum(m, s.max(1))", "s.max(1)"),
)
def _(card):
    q, k, v = 9 * rng().normal(size=(4, 8)), 9 * rng(1).normal(size=(7, 8)), rng(2).normal(size=(7, 3))
    for order in (slice(None), slice(None, None, -1)):
        for b in (1, 2, 3, 7, 10):
            assert_allclose(card.flash(q, k[order], v[order], b), attention(q, k, v), rtol=1e-9)
            assert_allclose(card.flash(99 * q, k[order], v[order], b), attention(99 * q, k, v))


def triple(s, v):
    weights = np.exp(s - s.max())
    return s.max(), weights.sum(), weights @ v


@subject("code-online-merge", trap("c1 * l1", "l1"), trap("c2 * o2", "o2"), trap("np.maximum(m1, m2)", "m1 + m2"))
def _(card):
    s, v = 500 * rng().normal(size=9), rng(1).normal(size=(9, 3))
    a, b, c = (triple(s[part], v[part]) for part in (slice(0, 2), slice(2, 5), slice(5, 9)))
    whole = triple(s, v)
    for m, total, o in (card.combine(card.combine(a, b), c), card.combine(c, card.combine(b, a))):
        assert m == whole[0]
        assert total == pytest.approx(whole[1])
        assert_allclose(o, whole[2])


@subject(
    "code-online-update",
    trap("np.maximum(m, s.max())", "s.max()"),
    trap("np.exp(m - new)", "np.exp(new - m)"),
    trap("c * l + p.sum()", "l + p.sum()"),
    trap("c * o + p @ v_block", "o + p @ v_block"),
    snippet=True,
)
def _(card):
    q, k, v = 5 * rng().normal(size=8), 5 * rng(1).normal(size=(7, 8)), rng(2).normal(size=(7, 3))
    for order in (slice(None), slice(None, None, -1)):
        state = {"m": -np.inf, "l": 0.0, "o": np.zeros(3)}
        for j in range(0, 7, 2):
            after = card.run(q=q, d=8, k_block=k[order][j : j + 2], v_block=v[order][j : j + 2], **state)
            assert after.c <= 1
            state = {"m": after.m, "l": after.l, "o": after.o}
        assert_allclose(state["o"] / state["l"], attention(q[None], k, v)[0])


@subject("code-online-rescale-error")
def _(card):
    q, k, v = 5 * rng().normal(size=8), 5 * rng(1).normal(size=(7, 8)), rng(2).normal(size=(7, 3))
    for order in (slice(None), slice(None, None, -1)):
        for b in (1, 2, 3, 7):
            assert_allclose(card.flash(q, k[order], v[order], b), attention(q[None], k, v)[0])


@symptom("code-online-rescale-error")
def _(card):
    q, k, v = rng().normal(size=8), rng(1).normal(size=(6, 8)), rng(2).normal(size=(6, 3))
    falling = np.argsort(-(k @ q))
    assert_allclose(card.flash(q, k[falling], v[falling], 2), attention(q[None], k, v)[0])
    rising = falling[::-1]
    assert (card.flash(q, k[rising], np.ones((6, 1)), 2) > 1.01).all()


# ---- the learning rate ------------------------------------------------------------------------------


@subject("code-noam", trap("min(", "max("), trap("warmup ** -1.5", "warmup ** -0.5"), trap("d ** -0.5", "d ** 0.5"))
def _(card):
    for step in (1, 100, 3999, 4000, 4001, 100_000):
        assert card.noam(step) == pytest.approx(float(_training.noam(step)))
        assert card.noam(step, 1024, 8000) == pytest.approx(float(_training.noam(step, 1024, 8000)))
    assert card.noam(4000) == pytest.approx((512 * 4000) ** -0.5) == pytest.approx(max(map(card.noam, range(1, 9000))))
    with pytest.raises(ZeroDivisionError):
        card.noam(0)


@subject(
    "code-cosine",
    trap("t = min(t, 1.0)", "pass"),
    trap("np.pi * t", "2 * np.pi * t"),
    trap("(s - warm) / (total - warm)", "s / total"),
)
def _(card):
    for step in range(0, 1000, 7):
        expected = _training.cosine(step, 1000, 100, 3e-4, 0.1)
        assert card.cosine(step, 1000, 100, 3e-4, 3e-5) == pytest.approx(float(expected))
    assert card.cosine(1000, 1000, 100, 3e-4, 3e-5) == pytest.approx(3e-5)
    assert card.cosine(1500, 1000, 100, 3e-4, 3e-5) == pytest.approx(3e-5)


@subject(
    "code-adamw",
    trap("    m = b1 * m", "    g = g + wd * w\n    m = b1 * m"),
    trap("b1 ** t", "b1"),
    trap("(np.sqrt(vh) + eps)", "np.sqrt(vh + eps)"),
    trap("lr * (u + wd * w)", "lr * u - wd * w"),
)
def _(card):
    for scale in (1, 1e-7):
        w, gradients = rng().normal(size=3), scale * rng(1).normal(size=(5, 3))
        m = v = np.zeros(3)
        given, first, second = w, [0.0] * 3, [0.0] * 3
        for t, g in enumerate(gradients, start=1):
            given, m, v = card.adamw(given, g, m, v, t, 0.1, 0.2)
            for i in range(3):
                first[i] = 0.9 * first[i] + 0.1 * g[i]
                second[i] = 0.999 * second[i] + 0.001 * g[i] ** 2
                step = first[i] / (1 - 0.9**t) / ((second[i] / (1 - 0.999**t)) ** 0.5 + 1e-8)
                w[i] = w[i] * (1 - 0.1 * 0.2) - 0.1 * step
            assert_allclose(given, w)
    once, _, _ = card.adamw(np.zeros(2), np.array([5.0, -0.001]), np.zeros(2), np.zeros(2), 1, 0.1)
    assert_allclose(once, [-0.1, 0.1], rtol=1e-4)


@subject(
    "code-clip-norm",
    trap("c = limit / max(norm, limit)", "c = limit / norm"),
    trap("np.sqrt(sum(sq))", "sum(sq)"),
    trap("[c * g for g in grads]", "[g * limit / max(np.sqrt((g * g).sum()), limit) for g in grads]"),
    trap("[c * g for g in grads]", "[np.clip(g, -limit, limit) for g in grads]"),
)
def _(card):
    grads = [3 * rng().normal(size=(2, 3)), rng(1).normal(size=4)]
    whole = np.concatenate([g.ravel() for g in grads])
    clipped = np.concatenate([g.ravel() for g in card.clip(grads, 2.0)])
    assert_allclose(clipped, whole * 2 / np.linalg.norm(whole))
    small = [g / 100 for g in grads]
    for given, expected in zip(card.clip(small), small, strict=True):
        assert_allclose(given, expected)
    assert (card.clip([np.zeros(3)])[0] == 0).all()


# ---- mixture of experts -----------------------------------------------------------------------------


@subject(
    "code-router",
    trap(
        "np.take_along_axis(s, top, 1)\n    return top, softmax(s)",
        "softmax(s)\n    return top, np.take_along_axis(s, top, 1)",
    ),
    trap("np.argsort(-s", "np.argsort(s"),
    trap("np.take_along_axis(s, top, 1)", "s[:, top]"),
    softmax=softmax,
)
def _(card):
    x, w = rng().normal(size=(6, 4)), rng(1).normal(size=(4, 8))
    p = softmax(x @ w)
    for k in (1, 2, 3):
        top, gate = card.route(x, w, k)
        assert top.shape == gate.shape == (6, k)
        for t in range(6):
            best = sorted(range(8), key=lambda e: -p[t, e])[:k]
            assert top[t].tolist() == best
            assert_allclose(gate[t], p[t, best] / p[t, best].sum())


@subject("code-moe-combine", trap("y[t] += ", "y[t] = "), trap("g * f(x[t])", "f(x[t])"))
def _(card):
    x, weights = rng().normal(size=(6, 4)), rng(1).normal(size=(5, 4, 4))
    top = np.array([rng(t).permutation(4)[:2] for t in range(6)])  # expert 4 gets nothing
    gate = softmax(rng(2).normal(size=(6, 2)))
    seen = [[] for _ in weights]

    def expert(e):
        def f(tokens):
            seen[e].append(len(tokens))
            return np.tanh(tokens @ weights[e])

        return f

    given = card.moe(x, top, gate, [expert(e) for e in range(5)])
    for t in range(6):
        expected = sum(gate[t, slot] * np.tanh(x[t] @ weights[top[t, slot]]) for slot in range(2))
        assert_allclose(given[t], expected)
    assert seen == [[int((top == e).sum())] for e in range(5)]


@subject(
    "code-aux-loss",
    trap(", minlength=N", ""),
    trap("alpha * N", "alpha"),
    trap("probs.mean(0)", "probs.sum(0)"),
)
def _(card):
    for experts in (4, 8):
        balanced = 0.2 * np.tile(np.eye(experts), (3, 1)) + 0.8 / experts
        assert card.aux_loss(balanced) == pytest.approx(0.01)
        collapsed = np.tile(np.eye(experts)[0], (16, 1))
        assert card.aux_loss(collapsed) == pytest.approx(0.01 * experts)
    probs = softmax(rng().normal(size=(32, 8)))
    chosen = probs.argmax(1)
    expected = sum((chosen == i).mean() * probs[:, i].mean() for i in range(8))
    assert card.aux_loss(probs, 1.0) == pytest.approx(8 * expected)


@subject("code-router-gate-error", softmax=softmax)
def _(card):
    x, w = rng().normal(size=(6, 4)), rng(1).normal(size=(4, 8))
    top, gate = card.route(x, w)
    assert top.shape == gate.shape == (6, 1)
    assert_allclose(gate[:, 0], softmax(x @ w).max(1))
    assert not np.allclose(card.route(x, 1.1 * w)[1], gate)


@symptom("code-router-gate-error")
def _(card):
    x, w = rng().normal(size=(6, 4)), rng(1).normal(size=(4, 8))
    top, gate = card.route(x, w)
    assert top[:, 0].tolist() == (x @ w).argmax(1).tolist()
    assert (gate == 1).all() and (card.route(x, 1.1 * w)[1] == 1).all()


# ---- dropout ----------------------------------------------------------------------------------------


@subject(
    "code-dropout",
    trap("/ (1 - p)", "/ p"),
    trap(" / (1 - p)", ""),
    trap(">= p", "< p"),
    trap("return x\n", "return x * (1 - p)\n"),
)
def _(card):
    x = rng().normal(size=(200, 200)) + 3
    assert (card.dropout(x, 0.1, False, rng()) == x).all()
    assert (card.dropout(x, 0.0, True, rng()) == x).all()
    for p in (0.1, 0.5):
        y = card.dropout(x, p, True, rng())
        assert (y == 0).mean() == pytest.approx(p, abs=0.01)
        assert_allclose(y[y != 0], x[y != 0] / (1 - p))
        assert y.mean() == pytest.approx(x.mean(), rel=0.02)


@subject(
    "code-dropout-line",
    trap(">= p", "< p"),
    trap("1 / (1 - p)", "1 / p"),
    trap("dy * keep * scale", "dy * scale"),
    trap("x * keep * scale", "x * keep"),
    snippet=True,
)
def _(card):
    x, dy = rng().normal(size=(2, 200, 200))
    given = card.run(x=x, dy=dy, p=0.2, rng=rng())
    assert (given.y == 0).mean() == pytest.approx(0.2, abs=0.01)
    assert_allclose(given.y, np.where(given.y == 0, 0, x / 0.8))
    assert_allclose(given.dx, np.where(given.y == 0, 0, dy / 0.8))


@subject("code-dropout-backward-error")
def _(card):
    x, dy = rng().normal(size=(2, 50, 50))
    y, keep = card.forward(x, 0.5, rng())
    assert_allclose(y, np.where(keep, 2 * x, 0))
    assert_allclose(card.backward(dy, 0.5, keep), np.where(y == 0, 0, 2 * dy))


@symptom("code-dropout-backward-error")
def _(card):
    x, dy, generator = *rng().normal(size=(2, 50, 50)), rng()
    y, dx = card.forward(x, 0.5, generator), card.backward(dy, 0.5, generator)
    assert ((y == 0) & (dx != 0)).mean() == pytest.approx(0.25, abs=0.03)
    assert ((y != 0) & (dx == 0)).mean() == pytest.approx(0.25, abs=0.03)


# ---- backward passes --------------------------------------------------------------------------------


def gradients_of_attention(given):
    """`given(q, k, v, do)` agrees with finite differences, in all three arguments."""
    q, k, v, do = (rng(seed).normal(size=shape) for seed, shape in enumerate(((3, 4), (5, 4), (5, 2), (3, 2))))
    for gradient, argument in zip(given(q, k, v, do), (q, k, v), strict=True):
        assert_allclose(gradient, numeric(lambda: (do * attention(q, k, v)).sum(), argument), atol=1e-8)


@subject(
    "code-attention-backward",
    trap("ds = c * p", "ds = p"),
    trap("(dp - mean)", "dp"),
    trap("(dp - mean)", "(1 - p) * dp"),
    softmax=softmax,
)
def _(card):
    gradients_of_attention(card.backward)
    q, k, v, do = (rng(seed).normal(size=shape) for seed, shape in enumerate(((3, 4), (5, 4), (5, 2), (3, 2))))
    p = softmax(q @ k.T / 2)
    assert_allclose((p * (do @ v.T)).sum(-1), (do * (p @ v)).sum(-1))


@subject(
    "code-gradient-check",
    trap("        x[i] = old\n    return g", "    return g"),
    trap("x[i] = old - h", "x[i] = old"),
    trap("(2 * h)", "h"),
    trap("x[i] = old - h\n        g[i] = (up - f(x)) / (2 * h)", "x[i] = old\n        g[i] = (up - f(x)) / h"),
)
def _(card):
    x, w = rng().normal(size=(2, 3)), rng(1).normal(size=(2, 3))
    kept = x.copy()
    given = card.numeric_grad(lambda x: (w * np.sin(x) * np.exp(x)).sum(), x)
    assert_allclose(given, w * np.exp(x) * (np.sin(x) + np.cos(x)), rtol=1e-8)
    assert (x == kept).all()


@subject(
    "code-attention-gradients",
    trap("p.T @ do", "do.T @ p"),
    trap("p * (dp - mean)", "p * dp"),
    trap("ds.T @ q", "ds @ q"),
    trap("ds @ k / np.sqrt(d)", "ds @ k"),
    snippet=True,
    softmax=softmax,
)
def _(card):
    def given(q, k, v, do):
        names = card.run(q=q, k=k, v=v, do=do, d=q.shape[-1])
        assert_allclose(names.o, attention(q, k, v))
        return names.dq, names.dk, names.dv

    gradients_of_attention(given)


@subject("code-softmax-backward-error")
def _(card):
    s, dp = rng().normal(size=(2, 3, 5))
    given = card.softmax_backward(softmax(s), dp)
    assert_allclose(given, numeric(lambda: (dp * softmax(s)).sum(), s), atol=1e-9)
    assert_allclose(given.sum(-1), 0, atol=1e-15)


@symptom("code-softmax-backward-error")
def _(card):
    p, dp = softmax(rng().normal(size=(3, 5))), rng(1).normal(size=(3, 5))
    given = card.softmax_backward(p, dp)
    diagonal = np.diagonal(_attention.softmax_jacobian(p), axis1=-2, axis2=-1)
    assert_allclose(given, diagonal * dp)
    assert (np.abs(given.sum(-1)) > 1e-3).all()


# all of them -----------------------------------------------------------------------------------------

ERRORS = [slug for slug, card in cards("en").items() if "error" in card.tags]
PLANTED = [(slug, *pair) for slug, of in SUBJECTS.items() for pair in of.traps]
SYMPTOMS = [(slug, told) for slug, of in SUBJECTS.items() for told in of.symptoms]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_has_a_test_and_every_test_its_card(language):
    assert list(cards(language)) == list(cards("en"))
    assert set(SUBJECTS) == set(cards(language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SUBJECTS)
def test_the_code_on_the_card_does_what_the_card_says(slug, language):
    hold(shown(language, slug), SUBJECTS[slug])


@pytest.mark.parametrize(("slug", "old", "new"), PLANTED)
def test_a_planted_trap_is_found(slug, old, new):
    code = shown("en", slug)
    assert old in code
    assert fails(code.replace(old, new), SUBJECTS[slug])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", ERRORS)
def test_the_broken_code_on_the_front_is_broken(slug, language):
    assert fails(broken(language, slug), SUBJECTS[slug])


@pytest.mark.parametrize(("slug", "told"), SYMPTOMS, ids=[slug for slug, _ in SYMPTOMS])
def test_it_is_broken_in_the_way_that_the_card_tells(slug, told):
    with np.errstate(all="ignore"):
        told(defined(broken("en", slug), SUBJECTS[slug]))


@pytest.mark.parametrize("slug", SUBJECTS)
def test_every_card_has_its_trap(slug):
    of = SUBJECTS[slug]
    assert bool(of.traps) != (slug in ERRORS)
    assert bool(of.symptoms) == (slug in ERRORS)


@pytest.mark.parametrize("slug", SUBJECTS)
def test_code_stands_on_the_sides_where_it_is_read_and_nowhere_else(slug):
    for language in LANGUAGES:
        card = cards(language)[slug]
        sides = [len(blocks(text.markdown)) for text in (card.question, card.answer, card.details)]
        assert sides == ([1, 0, 0] if card.kind == "cloze" else [1, 1, 0] if slug in ERRORS else [0, 1, 0])
        assert sum(text.markdown.count("```") for text in card.texts) == 2 * sum(sides)


@pytest.mark.parametrize("slug", SUBJECTS)
def test_the_reader_is_told_of_every_name_that_the_code_takes_as_given(slug):
    for language in LANGUAGES:
        question = cards(language)[slug].question.markdown
        for name in SUBJECTS[slug].given:
            assert re.search(rf"\b{name}\b", question), name


@pytest.mark.parametrize("slug", SUBJECTS)
def test_both_languages_show_the_same_code_but_for_comments(slug):
    def meant(code):
        tokens = tokenize.generate_tokens(io.StringIO(code).readline)
        return [token.string for token in tokens if token.type not in (tokenize.COMMENT, tokenize.NL)]

    zh, en = ([*blocks(c.question.markdown), *blocks(c.answer.markdown)] for c in (cards(x)[slug] for x in LANGUAGES))
    assert [meant(code) for code in zh] == [meant(code) for code in en]


@pytest.mark.parametrize("slug", SUBJECTS)
def test_code_fits_on_a_phone_and_is_written_in_five_minutes(slug):
    for code in {shown("en", slug), broken("en", slug) if slug in ERRORS else ""}:
        lines = [line for line in code.splitlines() if line.strip()]
        assert max(map(len, lines), default=0) <= WIDEST
        assert len(lines) <= 15
