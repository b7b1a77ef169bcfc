"""A face rebuilt in a process of its own, for networks that take long.

The template goes there and pictures come back through pipes, so that neither is in a file. The
process ends with the session's wish to see it, or with the app.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import faceaudit
from faceaudit.app.networks import KnownNetwork, known
from faceaudit.app.parts.give_away.others import Others, known_figures, known_others
from faceaudit.app.settings import settings
from faceaudit.errors import CaseError, FaceAuditError
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    from faceaudit.api.rebuilding import RebuiltFace

MODULE = "faceaudit.app.parts.give_away.apart"
_LENGTH = 8
"""Bytes before each message that say how long it is."""
Message = Mapping[str, npt.NDArray[Any]]


def rebuild_apart(
    network: KnownNetwork,
    others: Others,
    template: FloatArray,
    how: Mapping[str, Any],
    watch: Callable[[int, ImageArray], None],
) -> RebuiltFace:
    """Do what `faceaudit.rebuild_face` does, in a process of its own.

    Args:
        network: the attacked one.
        others: the attacker's own photos are among them.
        template: (E,) that was stolen.
        how: the attack.
        watch: is shown pictures on the way; what it raises ends the process.

    Raises:
        CaseError: the process could not do it.
    """
    asked = json.dumps({"network": network.name, "attack": dict(how)}).encode()
    process = subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
        [sys.executable, "-P", "-m", MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin as to:
            _send(to, {"template": template, "asked": np.frombuffer(asked, dtype=np.uint8)})
        while (got := _receive(process.stdout)) is not None:
            if "images" in got:
                from faceaudit.api.rebuilding import RebuiltFace  # noqa: PLC0415 - slow to load

                return RebuiltFace(
                    got["images"],
                    got["done"],
                    got["scores"],
                    bool(got["solved"]),
                    int(got["queries"]),
                    others.source,
                )
            if "error" in got:
                raise CaseError(got["error"].tobytes().decode())
            watch(int(got["step"]), got["image"])
    except BrokenPipeError:
        pass
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    raise CaseError("expected a rebuilt face, got none: its process ended early; try again")


def main() -> None:
    """Rebuild a face for another process: its template comes in, pictures go out."""
    # Whatever a library prints is no message.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    message = _receive(sys.stdin.buffer)
    if message is None:
        return
    asked = json.loads(message["asked"].tobytes())
    given = settings()
    network = next(one for one in known(given) if one.name == asked["network"])
    figures = known_figures(given)
    assert figures is not None
    others = known_others(given, network, figures)
    try:
        found = faceaudit.rebuild_face(
            network.embedder,
            message["template"],
            others.own_faces,
            attack=asked["attack"],
            watch=lambda done, image: _send(out, {"step": np.array(done), "image": image}),
            cache=others.cache,
        )
    except FaceAuditError as error:
        _send(out, {"error": np.frombuffer(str(error).encode(), dtype=np.uint8)})
        return
    _send(
        out,
        {
            "images": found.images,
            "done": found.done,
            "scores": found.scores,
            "solved": np.array(found.solved),
            "queries": np.array(found.queries),
        },
    )


def _send(to: IO[bytes], message: Message) -> None:
    data = io.BytesIO()
    np.savez(data, **message)  # type: ignore[arg-type]
    body = data.getvalue()
    to.write(len(body).to_bytes(_LENGTH, "big") + body)
    to.flush()


def _receive(of: IO[bytes]) -> Message | None:
    """Return the next message; None where there is none any more."""
    head = of.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    body = of.read(int.from_bytes(head, "big"))
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, OSError):
        return None  # cut short


if __name__ == "__main__":
    main()
