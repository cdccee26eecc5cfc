"""A number with an expression behind it shows what the expression yields, and no learner sees the expression."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from desk import ROOT, SONG, Run, edit

import build
from deckwright import keep, quote

FACTS = '"""What birds weigh."""\n\n\ndef weight(birds):\n    """All of `birds`, g."""\n    return 9.5 * birds\n'
# Whatever Markdown, TeX, a table, a cloze or a caption could take for its own.
EXPRESSION = '<!--= 7 + len("*_}}::{{c1::%|$#") * ([0][0] | {1: 0}[1] % 5) * (4 > 3) -->'
EVERYWHERE = """# Song

A description with 7¤ birds.

## wren

How **many**: 7¤, *7*¤ and **7**¤?
7¤ begins a line, and one ends with 7¤
or with a break after 7¤  \nas here; `7`¤ is code, [7¤](https://example.org) a link, 7 g¤.

---

- A list of 7¤
- and 7 %
¤

    - nested: 7¤

| a | 7¤ |
|---|---|
| $7¤$ | **7**¤ |
| c | 7 |
¤

> Quoted: 7¤
> and 7
> ¤
> again.

$$
\\begin{aligned}
a &= 7¤ \\\\
b &= \\frac{1}{7}¤ % a comment of TeX
\\end{aligned}
$$

$$a = 7$$
¤

In text $7¤$, $a=7¤$ and $\\{7¤\\}$, a price of $7¤, a note[^1].

    code with $7¤$ and 7

[^1]: Of 7¤.

![A wing of 7¤ feathers, $7¤$ large](../figures/wing.py)

---

7
¤

## robin
<!-- type: cloze -->

It has {{c1::7¤}} or {{c2::**7 KiB**¤::7}} or {{c1::7}}¤ or $a = {{c3::7¤::x}} + {{c4::\\frac{7}{1}¤}}$ feathers.

```
7 {{c5::8}}
```
"""


def facts(root: Path, text: str = FACTS) -> None:
    (root / "figures" / "_facts.py").write_text(text, "utf-8")


def asking(root: Path, line: str) -> None:
    """Gives the tiny deck one card, with `line` on it, and its facts."""
    (root / SONG).write_text(f"# Song\n\nA.\n\n## wren\n\n{line}\n\n---\n\nThe wren.\n", "utf-8")
    facts(root)


def finished(root: Path, source: str) -> tuple[object, ...]:
    """All that a learner gets of a card file: fields, descriptions, media."""
    (root / SONG).write_text(source, "utf-8")
    made = build.make(root, (), drawing=False)
    assert not [problem for problem in made.problems if not problem.warning]
    return [(note.slug, note.fields, note.ordinals) for note in made.notes], made.descriptions


def test_the_html_of_a_card_is_the_same_with_and_without_expressions(tiny):
    without = re.sub(r"\n[ >]*¤(?=\n)", "", EVERYWHERE).replace("¤", "")
    plain = finished(tiny, without)
    (tiny / "build" / "finished.db").unlink()
    assert finished(tiny, EVERYWHERE.replace("¤", EXPRESSION)) == plain
    assert "7" in str(plain)
    assert "<!--" not in str(plain)


def test_an_expression_behind_every_number_of_this_deck_changes_no_note(sources, tmp_path):
    skipped = re.compile(
        r"```.*?```|<!--.*?-->|`[^`\n]*`|\]\([^)]*\)|\[\^\w+\]|^#[^\n]*|\{\{c\d+::|&#\d+;|https?://\S+",
        re.DOTALL | re.MULTILINE,
    )

    def numbers(text: str) -> str:
        return re.sub(r"\d+", lambda match: match[0] + EXPRESSION, text)

    root = tmp_path / "deck"
    shutil.copytree(sources, root, ignore=shutil.ignore_patterns("build", "dist"))
    plain = build.make(root, ("en",), drawing=False)
    for path in root.glob("cards/en/*.md"):
        text = path.read_text("utf-8")
        kept = [match.span() for match in skipped.finditer(text)]
        parts = [
            numbers(text[end:start]) + text[start:after]
            for (_, end), (start, after) in pairwise([(0, 0), *kept, (len(text), len(text))])
        ]
        path.write_text("".join(parts), "utf-8")
    shutil.rmtree(root / "build")
    marked = build.make(root, ("en",), drawing=False)
    assert [note for note, other in zip(plain.notes, marked.notes, strict=True) if note.fields != other.fields] == []
    assert marked.descriptions == plain.descriptions
    assert not [problem for problem in marked.problems if not problem.warning]


def test_both_languages_of_this_deck_give_the_same_expressions(sources):
    given: dict[str, dict[str, list[str]]] = {"en": {}, "zh": {}}
    for language, expressions in given.items():
        for path in sorted((sources / "cards" / language).glob("*.md")):
            for section in re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
                found = re.findall(r"<!--= *(.*?) *-->", section)
                expressions[section.split("\n")[0]] = sorted(map(unscaled, found))
    assert any(given["en"].values())
    assert given["zh"] == given["en"]


def unscaled(expression: str) -> str:
    """Without what makes 万 of it, or million: Chinese counts by other powers of ten."""
    whole = re.sub(r"^round\((.*), -?\d+\)$", r"\1", expression)
    return re.sub(r" / 1e\d+$", "", whole)


def test_every_expression_is_found_wherever_it_stands(tiny, run: Run):
    facts(tiny)
    source = EVERYWHERE.replace("\\frac{1}{7}¤", "\\frac{14}{2}¤").replace("7 %", "700 %")
    (tiny / SONG).write_text(source.replace("¤", EXPRESSION), "utf-8")
    number = EVERYWHERE.count("¤")
    assert run("check", "--root", tiny).output == f"2 notes, {number} checked numbers, no errors\n"


def test_an_expression_in_a_formula_is_not_taken_for_tex(tiny, run: Run):
    asking(
        tiny,
        "$7<!--= max(weight_of_a_wing, 3 ^ 4 & 7) -->$ or $$7<!--= {1: 7}[1] % 8 --> + 1<!--= 4 & 5 > 3 ^ 2 -->$$?",
    )
    facts(tiny, f"{FACTS}\n\nweight_of_a_wing = 7\n")
    told = run("check", "--root", tiny, exit_code=1).output
    assert told.count("error[") == 1
    assert "error[no-value]: this expression yields a bool" in told


def test_what_is_no_expression_is_code_or_a_comment_as_before(tiny, run: Run):
    asking(tiny, "Which `7<!--= 8 -->` bird <!-- 9 = 8 -->?\n\n```\n7<!--= 8 -->\n```")
    assert run("check", "--root", tiny).output == "1 note, no errors\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 GiB", "1"),
        ("**128** KiB", "128"),
        ("about 37,000", "37000"),
        ("1,234,567.8", "1234567.8"),
        ("12\u2009345", "12345"),
        ("12\u202f345", "12345"),
        ("12\u00a0345 B", "12345"),
        ("1{,}234{,}567", "1234567"),
        ("1\\,234\\;567\\ \\text{B}", "1234567"),
        ("512, 128", "128"),
        ("1.24 亿", "1.24"),
        ("(.61)", "0.61"),
        ("7 %", "0.07"),
        ("7.5%", "0.075"),
        ("7\\,\\%$", "0.07"),
        ("**7** %", "0.07"),
        ("{{c1::7}} %", "0.07"),
        ("百分之 7％", "0.07"),
        ("3‰", "0.003"),
        ("10^{-4}", "0.0001"),
        ("10^6", "1000000"),
        ("10⁻⁴", "0.0001"),
        ("6.99\\times10^{-4}", "0.000699"),
        ("6.99 \\cdot 10^{ {{c1::-4}} }", "0.000699"),
        ("6.99 × 10⁻⁴ s", "0.000699"),
        ("1.5e-4", "0.00015"),
        ("2^{20}", "1048576"),
        ("1/8", "1/8"),
        ("\\frac{1}{8}", "1/8"),
        ("\\tfrac18$", "1/8"),
        ("32/64/128", "128"),
        ("−0.5", "-0.5"),
        ("$x=-0.5$", "-0.5"),
        ("$\\approx-0.5$", "-0.5"),
        ("$n-5$", "5"),
        ("n - 5", "5"),
        ("3–5", "5"),
        ("GPT-2", "2"),
        ("it is 5.)", "5"),
        ("$x^{12", "12"),
        ("about _12_", "12"),
    ],
)
def test_a_number_is_read_in_every_form_that_cards_use(text: str, value: str, tiny, run: Run):
    found = quote.last(re.sub(r"\{\{c1::", "      ", text))
    assert found
    assert found.value == Fraction(value)


@pytest.mark.parametrize("text", ["", "none", "1.2.3", "§3.2.1", "1/0", "10^{99999}", "$8.06d^2$", "$8d_{64}$"])
def test_what_is_no_number_is_not_read_as_one(text: str):
    assert quote.last(text) is None


@pytest.mark.parametrize(
    ("text", "agreeing", "others"),
    [
        ("1", [1, 1.4999, 0.5001], [1.5, 0.49, 2, -1]),
        ("2", [1.5, 2.5], [1.499, 2.51]),
        ("37,000", [37000, 37000.4], [37001, 36950]),
        ("7 %", [0.07, 0.0651, 0.0749], [0.0649, 0.0751, 7]),
        ("7.0 %", [0.07, 0.0704], [0.0706, 0.07051]),
        ("6.99\\times10^{-4}", [0.000698771243], [0.00069849, 0.00069951]),
        ("0.3", [0.1 + 0.2, 0.25, 0.3499], [0.2499, 0.351]),
        ("1.15", [1.145, 1.1549], [1.144, 1.155]),
        ("0.36", [0.355, 0.355 - 1e-12], [0.35499]),
        ("1/3", [1 / 3, 0.3333333333], [0.33333]),
        ("10^{-4}", [1e-4, 1.4e-4], [1.6e-4, 0.4e-4]),
        ("124,439,808", [124_439_808, 124_439_808.0], [124_439_809, 124_439_808.6]),
        ("9007199254740993", [9007199254740993], [9007199254740992, 9007199254740994]),
        ("0", [0, 0.4, -0.4], [0.6]),
    ],
)
def test_a_number_agrees_within_half_a_unit_of_its_last_digit(text: str, agreeing: list[float], others: list[float]):
    found = quote.last(text)
    assert found
    assert [value for value in agreeing if not quote.agrees(found, value)] == []
    assert [value for value in others if quote.agrees(found, value)] == []


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("1", 1.5, "1.5"),
        ("7", 8.25, "8.25"),
        ("7", 8.2536, "8"),
        ("0.70", 0.5, "0.50"),
        (".61", 0.6222, ".62"),
        ("1,234", 1234567, "1,234,567"),
        ("1{,}234", 1234567, "1{,}234{,}567"),
        ("12\u202f345", 67890.4, "67\u202f890"),
        ("7 %", 0.0812, "8.12 %"),
        ("7\\,\\%", 0.0823456, "8\\,\\%"),
        ("3‰", 0.004, "4‰"),
        ("6.99\\times10^{-4}", 0.0070123, "7.01\\times10^{-3}"),
        ("6.99 × 10⁻⁴", 0.0070123, "7.01 × 10⁻³"),
        ("9.9e-4", 0.000934, "9.34e-4"),
        ("9.9e-4", 0.00099961, "1.0e-3"),
        ("10^{-4}", 1e-5, "10^{-5}"),
        ("10⁶", 2_000_000, "2 × 10⁶"),
        ("1/8", 1 / 9, "1/9"),
        ("\\frac{1}{8}", 1 / 9, "\\frac{1}{9}"),
        ("\\frac18", 1 / 9, "\\frac{1}{9}"),
        ("-\\tfrac18", -1 / 9, "-\\tfrac{1}{9}"),
        ("-\\frac{1}{8}", 1 / 9, "\\frac{1}{9}"),
        ("1/8", 0.7182818, "0.718"),
        ("−5", -6, "−6"),
        ("5", -6, "−6"),
        ("$-5$", 6, "6"),
    ],
)
def test_the_number_to_write_has_the_form_of_the_author_s(text: str, value: float, written: str):
    found = quote.last(text)
    assert found
    assert quote.alike(found, value) == written


@pytest.mark.parametrize(
    "text",
    [
        *("1", "7.00", ".61", "1,234", "1{,}234.5", "12\u202f345", "7 %", "7.5\\,\\%", "3‰", "10^{-4}", "10⁶", "1e-4"),
        *("6.99\\times10^{-4}", "6.99 × 10⁻⁴", "2.5\\cdot 10^3", "1/8", "\\frac{1}{8}", "\\dfrac18", "2^{20}", "−5.5"),
    ],
)
def test_the_number_to_write_always_agrees(text: str):
    found = quote.last(text)
    assert found
    chance = random.Random(7)
    for _ in range(300):
        value = chance.choice([chance.uniform(-2, 2), 10 ** chance.uniform(-9, 9), chance.randrange(10**9), 1 / 3, 0])
        written = quote.alike(found, value)
        again = quote.last(written)
        assert again
        assert quote.agrees(again, value), (written, value)


def test_expressions_are_not_evaluated_again_and_again(tiny, run: Run):
    asking(tiny, "9.5 g<!--= weight(1) --> or 19 g<!--= weight(2) -->?")
    ran = tiny / "ran"
    facts(tiny, f"{FACTS}\n\nopen({str(ran)!r}, 'a').write('x')\n")
    told = "1 note, 2 checked numbers, no errors\n"
    assert [run("check", "--root", tiny).output for _ in range(3)] == [told] * 3
    assert ran.read_text() == "x"
    # A comment changes no number; an expression more is the only one that is evaluated.
    edit(tiny / "figures" / "_facts.py", '"""What birds weigh."""', '"""What birds weigh."""  # all of them')
    edit(tiny / SONG, "The wren.", "The wren, 28.5 g<!--= weight(3) -->.")
    assert run("check", "--root", tiny).output == "1 note, 3 checked numbers, no errors\n"
    assert ran.read_text() == "xx"
    assert run("check", "--root", tiny).output == "1 note, 3 checked numbers, no errors\n"
    assert ran.read_text() == "xx"


def test_a_changed_function_is_seen_also_in_a_file_that_facts_imports(tiny, run: Run):
    asking(tiny, "9.5 g<!--= weight(1) -->?")
    facts(tiny, '"""What birds weigh."""\n\nfrom _scales import *\n')
    (tiny / "figures" / "_scales.py").write_text(FACTS)
    assert "1 checked number, no errors" in run("check", "--root", tiny).output
    edit(tiny / "figures" / "_scales.py", "9.5", "9.7")
    assert "`9.5 g` shows 9.5, the expression gives 9.7\n" in run("check", "--root", tiny, exit_code=1).output


@pytest.mark.parametrize(
    "harm", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: data.replace(b"9.5", b"9.6")]
)
def test_a_harmed_file_of_kept_values_is_as_good_as_none(tiny, run: Run, harm):
    asking(tiny, "9.5 g<!--= weight(1) -->?")
    run("check", "--root", tiny)
    path = tiny / "build" / "numbers.db"
    assert b"9.5" in path.read_bytes()
    path.write_bytes(harm(path.read_bytes()))
    forget(tiny)
    assert "1 checked number, no errors" in run("check", "--root", tiny).output


def test_kept_values_are_used_for_the_facts_that_yielded_them_only(tiny, run: Run):
    asking(tiny, "9.5 g<!--= weight(1) -->?")
    run("check", "--root", tiny)
    path = tiny / "build" / "numbers.db"
    with sqlite3.connect(path) as file:
        [(mark,)] = file.execute("SELECT mark FROM mark")
    shelf = keep.shelf(path, mark)
    made, values = shelf.take("numbers")
    shelf.put([keep.row("numbers", made, {key: "9.6" for key, told in values.items() if told == "9.5"})])
    forget(tiny)
    assert "the expression gives 9.6" in run("check", "--root", tiny, exit_code=1).output
    keep.shelf(path, "others").put([keep.row("numbers", made, dict.fromkeys(values, "9.6"))])
    assert "1 checked number, no errors" in run("check", "--root", tiny).output


def forget(root: Path) -> None:
    """Else what was checked before would be said again."""
    for path in (root / "build").glob("last-*"):
        path.unlink()


def test_a_script_that_the_facts_name_in_a_string_counts_too(tiny, run: Run):
    asking(tiny, "9.5 g<!--= weight(1) -->?")
    (tiny / "figures" / "a-scale.py").write_text("GRAMS = 9.5\n")
    facts = (
        'import runpy\nfrom pathlib import Path\n\nGRAMS = runpy.run_path(str(Path(__file__).parent / "a-scale.py"))'
    )
    (tiny / "figures" / "_facts.py").write_text(f"{facts}\n\n\ndef weight(birds):\n    return birds * GRAMS['GRAMS']\n")
    run("check", "--root", tiny)
    edit(tiny / "figures" / "a-scale.py", "9.5", "9.7")
    assert "the expression gives 9.7" in run("check", "--root", tiny, exit_code=1).output


def test_a_deck_without_expressions_or_with_known_ones_starts_no_process_and_loads_no_numpy(tiny, run: Run):
    code = (
        "import sys, build; from click.testing import CliRunner as R\n"
        "print(R().invoke(build.main, ['check', '--root', sys.argv[1]]).output)\n"
        "print(sorted({'numpy', 'multiprocessing', 'concurrent.futures.process'} & sys.modules.keys()))"
    )

    def told() -> str:
        search = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-c", code, tiny], env=search, capture_output=True, text=True, check=True
        ).stdout

    asking(tiny, "9.5 g?")
    assert told() == "1 note, no errors\n\n[]\n"
    asking(tiny, "9.5 g<!--= weight(1) -->?")
    run("check", "--root", tiny)
    assert told() == "1 note, 1 checked number, no errors\n\n[]\n"


def test_an_expression_has_the_names_of_facts_those_of_math_and_the_builtins_and_numpy_s_numbers_count(tiny, run: Run):
    line = "3<!--= sqrt(9) -->, 3.14<!--= pi -->, 2<!--= max(np.int64(2), weight(0)) -->, 0.1<!--= np.float32(.1) -->?"
    asking(tiny, line)
    facts(tiny, FACTS.replace("\n\n\n", "\n\nimport numpy as np\n\n\n", 1))
    assert run("check", "--root", tiny).output == "1 note, 4 checked numbers, no errors\n"


def test_one_expression_cannot_change_a_name_for_another(tiny, run: Run):
    asking(tiny, "3<!--= (weight := 3) --> and 9.5<!--= weight(1) -->?")
    assert run("check", "--root", tiny).output == "1 note, 2 checked numbers, no errors\n"


def test_an_expression_that_kills_its_process_is_found_among_many(tiny, run: Run):
    many = ", ".join(f"{9.5 * n}<!--= weight({n}) -->" for n in range(9))
    asking(tiny, f'{many}, 1<!--= __import__("os")._exit(3) -->?')
    told = run("check", "--root", tiny, exit_code=1).output
    assert told.count("error[") == 1
    assert "error[failing-expression]: the process that evaluated it died" in told


def test_facts_that_kill_their_process_are_named(tiny, run: Run):
    asking(tiny, "9.5<!--= weight(1) --> and 19<!--= weight(2) -->?")
    facts(tiny, f"{FACTS}\n\n__import__('os')._exit(3)\n")
    told = run("check", "--root", tiny, exit_code=1).output
    assert "error[failing-facts]: the process that evaluated it died\n --> figures/_facts.py:1:1" in told


def test_a_build_is_refused_where_a_number_does_not_agree_and_a_diff_is_not(tiny, run: Run):
    asking(tiny, "9.6 g<!--= weight(1) -->?")
    assert "`9.6 g` shows 9.6, the expression gives 9.5" in run("--root", tiny, exit_code=1).output
    assert not (tiny / "dist").exists()
    assert not (tiny / "deck.lock").exists()
    assert not build.make(tiny, (), drawing=False).problems
