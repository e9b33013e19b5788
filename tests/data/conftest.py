"""A small Fashion-MNIST in the official format, and a server on this machine that misbehaves."""

import contextlib
import gzip
import hashlib
import http.server
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from course_lib.data import idx_files

DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # of the package dataset-fashion-mnist


def idx_bytes(values):
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    return header + values.astype(np.uint8).tobytes()


@pytest.fixture
def debian_folder() -> Path:
    if not (DEBIAN_FOLDER / "train-images-idx3-ubyte.gz").exists():
        pytest.skip("needs the Debian package dataset-fashion-mnist")
    return DEBIAN_FOLDER


@pytest.fixture
def small_set(monkeypatch) -> dict[str, np.ndarray]:
    """Arrays by official file name; 60 and 30 random images, taken for the official ones."""
    rng = np.random.default_rng(3)
    arrays = {
        "train-images-idx3-ubyte": rng.integers(0, 256, (60, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte": rng.permutation(np.arange(60) % 10).astype(np.uint8),
        "t10k-images-idx3-ubyte": rng.integers(0, 256, (30, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte": rng.permutation(np.arange(30) % 10).astype(np.uint8),
    }
    for name, values in arrays.items():
        digest = hashlib.sha256(idx_bytes(values)).hexdigest()
        monkeypatch.setitem(idx_files.CONTENT_SHA256, name, digest)
    return arrays


@pytest.fixture
def plain_files(small_set) -> dict[str, bytes]:
    """The four unpacked files of the small set by file name."""
    return {name: idx_bytes(values) for name, values in small_set.items()}


@pytest.fixture
def small_files(plain_files) -> dict[str, bytes]:
    """The four .gz files of the small set by file name."""
    return {f"{name}.gz": gzip.compress(content) for name, content in plain_files.items()}


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("COURSE_CACHE", str(folder))
    return folder


class MirrorServer:
    """Serves the files under /good/ as they are and under other names with one fault each."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.requests: list[str] = []
        self.half_sent = threading.Event()
        self.release = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                _, fault, name = self.path.split("/")
                getattr(self, f"serve_{fault}")(files[name])

            def send(self, body, length=None, status=200):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                self.wfile.write(body)

            def serve_good(self, body):
                self.send(body)

            def serve_missing(self, body):
                self.send(b"nothing here", status=404)

            def serve_page(self, body):
                self.send(b"<html>Please log in to this network</html>")

            def serve_truncated(self, body):
                self.send(body[: len(body) // 2], length=len(body))

            def serve_short(self, body):
                self.send(body[: len(body) // 2])

            def serve_corrupted(self, body):
                middle = len(body) // 2
                self.send(body[:middle] + bytes([body[middle] ^ 255]) + body[middle + 1 :])

            def serve_other(self, body):
                self.send(gzip.compress(b"\x00" + gzip.decompress(body)[1:-1] + b"\x07"))

            def serve_reset(self, body):
                self.send(body[: len(body) // 2], length=len(body))
                self.wfile.flush()
                # Zero linger: closing resets the connection instead of ending it.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()

            def serve_stalled(self, body):
                self.send(body[: len(body) // 2], length=len(body))
                self.wfile.flush()
                outer.half_sent.set()
                outer.release.wait(30)

            def serve_silent(self, body):
                outer.release.wait(30)

            def serve_endless(self, body):
                self.send_response(200)
                self.end_headers()
                for _ in range(80):
                    self.wfile.write(bytes(1 << 20))

            def log_message(self, *args):
                pass

            def handle(self):
                # The client leaves first: that is what some tests are about.
                with contextlib.suppress(OSError):
                    super().handle()

            def finish(self):
                with contextlib.suppress(OSError, ValueError):
                    super().finish()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def mirror(self, fault: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{fault}"

    def stop(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def server(small_files, monkeypatch) -> Iterator[MirrorServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = MirrorServer(small_files)
    yield running
    running.stop()
