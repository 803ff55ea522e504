"""One HTTP call to Grok: bounded in time and size, its failures named for what to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.sources.grok import refusals
from bot.sources.grok.refusals import Cut
from bot.sources.grok.sse import Events
from bot.sources.grok.watch import Plan, Watch
from core.errors import Misconfigured, Rejected, Retry

MAX_BODY = 8 * 1024 * 1024
PARALLEL = 4  # xAI answers bursts with 429
CONNECT_S = 20.0
_ONE_SEARCH = Plan(searches=1, rows=10)


class GrokClient:
    """Speaks to one xAI endpoint with one key. The key goes into a header and nowhere else."""

    def __init__(self, *, base_url: str, api_key: SecretStr, timeout_s: float, stream: bool = True) -> None:
        self._url = f"{base_url}/responses"
        self._key = api_key
        self._asks = {"stream": True} if stream else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_S)
        self._gate = asyncio.Semaphore(PARALLEL)
        self._session: aiohttp.ClientSession | None = None

    async def respond(self, body: dict[str, Any], plan: Plan = _ONE_SEARCH) -> Any:
        """POST a request; the response object as JSON, streamed or whole, whichever xAI sends.

        Raises Cut when the call may have been billed and its answer was lost, Overrun when the model did
        more than `plan` and reading was stopped, Rejected when an answer came that nobody can read,
        otherwise what `refusals.classify` says.
        """
        async with self._gate:
            return await self._sent(body, Watch(plan))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _sent(self, body: dict[str, Any], watch: Watch) -> Any:
        try:
            return await self._post(body, watch)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Retry("xAI is out of reach.") from None
        except TimeoutError:
            raise Cut("xAI did not answer in time.") from None
        except ValueError:  # before anything is sent: aiohttp refuses the address or the header
            raise Misconfigured(
                "XAI_BASE_URL or XAI_API_KEY cannot be sent: look for line ends and other strange characters."
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Cut(f"The connection to xAI broke ({type(error).__name__}).") from None

    async def _post(self, body: dict[str, Any], watch: Watch) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"}
        async with self._session.post(
            self._url, json=body | self._asks, headers=headers, allow_redirects=False
        ) as response:
            if response.status == 200 and response.content_type == "text/event-stream":
                return await _streamed(response, watch)
            text = await _whole(response)
        if response.status == 200:
            return _json(text)
        told = text.replace(self._key.get_secret_value(), "xai-****")  # a proxy may echo what we sent
        raise refusals.classify(response.status, told, response.headers.get("Retry-After"))


async def _streamed(response: aiohttp.ClientResponse, watch: Watch) -> Any:
    """The terminal event's response object. Who leaves before the body's end makes aiohttp hang up."""
    events = Events()
    async with aclosing(_pieces(response)) as pieces:
        async for piece in pieces:
            for event in events.feed(piece):
                if (final := watch.see(event)) is not None:
                    return final
    raise Rejected("xAI's answer stopped before its end.", fault="unreadable")


async def _whole(response: aiohttp.ClientResponse) -> str:
    async with aclosing(_pieces(response)) as pieces:
        return b"".join([piece async for piece in pieces]).decode("utf-8", "replace")


async def _pieces(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    """The body as it arrives, up to 8 MiB."""
    size = 0
    async for piece in response.content.iter_chunked(1 << 16):
        size += len(piece)
        if size > MAX_BODY:
            raise Rejected("xAI's answer is larger than 8 MiB.", fault="unreadable")
        yield piece


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Rejected("xAI's answer is not JSON.", fault="unreadable") from None
