"""Narratives silent for weeks wake when they are named, and only then."""

import pytest

from core.narratives.recall import Sleeper, woken

TICKER = Sleeper("ticker", "Quarlen bridge exploit", ("QRLN", "ETH"), ("bridge of quarlen",))
TERM = Sleeper("term", "Watchdog drops inquiry", (), ("lending inquiry dropped",))
MAJOR = Sleeper("major", "ETF", ("BTC",), ())


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("$QRLN is back from the dead", ["ticker"]),
        ("Remember #QRLN?", ["ticker"]),
        ("the bridge of Quarlen pays its users back", ["ticker"]),
        ("Quarlen: how the exploit of the bridge was repaid", ["ticker"]),
        ("Is the lending inquiry dropped for good?", ["term"]),
        ("A watchdog may drop an inquiry one day", []),  # not the words of the name
        ("$ETH $BTC to the moon", []),  # majors name nothing
        ("somETHing about QRLNX", []),
        ("", []),
    ],
)
def test_who_is_named_wakes(text, ids):
    assert woken([TERM, MAJOR, TICKER], [text]) == ids


def test_a_name_must_stand_in_one_post():
    assert woken([TICKER], ["Quarlen is a place", "an exploit of a bridge"]) == []
