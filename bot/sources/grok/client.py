"""One HTTP call to Grok: bounded in time and size, its failures named for what to do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.sources.grok import refusals
from core.errors import Misconfigured, Rejected, Retry

MAX_BODY = 8 * 1024 * 1024
PARALLEL = 4  # xAI answers bursts with 429
CONNECT_S = 20.0


class Cut(Retry):
    """The call may have been billed and no bill arrived."""


class GrokClient:
    """Speaks to one xAI endpoint with one key. The key goes into a header and nowhere else."""

    def __init__(self, *, base_url: str, api_key: SecretStr, timeout_s: float) -> None:
        self._url = f"{base_url}/responses"
        self._key = api_key
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_S)
        self._gate = asyncio.Semaphore(PARALLEL)
        self._session: aiohttp.ClientSession | None = None

    async def respond(self, body: dict[str, Any]) -> Any:
        """POST a request; the response object as JSON.

        Raises Cut when the call may have been billed and its answer was lost, Rejected when an answer came
        that nobody can read, otherwise what `refusals.classify` says.
        """
        async with self._gate:
            status, text, retry_after = await self._sent(body)
        if status == 200:
            return _json(text)
        told = text.replace(self._key.get_secret_value(), "xai-****")  # a proxy may echo what we sent
        refusal = refusals.classify(status, told, retry_after)
        if isinstance(refusal, Retry) and refusals.billed(status):
            raise Cut(str(refusal), retry_after=refusal.retry_after)
        raise refusal

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _sent(self, body: dict[str, Any]) -> tuple[int, str, str | None]:
        try:
            return await self._post(body)
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

    async def _post(self, body: dict[str, Any]) -> tuple[int, str, str | None]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"}
        async with self._session.post(
            self._url, json=body, headers=headers, allow_redirects=False
        ) as response:
            raw = bytearray()
            async for chunk in response.content.iter_chunked(1 << 16):
                raw += chunk
                if len(raw) > MAX_BODY:
                    raise Rejected("xAI's answer is larger than 8 MiB.", fault="unreadable")
            return response.status, raw.decode("utf-8", "replace"), response.headers.get("Retry-After")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Rejected("xAI's answer is not JSON.", fault="unreadable") from None
