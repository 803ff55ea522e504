"""One HTTP call to Grok: bounded in time and size, its failures named for what to do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.sources.grok import refusals
from core.errors import Rejected, Retry

MAX_BODY = 8 * 1024 * 1024
PARALLEL = 4  # xAI answers bursts with 429


class Cut(Retry):
    """The call may have been billed and no bill arrived."""


class GrokClient:
    """Speaks to one xAI endpoint with one key. The key goes into a header and nowhere else."""

    def __init__(self, *, base_url: str, api_key: SecretStr, timeout_s: float) -> None:
        self._url = f"{base_url}/responses"
        self._key = api_key
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=20)
        self._gate = asyncio.Semaphore(PARALLEL)
        self._session: aiohttp.ClientSession | None = None

    async def respond(self, body: dict[str, Any]) -> Any:
        """POST a request; the response object as JSON.

        Raises Cut when the call may have been billed and its answer was lost, otherwise what
        `refusals.classify` says: Retry, OutOfCredit, Misconfigured or Rejected.
        """
        async with self._gate:
            try:
                status, text, retry_after = await self._post(body)
            except TimeoutError:
                raise Cut("xAI did not answer in time.") from None
            except aiohttp.ClientConnectorError:
                raise Retry("xAI is out of reach.") from None
            except (aiohttp.ClientError, OSError) as error:
                raise Cut(f"The connection to xAI broke ({type(error).__name__}).") from None
        if status == 200:
            return _json(text)
        refusal = refusals.classify(status, text, retry_after)
        if isinstance(refusal, Retry) and refusals.billed(status):
            raise Cut(str(refusal), retry_after=refusal.retry_after)
        raise refusal

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: dict[str, Any]) -> tuple[int, str, str | None]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"}
        async with self._session.post(
            self._url, json=body, headers=headers, allow_redirects=False
        ) as response:
            raw = await response.content.read(MAX_BODY + 1)
            while len(raw) <= MAX_BODY and (more := await response.content.read(MAX_BODY)):
                raw += more
            if len(raw) > MAX_BODY:
                raise Rejected("xAI's answer is larger than 8 MiB.", fault="unreadable")
            return response.status, raw.decode("utf-8", "replace"), response.headers.get("Retry-After")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Rejected("xAI's answer is not JSON.", fault="unreadable") from None
