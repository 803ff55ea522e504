"""One GET to X: bounded in time and size, without cookies, never led elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import aiohttp

from bot.sources.x.refusals import Cut
from core.errors import Misconfigured, Rejected, Retry

PARALLEL = 4
CONNECT_S = 10.0


class Reply(NamedTuple):
    """An HTTP answer, read to its end."""

    status: int
    text: str
    headers: Mapping[str, str]


class XClient:
    """Speaks to one host. `largest` is in bytes of an answer's body; headers go with every request."""

    def __init__(
        self, base_url: str, *, timeout_s: float, largest: int, headers: Mapping[str, str] | None = None
    ) -> None:
        self._base = base_url
        self._largest = largest
        self._headers = dict(headers or {})
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_S)
        self._gate = asyncio.Semaphore(PARALLEL)
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, params: Mapping[str, str]) -> Reply:
        """Any answer, whatever its status; redirects are answers too.

        Raises Retry when X was not reached, Cut when it was and its answer did not arrive, Rejected when the
        answer is too large, Misconfigured when the address or a header cannot be sent.
        """
        async with self._gate:
            try:
                return await self._got(path, params)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                raise Retry("X is out of reach.") from None
            except TimeoutError:
                raise Cut("X did not answer in time.") from None
            except ValueError:  # before anything is sent: aiohttp refuses the address or the header
                raise Misconfigured(
                    "X_BASE_URL, OEMBED_BASE_URL or X_BEARER_TOKEN cannot be sent: look for line ends and "
                    "other strange characters."
                ) from None
            except (aiohttp.ClientError, OSError) as error:
                raise Cut(f"The connection to X broke ({type(error).__name__}).") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _got(self, path: str, params: Mapping[str, str]) -> Reply:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, headers=self._headers, cookie_jar=aiohttp.DummyCookieJar()
            )
        async with self._session.get(self._base + path, params=params, allow_redirects=False) as response:
            return Reply(response.status, await self._body(response), response.headers)

    async def _body(self, response: aiohttp.ClientResponse) -> str:
        pieces: list[bytes] = []
        async for piece in response.content.iter_chunked(1 << 14):
            pieces.append(piece)
            if sum(map(len, pieces)) > self._largest:
                raise Rejected(f"X's answer is larger than {self._largest} bytes.", fault="unreadable")
        return b"".join(pieces).decode("utf-8", "replace")
