"""The file that a training goes on from: written whole, and believed only as it was written."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceaudit.deferred import deferred
from faceaudit.errors import InputError, StoreError
from faceaudit.files.atomic import make_private, open_atomically
from faceaudit.files.sealed import remove, remove_parts
from faceaudit.files.unreadable import how_to_read

if TYPE_CHECKING:
    import torch
else:
    torch = deferred("torch")

_DIGEST = 32


class Checkpoint:
    """A file of tensors, numbers and lists, with a digest of them at its end.

    The digest covers the file's name, too: what another training left there is not believed.

    Args:
        path: of the file; whoever gives it sees to it that nobody else trains with it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, device: torch.device) -> Any:
        """Return what was written last; None where nothing is.

        Raises:
            InputError: it is damaged.
            StoreError: it may be sound and cannot be read, as by a user who may not.
        """
        try:
            remove_parts(self._path)
            if not self._path.exists():
                return None
            data = memoryview(self._path.read_bytes())
            content, stated = data[:-_DIGEST], data[-_DIGEST:]
            if self._begin(content).digest() != stated:
                raise InputError(f"expected a checkpoint as it was written, got {self._path}")
            return torch.load(io.BytesIO(content), map_location=device, weights_only=True)
        except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.PickleError) as error:
            remedy = how_to_read(error)
            if remedy is not None:
                raise StoreError(
                    f"expected a checkpoint that can be read, got {error}; {remedy} and start "
                    "again: the training goes on from it"
                ) from None
            raise InputError(
                f"expected a checkpoint that can be read, got {self._path} ({error})"
            ) from None

    def write(self, content: object) -> None:
        """Write tensors, numbers, lists and mappings of them in place of what was there.

        A kill or a power cut at any moment leaves the old file or the new one.

        Raises:
            StoreError: it cannot be written.
        """
        buffer = io.BytesIO()
        torch.save(content, buffer)
        with self._writing(), buffer.getbuffer() as data:
            make_private(self._path.parent)
            remove_parts(self._path)
            with open_atomically(self._path) as file:
                file.write(data)
                file.write(self._begin(data).digest())

    def remove(self) -> None:
        """Remove the file, and what a killed process left beside it.

        Raises:
            StoreError: it cannot be removed.
        """
        with self._writing():
            remove_parts(self._path)
            remove(self._path)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"expected a checkpoint that can be written, got {error}; free some room and start "
                "again: the training goes on from the last one"
            ) from None

    def _begin(self, content: memoryview) -> hashlib._Hash:
        whole = hashlib.sha256(self._path.name.encode(errors="surrogatepass"))
        whole.update(content)
        return whole
