"""A chat's configuration goes out as a file and comes in again: all of it or nothing, and nothing lost."""

import json

import pytest

from bot.sandbox.telegram.faults import Fault
from core.alerts.configuration import LARGEST
from storage import attention, rules
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU
from tests.core.makers import narrative, score

SETUP = [
    "/zone Berlin", "/quiet 22-08", "/budget 3", "/sensitivity quiet", "/digest daily 09:00", "/subscribe",
    "/watch $SOL", "/watch #story-a1", "/ignore airdrop", "/follow zk proofs",
]  # fmt: skip


@pytest.fixture
async def told(stage):
    await stage.fill(score("a1"), stories=[narrative("a1", title="Fee cut")])
    return stage


async def arranged(stage):
    for text in SETUP:
        await stage.says(text)
        stage.clock.move(seconds=1)
    for line in ('posts > 9 on topic "zk proofs"', "momentum > 3x on #story-a1 once"):
        await stage.answer(f"/alert {line}")
        await stage.presses("Save")
        stage.clock.move(seconds=1)


async def everything(stage, chat_id=YOU):
    async with stage.database.reading() as c:
        allowed = await attention.get(c, chat_id)
        held = await rules.of_chat(c, chat_id)
    chat = await stage.kept(chat_id)
    whole = allowed.model_dump(exclude={"chat_id"}), {r.id: r.spec for r in held}
    return (*whole, chat.zone, chat.subscribed, chat.digest_at)


def papers(stage, chat_id=YOU):
    return [m for m in stage.server.messages(chat_id) if "document" in m]


def content(stage, message):
    return stage.server.desk.papers.known(message["document"]["file_id"]).content


async def sends(stage, body, *, chat=YOU, user=YOU, caption="/import"):
    before = len(stage.server.messages(chat))
    stage.acts.user_sends_file(chat, user, "intern.json", body, caption=caption)
    await stage.settled()
    answers = stage.server.messages(chat)[before + 1 :]
    return [m.get("text") or m.get("caption") for m in answers]


async def exported(stage):
    await stage.says("/export")
    return content(stage, papers(stage)[-1])


async def test_what_goes_out_comes_back_the_same_and_keeps_its_rules_ids(told):
    await arranged(told)
    before = await everything(told)
    body = await exported(told)
    (said,) = await sends(told, body)
    assert said.startswith("Taken over: 2 rules, 2 watched, 1 ignored, 1 followed.")
    assert await everything(told) == before


async def test_a_file_sets_up_another_chat(told):
    await arranged(told)
    body = await exported(told)
    await sends(told, body, chat=GROUP, user=ADMIN)
    mine, theirs = await everything(told), await everything(told, GROUP)
    assert (mine[0], *mine[2:]) == (theirs[0], *theirs[2:])
    assert list(mine[1].values()) == list(theirs[1].values()) and not mine[1].keys() & theirs[1].keys()


async def test_what_was_before_is_sent_back_and_can_be_taken_over_again(told):
    await arranged(told)
    before = await everything(told)
    await sends(told, b'{"version": 1}')
    assert (await everything(told))[1] == {}
    await sends(told, content(told, papers(told)[-1]))
    after = await everything(told)
    assert (after[0], list(after[1].values()), *after[2:]) == (
        before[0],
        list(before[1].values()),
        *before[2:],
    )


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (b"not json", "not JSON"),
        (b"\xff\xfe\x00", "no text"),
        (b'{"version": 2}', "another version"),
        (b'{"version": 1, "colour": 1}', "colour is nothing a configuration has"),
        (b'{"version": 1, "zone": "Mars/Base"}', "no time zone"),
        (b'{"version": 1, "budget": 99}', "budget is wrong"),
        (b'{"version": 1, "rules": [{"rule": "posts > 1"}, {"rule": "momentm > 2"}]}', "Rule 2"),
        (b'{"version": 1, "watch": [{"kind": "narrative", "name": "atlantis"}]}', "I know no story"),
        (b" " * (LARGEST + 1), "too large"),
        (b" " * (4 * LARGEST + 1), "too large"),
    ],
)
async def test_a_wrong_file_is_refused_in_words_and_changes_nothing(told, body, hint):
    await arranged(told)
    before = await everything(told)
    (said,) = await sends(told, body)
    assert hint in said.replace("⁠", "") and said.endswith("Nothing was changed.")
    assert await everything(told) == before


async def test_a_file_that_cannot_be_fetched_is_asked_for_again(told):
    told.faults.add(Fault(kind="bad_request", method="getFile", text="file is temporarily unavailable"))
    (said,) = await sends(told, b'{"version": 1}')
    assert "send it again" in said


async def test_import_may_answer_the_file(told):
    await arranged(told)
    await exported(told)
    message = papers(told)[-1]
    told.acts.user_says(YOU, YOU, "/import", reply_to=message["message_id"])
    await told.settled()
    assert papers(told)[-1]["caption"].startswith("Taken over")


async def test_import_alone_says_how(told):
    assert "with the caption /import" in await told.answer("/import")
    assert await sends(told, b"{}", caption="") == [
        "I answer commands: /trending shows what moves, /help lists the rest."
    ]


async def test_in_groups_only_admins_take_over(told):
    (said,) = await sends(told, b'{"version": 1, "budget": 1}', chat=GROUP, user=MEMBER)
    assert "Only admins" in said and (await everything(told, GROUP))[0]["budget"] == 5


async def test_a_file_is_json_a_person_can_read(told):
    await arranged(told)
    read = json.loads(await exported(told))
    assert read["rules"][0]["rule"] == 'posts > 9 on topic "zk proofs"'
    assert read["watch"] == [{"kind": "token", "name": "SOL"}, {"kind": "narrative", "name": "story-a1"}]
