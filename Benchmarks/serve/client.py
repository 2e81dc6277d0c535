"""A WebSocket client for `/v2/models/M/stream`, as small as the tests of the server need it: no package but Python's own."""
import json
import socket
import struct

FRAME, RESET, SNAPSHOT = 1, 2, 3
STARTS = 1
OUTPUTS, DONE, STATE, ERROR = 1, 2, 3, 4


class Streams:
    """The streams of one connection."""

    def __init__(self, port, model, name=None, token=None, timeout=30, room=None):
        """room: bytes of answers that the system keeps for it; as many as it likes for None."""
        self.socket = socket.socket()
        if room is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.received = b""
        query = f"?id={name}" if name else ""
        token = f"Authorization: Bearer {token}\r\n" if token else ""
        self.socket.sendall(
            (f"GET /v2/models/{model}/stream{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{token}"
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: c2x1aWNlLWVuZHVyZS0wMA==\r\n\r\n").encode())
        head = self.until(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise ConnectionError(head.decode(errors="replace"))
        _, opening = self.message()
        self.inputs = json.loads(opening)["inputs"]

    def frame_bytes(self):
        """Bytes of one frame."""
        count = 0
        for port in self.inputs:
            size = 4
            for extent in port["shape"]:
                size *= extent
            count += size
        return count

    def send(self, kind, stream, tag=0, body=b"", flags=0):
        self.socket.sendall(framed(struct.pack("<BBHII", kind, flags, 0, stream, tag) + body))

    def answer(self):
        """(kind, stream, tag, frames taken, body) of the next answer."""
        while True:
            opcode, message = self.message()
            if opcode == 2:
                kind, _, _, stream, tag, frames = struct.unpack_from("<BBHIIQ", message)
                return kind, stream, tag, frames, message[20:]

    def message(self):
        """The next message that is no ping; those are answered."""
        while True:
            first, second = self.take(2)
            count = second & 127
            if count >= 126:
                count = int.from_bytes(self.take(2 if count == 126 else 8), "big")
            body = self.take(count)
            opcode = first & 15
            if opcode == 8:
                raise ConnectionError(f"closed: {body!r}")
            if opcode == 9:
                self.socket.sendall(framed(body, 10))
            else:
                return opcode, body

    def take(self, count):
        while len(self.received) < count:
            self.read()
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def until(self, end):
        while end not in self.received:
            self.read()
        head, _, self.received = self.received.partition(end)
        return head

    def read(self):
        read = self.socket.recv(65536)
        if not read:
            raise ConnectionError("the server ended the connection")
        self.received += read

    def close(self):
        self.socket.close()


def framed(message, opcode=2):
    """One whole frame, with a mask of zeros."""
    count = len(message)
    if count < 126:
        size = bytes([0x80 | count])
    elif count < 65536:
        size = bytes([0x80 | 126]) + count.to_bytes(2, "big")
    else:
        size = bytes([0x80 | 127]) + count.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + size + bytes(4) + message
