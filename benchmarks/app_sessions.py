"""How long the app's answers take when several people ask at once.

    python benchmarks/app_sessions.py [SESSIONS] [ADDRESS]

Without an address, an app of its own is started, and waited for until its networks are ready.
Every session is a connection as a browser's, asks about another pair of photos as soon as it has
its answer, and checks that what it was shown belongs to the pair it asked about. What a browser
needs to draw an answer is not in it.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PAIRS = ("verify_pair_two", "verify_pair_alike", "verify_pair_unlike", "verify_pair_easy")
"""Keys of the buttons that choose a pair."""
ROUNDS = 12
"""Answers that a session asks for."""
_VERDICT = re.compile(r'class="verdict (yes|no)"')
_SCORE = re.compile(r"score (\N{MINUS SIGN}?\d\.\d\d)")


@dataclass
class Session:
    """One person at the app.

    Attributes:
        address: of the app.
        waits: seconds of each answer.
        shown: what was answered, by pair.
    """

    address: str
    waits: list[float] = field(default_factory=list)
    shown: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)

    async def __aenter__(self) -> Session:
        place = urlsplit(self.address)
        self._socket = await websockets.connect(
            f"ws://{place.netloc}/_stcore/stream",
            origin=self.address.rstrip("/"),
            subprotocols=["streamlit"],
            max_size=None,
        )
        self.buttons: dict[str, str] = {}
        await self._ask(BackMsg(rerun_script={"query_string": "", "page_name": "verify"}))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    async def ask(self, key: str) -> None:
        """Choose a pair, and wait for the answer."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self.buttons[key], True
        started = time.perf_counter()
        found = await self._ask(message)
        self.waits.append(time.perf_counter() - started)
        self.shown.setdefault(key, set()).add(found)

    async def _ask(self, message: BackMsg) -> tuple[str, ...]:
        await self._socket.send(message.SerializeToString())
        found: list[str] = []
        while True:
            got = ForwardMsg.FromString(await self._socket.recv())
            kind = got.WhichOneof("type")
            if kind == "script_finished":
                return tuple(found)
            if kind != "delta":
                continue
            element = got.delta.new_element
            if element.HasField("button"):
                for key in PAIRS:
                    if element.button.id.endswith(f"-{key}"):
                        self.buttons[key] = element.button.id
            text = str(element)
            found += _VERDICT.findall(text) + _SCORE.findall(text)


async def measure(address: str, count: int) -> None:
    """Let sessions ask at once, and print how long they waited."""
    async with Session(address) as waiting:
        while not set(PAIRS) <= set(waiting.buttons):
            await asyncio.sleep(2)
            await waiting._ask(BackMsg(rerun_script={"page_name": "verify"}))
    for many in sorted({1, count}):
        sessions = [Session(address) for _ in range(many)]
        await asyncio.gather(*(_use(one, place) for place, one in enumerate(sessions)))
        waits = sorted(wait for one in sessions for wait in one.waits)
        answers = {key: set.union(*(one.shown[key] for one in sessions)) for key in PAIRS}
        for key, found in answers.items():
            assert len(found) == 1, f"{key} was answered in different ways: {found}"
        sys.stdout.write(
            f"{many} at once: median {statistics.median(waits):.2f} s, "
            f"95 % within {waits[int(0.95 * (len(waits) - 1))]:.2f} s, "
            f"largest {waits[-1]:.2f} s, n={len(waits)}\n"
        )


async def _use(session: Session, place: int) -> None:
    async with session:
        for turn in range(ROUNDS):
            await session.ask(PAIRS[(place + turn) % len(PAIRS)])


def main() -> None:
    """Measure as the arguments say."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    if len(sys.argv) > 2:
        asyncio.run(measure(sys.argv[2], count))
        return
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "faceaudit", "app", "--port", "0", "--folder", folder],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = re.search(r"http://\S+", line)
            assert address, line
            asyncio.run(measure(address.group(), count))
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()
