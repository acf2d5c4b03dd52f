"""Ears: one listening socket of every kind that a process on the same machine could reach."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import Any

_NETLINK_USERSOCK = 2
_VSOCK_LOCAL = 1
_MPTCP = 262


class Ears:
    """Sockets that listen and never answer.

    Parameters
    ----------
    folder : Path
        For the sockets that have a path; made.
    mark : str
        For the names of those that have a name.
    """

    def __init__(self, folder: Path, mark: str) -> None:
        folder.mkdir()
        abstract = f"rampflow-{mark}"
        self.addresses: dict[str, Any] = {
            "unix": str(folder / "stream"),
            "unix_datagram": str(folder / "datagram"),
            "abstract": abstract,
            "abstract_datagram": f"{abstract}-d",
        }
        self._listening: list[socket.socket] = []
        self._datagrams: list[socket.socket] = []
        self._listen("tcp", socket.AF_INET, ("127.0.0.1", 0))
        self._listen("tcp6", socket.AF_INET6, ("::1", 0))
        self._listen("unix", socket.AF_UNIX, self.addresses["unix"])
        self._listen("abstract", socket.AF_UNIX, f"\0{abstract}")
        self._listen("vsock", getattr(socket, "AF_VSOCK", -1), (_VSOCK_LOCAL, 0xFFFFFFFF))
        datagram = socket.SOCK_DGRAM
        self._listen("udp", socket.AF_INET, ("127.0.0.1", 0), datagram)
        self._listen("unix_datagram", socket.AF_UNIX, self.addresses["unix_datagram"], datagram)
        self._listen("abstract_datagram", socket.AF_UNIX, f"\0{abstract}-d", datagram)
        self._listen("netlink", getattr(socket, "AF_NETLINK", -1), (0, 0), datagram)
        self.addresses["tcp_paths"] = _has_tcp_of_several_paths()
        if not _reaches_itself(self.addresses["vsock"]):
            self.addresses["vsock"] = 0

    def _listen(self, name: str, family: int, address: Any, kind: int = socket.SOCK_STREAM) -> None:
        """Open a socket; its address is 0 where this machine has no such family."""
        try:
            protocol = _NETLINK_USERSOCK if name == "netlink" else 0
            ear = socket.socket(family, kind, protocol)
            ear.bind(address)
        except OSError:
            self.addresses[name] = 0
            return
        ear.setblocking(False)
        if kind == socket.SOCK_STREAM:
            ear.listen(16)
            self._listening.append(ear)
        else:
            self._datagrams.append(ear)
        if name not in self.addresses:
            found = ear.getsockname()
            self.addresses[name] = found[0] if name == "netlink" else found[1]

    def heard(self) -> bytes:
        """Return everything that was sent since the last time."""
        found = b""
        for ear in self._listening:
            with contextlib.suppress(BlockingIOError):
                while True:
                    connection, _ = ear.accept()
                    connection.settimeout(0.2)
                    with connection, contextlib.suppress(OSError):
                        found += connection.recv(1000)
        for ear in self._datagrams:
            with contextlib.suppress(BlockingIOError):
                while True:
                    found += ear.recv(1000)
        return found

    def close(self) -> None:
        """Close all."""
        for ear in (*self._listening, *self._datagrams):
            ear.close()
        for name in ("unix", "unix_datagram"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.addresses[name])


def _has_tcp_of_several_paths() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, _MPTCP).close()
    except OSError:
        return False
    return True


def _reaches_itself(port: int) -> bool:
    """Return whether a virtual machine socket can be reached from the machine that it is on."""
    if not port:
        return False
    with socket.socket(socket.AF_VSOCK) as asking:
        asking.settimeout(0.2)
        return asking.connect_ex((_VSOCK_LOCAL, port)) == 0
