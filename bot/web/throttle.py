"""How often one client may do something, kept in memory alone."""

from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import Request

_MOST = 10_000
"""Clients that are remembered; beyond that the one is forgotten that has come least lately."""
_PROXIES = tuple(
    map(
        ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"),
    )
)
"""Where a proxy of ours may stand (RFC 1918, RFC 4193): nobody comes from there by himself."""


class Throttle:
    """Lets each client through `most` times in any `seconds`."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._came: OrderedDict[str, deque[float]] = OrderedDict()

    def lets(self, client: str) -> bool:
        """Tell whether a client may go on, and count that; nobody in particular always may."""
        if not client:
            return True
        now = self._clock()
        times = self._came.setdefault(client, deque())
        self._came.move_to_end(client)
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        if len(self._came) > _MOST:
            self._came.popitem(last=False)
        return True


def client_of(request: Request) -> str:
    """Name the client by its network; "" where nobody can tell clients apart.

    A proxy on this machine, or in a private network as containers have, says for whom it asks, in
    the last place of the last X-Forwarded-For: what stands before that is said by anybody. Of IPv6
    half the address is a client's own to choose.
    """
    peer = _address(request.client.host) if request.client else None
    if peer is not None and not any(peer in one for one in _PROXIES):
        return _network(peer)
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    named = _address(forwarded.rpartition(",")[2].strip())
    return _network(named) if named is not None else ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address; one of IPv4 that came by IPv6 is the same."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _network(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
