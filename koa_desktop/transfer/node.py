"""The nodes of a DICOM network as they are configured. Nothing here opens a connection."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import asdict, dataclass

from koa_desktop.errors import NetworkError, NetworkReason

OWN_TITLE = "KOA_DESKTOP"
LOOPBACK = "127.0.0.1"
RECEIVING_PORT = 11112
MOST_NAME = 64
_TITLE = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}")  # AE of PS3.5 6.2: no backslash, no controls
_HOST = re.compile(r"[A-Za-z0-9_.:%-]{1,253}")


@dataclass(frozen=True, slots=True)
class Node:
    """A program of the network that takes objects: its name for the reader, title and address.

    It is asked for a storage commitment where `commitment` says so.

    Raises NetworkError where a part cannot be right.
    """

    name: str
    title: str
    host: str
    port: int
    commitment: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > MOST_NAME:
            raise NetworkError(NetworkReason.BAD_NAME)
        check_title(self.title)
        if not _HOST.fullmatch(self.host):
            raise NetworkError(NetworkReason.BAD_HOST)
        check_port(self.port)


@dataclass(frozen=True, slots=True)
class Receiving:
    """Where films are received: the program's own title, one address of this computer, a port.

    Raises NetworkError where a part cannot be right.
    """

    title: str = OWN_TITLE
    address: str = LOOPBACK
    port: int = RECEIVING_PORT

    def __post_init__(self) -> None:
        check_title(self.title)
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError as error:
            raise NetworkError(NetworkReason.BAD_ADDRESS) from error
        # That would be all of this computer's networks.
        if address.is_unspecified:
            raise NetworkError(NetworkReason.BAD_ADDRESS)
        check_port(self.port)


def check_title(title: str) -> None:
    """Raise NetworkError where a title is none that a DICOM program can have."""
    if not _TITLE.fullmatch(title) or not title.strip():
        raise NetworkError(NetworkReason.BAD_TITLE)


def check_port(port: int) -> None:
    """Raise NetworkError where a port is none."""
    if not 0 < port < 65536:
        raise NetworkError(NetworkReason.BAD_PORT)


def to_text(node: Node) -> str:
    """Return a node as a setting keeps it."""
    return json.dumps(asdict(node))


def from_texts(texts: tuple[str, ...]) -> tuple[Node, ...]:
    """Return the nodes of a setting, without those that no program wrote."""
    nodes = []
    for text in texts:
        try:
            kept = json.loads(text)
            place = kept["host"], int(kept["port"])
            asked = bool(kept.get("commitment", False))
            nodes.append(Node(kept["name"], kept["title"], *place, asked))
        except (ValueError, KeyError, TypeError, NetworkError):
            continue
    return tuple(nodes)
