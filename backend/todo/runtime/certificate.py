"""Watches when the certificate of the public address expires."""

import asyncio
import ssl
from urllib.parse import urlsplit

from cryptography.x509 import load_der_x509_certificate

from todo.runtime import metrics
from todo.runtime.context import Context
from todo.runtime.observe import log

_EVERY_SECONDS = 3600


async def watch_certificate(context: Context) -> None:
    """Background task of todo-backend. An expired certificate is read as well: nothing is verified or sent."""
    address = urlsplit(context.settings.public_url or "")
    if context.settings.metrics_port is None or address.scheme != "https" or not address.hostname:
        return
    while True:
        try:
            expires = await expiry(address.hostname, address.port or 443)
            metrics.certificate_expires.set(expires)
        except (OSError, TimeoutError) as error:
            log.warning("the certificate of the public address was not read", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)


async def expiry(host: str, port: int) -> float:
    """The Unix time at which the certificate that `host` presents expires."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with asyncio.timeout(10):
        _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    try:
        presented = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
    return load_der_x509_certificate(presented).not_valid_after_utc.timestamp()
