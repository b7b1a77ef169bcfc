"""Files of `torch.save`: their tensors are read, code in them is never run."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from faceaudit.errors import InputError, WeightsError
from faceaudit.files.limited.limits import Limits
from faceaudit.files.limited.process import Declined, LimitedProcess
from faceaudit.files.safe_pickle import load_next
from faceaudit.files.safe_pickle_values import BrokenPickle, HoldsCode
from faceaudit.weights.checkpoint_keys import Unwrapped, shown, unwrap
from faceaudit.weights.torch_pickle import TORCH
from faceaudit.weights.torch_storages import STEPS_LIMIT, Storages, read_stream

PICKLE_LIMIT = 64 * 1024**2
"""Bytes of the pickle in an archive, which holds names and shapes; the numbers lie beside it."""

_SMALL = 64 * 1024
_LOCAL = 30  # bytes before the name that stands before each part of an archive


def read_pytorch(path: Path, *, zipped: bool) -> Unwrapped:
    """Read a file of `torch.save`, in the zip format or the one before it (until 2020).

    A plain pickle of tensors or of NumPy's arrays is read, too. Any protocol is.

    Args:
        path: of the file.
        zipped: whether its first bytes are those of a zip archive.

    Raises:
        WeightsError: it is broken, holds code (which is not run), or no tensors.
    """
    try:
        with path.open("rb") as file:
            _try_apart(path, file.seek(0, 2), zipped=zipped)
            file.seek(0)
            pickled = find_tensors(path, file, zipped=zipped)
            found, storages = pickled.found, Storages(path, pickled.places, pickled.file)
            tensors = {name: storages.tensor(name, item) for name, item in found.tensors.items()}
            return Unwrapped(tensors, found.facts, found.ignored)
    except WeightsError:
        raise
    except HoldsCode as error:
        raise WeightsError(
            f"expected tensors only, got {path} that holds code ({shown(error.what, 100)}), which "
            "was not executed; save the network's state_dict() from it where you trust it"
        ) from None
    except BrokenPickle as error:
        raise _broken(path, error.why) from None
    except InputError as error:
        raise WeightsError(
            f"expected tensors only, got {path} that holds something else ({shown(str(error))}), "
            "which was not executed; it is broken, or no file of torch.save"
        ) from None
    except Exception as error:  # noqa: BLE001 - a broken file may raise anything
        first = (str(error).strip() or "nothing more is said").splitlines()[0]
        raise _broken(path, f"{type(error).__name__}: {shown(first, 120)}") from None


@dataclass(frozen=True)
class Pickled:
    """What the pickles of a file hold.

    Attributes:
        found: stand-ins for tensors, and the values beside them.
        places: first byte and number of bytes of each storage, by its key.
        file: the one that spans in the pickle count in.
    """

    found: Unwrapped
    places: Mapping[str, tuple[int, int]]
    file: BinaryIO


def find_tensors(path: Path, file: BinaryIO, *, zipped: bool) -> Pickled:
    """Find the tensors of a file of `torch.save`, and where their numbers are.

    Args:
        path: of the file.
        file: the same, at its first byte.
        zipped: whether it is a zip archive.

    Raises:
        InputError: it is broken, holds code (which is not run), or no tensors.
    """
    if not zipped:
        stream = read_stream(file)
        return Pickled(unwrap(stream.content), stream.places, file)
    archive = _check_archive(path)
    pickled = io.BytesIO(archive.pickle)
    content = load_next(pickled, TORCH, steps=STEPS_LIMIT)
    return Pickled(unwrap(content), archive.places, pickled)


def _try_apart(path: Path, size: int, *, zipped: bool) -> None:
    """Find the tensors in a process of its own first, which may be ended if that takes too much.

    Raises:
        WeightsError: it took more than the limits.
    """
    if size <= _SMALL:
        return  # by far too few instructions for that
    process = LimitedProcess("faceaudit.weights.pickle_trial", path)
    try:
        limits = Limits.to_read(min(size, PICKLE_LIMIT))
        with suppress(Declined):  # it could not be opened there: what reads it says why
            process.ask({"path": str(path.absolute()), "zipped": zipped}, limits)
    finally:
        process.close()


def _broken(path: Path, why: str) -> WeightsError:
    return WeightsError(
        f"expected a whole file of torch.save, got {path} that is broken or cut short ({why}); "
        "copy or download it again"
    )


@dataclass(frozen=True)
class _Archive:
    """The parts of an archive of `torch.save`.

    Attributes:
        pickle: names, shapes and all else but numbers.
        places: first byte and number of bytes of each part with numbers, by its key.
    """

    pickle: bytes
    places: dict[str, tuple[int, int]]


def _check_archive(path: Path) -> _Archive:
    """Refuse archives that are not `torch.save`'s, or grow when unpacked; find their parts."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise WeightsError(
            f"expected a whole file of weights, got {path}, an archive that is broken or cut short "
            f"({error}); copy or download it again"
        ) from None
    names = [member.filename for member in members]
    ends = {name.rsplit("/", 1)[-1] for name in names}
    if "constants.pkl" in ends or any("/code/" in name for name in names):
        raise WeightsError(
            f"expected weights, got {path}, a TorchScript archive, which is a program; save the "
            "network's state_dict() from it where you trust it"
        )
    if "model.weights.h5" in ends:
        raise WeightsError(
            f"expected weights, got {path}, a Keras archive; unpack it and give model.weights.h5"
        )
    if all(name.endswith(".npy") for name in names) and names:
        raise WeightsError(
            f"expected weights, got {path}, an archive of NumPy (.npz); save its arrays by name as "
            "safetensors (safetensors.numpy.save_file)"
        )
    root = names[0].split("/", 1)[0] if names else ""
    if f"{root}/data.pkl" not in names:
        listed = ", ".join(repr(name)[:60] for name in names[:5]) or "nothing"
        raise WeightsError(
            f"expected a file of torch.save, got {path}, an archive of {listed}; "
            "unpack it and give the file of weights in it"
        )
    twice = len(set(names)) < len(names)
    if twice or any(".." in name.split("/") for name in names):
        what = "are the same twice" if twice else "lead out of it"
        raise WeightsError(
            f"expected a file of torch.save, got {path}, an archive whose parts' names {what}; it "
            "is broken or not to be trusted"
        )
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise WeightsError(
            f"expected a file of torch.save, which compresses nothing, got {path} with compressed "
            "parts; it is broken or not to be trusted"
        )
    if any(m.file_size > PICKLE_LIMIT and m.filename.endswith("/data.pkl") for m in members):
        raise WeightsError(
            f"expected a pickle of at most {PICKLE_LIMIT:,} bytes in {path}, got a larger one; "
            "save the network's state_dict()"
        )
    if "byteorder" in ends and _read_part(path, members, f"{root}/byteorder") != b"little":
        raise WeightsError(
            f"expected numbers whose lowest byte comes first, got {path} from a machine that "
            "writes them the other way round; load it there and save it as safetensors"
        )
    places = {
        member.filename.removeprefix(f"{root}/data/"): (_find_part(path, member), member.file_size)
        for member in members
        if member.filename.startswith(f"{root}/data/")
    }
    return _Archive(_read_part(path, members, f"{root}/data.pkl"), places)


def _find_part(path: Path, member: zipfile.ZipInfo) -> int:
    """Return the first byte of a part of an archive, which is not compressed."""
    with path.open("rb") as file:
        file.seek(member.header_offset)
        head = file.read(_LOCAL)
        start = (
            member.header_offset
            + len(head)
            + sum(int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
        )
        if head[:4] != b"PK\x03\x04" or start + member.file_size > file.seek(0, 2):
            raise _broken(path, f"no part {shown(member.filename, 60)} where it should be")
    return start


def _read_part(path: Path, members: list[zipfile.ZipInfo], name: str) -> bytes:
    member = next((member for member in members if member.filename == name), None)
    if member is None or member.file_size > PICKLE_LIMIT:
        return b""
    start = _find_part(path, member)
    with path.open("rb") as file:
        file.seek(start)
        return file.read(member.file_size)
