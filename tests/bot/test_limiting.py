"""How much and when: quiet hours, zone, sensitivity, budget, kinds."""

from datetime import UTC, datetime

import pytest

from bot import zones
from core.models.attention import Kind, Mode, QuietHours, Sensitivity
from storage import attention
from tests.bot.stage import GROUP, MEMBER, YOU

REFUSED = "Only admins of this group can change its settings."
SUMMER, WINTER = datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)


async def allowed(stage, chat_id=YOU):
    async with stage.database.reading() as c:
        return await attention.get(c, chat_id)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22-08", ("22:00", "08:00")), ("22:30-7:15", ("22:30", "07:15")), ("22 08", ("22:00", "08:00")),
        ("22.30 – 8", ("22:30", "08:00")), ("0-24:30", ("00:00", "00:30")), ("22 to 8", ("22:00", "08:00")),
    ],
)  # fmt: skip
async def test_quiet_hours_are_set_and_said_with_their_zone(stage, text, hours):
    said = await stage.answer(f"/quiet {text}")
    assert f"Quiet from {hours[0]} to {hours[1]} (UTC)." in said and "/zone" in said
    assert (await allowed(stage)).quiet == QuietHours(start=hours[0], end=hours[1])
    assert "No quiet hours" in await stage.answer("/quiet off")
    assert (await allowed(stage)).quiet is None


@pytest.mark.parametrize("text", ["nights", "25-08", "22", "22-22", "22:99-08"])
async def test_other_hours_are_refused_with_the_form(stage, text):
    assert "/quiet 22-08" in await stage.answer(f"/quiet {text}")
    assert (await allowed(stage)).quiet is None


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"), ("berlin", "Europe/Berlin"), ("New York", "America/New_York"),
        ("Munich", "Europe/Berlin"), ("beijing", "Asia/Shanghai"), ("UTC", "UTC"),
        ("Turkey", "Turkey"), ("san francisco", "America/Los_Angeles"), ("Vietnam", "Asia/Ho_Chi_Minh"),
    ],
)  # fmt: skip
async def test_a_zone_is_found_by_name_city_and_country(stage, said, zone):
    assert f"Time zone: {zone}" in await stage.answer(f"/zone {said}")
    assert (await stage.kept()).zone == zone


async def test_an_offset_is_no_zone_and_cities_that_have_it_now_are_offered(stage):
    said = await stage.answer("/zone UTC+2")
    assert "is an offset" in said and (await stage.kept()).zone == "UTC"
    await stage.presses("Europe/Kyiv")
    assert (await stage.kept()).zone == "Europe/Kyiv" and "14:00" in stage.heard()[-1]["text"]


def test_an_offset_means_other_cities_in_summer():
    assert "Europe/Berlin" in zones.read("+2", SUMMER).near
    assert "Europe/Berlin" not in zones.read("+2", WINTER).near
    assert zones.read("+05:30", WINTER).near == ("Asia/Kolkata",)


async def test_a_misspelt_city_gets_its_neighbours_as_buttons(stage):
    assert "Did you mean" in await stage.answer("/zone Berlim")
    await stage.presses("Europe/Berlin")
    assert (await stage.kept()).zone == "Europe/Berlin"


async def test_what_nothing_comes_near_to_names_the_form(stage):
    assert "write it like Europe/Berlin" in await stage.answer("/zone qqqqqq")
    assert "reply_markup" not in stage.heard()[-1]


async def test_a_country_of_many_zones_asks_which(stage):
    await stage.answer("/zone USA")
    await stage.presses("America/Chicago")
    assert (await stage.kept()).zone == "America/Chicago"


async def test_sensitivity_is_told_and_changed(stage):
    assert "Sensitivity: standard" in await stage.answer("/sensitivity")
    assert "Sensitivity: quiet" in await stage.answer("/sensitivity Quiet")
    assert (await allowed(stage)).sensitivity is Sensitivity.QUIET
    assert "is none of them" in await stage.answer("/sensitivity loud")


async def test_the_budget_is_told_and_changed_and_zero_is_said(stage):
    assert "At most 5 alerts a day" in await stage.answer("/budget")
    assert "At most 1 alert a day" in await stage.answer("/budget 1")
    assert "everything waits for the digest" in await stage.answer("/budget 0")
    for wrong in ("51", "-1", "many", "1.5", "٣"):
        assert "from 0 to 50" in await stage.answer(f"/budget {wrong}")
    assert (await allowed(stage)).budget == 0


async def test_kinds_turn_from_on_to_silent_to_off_and_back(stage):
    await stage.answer("/kinds")
    for button, mode in (
        ("digests: on", Mode.SILENT),
        ("digests: silent", Mode.OFF),
        ("digests: off", Mode.ON),
    ):
        await stage.presses(button)
        assert (await allowed(stage)).mode(Kind.DIGEST) is mode
    pressed = await stage.presses("digests: on", data="k:everything:off")
    assert "does not work any more" in pressed.answer["text"]


@pytest.mark.parametrize("text", ["/quiet 22-08", "/zone Berlin", "/budget 1", "/sensitivity quiet"])
async def test_members_of_a_group_look_and_do_not_change(stage, text):
    assert await stage.answer(text, chat=GROUP, user=MEMBER) == REFUSED
    assert await stage.answer(text.split()[0], chat=GROUP, user=MEMBER) != REFUSED
    await stage.answer("/kinds", chat=GROUP, user=MEMBER)
    assert (await stage.presses("digests: on", chat=GROUP, user=MEMBER)).answer["text"] == REFUSED
