"""Time zones as people say them: a zone's name, a city, a country, an offset."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

NEAR = 4  # offered at most
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−])\s*([0-9]{1,2})(?::?([0-9]{2}))?", re.IGNORECASE)
# Large cities that no zone is named after, and one per common abbreviation; the order is that of offering.
_CITIES = {
    "europe/berlin": "munich frankfurt hamburg cologne cet cest",
    "europe/london": "manchester edinburgh bst",
    "america/new_york": "boston miami washington philadelphia atlanta est edt et",
    "america/chicago": "houston dallas austin cst cdt",
    "america/denver": "mst mdt",
    "america/los_angeles": "sanfrancisco seattle lasvegas sandiego pst pdt pt",
    "asia/shanghai": "beijing shenzhen guangzhou hangzhou",
    "asia/kolkata": "mumbai delhi newdelhi bangalore bengaluru hyderabad chennai ist",
    "asia/tokyo": "osaka kyoto jst",
    "asia/singapore": "sgt",
    "asia/dubai": "abudhabi gst",
    "asia/ho_chi_minh": "hanoi",
    "europe/istanbul": "ankara izmir trt",
    "europe/moscow": "stpetersburg saintpetersburg msk",
    "europe/madrid": "barcelona valencia",
    "europe/rome": "milan naples turin",
    "europe/zurich": "geneva basel bern",
    "europe/warsaw": "krakow gdansk",
    "europe/kyiv": "odesa lviv eet eest",
    "america/sao_paulo": "rio riodejaneiro brasilia brt",
    "america/toronto": "montreal ottawa",
    "america/vancouver": "calgary",
    "africa/lagos": "abuja wat",
    "africa/johannesburg": "capetown pretoria sast",
    "australia/sydney": "canberra aest aedt",
    "pacific/auckland": "wellington nzst",
}

_SHORT = {"usa": "unitedstates", "us": "unitedstates", "uk": "unitedkingdom", "uae": "unitedarabemirates"}


class Meant(NamedTuple):
    """The zone that is meant, or what comes near; `offset`: an offset was said, which is no zone."""

    zone: str | None
    near: tuple[str, ...] = ()
    offset: bool = False


def read(text: str, now: datetime) -> Meant:
    """What a person means by `text`. Total: what nothing comes near to has no zone and no neighbours."""
    said = _plain(text)
    if said in _names():
        return Meant(ZoneInfo(_names()[said]).key)
    if match := _OFFSET.fullmatch(text.strip()):
        return Meant(None, _at_offset(match, now), offset=True)
    for found in (_cities().get(said, ()), _countries().get(said, ())):
        if len(found) == 1:
            return Meant(found[0])
        if found:
            return Meant(None, found[:NEAR])
    close = get_close_matches(said, [*_names(), *_cities(), *_countries()], n=NEAR, cutoff=0.75)
    zones = [_names().get(name) or (_cities().get(name) or _countries()[name])[0] for name in close]
    return Meant(None, tuple(dict.fromkeys(zones)))


def _plain(text: str) -> str:
    """Letters, digits and slashes in lower case: `New York` and `new_york` are one."""
    return "".join(c for c in text.casefold() if c.isalnum() or c in "/+-")


@cache
def _names() -> dict[str, str]:
    return {_plain(name): name for name in sorted(available_timezones())}


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    """City (the last part of a zone's name, or another large one there) → its zones."""
    found: dict[str, list[str]] = {}
    for name in sorted(available_timezones()):
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/")):
            found.setdefault(_plain(name.rsplit("/", 1)[1]), []).append(name)
    for zone, cities in _CITIES.items():
        for city in cities.split():
            found[city] = [_canonical(zone)]
    return {city: tuple(zones) for city, zones in found.items()}


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Country in English → its zones, those of large cities first."""
    territories = Locale("en").territories
    found: dict[str, list[str]] = {}
    for zone, territory in get_global("zone_territories").items():
        if territory in territories and zone in available_timezones():
            found.setdefault(_plain(territories[territory]), []).append(zone)
    every = {country: tuple(sorted(zones, key=_size)) for country, zones in found.items()}
    return every | {short: every[whole] for short, whole in _SHORT.items()}


def _size(zone: str) -> tuple[int, str]:
    order = list(_CITIES)
    return order.index(zone.lower()) if zone.lower() in order else len(order), zone


def _at_offset(match: re.Match[str], now: datetime) -> tuple[str, ...]:
    """Cities whose clocks differ from UTC by so much now, large ones where there are any."""
    sign = 1 if match[1] == "+" else -1
    wanted = sign * timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    rest = (name for names in _cities().values() for name in names)
    for zones in (map(_canonical, _CITIES), rest):
        fitting = [zone for zone in zones if now.astimezone(ZoneInfo(zone)).utcoffset() == wanted]
        if fitting:
            return tuple(dict.fromkeys(fitting))[:NEAR]
    return ()


def _canonical(lower: str) -> str:
    return _names()[_plain(lower)]
