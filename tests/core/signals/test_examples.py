"""The example in every signal's docstring runs and says the truth."""

import doctest
import importlib
import pkgutil

import pytest

import core.denial
import core.explanation
import core.phases
import core.points
import core.scoring
import core.signals
import core.voices

OTHERS = core.denial, core.explanation, core.phases, core.points, core.scoring, core.voices
MODULES = [m.name for m in pkgutil.iter_modules(core.signals.__path__, "core.signals.")]


@pytest.mark.parametrize("name", [*MODULES, *(m.__name__ for m in OTHERS)])
def test_the_examples_are_true(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_signal_shows_an_example(name):
    module = importlib.import_module(name)
    examples = sum(len(t.examples) for t in doctest.DocTestFinder().find(module))
    assert examples > 0
