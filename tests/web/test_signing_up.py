"""Signing up: what the form says, what the letter brings, and what the link in it does."""

from datetime import timedelta

import pytest

from bot.core.enrolment import LIFETIME
from bot.settings.signup import SignupSettings
from tests.builders import NOON, topic
from tests.web.porch import PUBLIC, TOPICS, WISH, ZOE, Porch, Shown
from tests.web.rig import NOBODY, Form, Site
from tests.web.test_page_rules import closed_off

HOSTILE = "</label><script>alert(1)</script>\"'&amp; $|`"
OTHERS = {
    "hour": {"at": "23:59"},
    "zone": {"timezone": "Asia/Tokyo"},
    "rhythm": {"rhythm": "weekly"},
    "topics": {"topic": ["Lattices", "Language"]},
}


async def test_the_form_proposes_what_the_owner_set(porch: Porch) -> None:
    porch.settings = SignupSettings(timezone="Europe/Madrid", days=("tue", "fri"))
    form = Shown((await porch.get("/signup")).text)
    assert form.forms == [{"method": "post", "class": "entry"}]
    assert form.values == {
        "email": [""],
        "rhythm": ["daily"],
        "at": ["08:30"],
        "timezone": ["Europe/Madrid"],
        "comment": [""],
    }
    assert form.offered["topic"] == ["Language", "Lattices"]
    assert {"UTC", "Asia/Tokyo", "America/Argentina/Ushuaia"} <= set(form.offered["timezone"])
    assert not {"Etc/GMT+3", "US/Pacific", "GB"} & set(form.offered["timezone"])
    text = (await porch.get("/signup")).text
    assert "Tuesdays and Fridays" in text
    assert "Every Tuesday" in text
    assert not form.invalid


async def test_the_only_topic_is_chosen_already(porch: Porch) -> None:
    porch.topics = TOPICS[:1]
    assert Shown((await porch.get("/signup")).text).values["topic"] == ["Language"]


async def test_a_zone_that_is_no_place_stays_what_it_is(porch: Porch) -> None:
    porch.settings = SignupSettings(timezone="Etc/GMT+3")
    assert Shown((await porch.get("/signup")).text).values["timezone"] == ["Etc/GMT+3"]


async def test_names_are_escaped_on_the_form_in_the_letter_and_on_the_page(porch: Porch) -> None:
    porch.topics, porch.title = (topic(HOSTILE), topic("Other")), f"Papers {HOSTILE}"
    page = await porch.get("/signup")
    assert "<script" not in page.text
    assert Shown(page.text).offered["topic"] == [HOSTILE, "Other"]
    link = await porch.asked(topic=[HOSTILE])
    (letter,) = porch.letters
    assert HOSTILE in letter.text
    assert "\n" not in letter.notice.subject
    assert "<script" not in (await porch.get(link)).text
    await porch.post(link)
    assert porch.topics_off() == ["Other"]


@pytest.mark.parametrize(
    ("entered", "marked", "said"),
    [
        ({"email": ""}, "email", "Enter the address"),
        ({"email": "  "}, "email", "Enter the address"),
        ({"email": "zoe"}, "email", "is not an email address"),
        ({"email": "Zoe <zoe@example.org>"}, "email", "is not an email address"),
        ({"email": "zoe@example.org, ana@example.org"}, "email", "is not an email address"),
        ({"email": "zoe@\u202eexample.org"}, "email", "is not an email address"),
        ({"email": f"{'z' * 300}@example.org"}, "email", "is not an email address"),
        ({"email": "<script>alert(1)</script>"}, "email", "is not an email address"),
        ({"topic": []}, "topic", "Choose one topic at least"),
        ({"topic": ["Secret"]}, "topic", "Choose one topic at least"),
        ({"at": ""}, "at", "Enter an hour"),
        ({"at": "25:00"}, "at", "Enter an hour"),
        ({"at": "immediately"}, "at", "Enter an hour"),
        ({"at": '"><script>alert(1)</script>'}, "at", "Enter an hour"),
        ({"timezone": ""}, "timezone", "Choose a time zone"),
        ({"timezone": "Mars/Olympus"}, "timezone", "Choose a time zone"),
        ({"timezone": "<script>alert(1)</script>"}, "timezone", "Choose a time zone"),
        ({"timezone": "../../etc/passwd"}, "timezone", "Choose a time zone"),
    ],
)
async def test_what_is_wrong_is_marked_and_the_rest_stays_as_it_was_entered(
    porch: Porch, entered: dict[str, object], marked: str, said: str
) -> None:
    answer = await porch.ask(**({"rhythm": "weekly"} | entered))
    assert answer.status_code == 400
    form = Shown(answer.text)
    assert form.invalid == form.wrong.keys() == {marked}
    assert said in form.wrong[marked]
    assert "<script" not in answer.text
    assert 'role="alert"' in answer.text
    wish = {name: [value] for name, value in {**WISH, "rhythm": "weekly"}.items()}
    wish["topic"] = ["Language"]
    for name in wish.keys() - {marked}:
        assert form.values[name] == wish[name], name
    assert porch.wishes() == 0
    assert porch.letters == []


async def test_all_that_is_wrong_is_told_at_once(porch: Porch) -> None:
    form = Shown((await porch.post("/signup")).text)
    assert form.invalid == {"email", "topic", "at", "timezone"}


async def test_only_those_of_the_owners_domains_can_sign_up(porch: Porch) -> None:
    porch.settings = SignupSettings(domains=("example.com", "example.org"))
    form = Shown((await porch.ask()).text)
    assert form.wrong["email"] == "Only addresses of example.com or example.org can sign up here."
    assert (await porch.ask(email="zoe@lab.example.org")).status_code == 200


async def test_an_hour_may_come_with_its_seconds(porch: Porch) -> None:
    await porch.post(await porch.asked(at="07:15:00"))
    ((_, schedule),) = porch.joined()
    assert "07:15" in schedule


async def test_the_letter_says_what_was_asked_for_and_how_to_confirm_it(porch: Porch) -> None:
    porch.title = "Papers of the Lab"
    link = await porch.asked(topic=["Lattices", "Language"], rhythm="weekly")
    (letter,) = porch.letters
    assert letter.address == ZOE
    assert letter.notice.subject == "Confirm your subscription to Papers of the Lab"
    assert letter.link == f"{PUBLIC}{link}"
    assert "Topics: Language and Lattices." in letter.text
    assert "Every Monday at 07:15 (Europe/Madrid)." in letter.text
    assert "until Tuesday 6 January 2026, 13:00" in letter.text  # of their zone
    assert "If this was not you" in letter.text
    assert letter.key.startswith("signup-")
    assert link.rpartition("/")[2] not in letter.key
    assert (await porch.get(link)).status_code == 200


async def test_to_look_changes_nothing(porch: Porch) -> None:
    link = await porch.asked()
    before = porch.pages.database.read_bytes()
    async with porch.client() as client:
        for _ in range(3):
            assert (await client.head(link)).status_code == 200
            page = await client.get(link)
    assert "Start these digests?" in page.text
    assert "z•••@example.net" in page.text  # whoever looks need not be who it is
    assert ZOE not in page.text
    assert "Topics: Language. Every weekday at 07:15 (Europe/Madrid)." in page.text
    assert porch.joined() == []
    assert porch.pages.database.read_bytes() == before


async def test_the_button_subscribes_once_however_often_it_is_pressed(porch: Porch) -> None:
    link = await porch.asked()
    button = Form(await porch.get(link))
    assert (button.method, button.fields, button.url.path) == ("post", {}, link)
    begun = await porch.post(link)
    assert begun.status_code == 200
    assert "You get digests" in begun.text
    assert "Tuesday 6 January 2026, 07:15 (Europe/Madrid)" in begun.text
    ((address, schedule),) = porch.joined()
    assert address == ZOE
    assert "07:15" in schedule
    assert "Europe/Madrid" in schedule
    assert porch.topics_off() == ["Lattices"]
    again = await porch.post(link)
    assert again.text == begun.text
    assert (await porch.get(link)).text == begun.text
    assert len(porch.joined()) == 1
    own = begun.url.join(begun.text.split('<a href="')[1].split('"')[0])
    page = await porch.get(own.path)
    assert page.status_code == 200
    assert "Lattices" in page.text


@pytest.mark.parametrize("entered", OTHERS.values(), ids=OTHERS)
async def test_each_wish_is_kept(porch: Porch, entered: dict[str, object]) -> None:
    await porch.post(await porch.asked(**entered))
    ((_, schedule),) = porch.joined()
    at, zone, rhythm, topics = (
        ({**WISH, **entered})[name] for name in ("at", "timezone", "rhythm", "topic")
    )
    assert at in schedule
    assert zone in schedule
    assert schedule.split()[1] == ("0" if rhythm == "weekly" else "01234")
    assert porch.topics_off() == sorted({one.name for one in TOPICS} - set(topics))


async def test_the_last_letter_that_is_confirmed_holds(porch: Porch) -> None:
    first = await porch.asked()
    second = await porch.asked(topic=["Lattices"], at="09:00")
    await porch.post(second)
    assert porch.topics_off() == ["Language"]
    await porch.post(first)
    ((_, schedule),) = porch.joined()
    assert "07:15" in schedule
    assert porch.topics_off() == ["Lattices"]


async def test_an_expired_forged_or_used_up_link_is_not_there(porch: Porch) -> None:
    link = await porch.asked()
    nothing = await porch.get("/nothing/here")
    porch.now = NOON + LIFETIME
    tried = [link, f"/signup/{NOBODY}", "/signup/short", "/signup/%00", f"{link}/"]
    tried.append(f"/signup/{porch.pages.token()}")  # a reader's is another kind of token
    for path in tried:
        for answer in (await porch.get(path), await porch.post(path)):
            assert (answer.status_code, answer.text) == (404, nothing.text), path
            assert answer.headers == nothing.headers
    assert porch.joined() == []


async def test_a_link_holds_until_the_minute_that_the_letter_names(porch: Porch) -> None:
    link = await porch.asked()
    porch.now = NOON + LIFETIME - timedelta(microseconds=1)
    assert (await porch.post(link)).status_code == 200


@pytest.mark.parametrize("below", ["", "/papers"])
async def test_behind_a_path_all_of_it_works_whether_or_not_it_is_cut_off(
    porch: Porch, below: str
) -> None:
    porch.public_url = f"{PUBLIC}/papers"
    async with porch.client("/papers") as client:
        form = await client.get(f"{below}/signup")
        assert 'action="' not in form.text  # it goes where it came from
        answer = await client.post(f"{below}/signup", data=WISH)
        assert '<a href="./">' in answer.text
        (letter,) = porch.letters
        assert letter.link.startswith(f"{PUBLIC}/papers/signup/")
        link = below + letter.link.removeprefix(f"{PUBLIC}/papers")
        assert Form(await client.get(link)).url.path == link
        begun = await client.post(link)
        assert "You get digests" in begun.text
        own = begun.url.join(begun.text.split('<a href="')[1].split('"')[0])
        assert own.path.startswith(f"{below}/m/")
        assert (await client.get(own.path)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_where_nobody_may_sign_up_there_is_no_such_page(pages: Site, method: str) -> None:
    async with pages.client() as client:
        nothing = await client.get("/nothing/here")
        for path in ("/signup", f"/signup/{NOBODY}"):
            answer = await client.request(method, path)
            assert (answer.status_code, answer.text) == (404, nothing.text)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "BREW"])
async def test_other_methods_are_refused(porch: Porch, method: str) -> None:
    async with porch.client() as client:
        for path in ("/signup", f"/signup/{NOBODY}"):
            answer = await client.request(method, path)
            assert answer.status_code == 405
            assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


async def test_every_answer_is_closed_off(porch: Porch) -> None:
    link = await porch.asked()
    answers = [
        *[await porch.get(path) for path in ("/signup", link, f"/signup/{NOBODY}")],
        *[await porch.post(path) for path in ("/signup", link, f"/signup/{NOBODY}")],
        await porch.ask(),
        await porch.ask(comment="x"),
    ]
    porch.settings = SignupSettings(per_hour=1)
    answers.append(await porch.ask(email="yan@example.org"))
    assert {one.status_code for one in answers} == {200, 400, 404, 429}
    for one in answers:
        await closed_off(one.headers)
