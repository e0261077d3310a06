"""A block of memory that two processes see. It has no name that could outlive them."""

from __future__ import annotations

import mmap
import os
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

_MEGABYTE = 2**20


class SharedBlock:
    """Bytes that one process makes and another one takes over a pipe between them.

    The memory is freed when it is closed in both.
    """

    def __init__(self, memory: mmap.mmap, handle: int = -1, name: str = "") -> None:
        self.memory = memory
        self._handle = handle
        self._name = name

    @classmethod
    def of_size(cls, size: int) -> SharedBlock:
        """Return a new block of `size` bytes, at least 1, all zero. Raises OSError."""
        if sys.platform == "win32":
            name = f"koa-desktop-{secrets.token_hex(16)}"
            return cls(mmap.mmap(-1, size, tagname=name), name=name)
        handle = _nameless_file(size)
        try:
            return cls(mmap.mmap(handle, size), handle)
        except BaseException:
            os.close(handle)
            raise

    def hand_over(self, pipe: Connection) -> None:
        """Let the process at the pipe's other end take the block. Raises OSError."""
        if sys.platform == "win32":
            pipe.send_bytes(self._name.encode())
            return
        import socket

        with socket.fromfd(pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            socket.send_fds(channel, [b"\0"], [self._handle])

    @classmethod
    def taken(cls, pipe: Connection, size: int) -> SharedBlock:
        """Return the block of `size` bytes that the other process hands over.

        Raises EOFError, OSError or ValueError.
        """
        if sys.platform == "win32":
            name = pipe.recv_bytes().decode()
            return cls(mmap.mmap(-1, size, tagname=name), name=name)
        import socket

        with socket.fromfd(pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            _, handles, _, _ = socket.recv_fds(channel, 1, 1)
        if not handles:
            raise EOFError
        block = cls(mmap.mmap(handles[0], size), handles[0])
        block._let_go()
        return block

    def close(self) -> None:
        """Free the block here. No view of its memory may be left."""
        self._let_go()
        self.memory.close()

    def _let_go(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


_KEPT_BLOCKS = 4
_KEPT_BYTES = 64 * _MEGABYTE
_kept: list[SharedBlock] = []
_turn = threading.Lock()


@contextmanager
def lent(size: int) -> Iterator[SharedBlock]:
    """Lend a block of `size` bytes or more, with any content. Raises OSError.

    A few blocks are lent again and again: to fill new memory that is shared takes the system ten
    times as long as to copy it. A block is not used again where the body raises, for the other
    process may still write to it.
    """
    block = _free(size) or SharedBlock.of_size(-(-size // _MEGABYTE) * _MEGABYTE)
    try:
        yield block
    except BaseException:
        block.close()
        raise
    with _turn:
        if len(block.memory) <= _KEPT_BYTES and len(_kept) < _KEPT_BLOCKS:
            _kept.append(block)
            return
    block.close()


def _free(size: int) -> SharedBlock | None:
    """Return the smallest of the blocks that are free and large enough."""
    with _turn:
        fitting = [block for block in _kept if len(block.memory) >= size]
        block = min(fitting, key=lambda one: len(one.memory), default=None)
        if block is not None:
            _kept.remove(block)
        return block


def _nameless_file(size: int) -> int:
    """Return the handle of a file in memory; elsewhere than on Linux, of one without a name."""
    if hasattr(os, "memfd_create"):
        import fcntl

        handle = os.memfd_create("koa-desktop", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(handle, size)
            # The other process must not make it smaller: reading what is gone ends a process.
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(handle, fcntl.F_ADD_SEALS, seals)
        except BaseException:
            os.close(handle)
            raise
        return handle
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        return os.dup(file.fileno())
