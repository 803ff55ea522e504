"""People ask: commands and buttons, right and wrong."""

import pytest
from structlog.testing import capture_logs

from bot.sandbox.telegram.faults import Fault
from bot.views.start import commands
from core.models import Phase
from tests.bot.stage import ADMIN, GROUP, MEMBER
from tests.core.makers import HOUR, NOW, change, narrative, score


@pytest.fixture
async def filled(stage):
    await stage.fill(
        score("a1", rank=1, changes={"24h": change(4.2), "4h": change(3.0)}),
        score("b2", rank=2, phase=Phase.FADING, changes={"24h": change(1.5)}),
        stories=[narrative("a1", title="Fee cut", tickers=("SOL",)), narrative("b2", title="Old tale")],
    )
    return stage


async def test_start_says_what_this_is_and_what_to_try(stage):
    said = await stage.answer("/start")
    assert "I am INTERN" in said and "/trending" in said and "/subscribe" in said


async def test_help_shows_every_command_telegram_is_told(stage):
    said = await stage.answer("/help")
    assert all(f"/{command.command}" in said for command in commands() if command.command != "help")


async def test_trending_lists_what_moves_with_its_basis(filled):
    said = await filled.answer("/trending")
    assert "1 Fee cut" in said and "4.2× usual" in said and "20 posts, 15 authors" in said
    assert "samples, not totals" in said


async def test_trending_takes_window_and_minimum_in_any_order(filled):
    said = await filled.answer("/trending 2x 4h")
    assert "4 h" in said and "at least 2×" in said and "Old tale" not in said


async def test_a_list_nobody_reached_says_so(filled):
    assert "Nothing reached 50× its usual in 24 h. 2 narratives watched." in await filled.answer(
        "/trending 50x"
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/trending 3h", "“3h” is not a window I keep"),
        ("/trending soon", "I do not understand “soon”"),
        ("/digest daily", "Write /digest, /digest daily 08:00 Europe/Berlin, or /digest off."),
        ("/digest daily 25:00", "“25:00” is not a time of day"),
        ("/digest daily 08:00 Atlantis", "no time zone “Atlantis”"),
        ("/digest sometimes", "Write /digest"),
        ("/narrative", "Which one?"),
    ],
)
async def test_wrong_arguments_are_answered_with_the_right_usage(stage, text, hint):
    assert hint in await stage.answer(text)


async def test_a_suggested_command_can_be_tapped_and_copied(stage):
    assert "/trending 4h 2x" in await stage.answer("/trending soon")


async def test_what_somebody_mistyped_is_no_markup_and_no_link(stage):
    said = await stage.says("/trending <b>evil.com</b>")
    assert "evil.com" not in said[0] and "evil" in said[0]
    assert {e["type"] for e in stage.heard()[-1]["entities"]} == {"bot_command"}


@pytest.mark.parametrize("window", ["1 h", "4 h", "7 d", "30 d"])
async def test_a_window_button_changes_the_list_in_place(filled, window):
    await filled.answer("/trending")
    before = len(filled.heard())
    await filled.presses(window)
    assert len(filled.heard()) == before
    assert window in filled.heard()[-1]["text"].splitlines()[0]


async def test_pressing_again_without_news_is_no_error(filled):
    await filled.answer("/trending")
    shown = filled.heard()[-1]["text"]
    assert (await filled.presses("⟳")).answer is not None
    assert filled.heard()[-1]["text"] == shown


async def test_a_list_that_cannot_be_edited_any_more_is_sent_anew(filled):
    await filled.answer("/trending")
    before = len(filled.heard())
    refusal = Fault(kind="bad_request", method="editMessageText", text="message can't be edited")
    filled.faults.add(refusal)
    pressed = await filled.presses("4 h")
    assert pressed.answer is not None and len(filled.heard()) == before + 1
    assert "4 h" in filled.heard()[-1]["text"].splitlines()[0]


async def test_a_button_whose_handler_breaks_stops_spinning_and_says_so(filled, monkeypatch):
    async def broken():
        raise RuntimeError("the board fell off the wall")

    await filled.answer("/trending")
    monkeypatch.setattr(filled.room.board, "current", broken)
    pressed = await filled.presses("4 h")
    assert pressed.answer["text"] == "Something went wrong here. Please try again in a minute."


async def test_a_press_telegram_takes_no_answer_to_any_more_leaves_no_traceback(filled):
    await filled.answer("/trending")
    late = "query is too old and response timeout expired or query ID is invalid"
    filled.faults.add(Fault(kind="bad_request", method="answerCallbackQuery", text=late))
    with capture_logs() as logs:
        await filled.presses("4 h")
    assert "4 h" in filled.heard()[-1]["text"].splitlines()[0]
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_a_number_opens_the_card_of_its_row(filled):
    await filled.answer("/trending")
    await filled.presses("1")
    assert filled.heard()[-1]["text"].startswith("Fee cut")


async def test_a_button_of_an_older_version_is_explained(filled):
    await filled.answer("/trending")
    for data in ("t:2h:0", "t:24h", "zzz", "t:24h:a:b"):
        pressed = await filled.presses("1", data=data)
        assert "older version" in pressed.answer["text"], data


async def test_a_card_of_a_narrative_that_is_gone_is_explained(filled):
    await filled.answer("/trending")
    await filled.presses("1", data="n:nobody")
    assert "older version" in filled.heard()[-1]["text"]


@pytest.mark.parametrize("name", ["$SOL", "sol", "fee", "story-a1", "FEE CUT"])
async def test_a_narrative_is_found_by_ticker_title_and_slug(filled, name):
    said = await filled.answer(f"/narrative {name}")
    assert said.startswith("Fee cut") and "fees drop fast" in said
    assert "Earliest post found" in said


async def test_several_matches_are_offered_as_buttons(stage):
    await stage.fill(
        score("a1"), score("b2"), stories=[narrative("a1", title="Fee cut"), narrative("b2", title="Fee war")]
    )
    assert "could be one of these" in await stage.answer("/narrative fee")
    await stage.presses("Fee war")
    assert stage.heard()[-1]["text"].startswith("Fee war")


async def test_an_unknown_narrative_is_answered_in_words(filled):
    said = await filled.answer("/narrative " + "<i>x</i> " * 400)
    assert said.startswith("I know no narrative called") and len(said) < 200


async def test_a_quiet_narrative_still_has_a_card(stage):
    await stage.fill(score("a1"), stories=[narrative("a1"), narrative("z9", title="Silent one")])
    assert "Quiet: nobody in my sample" in await stage.answer("/narrative silent")


async def test_status_tells_data_money_and_settings(filled):
    said = await filled.answer("/status")
    assert "2 narratives watched" in said
    assert "Spent today $0.00 of $10.00, this month $0.00 of $300.00" in said
    assert "alerts off" in said and "no daily digest" in said and "zone UTC" in said


async def test_an_unknown_command_gets_help_in_private_only(stage):
    assert "do not know that command" in await stage.answer("/fly")
    assert await stage.says("/fly", chat=GROUP, user=MEMBER) == []


async def test_talk_gets_a_hint_in_private_and_silence_in_groups(stage):
    assert "I answer commands" in await stage.answer("what is up?")
    stage.acts.promote(GROUP, stage.server.desk.bot["id"])  # as an admin the bot hears everything
    assert await stage.says("what is up?", chat=GROUP, user=MEMBER) == []


async def test_groups_can_ask_like_anybody(filled):
    assert "Fee cut" in await filled.answer("/trending", chat=GROUP, user=MEMBER)
    assert "This chat: alerts off" in await filled.answer("/status", chat=GROUP, user=ADMIN)


async def test_a_command_for_another_bot_is_none_of_our_business(stage):
    stage.acts.promote(GROUP, stage.server.desk.bot["id"])
    assert await stage.says("/trending@somebodys_bot", chat=GROUP, user=MEMBER) == []


async def test_times_are_in_the_chats_zone(filled):
    await filled.answer("/digest daily 08:00 Asia/Tokyo")
    said = await filled.answer("/narrative fee")
    assert "times in Asia/Tokyo" in said
    assert "post of 20:30" in said  # 11:30 UTC


async def test_old_data_says_how_old_it_is(filled):
    filled.clock.put(NOW + 5 * HOUR)
    said = await filled.answer("/trending")
    assert "5 h old" in said or "300 min old" in said
    assert "No new posts since 12:00" in said
