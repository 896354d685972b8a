"""Whatever is sent to the form: nothing breaks, and a letter that goes is one to one address."""

import asyncio
import itertools
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.enrolment import LIFETIME
from bot.notifiers.message import build_notice
from bot.settings.addresses import mail_domain
from tests.builders import NOON, topic
from tests.notifiers.mailing import ORIGIN
from tests.web.porch import TOPICS, WISH, Letter, Porch
from tests.web.rig import Site, founded

EVIL = (
    *("zoe@example.org\r\nBcc: ana@example.org", "zoe@example.org\nSubject: x", "a\0b@example.org"),
    *("zoe@example.org%0d%0aBcc:x@example.org", "zoe@example.org,ana@example.org", "@", "\ud800"),
    *('"a\r\n"@example.org', "<zoe@example.org>", "zoe@[127.0.0.1]", "zoe@example.org\u2028Bcc: x"),
    *(
        "ζωή@παράδειγμα.gr",
        "zoe@ex\u202eample.org",
        "z" * 70 + "@example.org",
        "-oQ/tmp@example.org",
    ),
    "{{ 7 * 7 }}@example.org",
)
TEXT = st.one_of(st.sampled_from(EVIL), st.text(max_size=80), st.emails())
NAMES = st.sampled_from(["email", "topic", "rhythm", "at", "timezone", "comment", "", "Bcc"])
VALUES = st.one_of(TEXT, st.sampled_from([str(one) for one in WISH.values()]), st.just("Language"))
WRONG = st.one_of(TEXT, st.sampled_from(["24:00", "٠٨:٣٠", "posix/UTC", "localtime", "/etc", "."]))
DAYS = itertools.count()
HEADERS = {
    *("Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version"),
    *("Content-Type", "Content-Transfer-Encoding", "X-Auto-Response-Suppress"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Found one site for all that is sent."""
    return asyncio.run(founded(tmp_path_factory.mktemp("site")))


def posted(site: Site, content: bytes, **changes: Any) -> tuple[httpx.Response, Porch]:
    """Send a body to the form, as the only one in that hour."""
    porch = Porch(site, **changes)
    porch.now = NOON + next(DAYS) * LIFETIME
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return asyncio.run(porch.post("/signup", content=content, headers=kind)), porch


def encoded(fields: list[tuple[str, str]]) -> bytes:
    """Write fields as a browser does, whatever they hold."""
    return urlencode(fields, errors="surrogatepass").encode()


def sound(answer: httpx.Response, porch: Porch) -> None:
    """See that nothing broke, and that a letter that went is none but the one that was meant."""
    assert answer.status_code in {200, 400, 413}
    assert len(porch.letters) <= (answer.status_code == 200)
    for letter in porch.letters:
        plain(letter)


def plain(letter: Letter) -> None:
    """See that a letter is one text to one address, with the headers of any and no others."""
    message = build_notice(letter.notice, ORIGIN.envelope(letter.address), key=letter.key)
    read = message_from_bytes(message.octets, policy=policy.default)
    assert set(read.keys()) <= HEADERS, read.keys()
    assert len(read.keys()) == len(set(read.keys()))
    assert len(read["To"].addresses) == 1
    assert not any(ord(one) < 32 for one in f"{message.recipient}{read['Subject']}")
    local, _, domain = letter.address.rpartition("@")
    assert message.recipient == f"{local}@{mail_domain(domain)}"
    assert letter.address.count("@") == 1


@settings(max_examples=30)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=30))
def test_whatever_fields_come_nothing_breaks(site: Site, fields: list[tuple[str, str]]) -> None:
    sound(*posted(site, encoded(fields)))


@settings(max_examples=30)
@given(TEXT, st.sampled_from(sorted(WISH)), WRONG)
@example(EVIL[0], "comment", "")
@example("zoe@example.org", "at", "٠٨:٣٠")
@example("zoe@example.org", "timezone", "a/" * 4000)
@example("zoe@example.org", "timezone", "a" * 4000)
def test_one_wrong_field_among_right_ones_breaks_nothing(
    site: Site, address: str, name: str, value: str
) -> None:
    fields = [(key, str(one)) for key, one in WISH.items() if key not in {"email", "topic"}]
    fields += [("topic", "Language"), ("email", address), (name, value)]
    sound(*posted(site, encoded(fields)))


@settings(max_examples=30)
@given(st.binary(max_size=200))
@example(b"email=%ff&topic=%80")
@example(b"email=\xff\xfe")
@example(b"&" * 10_000)
@example(b"topic=Language&" * 600)
@example(b"%" * 10_000)
def test_whatever_octets_come_nothing_breaks(site: Site, content: bytes) -> None:
    answer, porch = posted(site, content)
    sound(answer, porch)
    assert porch.letters == []


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "x", ""])
async def test_another_encoding_is_a_form_with_nothing_in_it(tmp_path: Path, kind: str) -> None:
    porch = Porch(await founded(tmp_path))
    content = (
        b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nz@example.org\r\n--x--\r\n'
    )
    answer = await porch.post("/signup", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert porch.letters == []


async def test_of_two_addresses_one_is_written_to(tmp_path: Path) -> None:
    porch = Porch(await founded(tmp_path))
    await porch.ask(email=["yan@example.org", "zoe@example.org"])
    assert [one.address for one in porch.letters] == ["zoe@example.org"]


@given(
    st.text(max_size=30).filter(lambda text: "/" not in text and text.strip(".")),
    st.sampled_from(["GET", "HEAD", "POST"]),
)
def test_whatever_is_written_in_place_of_a_token_is_not_there(
    site: Site, text: str, method: str
) -> None:
    async def asked() -> httpx.Response:
        async with Porch(site).client() as client:
            return await client.request(method, f"/signup/{quote(text, safe='')}")

    assert asyncio.run(asked()).status_code == 404


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
@example("x\r\nBcc: ana@example.org", "y\r\n\r\nz")
@example("\u202e|<b>", "=?utf-8?q?x?=")
def test_whatever_titles_and_topics_are_called_a_letter_is_plain(
    site: Site, name: str, title: str
) -> None:
    topics = (topic(name), *TOPICS)
    chosen = encoded([("email", "zoe@example.org"), ("topic", "Language"), ("topic", name)])
    content = chosen + b"&at=08%3A30&timezone=UTC"
    answer, porch = posted(site, content, topics=topics, title=title)
    sound(answer, porch)
    assert len(porch.letters) == 1
