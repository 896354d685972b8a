"""How often one client is let through, and by what clients are told apart."""

import pytest
from starlette.requests import Request

from bot.web import throttle
from bot.web.throttle import Throttle, client_of


class Clock:
    """A clock that the test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def request(peer: str | None, *forwarded: str) -> Request:
    """Make a request from a peer, with these lines of X-Forwarded-For."""
    return Request(
        {
            "type": "http",
            "client": None if peer is None else (peer, 4321),
            "headers": [(b"x-forwarded-for", one.encode()) for one in forwarded],
        }
    )


def test_each_client_is_let_through_so_often_in_any_span() -> None:
    clock = Clock()
    let = Throttle(2, 10.0, clock).lets
    assert [let("ana"), let("ana"), let("ana")] == [True, True, False]
    assert let("ben")
    clock.now = 9.0
    assert not let("ana")
    clock.now = 10.0  # what was refused does not count
    assert [let("ana"), let("ana"), let("ana")] == [True, True, False]


def test_the_span_slides() -> None:
    clock = Clock()
    let = Throttle(2, 10.0, clock).lets
    assert let("ana")
    clock.now = 6.0
    assert let("ana")
    clock.now = 10.0
    assert let("ana")
    assert not let("ana")
    clock.now = 16.0
    assert let("ana")


def test_nobody_in_particular_is_never_held_up() -> None:
    let = Throttle(1, 10.0, Clock()).lets
    assert all(let("") for _ in range(5))


def test_so_many_are_remembered_and_the_one_who_came_least_lately_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttle, "_MOST", 3)
    held = Throttle(1, 10.0, Clock())
    for client in ("ana", "ben", "cleo"):
        assert held.lets(client)
    assert not held.lets("ana")  # and now it is ben who was away longest
    assert held.lets("dora")
    assert not held.lets("ana")
    assert not held.lets("cleo")
    assert len(held._came) == 3
    assert held.lets("ben")
    for number in range(100):
        held.lets(f"192.0.2.{number}")
    assert len(held._came) == 3


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("192.0.2.7", ("198.51.100.1",), "192.0.2.7"),  # no proxy of ours
        ("127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("127.8.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("::1", ("198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("203.0.113.9, 198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("203.0.113.9,198.51.100.1 ",), "198.51.100.1"),
        ("127.0.0.1", ("203.0.113.9", "198.51.100.1"), "198.51.100.1"),  # as HAProxy adds it
        ("127.0.0.1", (), ""),
        ("127.0.0.1", ("unknown",), ""),
        ("127.0.0.1", ("198.51.100.1,",), ""),
        ("127.0.0.1", ("' OR ''='",), ""),
        (None, (), ""),
        (None, ("198.51.100.1",), "198.51.100.1"),  # a proxy at a socket of this machine
        ("2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", (), "2001:db8:1:2::"),
        ("2001:db8:1:3::1", (), "2001:db8:1:3::"),
        ("fe80::1%eth0", (), "fe80::"),
        ("127.0.0.1", ("2001:db8:1:2::9",), "2001:db8:1:2::"),
        ("172.18.0.1", ("198.51.100.1",), "198.51.100.1"),  # a container's gateway
        ("::ffff:172.18.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("fd00::1", ("198.51.100.1",), "198.51.100.1"),
        ("192.168.7.7", (), ""),
        ("172.32.0.1", ("198.51.100.1",), "172.32.0.1"),
        ("::ffff:192.0.2.7", ("198.51.100.1",), "192.0.2.7"),
    ],
)
def test_a_client_is_a_network_and_only_a_proxy_of_ours_is_believed(
    peer: str | None, forwarded: tuple[str, ...], client: str
) -> None:
    assert client_of(request(peer, *forwarded)) == client
