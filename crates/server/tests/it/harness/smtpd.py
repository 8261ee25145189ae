"""A mail server for tests. Its first line on stdout is its port, every further one a message as JSON. What it answers is set
by lines of JSON on stdin; it ends with stdin."""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

settings = json.loads(sys.argv[1])
answers = {}


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if refused := answers.get("rcpt", {}).get(address):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = {
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "content": envelope.content.decode(),
            "hello": session.host_name,
            "user": session.auth_data,
        }
        print(json.dumps(message), flush=True)
        await asyncio.sleep(answers.get("delay", 0))
        return answers.get("data", "250 OK")


def authenticated(server, session, envelope, mechanism, data):
    user, password = data.login.decode(), data.password.decode()
    success = (user, password) == (settings["user"], settings["password"])
    return AuthResult(success=success, handled=False, auth_data=user)


async def main():
    loop = asyncio.get_running_loop()
    kind, context = settings.get("tls"), None
    if kind:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings["cert"], settings["key"])
    options = {"enable_SMTPUTF8": True}
    if kind == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if "user" in settings:
        options |= {"authenticator": authenticated, "auth_required": True, "auth_require_tls": kind == "starttls"}
    implicit = context if kind == "tls" else None
    server = await loop.create_server(
        lambda: SMTP(Handler(), **options), "127.0.0.1", settings.get("port", 0), ssl=implicit
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        answers.clear()
        answers.update(json.loads(line))
        print(json.dumps({"set": True}), flush=True)


asyncio.run(main())
