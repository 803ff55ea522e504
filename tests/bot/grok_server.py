"""A server on loopback that answers every call with the reply it was given."""

from __future__ import annotations

from contextlib import asynccontextmanager

from aiohttp import web

KEY = "xai-a-key-nobody-may-see"
TEAM = "00000000-0000-0000-0000-000000000000"


class Scripted:
    """Serves its replies in order, the last one for ever: responses, or functions of the request."""

    def __init__(self, replies):
        self.replies = list(replies)
        self.requests = []
        self.bodies = []
        self.base = ""

    async def answer(self, request):
        self.requests.append(request)
        self.bodies.append(await request.json())
        reply = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
        if callable(reply):
            return await reply(request)
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


@asynccontextmanager
async def serving(*replies):
    server = Scripted(replies)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.base = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()
