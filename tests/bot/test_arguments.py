import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers import arguments
from core.errors import BadInput


@pytest.mark.parametrize(
    ("text", "window", "minimum"),
    [("", "24h", 0), ("4h", "4h", 0), ("2x", "24h", 2), ("4H 2.5x", "4h", 2.5), ("1,5× 7d", "7d", 1.5)],
)
def test_trending_takes_a_window_and_a_minimum_in_any_order(text, window, minimum):
    assert arguments.trending(text) == (window, minimum)


@pytest.mark.parametrize("text", ["3h", "2 hours", "x", "24h nonsense", "-1x", "99999x"])
def test_anything_else_names_what_would_work(text):
    with pytest.raises(BadInput, match=r"1h, 4h|/trending 4h 2x"):
        arguments.trending(text)


def test_digest_forms():
    assert arguments.digest("").action == "now"
    assert arguments.digest("off").action == "off"
    assert arguments.digest("daily 8:00") == ("daily", "08:00", None)
    assert arguments.digest("daily 20:30 europe/berlin") == ("daily", "20:30", "Europe/Berlin")


@pytest.mark.parametrize(
    "text", ["daily", "daily 25:00", "daily 08:00 Mars/Base", "weekly", "daily 8 9 10 11"]
)
def test_digest_mistakes_are_answered_with_usage(text):
    with pytest.raises(BadInput):
        arguments.digest(text)


@given(st.text())
def test_junk_never_breaks_anything(text):
    for parse in (arguments.trending, arguments.digest):
        try:
            parse(text)
        except BadInput as error:
            assert str(error)
