"""What the tests with real programs have in common: a temporary home, pages that are followed, waiting, stopping.

A page of docs/integration is followed block by block: its ```sh blocks run one after the other in one shell, as somebody would
type them. The page sets its variables with `: "${NAME:=default}"`, so that a test sets them first; between two blocks the test
plays the person or the phone. A page that cannot be followed any more is a test that fails.
"""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGES = ROOT / "docs" / "integration"
JOINING = PAGES / "bin"
BIN = pathlib.Path(os.environ.get("CARDSRV_BIN", ROOT / "build" / "release" / "bin")).resolve()
TOOLS = ("register", "import", "match", "pull", "rebind", "store")
PATIENCE_S = int(os.environ.get("CARDSRV_PATIENCE_S", "60"))

# The loop that runs a page: names of files come on descriptor 3, a line goes out on 4 after each.
FOLLOW = """
set -euo pipefail
while IFS= read -r -u 3 block; do
  . "$block" >"$block.out" 2>"$block.err" </dev/null 3<&- 4>&-
  echo done >&4
done
"""


def wait_for(what, condition, seconds=PATIENCE_S):
    """Waits until `condition` gives something true, and returns that. For other programs' work; a test fails after a while."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)
    return answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan of ours that nobody has waited for yet is no more.
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Peer(unittest.TestCase):
    """A test with programs of others. PROGRAMS: what has to be installed; it is told, and the test fails, if one is not."""

    PROGRAMS = ()
    maxDiff = None

    def setUp(self):
        missing = [name for name in self.PROGRAMS if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")]
        if missing:
            self.fail(f"not installed: {', '.join(missing)} (scripts/install-deps --tests); nothing was tested")
        absent = [f"cardsrv-{tool}" for tool in TOOLS if not (BIN / f"cardsrv-{tool}").exists()]
        if absent:
            self.fail(f"not built in {BIN}: {', '.join(absent)}")
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="cardsrv-interop-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("CARDSRV_", "XDG_", "PYTHON"))} | {
            "PATH": f"{BIN}:{JOINING}:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "CARDSRV_STORE": str(self.home / "store.db"),
        }

    def run_tool(self, *command, stdin="", codes=(0,)):
        """Runs a command in the home; its standard output. Ends the test where it ends otherwise than with `codes`."""
        done = subprocess.run([str(part) for part in command], input=stdin.encode(), env=self.environment, cwd=self.home,
                              capture_output=True, check=False, timeout=PATIENCE_S)
        self.assertIn(done.returncode, codes, f"{command}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode()

    def answers(self, *command, stdin="", codes=(0,)):
        return [json.loads(line) for line in self.run_tool(*command, "--json", stdin=stdin, codes=codes).splitlines()]

    def answer(self, *command, stdin="", codes=(0,)):
        lines = self.answers(*command, stdin=stdin, codes=codes)
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def stop_by_pidfile(self, path):
        """Ends the daemon of a test that left its process id in `path`, and waits until it is gone."""
        try:
            pid = int(pathlib.Path(path).read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        # A number that was used again is somebody else's: only what runs in this home is ours.
        try:
            ours = str(self.home).encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            return
        if not ours:
            return
        os.kill(pid, signal.SIGTERM)
        try:
            wait_for(f"the end of process {pid}", lambda: not alive(pid), 10)
        except AssertionError:
            os.kill(pid, signal.SIGKILL)

    def follow(self, page, variables):
        return Followed(self, PAGES / page, variables)


class Followed:
    """A page that is being followed. Use as a context manager; at its end no block may be left."""

    def __init__(self, test, path, variables):
        self.test, self.path = test, path
        text = path.read_text(encoding="utf-8")
        # The heading that a block stands under, and the block.
        self.blocks, heading = [], ""
        for found in re.finditer(r"(?ms)^#+ (?P<heading>[^\n]+)$|^```sh\n(?P<block>.*?)^```$", text):
            if found["heading"]:
                heading = found["heading"]
            else:
                self.blocks.append((heading, found["block"]))
        self.next = 0
        self.environment = test.environment | {name: str(value) for name, value in variables.items()}
        unknown = [name for name in variables if f"${{{name}:=" not in text and f"${{{name}:-" not in text]
        test.assertEqual(unknown, [], f"{path.name} has no such variable")

    def __enter__(self):
        names, done = os.pipe(), os.pipe()
        self.names, self.done = os.fdopen(names[1], "w"), os.fdopen(done[0])
        script = f"exec 3<&{names[0]}- 4>&{done[1]}-\n{FOLLOW}"
        self.shell = subprocess.Popen(["bash", "-c", script], env=self.environment, cwd=self.test.home,
                                      stdin=subprocess.DEVNULL, pass_fds=(names[0], done[1]))
        os.close(names[0])
        os.close(done[1])
        return self

    def __exit__(self, kind, error, trace):
        self.names.close()
        try:
            self.shell.wait(10)
        except subprocess.TimeoutExpired:
            self.shell.kill()
            self.shell.wait()
        self.done.close()
        if kind is None:
            self.test.assertEqual(self.left(), [], f"{self.path.name}: blocks that the test does not follow")

    def left(self):
        return [heading for heading, _ in self.blocks[self.next:]]

    def skip_to(self, heading):
        """Leaves out the blocks before the next one under this heading: they are another test's, or were done before."""
        self.next = next(i for i in range(self.next, len(self.blocks)) if self.blocks[i][0] == heading)

    def leave(self):
        """Leaves out the blocks that are left."""
        self.next = len(self.blocks)

    def step(self, heading):
        """Runs the next block, which has to stand under this heading; its standard output."""
        self.test.assertLess(self.next, len(self.blocks), f"{self.path.name} has no block left for {heading!r}")
        found, block = self.blocks[self.next]
        self.test.assertEqual(found, heading, f"{self.path.name}: the next block is another one")
        file = self.test.home / f"block-{self.next:02}"
        self.next += 1
        file.write_text(block, encoding="utf-8")
        self.names.write(f"{file}\n")
        self.names.flush()
        ready, _, _ = select.select([self.done], [], [], PATIENCE_S)
        answer = self.done.readline() if ready else "nothing\n"
        out, err = (pathlib.Path(f"{file}.{part}").read_text(errors="replace") for part in ("out", "err"))
        if answer != "done\n":
            self.test.fail(f"{self.path.name}, {heading!r}: {'took too long' if ready == [] else 'failed'}\n{block}\n{out}{err}")
        return out
