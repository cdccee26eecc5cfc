"""Loads a figure script as the tool does, and draws it as SVG."""

import io
import runpy
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import pytest
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[2] / "figures"))

import _style

FIGURES = Path(_style.__file__).parent


@cache
def load(name):
    return SimpleNamespace(**runpy.run_path(str(FIGURES / f"{name}.py")))


@pytest.fixture
def figure():
    """``figure("qk-variance")`` -> the names that the script defines, computed once a session."""
    return load


@pytest.fixture
def drawn():
    """``drawn("qk-variance", "dark", labels=False)`` -> the SVG that the script draws."""

    def draw(name, theme, **arguments):
        with matplotlib.rc_context(_style.rc(theme)):
            fig = Figure()
            load(name).draw(fig, **arguments)
            svg = io.BytesIO()
            fig.savefig(svg, format="svg", metadata={"Date": None})
        return svg.getvalue().decode()

    return draw


@pytest.fixture(params=["light", "dark"])
def theme(request):
    return request.param


@pytest.fixture(params=[True, False], ids=["labels", "no-labels"])
def labels(request):
    return request.param
