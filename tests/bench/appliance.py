#!/usr/bin/env python3
"""Measures the running product against the simulator in a process of its own.

Prints memory, processor share, requests per cycle and minute, bytes per live client, the latency of
/api/state and the time from a sample to the mail about it, each beside its budget (DESIGN: small,
gentle, light). Needs the release binaries; `--debug` takes those of a debug build, whose requests and
mails are the same.
"""

import argparse
import base64
import json
import os
import queue
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from crowd import Crowd, throughput

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TARGET /= "debug" if "--debug" in sys.argv else "release"
TOKEN = "bench-token-0123456789"
TICKS = os.sysconf("SC_CLK_TCK")


def start_simulator(nodes: int, guests: int) -> tuple[subprocess.Popen, dict]:
    child = subprocess.Popen(
        [TARGET / "simulator", "--nodes", str(nodes), "--guests", str(guests)],
        stdout=subprocess.PIPE, text=True,
    )
    text = ""
    for line in child.stdout:
        text += line
        if line.rstrip() == "}":
            break
    return child, json.loads(text)


class Mailbox:
    """A mail server that takes everything and notes when the end of each mail came."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mails: queue.Queue[tuple[float, bytes]] = queue.Queue()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 bench\r\n")
            for line in lines:
                verb = line[:4].upper()
                if verb == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    mail = b"".join(iter(lambda: lines.readline(), b".\r\n"))
                    self.mails.put((time.perf_counter(), mail))
                connection.sendall(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")


def start_product(
    world: dict, directory: Path, mailbox: Mailbox
) -> tuple[subprocess.Popen, str, float]:
    token = next(t for t in world["tokens"] if t["role"] == "auditor")
    config = directory / "homepulse.toml"
    config.write_text(
        "[[targets]]\n"
        f"name = 'lab'\naddress = '{world['url']}'\ntoken_id = '{token['id']}'\n"
        f"token_secret = '{token['secret']}'\nfingerprint = '{world['nodes'][0]['fingerprint']}'\n"
        "[[channels]]\nname = 'mail'\nkind = 'email'\n[channels.config]\nhost = '127.0.0.1'\n"
        f"port = {mailbox.port}\nsecurity = 'none'\nfrom = 'bench@example.org'\n"
        "to = ['you@example.org']\n"
    )
    began = time.monotonic()
    child = subprocess.Popen(
        [TARGET / "homepulse", "--log", "warn", "serve", "--listen", "127.0.0.1:0",
         "--config", config, "--data-dir", directory / "state"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "API_TOKEN": TOKEN},
    )
    url = child.stdout.readline().strip()
    with ask(url, "api/health") as answer:
        answer.read()
    return child, url, time.monotonic() - began


def ask(url: str, path: str):
    request = urllib.request.Request(url + path, headers={"X-API-Token": TOKEN})
    return urllib.request.urlopen(request, timeout=10)


def get(url: str, path: str):
    with ask(url, path) as answer:
        return json.loads(answer.read())


def rss(pid: int) -> tuple[float, float]:
    """Resident memory and its peak, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    pick = lambda key: int(re.search(rf"{key}:\s+(\d+)", status).group(1)) / 1024
    return pick("VmRSS"), pick("VmHWM")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def written(pid: int) -> int:
    return int(re.search(r"write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text()).group(1))


class Live:
    """A WebSocket client that only counts."""

    def __init__(self, url: str):
        host, port = url.split("//")[1].rstrip("/").split(":")
        self.socket = socket.create_connection((host, int(port)))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ws?token={TOKEN} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: homepulse.v1\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)
        assert b" 101 " in head, head

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def frame(self) -> tuple[int, bytes]:
        """Bytes on the wire and the payload of one frame."""
        first, second = self._exactly(2)
        length, extra = second & 127, 0
        if length == 126:
            length, extra = int.from_bytes(self._exactly(2)), 2
        elif length == 127:
            length, extra = int.from_bytes(self._exactly(8)), 8
        return 2 + extra + length, self._exactly(length) if first & 15 else b""


def measure_live(url: str, ticks: int) -> tuple[int, float]:
    """Bytes of the full frame, and of a tick on average."""
    live = Live(url)
    size, payload = live.frame()
    assert b'"full"' in payload[:200], payload[:200]
    sizes = []
    while len(sizes) < ticks:
        bytes_, payload = live.frame()
        if b'"delta"' in payload[:200]:
            sizes.append(bytes_)
    return size, statistics.mean(sizes)


def latency(url: str, path: str, rounds: int) -> tuple[float, float, int]:
    times, size = [], 0
    for _ in range(rounds):
        began = time.perf_counter()
        with ask(url, path) as answer:
            size = len(answer.read())
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)], size


def row(what: str, value: str, budget: str) -> None:
    print(f"  {what:<44} {value:>16}   {budget}")


def send(url: str, path: str, verb: str, body: bytes, token: str = TOKEN) -> None:
    headers = {"X-API-Token": TOKEN, "Authorization": f"Token {token}"}
    if verb != "POST":
        headers = {"X-API-Token": TOKEN, "Content-Type": "application/json"}
    request = urllib.request.Request(url + path, data=body, headers=headers, method=verb)
    urllib.request.urlopen(request, timeout=10).close()


def hand_over(url: str, mailbox: Mailbox, rounds: int = 5) -> float:
    """Milliseconds from handing in a sample beyond its limit to the end of the mail about it."""
    target = get(url, "api/hp/targets")["targets"][0]["id"]
    token = get(url, f"api/hp/targets/{target}/push-setup?address=http://127.0.0.1")["token"]
    level = {"metrics": {"bench.heat": {"warning": {"raise": 30, "clear": 25, "dwell_seconds": 0}}}}
    send(url, "api/hp/rules/levels/kind/pushed", "PUT", json.dumps(level).encode())
    # Nothing is gathered: each mail is the first one after a calm time.
    routing = {"default": {"group_seconds": 0}}
    send(url, "api/hp/routing", "PUT", json.dumps(routing).encode())
    times = []
    for number in range(rounds):
        line = f"bench,host=room{number} heat=31".encode()
        began = time.perf_counter()
        send(url, "api/v2/write?bucket=x&org=y", "POST", line, token)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            arrived, mail = mailbox.mails.get(timeout=20)
            if f"room{number}".encode() in mail:
                times.append((arrived - began) * 1000)
                break
    return max(times)


def run(nodes: int, guests: int, seconds: int) -> None:
    print(f"\n{nodes} nodes, {guests} guests, {seconds} s")
    simulator, world = start_simulator(nodes, guests)
    try:
        with tempfile.TemporaryDirectory() as directory:
            mailbox = Mailbox()
            product, url, took = start_product(world, Path(directory), mailbox)
            try:
                report(product.pid, url, took, guests, seconds)
                slowest = hand_over(url, mailbox)
                row("sample to mail, slowest of 5", f"{slowest:.0f} ms", "1000 ms")
            finally:
                product.terminate()
                product.wait()
    finally:
        simulator.terminate()
        simulator.wait()


def report(pid: int, url: str, took: float, guests: int, seconds: int) -> None:
    row("start to first answer (empty)", f"{took * 1000:.0f} ms", "150 ms with a year of data")
    deadline = time.monotonic() + 60
    while len(get(url, "api/state")["nodes"]) == 0 and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(100)  # the first looks read more, and the first commit registers every series
    cpu, wrote, began = cpu_seconds(pid), written(pid), time.monotonic()
    cycles, minutes = [], []
    while time.monotonic() - began < seconds:
        time.sleep(5)
        target = get(url, "api/hp/targets")["targets"][0]
        cycles.append(target["requests_last_cycle"])
        minutes.append(target["requests_last_minute"])
    span = time.monotonic() - began
    share = (cpu_seconds(pid) - cpu) / span * 100
    per_day = (written(pid) - wrote) / span * 86400 / 1e6
    now, peak = rss(pid)
    budget = "20 MB" if guests <= 100 else "40 MB at 1,000"
    row("resident memory / peak", f"{now:.1f} / {peak:.1f} MB", budget)
    row("processor share of one core", f"{share:.2f} %", "0.3 % at 500 guests")
    row("written per day at this rate", f"{per_day:.0f} MB", "50 MB at 100 guests")
    target = get(url, "api/hp/targets")["targets"][0]
    row("requests per cycle, most", str(max(cycles)), "3")
    row("requests per minute in all, mean / most",
        f"{statistics.mean(minutes):.0f} / {max(minutes)}", "60 at 10 nodes/500 guests")
    for endpoint in get(url, "api/hp/diagnostics")["targets"][0]["by_endpoint"][:5]:
        row(f"  {endpoint['endpoint']}", str(endpoint["last_minute"]), "")
    row("a look takes", f"{target['look_ms']} ms", "")
    full, tick = measure_live(url, 3)
    row("live: full frame", f"{full / 1000:.1f} kB", "")
    row("live: per client and tick", f"{tick / 1000:.1f} kB", "Pulse 4.4: 368 kB at 500")
    for path in ("api/state", "api/hp/fleet"):
        middle, worst, size = latency(url, path, 100)
        row(f"/{path} p50 / p99", f"{middle:.1f} / {worst:.1f} ms", f"{size / 1000:.0f} kB")
    rate, middle, worst, failed = throughput(url, "api/state", TOKEN, connections=4, seconds=5)
    row("/api/state over 4 connections", f"{rate:.0f} /s", f"p50 / p99 {middle:.1f} / {worst:.1f} ms")
    assert failed == 0, f"{failed} requests failed"
    cpu, began = cpu_seconds(pid), time.monotonic()
    with Crowd(lambda: Live(url), 100) as crowd:
        time.sleep(35)
        assert all(crowd.bytes), "a live client got nothing"
        now, peak = rss(pid)
    share = (cpu_seconds(pid) - cpu) / (time.monotonic() - began) * 100
    row("resident memory / peak with 100 live clients", f"{now:.1f} / {peak:.1f} MB", "")
    row("processor share with 100 live clients", f"{share:.2f} %", "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=180, help="how long to measure each size")
    parser.add_argument("--size", action="append", metavar="NODES:GUESTS")
    parser.add_argument("--debug", action="store_true", help="take the binaries of a debug build")
    arguments = parser.parse_args()
    for size in arguments.size or ["5:100", "10:500"]:
        nodes, guests = map(int, size.split(":"))
        run(nodes, guests, arguments.seconds)
    binary = (TARGET / "homepulse").stat().st_size
    print()
    row("binary", f"{binary / 1e6:.1f} MB", "20 MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
