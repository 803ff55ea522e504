"""A liar mixes the invented and the real of another time into the truth; a stalled answer never ends."""

import asyncio

import pytest

from bot.sandbox.world import created_at
from bot.sandbox.xai import Fault
from tests.sandbox.xai_client import NOW, SINCE, WORLD, ask, body, cited, claimed, good, prompt, serving
from tests.sandbox.xai_client import REFRESH as FLAT

REAL = {str(post.id) for post in WORLD.posts}


@pytest.fixture
async def server():
    async with serving() as running:
        yield running


async def test_a_liars_claims_are_invented_or_misplaced_at_the_shares_given(server):
    server.faults.add("liar", count=None, invented=0.3, misplaced=0.2)
    request = body(prompt(task="refresh"), schema=FLAT)
    answers = [await good(server, request) for _ in range(12)]
    told = [post_id for answer in answers for post_id in claimed(answer)]
    invented = [i for call in server.calls for i in call.invented_ids]
    misplaced = [i for call in server.calls for i in call.stray_ids]
    assert 0.2 < len(invented) / len(told) < 0.4 and 0.1 < len(misplaced) / len(told) < 0.3
    assert not REAL.intersection(invented)
    assert not {i for answer in answers for i in cited(answer)}.intersection(invented)
    assert REAL.issuperset(misplaced)
    assert all(created_at(int(i)) < SINCE for i in misplaced)


async def test_between_the_lies_stands_the_whole_truth(server):
    truth = set(claimed(await good(server)))
    server.faults.add("liar", invented=0.3, misplaced=0.2)
    answer = await good(server)
    lies = {*server.calls[1].invented_ids, *server.calls[1].stray_ids}
    assert lies and set(claimed(answer)) == truth | lies


def test_a_liar_says_something_true_too():
    with pytest.raises(ValueError, match="below 1 together"):
        Fault("liar", invented=0.6, misplaced=0.5)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_stalled_answer_begins_and_does_not_end(server, stream):
    server.faults.add("stall")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await ask(server, body(stream=stream))
    call = server.calls[0]
    assert (call.status, call.delivered) == (200, False)
    assert call.billed_ticks > 0 and call.at == NOW
