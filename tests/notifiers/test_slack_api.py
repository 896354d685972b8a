"""How a method of Slack's is called."""

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.notifiers.slack_api import SlackApi
from tests.notifiers.slack_rig import TOKEN


async def test_a_question_is_posted_as_a_form_the_one_way_that_every_method_takes() -> None:
    asked: list[tuple[Any, ...]] = []

    async def serve(request: web.Request) -> web.Response:
        form = dict(await request.post())
        asked.append((request.method, request.path_qs, request.content_type, form))
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_route("*", "/api/{method}", serve)
    async with TestServer(app) as server:
        url = str(server.make_url("/api/"))
        async with SlackApi(TOKEN, url, timeout=5.0) as api:
            await api.ask("conversations.open", users="U0ANA")
            await api.ask("conversations.history", limit=200, cursor=None, oldest="1.000000")
            await api.ask("auth.test")
    form = "application/x-www-form-urlencoded"
    history = {"limit": "200", "oldest": "1.000000"}
    assert asked == [
        ("POST", "/api/conversations.open", form, {"users": "U0ANA"}),
        ("POST", "/api/conversations.history", form, history),
        ("POST", "/api/auth.test", form, {}),
    ]
