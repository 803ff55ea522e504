"""A chat's own rules: written in one line or by a button, read back, listed, changed, tried out, deleted."""

import pytest

from bot.views.rules import Draft, Manage, Ready, ready_name
from core.alerts.ready import READY
from core.models.rules import RULES, Level, Measure, Scope
from storage import narratives, rules, watching
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU
from tests.core.makers import NOW, change, narrative, score
from tests.storage import facts

LINE = "momentum > 3x and authors >= 10 on #ai-agents"
REFUSED = "Only admins of this group can change its settings."


@pytest.fixture
async def told(stage):
    await stage.fill(
        score("a1", rank=1, ratio=4.0, changes={"24h": change(4.0)}),
        score("b2", rank=2, surprise=1.0),
        stories=[narrative("a1", slug="ai-agents", title="AI agents"), narrative("b2", tickers=("SOL",))],
    )
    return stage


async def saved(stage, chat_id=YOU):
    async with stage.database.reading() as c:
        return await rules.of_chat(c, chat_id)


async def test_a_line_is_read_back_in_words_and_saved_by_a_button(told):
    said = await told.answer(f"/alert {LINE}")
    assert said.splitlines()[0] == "Shall I keep this rule?"
    assert "When momentum above 3× usual and authors at least 10" in said
    assert "About the story #⁠ai-agents" in said or "About the story #ai-agents" in said
    assert await saved(told) == []
    await told.presses("Save")
    (made,) = await saved(told)
    assert (made.scope.narrative_id, made.source) == ("a1", LINE)
    assert told.heard()[-1]["text"].startswith("Saved:")


async def test_cancel_saves_nothing(told):
    await told.answer(f"/alert {LINE}")
    await told.presses("Cancel")
    assert "Nothing was saved" in told.heard()[-1]["text"] and await saved(told) == []


async def test_a_saved_rule_is_undone_and_its_undoing_too(told):
    await told.answer(f"/alert {LINE}")
    await told.presses("Save")
    (before,) = await saved(told)
    await told.presses("Undo")
    assert await saved(told) == [] and "Deleted:" in told.heard()[-1]["text"]
    await told.presses("Undo")
    (again,) = await saved(told)
    assert (again.id, again.expression, again.scope) == (before.id, before.expression, before.scope)


@pytest.mark.parametrize(
    ("line", "word", "hint"),
    [
        ("momentm > 3x", "momentm", "did you mean “momentum”"),
        ("momentum > 3x and", "", "ends too early"),
        ("momentum > 3x on #ai-agent", "#ai-agent", "did you mean “#ai-agents”"),
        ("sentiment > 3", "3", "a share"),
        ('posts > 5 on topic "zk proofs"', '"zk proofs"', "follow it first"),
    ],
)
async def test_a_wrong_line_is_answered_at_the_word(told, line, word, hint):
    await told.answer(f"/alert {line}")
    said = told.heard()[-1]["text"].replace("⁠", "")
    assert hint in said and "/alert momentum > 3x and authors >= 10" in said
    rows = said.splitlines()
    carets = next(row for row in rows if row.strip() and set(row.strip()) == {"^"})
    above = rows[rows.index(carets) - 1]
    assert above[carets.index("^") : carets.index("^") + len(word)] == word
    assert len(above) <= 34 and await saved(told) == []


async def test_a_long_wrong_line_shows_the_part_that_matters(told):
    await told.answer("/alert " + "posts > 1 and " * 10 + "nonsense > 3")
    rows = told.heard()[-1]["text"].splitlines()
    assert any("nonsense" in row and len(row) <= 34 for row in rows)


async def test_quotes_as_phones_write_them_are_quotes(told):
    assert "new posts say “hack”" in (await told.answer("/alert mentions “hack”")).replace("⁠", "")


async def test_what_a_line_says_is_no_markup_and_no_link(told):
    await told.answer('/alert mentions "<b>evil.com</b>"')
    await told.answer("/alert evil.com > 3")
    for message in told.heard()[-2:]:
        linked = {e["type"] for e in message["entities"]} - {"code", "pre", "bot_command"}
        assert linked == set(), message


@pytest.mark.parametrize("each", READY, ids=lambda each: each.key)
async def test_each_ready_made_rule_is_one_press_away(told, each):
    await told.answer("/alert")
    await told.presses(ready_name(each.key))
    (made,) = await saved(told)
    assert (made.expression, made.scope, made.name) == (each.spec.expression, each.spec.scope, each.name)
    assert (await told.presses(ready_name(each.key))).answer["text"].startswith("This chat has that rule")
    await told.presses("Undo")
    assert await saved(told) == []


async def test_a_rule_about_what_is_watched_says_when_that_is_nothing(told):
    await told.answer("/alert")
    await told.presses("Something I watch moves")
    assert "You watch nothing yet" in told.heard()[-1]["text"]


async def test_the_list_says_each_rules_state(told):
    async with told.database.writing() as c:
        for id, fields in {
            "aa": {"name": "Mine"}, "bb": {"paused": True}, "cc": {"once": True},
            "dd": {"once": True, "done_at": NOW}, "ee": {"until": NOW.date().replace(day=1)},
        }.items():  # fmt: skip
            await rules.add(c, facts.rule(id, YOU, **fields))
    said = await told.answer("/alerts")
    states = [row.rsplit(" · ", 1)[1] for row in said.splitlines()[1:6]]
    assert states == ["on", "paused", "on, once", "once, has fired", "expired"]
    assert said.startswith("5 of 20 rules") and "1 Mine" in said


async def test_twenty_rules_are_leafed_through_and_the_next_is_refused_in_words(told):
    async with told.database.writing() as c:
        for n in range(RULES):
            level = Level(kind="above", measure=Measure.VOLUME, value=n + 1)
            await rules.add(c, facts.rule(f"{n:012x}", YOU, expression=level))
    said = await told.answer("/alerts")
    assert len(said.splitlines()) <= 9
    for _ in range(3):
        await told.presses("›")
    assert "20 posts > 20" in told.heard()[-1]["text"]
    await told.answer(f"/alert {LINE}")
    assert "20 rules, which is the most" in (await told.presses("Save")).answer["text"]
    assert len(await saved(told)) == RULES


async def one(stage, **fields):
    async with stage.database.writing() as c:
        await rules.add(c, facts.rule("abcdef012345", YOU, **fields))
    await stage.answer("/alerts")
    await stage.presses("1")


async def test_a_rule_is_paused_and_resumed(told):
    await one(told)
    await told.presses("Pause")
    assert (await saved(told))[0].paused and "paused" in told.heard()[-1]["text"]
    await told.presses("Resume")
    assert not (await saved(told))[0].paused


async def test_a_rule_for_once_that_fired_waits_again_when_it_is_resumed(told):
    await one(told, once=True, done_at=NOW)
    await told.presses("Resume")
    assert (await saved(told))[0].done_at is None


async def test_editing_gives_a_line_to_copy_and_change(told):
    await one(told)
    await told.presses("Edit")
    line = told.heard()[-1]["text"].splitlines()[1]
    assert line == "/alert change abcdef012345 momentum > 3x"
    assert (await told.answer(line.replace("3x", "7x"))).startswith("Shall I change the rule to this?")
    await told.presses("Save")
    (made,) = await saved(told)
    assert made.id == "abcdef012345" and made.expression.value == 7.0
    assert told.heard()[-1]["text"].startswith("Changed:")


async def test_a_rule_that_is_gone_cannot_be_changed(told):
    assert "no such rule any more" in await told.answer("/alert change abcdef012345 new story")


async def test_a_deleted_rule_comes_back_with_its_name(told):
    await one(told, name="Mine")
    await told.presses("Delete")
    assert await saved(told) == []
    await told.presses("Undo")
    assert [(r.id, r.name) for r in await saved(told)] == [("abcdef012345", "Mine")]


async def test_a_test_shows_the_alert_as_it_would_ring_and_leaves_no_trace(told):
    await one(told)
    pressed = await told.presses("Test")
    assert "True of 1 story now" in pressed.answer["text"]
    said = told.heard()[-1]["text"]
    assert said.startswith("TEST · AI agents — ") and len(said.splitlines()) <= 9
    assert await told.pushes() == []


async def test_a_test_of_a_rule_that_is_true_of_nothing_shows_the_nearest(told):
    await one(told, expression=Level(kind="above", measure=Measure.VOLUME, value=999.0))
    assert "True of no story now" in (await told.presses("Test")).answer["text"]
    assert told.heard()[-1]["text"].startswith("TEST · ")


async def test_a_test_without_any_story_says_so(stage):
    await one(stage)
    assert "no story to test it with" in (await stage.presses("Test")).answer["text"]


async def test_stale_and_forged_buttons_are_answered_politely(told):
    await one(told)
    forged = [
        Manage(do="explode", rule="abcdef012345"), Manage(do="show", rule="000000000000"),
        Manage(do="delete", rule="x"), Manage(do="restore", rule="y"), Draft(do="save"), Draft(do="fly"),
        Ready(key="nothing"),
    ]  # fmt: skip
    for data in forged:
        await told.answer("/alerts")
        pressed = await told.presses("1", data=data.pack())
        assert pressed.answer["text"], data
        assert len(await saved(told)) == 1


async def test_another_chats_rule_cannot_be_touched(told):
    async with told.database.writing() as c:
        await rules.add(c, facts.rule("abcdef012345", GROUP))
    await told.answer("/alert")
    for do in ("show", "delete", "pause", "test", "edit"):
        pressed = await told.presses("A big jump", data=Manage(do=do, rule="abcdef012345").pack())
        assert "no such rule" in pressed.answer["text"]
    assert len(await saved(told, GROUP)) == 1 and not (await saved(told, GROUP))[0].paused


async def test_in_groups_everybody_looks_and_only_admins_change(told):
    async with told.database.writing() as c:
        await rules.add(c, facts.rule("abcdef012345", GROUP))
    assert "1 of 20 rules" in await told.answer("/alerts", chat=GROUP, user=MEMBER)
    await told.presses("1", chat=GROUP, user=MEMBER)
    for button in ("Pause", "Delete", "Edit", "Test"):
        pressed = await told.presses(button, chat=GROUP, user=MEMBER)
        assert pressed.answer == {"text": REFUSED, "show_alert": True}
    await told.presses("Pause", chat=GROUP, user=ADMIN)
    assert (await saved(told, GROUP))[0].paused
    await told.answer(f"/alert {LINE}", chat=GROUP, user=MEMBER)
    assert (await told.presses("Save", chat=GROUP, user=MEMBER)).answer["text"] == REFUSED
    await told.presses("Save", chat=GROUP, user=ADMIN)
    assert len(await saved(told, GROUP)) == 2


async def test_a_line_may_name_a_story_that_was_merged(told):
    async with told.database.writing() as c:
        await narratives.save(c, [narrative("old", slug="agents-of-ai", redirect_to="a1")])
    await told.answer("/alert posts > 5 on #agents-of-ai")
    await told.presses("Save")
    assert (await saved(told))[0].scope == Scope(kind="narrative", name="agents-of-ai", narrative_id="a1")


async def test_a_followed_topic_is_known_however_it_is_written(told):
    async with told.database.writing() as c:
        await watching.follow(c, YOU, "zk proofs", NOW)
    await told.answer('/alert posts > 5 on topic "ZK Proofs"')
    await told.presses("Save")
    assert (await saved(told))[0].scope.name == "zk proofs"
