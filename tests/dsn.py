"""Delivery status notifications, as mail servers write them."""


def report(
    action: str,
    status: str,
    *,
    message_id: str = "<01890000-0000-7000-8000-000000000001@joldau.example>",
    original: str = "rfc822",
) -> bytes:
    """A report as Postfix writes it, with the message that came back, or with its headers alone."""
    came_back = f"Message-ID: {message_id}\r\nSubject: x\r\n\r\n"
    kind = "message/rfc822" if original == "rfc822" else "text/rfc822-headers"
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: notices@joldau.example\r\nMessage-ID: <bounce@mail.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\nMIME-Version: 1.0\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; aigul@post.example\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\n{came_back}\r\n--b--\r\n"
    ).encode()
