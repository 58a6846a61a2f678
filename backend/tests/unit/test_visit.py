"""How a browser is named from its User-Agent."""

import pytest

from todo.accounts.visit import device_words, is_from_this_machine

MOZILLA = "Mozilla/5.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36",
         "Chrome on Windows"),
        (f"{MOZILLA} (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
         "Edge on Windows"),
        (f"{MOZILLA} (Linux; Android 16; K) AppleWebKit/537.36 SamsungBrowser/30.0 Chrome/150.0 Mobile",
         "Samsung Internet on Android"),
        (f"{MOZILLA} (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1",
         "Safari on iPhone"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15", "Safari on macOS"),
        ("curl/8.9.1", "curl"),
        ("<b>Reply-To: evil</b>", "A program"),
        ("", "A program"),
    ],
)  # fmt: skip
def test_a_device_is_named_in_our_words(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words


@pytest.mark.parametrize(
    ("address", "here"), [("127.0.0.1", True), ("::1", True), ("", True), ("192.0.2.7", False)]
)
def test_the_server_that_renders_the_pages_is_no_place_of_a_person(
    address: str, here: bool
) -> None:
    assert is_from_this_machine(address) is here
