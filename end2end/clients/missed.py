"""Tests the bot of docs/protocol.md: it answers each message that was sent while it was away.

Run by `check`: the arguments are the server's program and the bot.
"""

import asyncio
import json
import signal
import socket
import subprocess
import sys

import httpx
import websockets

PASSWORD = "a password of the documented bot"
MISSED = 600  # more than one answer to `subscribe` holds
PER_USER = 30  # as many as one user may send at once
program, bot_source = sys.argv[1:]


def start_server(address):
    """Starts the server, and returns it and its address once it serves."""
    server = subprocess.Popen(
        [program, "serve", "--leptos-site-addr", address, "--data-dir", "bot-data"],
        stdout=open("bot-log", "ab"),
        stderr=subprocess.STDOUT,
    )
    while server.poll() is None:
        try:
            httpx.get(f"http://{address}/readyz").raise_for_status()
            return server
        except httpx.HTTPError:
            pass
    sys.exit(open("bot-log").read())


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"127.0.0.1:{listening.getsockname()[1]}"


def post(address, path, body, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.post(f"http://{address}{path}", json=body, headers=headers).raise_for_status()


def register(address, username, invite=None):
    account = {"username": username, "password": PASSWORD, "invite": invite}
    return post(address, "/api/auth/register", account).json()["token"]


def connect(address, token):
    headers = {"Authorization": f"Bearer {token}"}
    return websockets.connect(f"ws://{address}/ws/general", additional_headers=headers)


async def send(address, token, texts):
    """Sends messages and waits until all are stored."""
    waiting = set()
    async with connect(address, token) as connection:
        for number, text in enumerate(texts):
            waiting.add(str(number))
            chat = {"type": "chat", "payload": {"text": text}, "request_id": str(number)}
            await connection.send(json.dumps(chat))
        while waiting:
            message = json.loads(await connection.recv())
            assert message["type"] != "error", message
            waiting.discard(message["request_id"])


async def answers(reader, expected):
    """Reads until all these texts have been answered, and checks that none is answered twice."""
    missing = {f"You said: {text}" for text in expected}
    while missing:
        message = json.loads(await reader.recv())
        text = message["payload"].get("text", "") if message["type"] == "chat" else ""
        if text.startswith("You said: "):
            assert text in missing, f"answered twice: {text}"
            missing.discard(text)


async def run(address):
    server = start_server(address)
    bot = None
    try:
        owner = register(address, "ada")
        code = post(address, "/api/invites", {"uses": 100}, owner).json()["invite"]
        users = [register(address, f"user-{n}", code) for n in range(MISSED // PER_USER)]
        token = register(address, "echo-bot", code)
        source = open(bot_source).read()
        assert "localhost:3000" in source, "the bot of the documentation has changed"
        open("bot_here.py", "w").write(source.replace("localhost:3000", address))

        async with connect(address, owner) as reader:
            bot = subprocess.Popen([sys.executable, "bot_here.py", token])
            while json.loads(await reader.recv())["payload"].get("user", {}).get(
                "username"
            ) != "echo-bot":
                pass
            await send(address, owner, ["before"])
            await answers(reader, ["before"])

        bot.send_signal(signal.SIGSTOP)
        server.terminate()
        server.wait()
        server = start_server(address)
        texts = [[f"{n}/{i}" for i in range(PER_USER)] for n in range(len(users))]
        for user, its in zip(users, texts):
            await send(address, user, its)
        async with connect(address, owner) as reader:
            bot.send_signal(signal.SIGCONT)
            await answers(reader, [text for its in texts for text in its])
            await send(address, owner, ["after"])
            await answers(reader, ["after"])
        print("The documented bot: 1 passed, 0 failed")
    finally:
        for process in filter(None, (bot, server)):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


asyncio.run(asyncio.wait_for(run(free_address()), 240))
