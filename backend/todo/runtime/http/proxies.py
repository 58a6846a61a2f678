"""Whose address it is: that of a client, or of a proxy or a sidecar, which stand for many clients."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from todo.runtime.settings import Settings

_LOOPBACK: Final = ("127.0.0.0/8", "::1/128")


class Proxies:
    def __init__(self, networks: str, *, sidecar: bool = False) -> None:
        parts = [part for part in networks.split(",") if part]
        self._networks = [ip_network(part) for part in (*parts, *(_LOOPBACK if sidecar else ()))]

    @classmethod
    def of(cls, settings: Settings) -> "Proxies":
        return cls(settings.trusted_proxies, sidecar=settings.runtime == "dapr")

    def has(self, address: str) -> bool:
        try:
            peer = ip_address(address)
        except ValueError:  # a Unix socket
            return True
        return any(peer in network for network in self._networks)


def client_of(address: str) -> str:
    """What limits count: an address of IPv4, or the network that a client of IPv6 has for itself."""
    try:
        peer = ip_address(address)
    except ValueError:
        return address
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped is None:
        return str(ip_network((int(peer) >> 64 << 64, 64)))
    return address
