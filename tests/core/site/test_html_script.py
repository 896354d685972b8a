"""What the pages' script does, in Chromium: over HTTP, and from a disk."""

import html as escaping
import json
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.chromium import FLAGS, NEEDED, chromium
from tests.core.site import whole

pytestmark = NEEDED
DRIVER = Path(__file__).parent / "driver.html"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Write the whole site, and the page that drives its first one in a frame."""
    folder = tmp_path / "site"
    for name, content in whole.pages(whole.site()).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "driver.html").write_text(DRIVER.read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture
def served(published: Path) -> Iterator[str]:
    """Serve the site, and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=published)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def browse(url: str, profile: Path, *flags: str) -> str:
    """Open an address, and give the page as it is when nothing more happens."""
    program = chromium()
    assert program is not None
    command = [
        *(program, "--headless", *FLAGS, f"--user-data-dir={profile}"),
        *("--virtual-time-budget=60000", "--window-size=1400,1000", "--dump-dom", *flags, url),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_reading_with_keys_filter_marks_and_folds(served: str, tmp_path: Path) -> None:
    dom = browse(f"{served}/driver.html", tmp_path / "profile")
    (result,) = re.findall(r'<pre id="result">(.*?)</pre>', dom, re.DOTALL)
    told: dict[str, Any] = json.loads(escaping.unescape(result))
    language, vision = whole.sections(whole.site())[:2]
    ids = [card.paper.id for card in language.cards]
    assert told == {
        "tools": True,
        "links": 0,
        "third": ids[2],
        "focus": "title",
        "second": ids[1],
        "opened": 1,
        "folded": 0,
        "read": "row current read",
        "unread": f"{len(ids) - 1} unread",
        "help": True,
        "still": ids[1],
        "field": "_filter",
        "typing": ids[1],
        "found": [whole.MEASURED],
        "said": "1 paper found",
        "unnamed": ["2601.00903"],
        "none": "No paper found",
        "again": len(ids) + len(vision.cards),
        "match": ["0", "1"],
        "date": ["0", "1"],
        "unfolded": True,
        "loaded": whole.ABSTRACT,
        "all": 0,
        "hidden": True,  # the paper that the reader is at stays until they go on
        "left": False,
        "mark": "0 unread",
        "vision": "0 unread",
        "button": "Mark all as unread",
        "kept": ["0 unread", True],
        "dot": "false",
        "off": "",
    }


MEASURE = """<!doctype html><meta charset="utf-8">
<iframe src="{page}" width="360" height="800"></iframe>
<script>
document.querySelector("iframe").onload = (event) => {{
  const within = event.target.contentDocument;
  const wanted = "a, button, summary, select, input:not([type=checkbox]), label:has(.box)";
  const high = (one) => Math.max(one.getBoundingClientRect().height,
    parseFloat(getComputedStyle(one, "::after").height) || 0);
  const low = [...within.querySelectorAll(wanted)]
    .filter((one) => one.checkVisibility() && !one.closest(".authors, .facts"))
    .filter((one) => high(one) < 43.5)
    .map((one) => `${{one.tagName}}.${{one.className}} ${{high(one)}}`);
  document.body.innerHTML = `<pre id="result">${{JSON.stringify([...new Set(low)])}}</pre>`;
}};
</script>"""


@pytest.mark.parametrize(
    "page", ["index", "archive", "authors", "topics/language/index", "papers/2601/2601.00901"]
)
def test_on_a_phone_all_that_is_touched_is_44_px_high(
    served: str, published: Path, tmp_path: Path, page: str
) -> None:
    (published / "measure.html").write_text(MEASURE.format(page=f"{page}.html"), "utf-8")
    dom = browse(f"{served}/measure.html", tmp_path / "profile")
    (result,) = re.findall(r'<pre id="result">(.*?)</pre>', dom, re.DOTALL)
    low = json.loads(escaping.unescape(result))
    assert [one for one in low if not one.startswith("A.skip")] == []


def test_from_a_disk_what_cannot_be_fetched_is_a_link(published: Path, tmp_path: Path) -> None:
    dom = browse((published / "index.html").as_uri(), tmp_path / "profile")
    language = whole.sections(whole.site())[0]
    later = language.cards[30:]
    assert dom.count('<a class="fold" href="papers/') == len(later)
    assert '<button type="button" class="dot"' in dom
    assert f"{len(language.cards)} unread" in dom
