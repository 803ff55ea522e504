"""200 calls to a Grok that fails in every way it can: no crash, no invented post, no lost cent."""

import asyncio

from tests.eval import faults

CALLS = 200


async def run(seed):
    """Figures of one run."""
    return await asyncio.to_thread(faults.figures, seed, CALLS)
