"""A sealed process can open nothing, and the one that reads foreign files is sealed."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from koa_desktop.loading import reader, reading_process
from koa_desktop.system.paths import SAMPLES

ROOT = Path(__file__).parents[2]
_ATTEMPTS = """
import json, os, resource, socket, sys
from koa_desktop.system import confinement

ours, theirs = socket.socketpair()
done = {"sealed": len(sys.argv) > 2 and confinement.seal()}
attempts = {
    "read a file": lambda: open("/proc/version").close(),
    "write a file": lambda: open(sys.argv[1] + "/new", "w").close(),
    "list a folder": lambda: os.listdir("/"),
    "remove a file": lambda: os.remove(sys.argv[1] + "/old"),
    "look at a file": lambda: os.stat("/proc/version"),
    "make a link": lambda: os.symlink("/", sys.argv[1] + "/link"),
    "internet socket": lambda: socket.socket().close(),
    "local socket": lambda: socket.socket(socket.AF_UNIX).close(),
    "send to a socket": lambda: socket.send_fds(ours, [b"x"], [0]),
    "start a process": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "fork": lambda: os.fork() or os._exit(0),
    "signal a process": lambda: os.kill(os.getppid(), 0),
    "limit a process": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE),
    "use what is open": lambda: (ours.fileno(), os.close(os.dup(1)), bytearray(50_000_000)),
}
for name, attempt in attempts.items():
    try:
        attempt()
        done[name] = True
    except PermissionError:
        done[name] = False
print(json.dumps(done), flush=True)
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="filters on Linux, x86-64"
)


def attempted(folder: Path, *arguments: str) -> dict[str, bool]:
    """Return which of the attempts succeed in a process of its own."""
    folder.mkdir()
    (folder / "old").touch()
    done = subprocess.run(
        [sys.executable, "-c", _ATTEMPTS, str(folder), *arguments],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.requirement("R10")
def test_a_sealed_process_uses_what_is_open_and_nothing_else(tmp_path: Path) -> None:
    free = attempted(tmp_path / "free")
    assert [name for name, succeeded in free.items() if not succeeded] == ["sealed"]
    sealed = attempted(tmp_path / "sealed", "seal")
    assert [name for name, succeeded in sealed.items() if succeeded] == [
        "sealed",
        "use what is open",
    ]
    assert [path.name for path in (tmp_path / "sealed").iterdir()] == ["old"]


def test_the_reading_process_is_sealed_before_it_reads(
    only_process: reading_process.ReadingProcess,
) -> None:
    status = Path(f"/proc/{only_process.process.pid}/status").read_text()
    assert "Seccomp:\t2\n" in status
    assert reader.read(SAMPLES / "bilateral.dcm").width
