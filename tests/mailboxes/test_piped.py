"""A message that is piped in is read to its end, and looked at as far as the bound."""

import io

from bot.core.returned import LARGEST
from bot.mailboxes import Letter, Piped, read_whole


def test_a_long_message_is_drained_so_that_its_server_sees_no_broken_pipe() -> None:
    stream = io.BytesIO(b"x" * (3 * LARGEST + 5))
    assert read_whole(stream) == b"x" * LARGEST
    assert stream.read() == b""


async def test_it_is_a_mailbox_of_one_message_that_cannot_be_marked() -> None:
    async with Piped(b"octets") as mailbox:
        found = [one async for one in mailbox.unread()]
        await mailbox.settle([one.name for one in found])
    assert found == [Letter("standard input", b"octets")]
