"""URLs from users never reach private addresses, in any spelling, by any name or by DNS rebinding."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address

import httpcore2
import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from todo.runtime.url_guard import (
    LONGEST_URL,
    AddressRefused,
    AddressUnknown,
    GuardedNetwork,
    guarded_client,
    is_open_port,
    is_own,
    is_public,
    parse,
    resolve,
)

PUBLIC = "93.184.215.14"

# Private addresses as people and attackers write them.
REFUSED = {
    # loopback, in the spellings a C library reads
    "http://127.0.0.1/": "private address",
    "http://127.0.0.1./": "private address",
    "http://127.255.255.254/": "private address",
    "http://127.1/": "four plain numbers",
    "http://127.0.1/": "four plain numbers",
    "http://2130706433/": "four plain numbers",
    "http://017700000001/": "four plain numbers",
    "http://0x7f000001/": "four plain numbers",
    "http://0X7F000001/": "four plain numbers",
    "http://0x7f.0.0.1/": "four plain numbers",
    "http://0177.0.0.1/": "four plain numbers",
    "http://0177.0.0.0x1/": "four plain numbers",
    "http://127.0.0.01/": "four plain numbers",
    "http://0/": "four plain numbers",
    "http://0x/": "four plain numbers",
    "http://1.2.3.4.5/": "four plain numbers",
    "http://256.256.256.256/": "four plain numbers",
    "http://0.0.0.0/": "private address",
    # the same in other scripts: a browser folds them to ASCII
    "http://①②⑦.⓪.⓪.①/": "private address",
    "http://１２７．０．０．１/": "private address",
    "http://127。0。0。1/": "private address",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/": "private network",
    "http://%31%32%37.0.0.1/": "host name",
    # private, link-local, carrier NAT, test, multicast, reserved, broadcast
    "http://10.0.0.1/": "private address",
    "http://172.16.0.1/": "private address",
    "http://172.31.255.255/": "private address",
    "http://192.168.1.1/": "private address",
    "http://100.64.0.1/": "private address",
    "http://192.0.2.1/": "private address",
    "http://198.18.0.1/": "private address",
    "http://224.0.0.1/": "private address",
    "http://240.0.0.1/": "private address",
    "http://255.255.255.255/": "private address",
    # metadata services
    "http://169.254.169.254/latest/meta-data/": "private address",
    "http://[fd00:ec2::254]/latest/": "private address",
    "http://[fd20:ce::254]/": "private address",
    "http://100.100.100.200/": "private address",
    "http://192.0.0.192/": "private address",
    "http://168.63.129.16/": "private address",
    "http://metadata.google.internal/": "private network",
    # IPv6, and IPv4 inside it
    "http://[::1]/": "private address",
    "http://[::]/": "private address",
    "http://[0:0:0:0:0:0:0:1]/": "private address",
    "http://[::ffff:127.0.0.1]/": "private address",
    "http://[::ffff:7f00:1]/": "private address",
    "http://[::127.0.0.1]/": "private address",
    "http://[64:ff9b::127.0.0.1]/": "private address",
    "http://[64:ff9b:1::8.8.8.8]/": "private address",
    "http://[2002:7f00:1::]/": "private address",
    "http://[2001:0:53aa:64c::80ff:fffe]/": "private address",
    "http://[fe80::1]/": "private address",
    "http://[fe80::1%25eth0]/": "interface",
    "http://[fe80::1%eth0]/": "interface",
    "http://[fc00::1]/": "private address",
    "http://[fec0::1]/": "private address",
    "http://[ff02::1]/": "private address",
    "http://[2001:db8::1]/": "private address",
    # names of private networks
    "http://localhost/": "private network",
    "http://LOCALHOST/": "private network",
    "http://localhost./": "private network",
    "http://a.localhost/": "private network",
    "http://printer/": "private network",
    "http://nas.local/": "private network",
    "http://router.lan/": "private network",
    "http://fritz.home.arpa/": "private network",
    "http://postgres.default.svc/": "private network",
    "http://postgres.default.svc.cluster.local/": "private network",
    # tricks with the parts of a URL
    "http://example.com@127.0.0.1/": "user name",
    "http://user:password@example.com/": "user name",
    "http://example.com:80@127.0.0.1/": "user name",
    "http://@example.com/": "user name",
    "http://127.0.0.1\\@example.com/": "backslash",
    "http://example.com\\.evil.test/": "backslash",
    "http://exam\tple.com/": "invisible",
    "http://example.com/\r\nHost: 127.0.0.1": "space",
    "http://127.0.0.1#@example.com/": "private address",
    "http://127.0.0.1?@example.com/": "private address",
    "http://example..com/": "host name",
    "http://.example.com/": "host name",
    "http://-example.com/": "host name",
    "http://exa mple.com/": "space",
    "http://example.com..": "host name",
    f"http://{'a' * 64}.com/": "host name",
    "http:///path": "host name",
    "http://": "host name",
    "http:example.com": "host name",
    "http://[::1": "not a web address",
    "http://[1.2.3.4]/": "",
    "http://[::g]/": "",
    "http://[::1]evil.com/": "",
    # other schemes
    "ftp://example.com/": "https://",
    "file:///etc/passwd": "https://",
    "gopher://example.com:6379/_FLUSHALL": "https://",
    "javascript:alert(1)": "https://",
    "//example.com/": "https://",
    "example.com": "https://",
    "": "https://",
    # ports of other protocols
    "http://example.com:22/": "Port 22",
    "http://example.com:25/": "Port 25",
    "http://example.com:0/": "Port 0",
    "http://example.com:6379/": "Port 6379",
    "http://example.com:11211/": "Port 11211",
    "http://example.com:65536/": "not a web address",
    "http://example.com:-1/": "not a web address",
    "http://example.com:8o/": "not a web address",
    "https://example.com/" + "a" * LONGEST_URL: "longer",
}


@pytest.mark.parametrize(("url", "because"), REFUSED.items(), ids=lambda text: repr(text)[:60])
def test_a_private_or_unreadable_address_is_refused_with_a_sentence(url: str, because: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        parse(url)
    assert because in refusal.value.reason
    assert refusal.value.reason.endswith(".")


@pytest.mark.parametrize(
    ("typed", "kept"),
    {
        "https://example.com": "https://example.com/",
        "  https://example.com/hook  ": "https://example.com/hook",
        "HTTPS://Example.COM/Hook": "https://example.com/Hook",
        "https://example.com:443/": "https://example.com/",
        "http://example.com:80/": "http://example.com/",
        "https://example.com:8443/": "https://example.com:8443/",
        "https://example.com./": "https://example.com/",
        "https://example.com//a//b?c=d&e=/f#g": "https://example.com//a//b?c=d&e=/f",
        "https://example.com?a=b": "https://example.com/?a=b",
        "https://bücher.example/ö": "https://xn--bcher-kva.example/ö",
        "https://my_host.example.com/": "https://my_host.example.com/",
        "https://93.184.215.14/": "https://93.184.215.14/",
        "https://[2606:2800:21f::1]:8080/": "https://[2606:2800:21f::1]:8080/",
        "https://[64:ff9b::93.184.215.14]/": "https://[64:ff9b::5db8:d70e]/",
        "https://hooks.example.com/a@b": "https://hooks.example.com/a@b",
    }.items(),
)
def test_a_public_address_is_kept_in_its_canonical_form(typed: str, kept: str) -> None:
    target = parse(typed)
    assert target.url == kept
    assert parse(target.url) == target


def test_the_operator_may_allow_private_addresses() -> None:
    assert parse("http://127.0.0.1:22/", allow_private=True).host == "127.0.0.1"
    assert parse("http://printer/", allow_private=True).host == "printer"
    with pytest.raises(AddressRefused):
        parse("file:///etc/passwd", allow_private=True)


def test_the_origin_names_only_a_port_that_is_not_the_default() -> None:
    assert parse("https://example.com/x").origin == "https://example.com"
    assert parse("https://[2606:2800:21f::1]:8080/x").origin == "https://[2606:2800:21f::1]:8080"


# Properties --------------------------------------------------------------------------------------

any_ipv4 = st.ip_addresses(v=4)
PRIVATE_4 = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"]
PRIVATE_4 += ["172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "198.18.0.0/15"]
SPELLINGS: list[Callable[[int], str]] = [str, hex, lambda n: f"0{n:o}", lambda n: f"0X{n:X}"]
private_ipv4 = st.one_of(*(st.ip_addresses(network=network) for network in PRIVATE_4))


@given(st.ip_addresses())
def test_nothing_counts_as_public_that_the_standard_library_calls_special(
    address: IPv4Address | IPv6Address,
) -> None:
    carries_ipv4 = any(
        address in ipaddress.ip_network(n) for n in ("::ffff:0:0/96", "64:ff9b::/96")
    )
    if is_public(address) and not carries_ipv4:
        assert address.is_global
        assert not address.is_private
        assert not address.is_multicast
        assert not address.is_reserved


@given(any_ipv4)
def test_an_ipv4_address_inside_ipv6_is_judged_as_itself_or_refused(address: IPv4Address) -> None:
    number = int(address)
    mapped, nat64 = IPv6Address((0xFFFF << 32) | number), IPv6Address((0x64FF9B << 96) | number)
    assert is_public(mapped) == is_public(nat64) == is_public(address)
    assert not is_public(IPv6Address((0x2002 << 112) | (number << 80)))  # 6to4
    assert not is_public(IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)))  # Teredo
    assert not is_public(IPv6Address(number))  # "compatible", long deprecated


@given(private_ipv4, st.data())
def test_no_spelling_of_a_private_address_passes(address: IPv4Address, data: st.DataObject) -> None:
    number, octets = int(address), list(address.packed)
    bases = st.sampled_from(SPELLINGS)
    parts = [data.draw(bases)(octet) for octet in octets]
    short = f"{data.draw(bases)(octets[0])}.{data.draw(bases)(number & 0xFFFFFF)}"
    inside = [f"[::ffff:{address}]", f"[64:ff9b::{address}]", f"[::{address}]"]
    host = data.draw(
        st.sampled_from([str(address), ".".join(parts), short, data.draw(bases)(number), *inside])
    )
    dot = data.draw(st.sampled_from(["", "."])) if not host.startswith("[") else ""
    with pytest.raises(AddressRefused):
        parse(f"http://{host}{dot}/")


@given(st.text(alphabet="0123456789abcdefxX.", min_size=1, max_size=24))
@example("1.2.3.4")
@example("8.8")
def test_the_c_library_and_this_parser_read_the_same_address(host: str) -> None:
    try:
        ours = parse(f"http://{host}/").host
    except AddressRefused:
        return
    try:
        theirs = socket.inet_aton(host.removesuffix("."))
    except OSError:
        return
    assert ours == str(IPv4Address(theirs))


@given(
    st.one_of(
        st.text(max_size=80).map(lambda text: f"http://{text}"),
        st.text(max_size=80).map(lambda text: f"https://example.com{text}"),
        st.text(alphabet="htps:/@[]%?#.\\127x0aé①\t\n -_", max_size=60),
    )
)
def test_any_text_is_refused_or_read_the_same_way_by_the_client(text: str) -> None:
    try:
        target = parse(text)
    except AddressRefused:
        return
    assert parse(target.url) == target
    client = httpx2.URL(target.url)
    assert (client.scheme, client.userinfo) == (target.scheme, b"")
    assert client.host == _decoded(target.host)
    assert (client.port or {"http": 80, "https": 443}[target.scheme]) == target.port


def _decoded(host: str) -> str:
    """httpx2 shows an IDNA host decoded; on the wire it is the ASCII one."""
    return httpx2.URL(f"http://[{host}]/" if ":" in host else f"http://{host}/").host


@given(st.integers(-1, 70000))
def test_privileged_ports_are_those_of_the_web(port: int) -> None:
    if is_open_port(port):
        assert port in {80, 443} or 1024 <= port <= 65535


# Names -------------------------------------------------------------------------------------------


class FakeResolver:
    """Returns the answers one after the other and repeats the last; `asked` records the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["10.0.0.5"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:192.168.0.1"],
        ["fe80::1%2"],
        [PUBLIC, "127.0.0.1"],
        [PUBLIC, "2606:2800:21f::1", "fd00:ec2::254"],
    ],
)
async def test_a_name_is_refused_if_any_of_its_addresses_is_private(answers: list[str]) -> None:
    with pytest.raises(AddressRefused, match="resolves to a private address"):
        await resolve("hooks.example.com", 443, FakeResolver(answers))


async def test_a_name_without_an_address_may_be_tried_again() -> None:
    with pytest.raises(AddressUnknown, match=r"hooks\.example\.com"):
        await resolve("hooks.example.com", 443, FakeResolver([]))


async def test_a_resolver_that_fails_counts_as_no_answer() -> None:
    async def broken(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    with pytest.raises(AddressUnknown):
        await resolve("hooks.example.com", 443, broken)


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "127.1", "0", "localhost"])
async def test_what_the_system_resolver_makes_of_an_odd_spelling_is_checked_too(host: str) -> None:
    """If `parse` missed one, the connection is still refused."""
    with pytest.raises((AddressRefused, AddressUnknown)):
        await resolve(host, 443)


# The wire ----------------------------------------------------------------------------------------


class Wire(httpcore2.AsyncNetworkBackend):
    """Replaces the sockets: records the addresses and answers from memory."""

    def __init__(
        self, answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n", down: Sequence[str] = ()
    ):
        self._answer, self._down = answer, down
        self.connected: list[tuple[str, int]] = []

    async def connect_tcp(
        self, host: str, port: int, *_: object, **__: object
    ) -> httpcore2.AsyncNetworkStream:
        self.connected.append((host, port))
        if host in self._down:
            raise httpcore2.ConnectError("refused")
        return httpcore2.AsyncMockStream([self._answer])


async def test_the_socket_connects_to_the_address_that_was_checked() -> None:
    wire, resolver = Wire(), FakeResolver([PUBLIC])
    async with guarded_client(resolver=resolver, inner=wire) as client:
        assert (await client.get("http://hooks.example.com/x")).status_code == 204
    assert wire.connected == [(PUBLIC, 80)]
    assert resolver.asked == [("hooks.example.com", 80)]


async def test_a_name_is_resolved_once_so_that_rebinding_has_no_effect() -> None:
    """DNS rebinding: the name is public when checked and private afterwards."""
    wire, resolver = Wire(), FakeResolver([PUBLIC], ["127.0.0.1"])
    async with guarded_client(resolver=resolver, inner=wire) as client:
        await client.get("http://rebind.example.com/")
        assert wire.connected == [(PUBLIC, 80)]
        with pytest.raises(AddressRefused):  # a new connection asks again, and checks again
            await client.get("http://rebind.example.com:8080/")
    assert wire.connected == [(PUBLIC, 80)]


async def test_a_host_with_several_addresses_is_tried_in_order() -> None:
    wire = Wire(down=["2606:2800:21f::1"])
    resolver = FakeResolver(["2606:2800:21f::1", PUBLIC])
    async with guarded_client(resolver=resolver, inner=wire) as client:
        await client.get("http://hooks.example.com/")
    assert wire.connected == [("2606:2800:21f::1", 80), (PUBLIC, 80)]


async def test_a_network_error_is_raised_when_every_address_is_down() -> None:
    wire = Wire(down=[PUBLIC])
    async with guarded_client(resolver=FakeResolver([PUBLIC]), inner=wire) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://hooks.example.com/")


async def test_a_redirect_is_not_followed() -> None:
    wire = Wire(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")
    async with guarded_client(resolver=FakeResolver([PUBLIC]), inner=wire) as client:
        assert (await client.get("http://hooks.example.com/")).status_code == 302
    assert wire.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/"])
async def test_a_connection_is_refused_without_parse(url: str) -> None:
    wire = Wire()
    async with guarded_client(inner=wire) as client:
        with pytest.raises(AddressRefused):
            await client.get(url)
    assert wire.connected == []


async def test_a_connection_to_a_refused_port_is_refused() -> None:
    async with guarded_client(resolver=FakeResolver([PUBLIC]), inner=Wire()) as client:
        with pytest.raises(AddressRefused, match="Port 6379"):
            await client.get("http://hooks.example.com:6379/")


async def test_a_unix_socket_is_refused() -> None:
    with pytest.raises(AddressRefused):
        await GuardedNetwork(FakeResolver([PUBLIC]), allow_private=True).connect_unix_socket("/s")


async def test_cookies_are_not_stored_between_requests() -> None:
    wire = Wire(b"HTTP/1.1 200 OK\r\nSet-Cookie: seen=1\r\nContent-Length: 0\r\n\r\n")
    async with guarded_client(resolver=FakeResolver([PUBLIC]), inner=wire) as client:
        await client.get("http://hooks.example.com/")
        assert not client.cookies
        assert "cookie" not in client.build_request("GET", "http://hooks.example.com/").headers


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would resolve the name itself, unguarded."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    wire = Wire()
    async with guarded_client(resolver=FakeResolver([PUBLIC]), inner=wire) as client:
        await client.get("http://hooks.example.com/")
    assert wire.connected == [(PUBLIC, 80)]


def test_the_addresses_of_this_machine_are_its_own_and_others_are_not() -> None:
    assert is_own(IPv4Address("127.0.0.1"))
    assert not is_own(IPv4Address(PUBLIC))
    assert not is_own(IPv6Address("2606:2800:21f:cb07:6820:80da:af6b:8b2c"))


async def test_a_name_of_this_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("todo.runtime.url_guard.is_own", lambda address: str(address) == PUBLIC)
    with pytest.raises(AddressRefused, match="this server itself"):
        await resolve("todo.example.com", 443, FakeResolver([PUBLIC]))
    assert await resolve("todo.example.com", 443, FakeResolver([PUBLIC]), allow_private=True)
