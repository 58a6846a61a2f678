"""Where a request comes from, as a person recognises it: the browser and the address."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Final

from fastapi import Depends, Request

# In this order: the browsers further down name themselves like those above, and every one of them names Mozilla.
_BROWSERS: Final = (
    ("Edge", r"\bEdgA?(iOS)?/"),
    ("Opera", r"\bOPR/|\bOpera\b"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"Chrome/|\bChromium/|\bCriOS/"),
    ("Safari", r"\bSafari/"),
    ("curl", r"^curl/"),
)
_SYSTEMS: Final = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMacintosh\b|\bMac OS X\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b|\bX11\b"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    # Empty if unknown.
    address: str
    # Such as "Firefox on Windows": words of ours only, so that no text of a stranger reaches a mail.
    device: str


def device_words(user_agent: str) -> str:
    browser = _first(_BROWSERS, user_agent) or "A program"
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(kinds: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, pattern in kinds if re.search(pattern, user_agent)), None)


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def is_from_this_machine(address: str) -> bool:
    """The server that renders the pages asks from here, in the name of a browser elsewhere."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


async def _visit(request: Request) -> Visit:
    return Visit(address_of(request), device_words(request.headers.get("user-agent", "")))


CurrentVisit = Annotated[Visit, Depends(_visit)]
