"""An SMTP server without delivery: keeps messages in memory and serves them at /messages; DELETE removes them."""

import asyncio
import json
import time
from email import message_from_bytes, policy

messages: list[dict[str, object]] = []


async def smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async def say(line: str) -> None:
        writer.write(f"{line}\r\n".encode())
        await writer.drain()

    sender = ""
    recipients: list[str] = []
    await say("220 sink ESMTP")
    while line := await reader.readline():
        verb, _, rest = line.decode(errors="replace").strip().partition(" ")
        match verb.upper():
            case "EHLO":
                await say("250-sink")
                await say("250-8BITMIME")
                await say("250 SMTPUTF8")
            case "MAIL":
                sender, recipients = rest, []
                await say("250 OK")
            case "RCPT":
                recipients.append(rest.partition("<")[2].partition(">")[0])
                await say("250 OK")
            case "DATA":
                await say("354 go on")
                body = b""
                while (part := await reader.readline()) not in {b".\r\n", b""}:
                    body += part[1:] if part.startswith(b"..") else part
                mail = message_from_bytes(body, policy=policy.default)
                text = mail.get_body(("plain", "html"))
                messages.append(
                    {
                        "at": time.time(),
                        "from": sender,
                        "to": recipients,
                        "subject": str(mail["subject"]),
                        "text": text.get_content() if text else "",
                    }
                )
                await say("250 OK")
            case "QUIT":
                await say("221 bye")
                break
            case "HELO" | "RSET" | "NOOP":
                await say("250 OK")
            case _:
                await say("502 not implemented")
    writer.close()


async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = (await reader.readline()).decode(errors="replace")
    while (await reader.readline()).strip():
        pass
    if request.startswith("DELETE"):
        messages.clear()
    body = json.dumps(messages).encode()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
    writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    writer.close()


async def main() -> None:
    async with (
        await asyncio.start_server(smtp, "0.0.0.0", 1025),
        await asyncio.start_server(http, "0.0.0.0", 8025) as web,
    ):
        await web.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
