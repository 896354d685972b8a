"""What is served of the ledger: made when first asked for, and kept as long as it is right."""

from collections.abc import Awaitable, Callable, Hashable

from bot.core.site.address import read
from bot.web.current import Current, View
from bot.web.kept import Content, Kept, Turns
from bot.web.made import made
from bot.web.offer import Browsable, Offer

Work = Callable[[View, Browsable], Awaitable[Content]]
"""What makes an answer of the view and the ledger."""

_CONTENTS = ""
"""Under this name stands which files were made together."""


class Library:
    """The pages and lists of one ledger, and what searches found."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._current = Current(offer)
        self._kept = Kept()
        self._pages = Turns(at_once=4, waiting=200, patience=30.0)
        # Whoever searches keeps nobody waiting who reads.
        self._searches = Turns(at_once=2, waiting=100, patience=8.0)

    async def view(self) -> View:
        """Give what the shelves hold; raises StoreError where the ledger cannot be read."""
        return await self._current.view()

    async def page(self, address: str) -> Content | None:
        """Give what stands at an address of the site; None where nothing does.

        Raises StoreError, and Busy.
        """
        asked = read(address)
        view = await self.view()
        key = view.key(asked) if asked else None
        if asked is None or key is None:
            return None
        group = view.mark.ledger, asked, key
        if (found := self._kept.get((group, address))) is not None:
            return found
        listed = self._kept.get((group, _CONTENTS))
        if listed is not None and address not in listed.held.decode().split("\n"):
            return None

        async def make() -> dict[str, Content]:
            async with self._offer.ledger() as store:
                contents = await made(view, store, asked)
            names = Content.of("\n".join(contents).encode(), "", packed=False)
            self._kept.put({(group, one): content for one, content in contents.items()})
            self._kept.put({(group, _CONTENTS): names})
            return contents

        return (await self._pages.do(group, make)).get(address)

    async def answer(self, key: Hashable, work: Work) -> Content:
        """Give an answer that hangs on the key and on what the ledger holds."""
        return await self._answer(self._pages, key, work)

    async def search(self, key: Hashable, work: Work) -> Content:
        """Give an answer for which much may have to be read."""
        return await self._answer(self._searches, key, work)

    async def _answer(self, turns: Turns, key: Hashable, work: Work) -> Content:
        view = await self.view()
        whole = view.mark, key
        if (found := self._kept.get(whole)) is not None:
            return found

        async def make() -> Content:
            async with self._offer.ledger() as store:
                content = await work(view, store)
            self._kept.put({whole: content})
            return content

        return await turns.do(whole, make)
