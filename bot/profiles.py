"""What a day of INTERN may cost, chosen by one line: each profile is a set of knobs.

A knob that is set in config.toml or in the environment wins over the profile's. The costs are those of
`python -m bot check`: about $0.05 a search of ten posts.
"""

from __future__ import annotations

from typing import Any, Literal

Profile = Literal["frugal", "standard", "intense"]

PROFILES: dict[Profile, dict[str, dict[str, Any]]] = {
    "frugal": {  # ≈ $2 a day
        "cycle": {
            "every_minutes": 120,
            "refresh_per_cycle": 1,
            "extras_per_day": 2,
            "backfills_per_day": 2,
            "counts_per_cycle": 6,
        },
        "grok": {"hourly_usd": 0.8, "daily_usd": 2.5, "monthly_usd": 75.0},
    },
    "standard": {  # ≈ $8 a day
        "cycle": {
            "every_minutes": 60,
            "refresh_per_cycle": 4,
            "extras_per_day": 8,
            "backfills_per_day": 8,
            "counts_per_cycle": 12,
        },
        "grok": {"hourly_usd": 1.2, "daily_usd": 10.0, "monthly_usd": 300.0},
    },
    "intense": {  # ≈ $20 a day
        "cycle": {
            "every_minutes": 30,
            "refresh_per_cycle": 8,
            "extras_per_day": 24,
            "backfills_per_day": 24,
            "counts_per_cycle": 16,
        },
        "grok": {"hourly_usd": 3.0, "daily_usd": 25.0, "monthly_usd": 750.0},
    },
}


def fill(data: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """The settings as given, with the profile's knobs where none was."""
    filled = dict(data)
    for section, knobs in PROFILES[profile].items():
        given = filled.get(section, {})
        filled[section] = knobs | given if isinstance(given, dict) else given
    return filled
