"""One verdict per person and alert, taken back as easily as given."""

from core.models import Verdict
from storage import feedback
from tests.storage.facts import HOUR, NOON, opinion


async def test_a_verdict_is_given_changed_and_taken_back(database):
    async with database.writing() as c:
        assert await feedback.toggle(c, opinion())
        assert await feedback.toggle(c, opinion(Verdict.SPAM))
        assert await feedback.toggle(c, opinion(Verdict.SPAM, user_id=8))
        assert await feedback.counted(c, 1, ["f1", "f2"]) == {"f1": {Verdict.SPAM: 2}}
        assert not await feedback.toggle(c, opinion(Verdict.SPAM))
        assert await feedback.of_chats(c, [1, 2], since=NOON) == {1: [opinion(Verdict.SPAM, user_id=8)]}


async def test_verdicts_are_found_since_a_moment_and_forgotten_before_one(database):
    async with database.writing() as c:
        await feedback.toggle(c, opinion())
        await feedback.toggle(c, opinion(chat_id=2, at=NOON + HOUR))
        assert await feedback.chats(c, since=NOON + HOUR) == {2}
        assert await feedback.of_chats(c, [1], since=NOON + HOUR) == {}
        assert await feedback.prune(c, NOON + HOUR) == 1
        assert await feedback.chats(c, since=NOON) == {2}
