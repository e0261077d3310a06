"""A block of memory that two processes see. It has no name that could outlive them."""

from __future__ import annotations

import mmap
import os
import secrets
import sys
from multiprocessing.connection import Connection

_MEGABYTE = 2**20
_KEPT_BYTES = 64 * _MEGABYTE  # larger memory is freed after its use


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
        """Return a new block of `size` bytes, at least 1, all zero. Raises MemoryError."""
        try:
            if sys.platform == "win32":
                name = f"koa-desktop-{secrets.token_hex(16)}"
                return cls(mmap.mmap(-1, size, tagname=name), name=name)
            handle = _nameless_file(size)
            try:
                return cls(mmap.mmap(handle, size), handle)
            except BaseException:
                os.close(handle)
                raise
        except OSError as error:
            raise MemoryError from error

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


class GivingEnd:
    """A block that goes to another process again and again, and is replaced by a larger one.

    To fill new memory that is shared takes the system ten times as long as to copy it.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._block: SharedBlock | None = None
        self._is_new = False

    def of_size(self, size: int) -> mmap.mmap:
        """Return memory of `size` bytes or more, with any content. Raises MemoryError."""
        if self._block is None or len(self._block.memory) < size:
            self.close()
            self._block = SharedBlock.of_size(-(-size // _MEGABYTE) * _MEGABYTE)
            self._is_new = True
        return self._block.memory

    def hand_over(self) -> None:
        """Let the other end have the memory. Raises OSError."""
        if self._block is not None:
            new_size = len(self._block.memory) if self._is_new else 0
            self._pipe.send_bytes(new_size.to_bytes(8, "little"))
            if new_size:
                self._block.hand_over(self._pipe)
            self._is_new = False

    def trim(self) -> None:
        """Free large memory, when the other end has finished with it and no view of it is left."""
        if self._block is not None and len(self._block.memory) > _KEPT_BYTES:
            self.close()

    def close(self) -> None:
        """Free the memory here."""
        if self._block is not None:
            self._block.close()
            self._block = None


class TakingEnd:
    """The end of a `GivingEnd` in the other process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._block: SharedBlock | None = None

    def memory(self) -> mmap.mmap:
        """Return the memory that is handed over. Raises EOFError, OSError or ValueError."""
        new_size = int.from_bytes(self._pipe.recv_bytes(), "little")
        if new_size or self._block is None:
            self._block = None
            self._block = SharedBlock.taken(self._pipe, new_size)
        return self._block.memory

    def trim(self) -> None:
        """Free large memory, as the other end does, once no view of it is left."""
        if self._block is not None and len(self._block.memory) > _KEPT_BYTES:
            self._block = None

    def close(self) -> None:
        """Free the memory here, once no view of it is left."""
        self._block = None


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
