"""Which local date's digest is due: fifty zones through three years, at any time of the day."""

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from bot import digests
from tests.bot.stage import YOU
from tests.core.makers import chat

CATCH_UP = timedelta(hours=6)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
OFTEN = timedelta(minutes=20)
ZONES = [
    "Africa/Abidjan",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Asuncion",
    "America/Bogota",
    "America/Caracas",
    "America/Chicago",
    "America/Denver",
    "America/Halifax",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Dubai",
    "Asia/Gaza",
    "Asia/Jakarta",
    "Asia/Jerusalem",
    "Asia/Kabul",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Asia/Yangon",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Chisinau",
    "Europe/Istanbul",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 45, 59)))


def rings(local, zone, every, shift):
    """(local date, due, found at) of every digest that a job finds due which rings every so often, and three
    times an hour while clocks change. The first is left out: its time may have been before the first ring.
    """
    member, here = chat(YOU, zone=zone, digest_at=local), ZoneInfo(zone)
    moment, found = START + shift, []
    while moment < END:
        day, due = digests._last_due(member, moment)
        if due is not None and moment < due + CATCH_UP and (not found or found[-1][0] != day):
            found.append((day, due, moment))
        moment += OFTEN if changes(moment, here) else every
    return found[1:]


def changes(moment, zone):
    """Whether the zone's clocks change within two days of this moment."""
    return _changes(moment.date(), zone)


@cache
def _changes(day, zone):
    noon = datetime.combine(day, time(12), UTC)
    around = (noon - timedelta(days=2), noon + timedelta(days=2))
    return len({moment.astimezone(zone).utcoffset() for moment in around}) > 1


@given(local=TIMES, hours=st.just(5), shift=st.integers(0, 299))
@example(local="02:30", hours=5, shift=0)
@settings(max_examples=1, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_every_local_date_has_one_digest_in_fifty_zones_and_three_years(local, hours, shift):
    assert len(set(ZONES)) == 50
    for zone in ZONES:
        found = rings(local, zone, timedelta(hours=hours), timedelta(minutes=shift))
        days = [day for day, _, _ in found]
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))], zone
        assert len(days) >= (END - START).days - 2, zone
        for day, due, moment in found:
            assert moment - due < timedelta(hours=hours), (zone, day)
            assert due.astimezone(ZoneInfo(zone)).date() == day, (zone, day)
