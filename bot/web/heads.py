"""The headers of every answer that is not public, so that a page does only what it is for."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.look import style_source

_HEADERS = {
    # A page's address is a secret: it goes to no other site, into no index and into no cache.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {style_source()}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# After these the server closes: something is left unread, or a fault of ours went through it.
_LAST = frozenset({408, 413, 500})


class Guarded:
    """An application whose every answer has the headers, those that tell of a fault too.

    Only an answer with a policy of its own keeps its own: see `reply`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "Content-Security-Policy" not in headers:  # public answers bring their own
                    for name, value in _HEADERS.items():
                        headers[name] = value
                if message["status"] in _LAST:
                    headers["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, guarded)
