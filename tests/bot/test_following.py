"""What a chat follows is really polled, once for all chats that follow it, and no more when nobody does."""

from uuid import uuid4

from bot.due_polls import DuePolls
from bot.following import known, narratives_of
from bot.inquiry import Inquiry
from core.models import Answer, QuestionKind
from storage import chats, narratives, watching
from tests.bot.stage import GROUP, YOU
from tests.core.makers import NOW, chat, narrative, score


class Source:
    """Hears every question; nobody posts."""

    def __init__(self):
        self.questions = []

    async def ask(self, question, *, known):
        self.questions.append(question)
        return Answer(response_id="r", served_model="m", status="completed")


async def turn(stage):
    source = Source()
    polls = DuePolls(stage.database, source)
    inquiry = Inquiry(settings=stage.settings, database=stage.database, polls=polls, clock=stage.clock)
    heard = await inquiry.hear(uuid4().hex, stage.clock.now())
    return [q for q in source.questions if q.kind is QuestionKind.REFRESH], heard


async def follows(stage, topic, *chat_ids):
    async with stage.database.writing() as c:
        for id in chat_ids:
            await watching.follow(c, id, topic, NOW)


async def test_a_topic_two_chats_follow_is_one_question_with_a_narrative_of_its_own(stage):
    await stage.keep(chat(YOU), chat(GROUP))
    await follows(stage, "zk proofs", YOU, GROUP)
    (question,), heard = await turn(stage)
    async with stage.database.reading() as c:
        (found,) = await narratives.find(c, "zk proofs")
    assert (question.narrative_id, question.purpose) == (found.id, "following")
    assert heard.followed == [found] and found.topic == "zk proofs"
    stage.clock.move(days=40)
    again, _ = await turn(stage)
    assert [q.narrative_id for q in again] == [found.id], "polled for ever, though nobody posts"


async def test_what_nobody_follows_any_more_is_not_polled(stage):
    await stage.keep(chat(YOU), chat(GROUP))
    await follows(stage, "zk proofs", YOU, GROUP)
    assert len((await turn(stage))[0]) == 1
    async with stage.database.writing() as c:
        await watching.unfollow(c, YOU, "zk proofs")
        await chats.pause(c, GROUP, "blocked")
    assert (await turn(stage))[0] == []


async def test_a_known_story_is_used_and_a_merged_one_leads_on(stage):
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"), stories=[narrative("a1", slug="zk-proofs", title="Proofs")])
    await follows(stage, "zk proofs", YOU)
    assert [n.id for n in await narratives_of(stage.database, NOW)] == ["a1"]
    await follows(stage, "perp points", YOU)
    own = next(n for n in await narratives_of(stage.database, NOW) if n.topic)
    async with stage.database.writing() as c:
        await narratives.save(c, [own.model_copy(update={"redirect_to": "a1"})])
        assert (await known(c, "perp points")).id == "a1"
    assert [n.id for n in await narratives_of(stage.database, NOW)] == ["a1"]


async def test_a_topic_that_would_find_everything_is_refused_with_a_way_out(stage):
    assert "two to six words" in await stage.answer("/follow crypto")
    assert "would find half of crypto" in await stage.answer("/follow $BTC")
    assert (await narratives_of(stage.database, NOW)) == []
