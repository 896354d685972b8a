"""How long one reader's digest of 20 papers takes to assemble and encode, after the first of a run.

Run: python -m tests.bench.bench_digest
Readers have papers, labels and marks of their own choice among those that all share. The baseline
renders the same digests anew and builds them with the standard library's EmailMessage. Each digest
is a copy of its own, as it comes from the ledger.
"""

import pickle
import random
import statistics
import time
from collections.abc import Callable, Sequence
from email import policy
from email.message import EmailMessage

from bot.core import render
from bot.core.digest import Digest, sections_of
from bot.core.marks import Marks
from bot.core.model import Entry
from bot.notifiers.mailbox import Mailbox, mailbox
from bot.notifiers.message import Envelope, Message, build
from tests.bench.bench_ingest import typical_papers
from tests.builders import digest

READERS = 600
PAPERS = 20
ANNOUNCED = 60
TOPICS = ("RAG", "Agents", "Evaluation", "Multilingual")
STOP = "https://papers.example.org/u/"
SENDER = mailbox("Daily Papers <papers@example.org>")


def readers() -> list[Digest]:
    """Build digests of the same day's papers, each of other ones, under two topics."""
    chance = random.Random(4)
    papers = typical_papers()[:ANNOUNCED]
    marks = [Marks(title=((0, 9),), abstract=((n, n + 12), (90, 99))) for n in (9, 29)]
    digests = []
    for number in range(READERS):
        topics = chance.sample(TOPICS, 2)
        chosen = sorted(chance.sample(range(ANNOUNCED), PAPERS))
        entries = [
            Entry(
                papers[place],
                (topics[place % 2], topics[1 - place % 2])
                if place % 5 == 0
                else (topics[place % 2],),
                "cross" if place % 7 == 0 else "new",
                marks=marks[place % 2],
            )
            for place in chosen
        ]
        digests.append(digest(subscriber=f"reader{number}", sections=sections_of(entries)))
    return [pickle.loads(pickle.dumps(one)) for one in digests]


def assembled(one: Digest) -> Message:
    """Build the message as the notifier does."""
    token = f"{one.subscriber:A<22}"
    stop = f"mailto:{SENDER.address}?subject=unsubscribe%20{token}"
    to = Mailbox(one.subscriber, "example.org")
    return build(one, Envelope(SENDER, to, f"{STOP}{token}", stop), key=one.subscriber)


def anew(one: Digest) -> bytes:
    """Render the same parts for this reader alone, and leave the rest to EmailMessage."""
    return packed(one, *rendered(one))


def rendered(one: Digest) -> tuple[str, str]:
    """Render both parts without anything that was kept."""
    stop = f"{STOP}{one.subscriber:A<22}"
    return render.text(one, unsubscribe=stop), render.html(one, unsubscribe=stop)


def packed(one: Digest, text: str, html: str) -> bytes:
    """Put both parts into a message with the standard library."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "Daily Papers <papers@example.org>"
    message["To"] = f"{one.subscriber}@example.org"
    message["Subject"] = render.subject(one)
    message["Date"] = one.at
    message["Message-ID"] = f"<{one.subscriber}@example.org>"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def milliseconds(build_one: Callable[[Digest], object], digests: Sequence[Digest]) -> list[float]:
    """Time each digest in milliseconds."""
    times = []
    for one in digests:
        began = time.perf_counter()
        build_one(one)
        times.append((time.perf_counter() - began) * 1_000)
    return times


def main() -> None:
    digests = readers()
    first = milliseconds(assembled, digests[:1])[0]
    milliseconds(assembled, digests[1:200])  # until every paper was met under each of its marks
    ours = statistics.median(milliseconds(assembled, digests[200:]))
    theirs = statistics.median(milliseconds(anew, digests[200:260]))
    text, html = rendered(digests[200])
    alone = statistics.median(milliseconds(lambda one: packed(one, text, html), digests[200:260]))
    size = len(assembled(digests[-1]).octets)
    print(f"{PAPERS} papers a digest, {size / 1_000:.0f} KB encoded, {READERS} readers")
    print(f"the first of a run {first:.2f} ms; the others {ours:.3f} ms (target 0.3)")
    print(f"anew, with EmailMessage {theirs:.2f} ms; ratio {theirs / ours:.1f} (target 8)")
    print(f"EmailMessage alone, of rendered parts {alone:.2f} ms; ratio {alone / ours:.1f}")


if __name__ == "__main__":
    main()
