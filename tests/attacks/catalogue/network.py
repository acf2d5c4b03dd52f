"""Reaching anybody: other machines, and other processes of this one."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.seen import heard

KIND = "network and sockets"

ATTACKS = (
    Attack(
        "TCP",
        KIND,
        heard,
        fit="socket.create_connection(('127.0.0.1', T.tcp)).sendall(T.token.encode())",
    ),
    Attack(
        "TCP over IPv6",
        KIND,
        heard,
        needs="tcp6",
        fit="socket.create_connection(('::1', T.tcp6)).sendall(T.token.encode())",
    ),
    Attack(
        "TCP without connect (fast open)",
        KIND,
        heard,
        fit="""
        s = socket.socket()
        s.sendto(T.token.encode(), 0x20000000, ("127.0.0.1", T.tcp))
        """,
    ),
    Attack(
        "TCP on several paths",
        KIND,
        heard,
        needs="tcp_paths",
        fit="""
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
        s.connect(("127.0.0.1", T.tcp))
        s.sendall(T.token.encode())
        """,
    ),
    Attack(
        "TCP by a program that is started",
        KIND,
        heard,
        fit="""
        code = f"import socket; s = socket.create_connection(('127.0.0.1', {T.tcp}))"
        code += f"; s.sendall({T.token!r}.encode())"
        subprocess.run([sys.executable, "-S", "-c", code], check=False)
        """,
    ),
    Attack(
        "UDP",
        KIND,
        heard,
        fit="""
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(T.token.encode(), ("127.0.0.1", T.udp))
        """,
    ),
    Attack(
        "UDP, many messages in one call",
        KIND,
        heard,
        fit="""
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendmsg([T.token.encode()], [], 0, ("127.0.0.1", T.udp))
        """,
    ),
    Attack(
        "unix socket with a path",
        KIND,
        heard,
        fit="""
        s = socket.socket(socket.AF_UNIX)
        s.connect(T.unix)
        s.sendall(T.token.encode())
        """,
    ),
    Attack(
        "unix socket with a path, datagrams",
        KIND,
        heard,
        fit="""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.sendto(T.token.encode(), T.unix_datagram)
        """,
    ),
    Attack(
        "unix socket with a path, from half of a pair",
        KIND,
        heard,
        fit="""
        s, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.sendto(T.token.encode(), T.unix_datagram)
        """,
    ),
    Attack(
        "abstract unix socket",
        KIND,
        heard,
        fit="""
        s = socket.socket(socket.AF_UNIX)
        s.connect("\\0" + T.abstract)
        s.sendall(T.token.encode())
        """,
    ),
    Attack(
        "abstract unix socket, datagrams",
        KIND,
        heard,
        fit="""
        s, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.sendmsg([T.token.encode()], [], 0, "\\0" + T.abstract_datagram)
        """,
    ),
    Attack(
        "netlink",
        KIND,
        heard,
        needs="netlink",
        fit="""
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 2)
        s.sendto(T.token.encode(), (T.netlink, 0))
        """,
    ),
    Attack(
        "virtual machine socket",
        KIND,
        heard,
        needs="vsock",
        fit="""
        s = socket.socket(socket.AF_VSOCK)
        s.connect((1, T.vsock))
        s.sendall(T.token.encode())
        """,
    ),
)
