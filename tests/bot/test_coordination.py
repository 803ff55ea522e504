"""How coordinated talk is told: reasons, how it was before, what the reader may do; and no accusation."""

from datetime import timedelta

from bot.cycle import _regulars
from bot.judging import Judge
from core.models import Answer, Coordination, Cycle, Mention, Question, Trace, Voices
from core.observing import Reply
from core.pipeline import Outcome
from storage import alerts, chats, narratives, scores
from tests.bot.stage import YOU
from tests.core.makers import HOUR, NOW, chat, narrative, poll, score
from tests.storage import facts


def looks(category, value, *signs, n=30):
    traces = tuple(Trace(sign=sign, value=1.0, weight=0.6, count=count, of=of) for sign, count, of in signs)
    return Coordination(value=value, confidence=0.6, category=category, traces=traces, n=n)


HIGH = looks("high", 0.7, ("near-copies", 12, 30), ("posting together", 4, 9), ("few authors", 25, 30))


async def card(stage, found, before=()):
    await stage.fill(score(coordination=found))
    async with stage.database.writing() as c:
        for i, value in enumerate(before):
            then = score(as_of=NOW - timedelta(days=2 + i), coordination=looks("low", value))
            await scores.append(c, [then])
    return (await stage.answer("/narrative story-a1")).splitlines()


async def test_the_card_gives_the_reasons_the_months_before_and_what_one_may_do(stage):
    lines = await card(stage, HIGH, before=[0.1, 0.2, 0.9])
    start = lines.index("Coordination: high now, low in the 90 days before · fairly sure")
    assert lines[start + 1 : start + 6] == [
        "• 12 of 30 posts are near-copies within half an hour",
        "• 4 of 9 authors posted the same within a minute, again and again",
        "• five authors wrote 25 of 30 different posts",
        "It may be one voice under many names, or one headline that many repeat.",
        "What you can do: wait for other voices, check the posts, or mute it.",
    ]


async def test_calm_talk_takes_one_line(stage):
    lines = await card(stage, looks("low", 0.1))
    assert "Coordination: low · fairly sure" in lines
    assert not any(line.startswith(("•", "What you can do")) for line in lines)


async def test_few_posts_are_not_judged(stage):
    few = Coordination(value=None, confidence=0.0, category=None, n=5, reason="…")
    assert "Coordination: not judged, 5 posts are too few" in await card(stage, few)


async def test_a_score_of_before_coordination_was_looked_for_has_no_line(stage):
    assert not any("oordinat" in line for line in await card(stage, None))


async def test_the_list_says_what_it_rests_on_and_leaves_the_worst_out(stage):
    worst = looks("critical", 0.9, ("near-copies", 30, 30))
    stories = [narrative("a1"), narrative("a2", title="Wonder coin"), narrative("a3")]
    await stage.fill(
        score("a2", coordination=worst, rank=1),
        score("a1", coordination=HIGH, rank=2),
        score("a3", coordination=looks("low", 0.0), rank=3),
        stories=stories,
    )
    lines = (await stage.answer("/trending")).splitlines()
    assert any("may be coordinated: 12 near-copies" in line for line in lines)
    assert not any("Wonder coin" in line for line in lines if line[0].isdigit())
    assert "Left out, looks coordinated: Wonder coin" in lines
    # Half of what looks coordinated is taken off, so the calm one of equal moves leads.
    assert any(line.startswith("1 Story a3") for line in lines)


async def test_an_alert_says_so_from_medium_on(stage):
    await stage.answer("/subscribe")
    medium = looks("medium", 0.4, ("unknown accounts", 9, 12))
    await stage.fire(coordination=medium.model_dump(mode="json"))
    await stage.deliver()
    said = stage.heard()[-1]["text"]
    assert "May be coordinated: 9 of 12 authors are new to me, more than usual" in said


def turned(made, cycle_id):
    cycle = Cycle(id=cycle_id, started_at=made.as_of, known_at=made.as_of, params_hash="h")
    return Outcome(
        cycle=cycle, polls=(), posts=(), sightings=(), counts=(), narratives=(), mentions=(), moves=(),
        events=(), scores=(made,), common=None, contradicted=0, engagement=(), broken={},
    )  # fmt: skip


async def test_a_story_of_strangers_is_held_in_words_and_told_when_others_join(stage):
    judge = Judge(stage.settings)
    story = narrative(earliest_post_at=NOW - HOUR)
    strangers = Voices(regulars=0, regulars_confirmed=0, strangers=8, strangers_confirmed=8, hours=1)
    joined = strangers.model_copy(update={"regulars": 6, "regulars_confirmed": 6})
    reasons = []
    async with stage.database.writing() as c:
        await narratives.save(c, [story])
        await chats.save(c, chat(YOU))
        for hour, (surprise, carried) in enumerate([(3.6, strangers), (2.4, strangers), (2.4, joined)]):
            now = NOW + hour * HOUR
            made = score(as_of=now, surprise=surprise, voices=carried, cycle_id=f"c{hour}")
            found = await judge.judge(c, turned(made, f"c{hour}"), {story.id: story}, now)
            await alerts.append_decisions(c, found.decisions)
            await alerts.append_firings(c, found.firings)
            reasons.append([(d.reason, d.fired) for d in found.decisions])
        told = await alerts.decisions(c, narrative_id=story.id, chat_id=YOU, limit=9)
    assert reasons == [[("confirmation", False)], [], [("new story", True)]]
    assert told[-1].detail.startswith("8 independent authors, 0 of them known for long")


async def test_whom_we_know_is_read_for_todays_authors_and_those_an_answer_names(stage):
    """Nobody is known before INTERN has asked for two days."""

    async def known():
        mentioned = [
            Mention("a1", "9", NOW - HOUR, NOW, True, "ann"),
            Mention("a1", "8", NOW - 30 * HOUR, NOW, True, "yesterday's"),
        ]
        answer = Answer(document={"posts": [{"author": "@bob"}, {"author": "eve"}]}, **told)
        async with stage.database.reading() as c:
            return await _regulars(c, mentioned, [Reply(asked, answer), Reply(asked, fault="timeout")], NOW)

    asked = Question(kind="refresh", query="q", limit=10, since=NOW - HOUR, until=NOW)
    told = {"response_id": "r", "served_model": "grok", "status": "completed"}
    old = [
        facts.post(str(i), author=author, created_at=NOW - timedelta(days=8), known_at=NOW)
        for i, author in enumerate(("ann", "bob", "yesterday's", "nobody's"), 1)
    ]
    await stage.fill(score(), quotes=old, polls=[poll(until=NOW - timedelta(days=1))])
    assert await known() is None
    stage.clock.move(hours=1)
    await stage.fill(score(cycle_id="c9"), quotes=old, polls=[poll(until=NOW - timedelta(days=2))])
    assert await known() == {"ann", "bob"}
