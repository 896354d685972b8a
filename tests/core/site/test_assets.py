"""The files that all pages share."""

import gzip
import re

from bot.core.site.assets import ICON, SCRIPT, STYLE, asset_name, assets


def test_a_name_tells_its_content() -> None:
    names = [asset_name(one) for one in (STYLE, SCRIPT, ICON)]
    assert list(assets()) == names
    assert all(
        re.fullmatch(r"(site|icon)\.[0-9a-f]{10}\.(css|js|svg)", name) and content
        for name, content in assets().items()
    )


def test_they_fetch_nothing_from_anywhere() -> None:
    for name, content in assets().items():
        text = content.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]|@import|url\(", text), name


def test_they_are_small() -> None:
    assert sum(len(gzip.compress(content)) for content in assets().values()) < 16_384


def test_the_script_writes_no_markup_but_our_own() -> None:
    script = assets()[asset_name(SCRIPT)].decode()
    written = re.findall(r"\binnerHTML = ([^;]+);", script)
    assert [one for one in written if not one.startswith("'<summary")] == ["rest[row.dataset.id]"]
    assert not re.search(
        r"\beval\(|outerHTML|insertAdjacentHTML|document\.write|Function\(", script
    )
