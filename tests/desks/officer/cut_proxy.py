"""A TLS door in front of the live server that can be shut, or cut a request in its middle."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from guomen.site.certificate import local_certificate

_CHUNK = 65_536
# Tells for the head of a request how many bytes of the whole pass; None lets everything through.
Cut = Callable[[bytes], int | None]


class CutProxy:
    """Speaks https to the browser and http to the server; one request a connection."""

    def __init__(self, folder: Path, target: tuple[str, int]) -> None:
        self.target = target
        self.shut = False
        self.cut: Cut | None = None
        self.swallow: Cut | None = None  # the request passes, the answer is lost
        self.cuts = 0
        certificate, key = local_certificate(folder)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        self.door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.door.getsockname()[1])
        self.url = f"https://127.0.0.1:{self.port}"

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client:
            if self.shut:
                return
            client.settimeout(30)
            with (
                suppress(OSError, ssl.SSLError),
                self.tls.wrap_socket(client, server_side=True) as safe,
            ):
                self._relay(safe)

    def _relay(self, browser: ssl.SSLSocket) -> None:
        head, rest = self._head(browser)
        if not head:
            return
        length = _length(head)
        here, there = f"127.0.0.1:{self.port}", f"{self.target[0]}:{self.target[1]}"
        plain = head.replace(f"https://{here}".encode(), f"http://{there}".encode())
        plain = plain.replace(f"Host: {here}".encode(), f"Host: {there}".encode())
        plain = plain.replace(b"Connection: keep-alive", b"Connection: close")
        most = self.cut(head) if self.cut else None
        lose = self.swallow(head) is not None if self.swallow else False
        with socket.create_connection(self.target, timeout=30) as server:
            passed = 0
            server.sendall(plain)
            while passed < length or rest:
                part = rest or browser.recv(_CHUNK)
                rest = b""
                if not part:
                    return
                passed += len(part)
                if most is not None and passed >= most:
                    # The cable is pulled: the server never sees the end, the browser no answer.
                    server.sendall(part[: max(0, most - (passed - len(part)))])
                    self.cuts += 1
                    return
                server.sendall(part)
            while answer := server.recv(_CHUNK):
                if lose:
                    continue
                browser.sendall(answer)
            self.cuts += lose

    @staticmethod
    def _head(browser: ssl.SSLSocket) -> tuple[bytes, bytes]:
        read = b""
        while b"\r\n\r\n" not in read:
            part = browser.recv(_CHUNK)
            if not part:
                return b"", b""
            read += part
        head, _, rest = read.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n", rest


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


@contextmanager
def cut_proxy(folder: Path, target: tuple[str, int]) -> Iterator[CutProxy]:
    """Serve such a door until the block ends."""
    proxy = CutProxy(folder, target)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.door.close()
