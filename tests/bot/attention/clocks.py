"""What a clock on the wall says, independently of how the product reckons."""

from zoneinfo import ZoneInfo

from tests.core.makers import HOUR


def quiet_at(quiet, place, moment):
    """Whether a clock on the wall there stands in quiet hours."""
    if quiet is None:
        return False
    (start, end), local = quiet.times, moment.astimezone(place).time()
    return start <= local < end if start < end else local >= start or local < end


def fell_asleep(quiet, place, moment):
    """When the quiet hours began in which `moment` lies; they begin and end at full half hours."""
    while quiet_at(quiet, place, moment - HOUR / 2):
        moment -= HOUR / 2
    return moment


def on_the_wall(moment, zone):
    return moment.astimezone(ZoneInfo(zone))
