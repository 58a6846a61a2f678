"""Prevents server-side request forgery (SSRF): URLs from users may only reach public addresses.

There are two checks:

1. `parse` runs when a URL is saved. It refuses private addresses in any spelling (127.1, 0x7f.1, 2130706433,
   ①②⑦.⓪.⓪.①, [::ffff:127.0.0.1], localhost.) with a sentence for the user.
2. `GuardedNetwork` opens the connection, and security depends on it. It resolves the name once, refuses unless
   *every* address is public, and connects to the address that it checked. TLS and the Host header use the name. So
   neither a name that changes its address after the check (DNS rebinding) nor a parser that reads the URL
   differently helps an attacker.

Redirects are not followed: the client has them off, and the senders report them as errors.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import urlsplit

import httpcore2
import httpx2
import idna

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)

LONGEST_URL: Final = 2048
_TRIED_ADDRESSES: Final = 4


class AddressRefused(Exception):
    """The address is not allowed. `reason` is a sentence for the person who entered it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AddressUnknown(Exception):
    """The name has no address at the moment; a retry may succeed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# IANA's special-purpose registries and the metadata addresses of clouds. `is_global` is not used: its results
# differ between Python versions.
_PRIVATE_4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # "this host": 0.0.0.0 reaches loopback on Linux
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT, and Alibaba's metadata at 100.100.100.200
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata service of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, and Oracle's metadata at 192.0.0.192
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # the 6to4 relay
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's own services answer here, from inside every machine
    )
)
# All other IPv6 addresses are special or unassigned.
_GLOBAL_6: Final = ipaddress.IPv6Network("2000::/3")
_PRIVATE_6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4 contains any IPv4 address, private ones too
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

_LOCAL_NAMES: Final = (
    "localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan",
    "home.arpa", "svc",
)  # fmt: skip
# The Fetch standard's "bad ports" above 1023, and Redis and memcached, which obey plain text lines.
_REFUSED_PORTS: Final = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6679, 6697, 10080}
    | {*range(6665, 6670), 11211}
)
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f\\]|\s")


def is_public(address: Address) -> bool:
    """Whether the address is on the public Internet. IPv6 forms that contain IPv4 are judged by the IPv4 part."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _PRIVATE_4)
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        # In an IPv6-only cluster every IPv4 service has such an address.
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _GLOBAL_6 and not any(address in network for network in _PRIVATE_6)


def is_open_port(port: int) -> bool:
    """80, 443 and unprivileged ports, except those of protocols that a forged request could speak."""
    return port in {80, 443} or (1024 <= port <= 65535 and port not in _REFUSED_PORTS)


@dataclass(frozen=True, slots=True)
class Target:
    """An allowed URL, rebuilt from its parsed parts (no user, no fragment, an ASCII host), so that every later
    parser reads the same."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if self.port == default else f":{self.port}")


def parse(url: str, *, allow_private: bool = False) -> Target:
    """Parse a URL strictly; raises AddressRefused with a sentence."""
    url = url.strip(" ")
    if len(url) > LONGEST_URL:
        raise AddressRefused(f"The address is longer than {LONGEST_URL} characters.")
    if _UNPRINTABLE.search(url):
        raise AddressRefused("The address contains a space, a backslash or an invisible character.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("This is not a web address.") from None
    scheme = parts.scheme
    if scheme not in {"http", "https"}:
        raise AddressRefused("The address must start with https:// or http://.")
    if "@" in parts.netloc:
        raise AddressRefused("The address must not contain a user name or password.")
    host = _host(parts.netloc, parts.hostname or "")
    port = port if port is not None else {"http": 80, "https": 443}[scheme]
    if not allow_private:
        _refuse_private_name(host)
        _refuse_port(port)
    bare = Target("", scheme, host, port)
    query = f"?{parts.query}" if parts.query else ""
    return replace(bare, url=f"{bare.origin}{parts.path or '/'}{query}")


def _host(netloc: str, host: str) -> str:
    """The canonical host: an address in its standard form, a name in lower-case ASCII."""
    if netloc.startswith("["):
        try:
            address = ipaddress.IPv6Address(host)
        except ValueError:
            raise AddressRefused("The IPv6 address in brackets cannot be read.") from None
        if address.scope_id is not None:
            raise AddressRefused("The address belongs to one network interface only.")
        return address.compressed
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise AddressRefused("The host name has characters that no host name has.") from None
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("The address needs a host name, as in https://example.com/path.")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        # Resolvers accept 0177.1, 0x7f000001 and 2130706433 as addresses; only four numbers are allowed here.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise AddressRefused(
                "Write the IP address as four plain numbers, as in 93.184.215.14."
            ) from None
    return host


def _refuse_private_name(host: str) -> None:
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        if "." not in host or any(f".{host}".endswith(f".{name}") for name in _LOCAL_NAMES):
            raise AddressRefused(
                f"{host} is a name of a private network; only public addresses are allowed."
            ) from None
        return
    if not is_public(literal):
        raise AddressRefused(f"{host} is a private address; only public addresses are allowed.")


def _refuse_port(port: int) -> None:
    if not is_open_port(port):
        raise AddressRefused(f"Port {port} is not allowed; use 443, 80, or one above 1023.")


# Own threads: a name server that does not answer must not block the threads that hash passwords.
_resolving = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


async def system_resolver(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        _resolving, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def resolve(
    host: str, port: int, resolver: Resolver = system_resolver, *, allow_private: bool = False
) -> tuple[Address, ...]:
    """All addresses of the host; raises AddressRefused if any of them is not public."""
    try:
        addresses: tuple[Address, ...] = (ipaddress.ip_address(host),)
    except ValueError:
        try:
            addresses = tuple(ipaddress.ip_address(text) for text in await resolver(host, port))
        except (OSError, UnicodeError):
            addresses = ()
    if not addresses:
        raise AddressUnknown(f"No address was found for {host}.")
    if not allow_private:
        _refuse_port(port)
        if not all(is_public(address) for address in addresses):
            raise AddressRefused(
                f"{host} resolves to a private address; only public addresses are allowed."
            )
        if any(is_own(address) for address in addresses):
            raise AddressRefused(f"{host} is this server itself.")
    return addresses


def is_own(address: Address) -> bool:
    """Whether `address` belongs to an interface of this machine. Nothing is sent: to reach an own address, the
    kernel chooses this very address as the source.
    """
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            source = str(probe.getsockname()[0])
    except OSError:
        return False
    return ipaddress.ip_address(source.partition("%")[0]) == address


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Resolves a name once and connects to the address that was checked."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        allow_private: bool,
        inner: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._resolver = resolver
        self._allow_private = allow_private
        self._inner = inner or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await resolve(host, port, self._resolver, allow_private=self._allow_private)
        failure: Exception | None = None
        for address in addresses[:_TRIED_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as refused:
                failure = refused
        assert failure is not None  # noqa: S101  (resolve() returns at least one address)
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise AddressRefused("Only addresses on the Internet are allowed.")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _GuardedTransport(httpx2.AsyncHTTPTransport):
    """httpx2's transport with a guarded network. Its constructor takes no network, so the pool is replaced; tests
    check that the replaced pool makes the connections."""

    def __init__(self, network: GuardedNetwork, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=None,  # limits.py limits them: waiting for a connection must not count as a timeout
            max_keepalive_connections=100,
            keepalive_expiry=5.0,
            network_backend=network,
        )


@cache
def _public_tls() -> ssl.SSLContext:
    """The public certificate authorities; loading them takes about 60 ms, so all clients share them."""
    return ssl.create_default_context()


def guarded_client(
    *,
    allow_private: bool = False,
    resolver: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
    timeout: float = 10.0,
    inner: httpcore2.AsyncNetworkBackend | None = None,
) -> httpx2.AsyncClient:
    """A client for URLs from users: checked addresses, no redirects, no proxies or .netrc from the environment.
    Cookies are off, because users would share them."""
    network = GuardedNetwork(resolver, allow_private=allow_private, inner=inner)
    return httpx2.AsyncClient(
        transport=_GuardedTransport(network, tls or _public_tls()),
        follow_redirects=False,
        trust_env=False,
        timeout=timeout,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )
