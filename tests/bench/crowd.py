"""What many clients at once cost the running product."""

import http.client
import threading
import time
from urllib.parse import urlsplit


class Asker(threading.Thread):
    """Asks one path over one connection until the deadline."""

    def __init__(self, url: str, path: str, token: str, deadline: float):
        super().__init__(daemon=True)
        self.url, self.path, self.token, self.deadline = urlsplit(url), path, token, deadline
        self.times: list[float] = []
        self.failed = 0

    def run(self) -> None:
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=10)
        while time.monotonic() < self.deadline:
            began = time.perf_counter()
            connection.request("GET", self.url.path + self.path, headers={"X-API-Token": self.token})
            answer = connection.getresponse()
            answer.read()
            self.times.append((time.perf_counter() - began) * 1000)
            self.failed += answer.status != 200
        connection.close()


def throughput(url: str, path: str, token: str, connections: int, seconds: float):
    """Requests per second over so many connections, their p50 and p99 in ms, and failures."""
    began = time.monotonic()
    askers = [Asker(url, path, token, began + seconds) for _ in range(connections)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    span = time.monotonic() - began
    times = sorted(time for asker in askers for time in asker.times)
    middle, worst = times[len(times) // 2], times[int(len(times) * 0.99)]
    return len(times) / span, middle, worst, sum(asker.failed for asker in askers)


class Crowd:
    """Live clients that read whatever comes, for as long as the block lasts."""

    def __init__(self, connect, count: int):
        self.clients = [connect() for _ in range(count)]
        self.bytes = [0] * count
        self.threads = [
            threading.Thread(target=self._read, args=(place,), daemon=True) for place in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def _read(self, place: int) -> None:
        try:
            while data := self.clients[place].socket.recv(1 << 16):
                self.bytes[place] += len(data)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.socket.close()
