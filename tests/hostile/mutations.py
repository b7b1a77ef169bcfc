"""Sound files made unsound: bytes flipped, cut and moved, words and values replaced, by a seed."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from typing import Any

from faceaudit.files.npz import FAULTS

BYTES = [b"\0", b"\xff", b"\x7f", b"\x80", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0" * 64]
WORDS = [
    *("nan", "inf", "-1", "0", "1e309", "9" * 40, "99999999999", "-99999999999", "true", "null"),
    *(
        "[/red]",
        "\x1b[31m",
        "\u202e",
        "\x00",
        "\r",
        "\n",
        '"',
        "'",
        "\\",
        ",",
        ";",
        "\t",
        " " * 300,
    ),
    *("../../../../etc/passwd", "/dev/zero", "~", "${HOME}", "${NONE}", "x" * 9000, "{}", "[]"),
    *("!!python/object/apply:os.system [id]", "&a [*a]", "<<: *a", "\ufeff", "é" * 300, "%s%n{0}"),
]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 10**30, 1e308, -1e308, float("nan"), float("inf"), "", [], {}),
    *(
        [[]],
        [{}],
        {"": None},
        {"a": {"b": {"c": [1]}}},
        "[/red]\x1b[31m\u202e",
        "\ud800",
        "x" * 5000,
    ),
    *(["x"] * 3000, {str(n): n for n in range(300)}, "../../x", "/dev/zero", [None], [[[[[[1]]]]]]),
]


def mutate(data: bytes, name: str, rng: random.Random) -> bytes:
    """Return a file's bytes changed in one to four ways, such as its kind is often damaged."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        data = rng.choice(_ways(data, name))(data, rng)
    return data


def _ways(data: bytes, name: str) -> list[Callable[[bytes, random.Random], bytes]]:
    ways = [*PLAIN]
    if name.endswith((".json", "complete")):
        ways += [_json] * 20
    elif name.endswith((".csv", ".txt", ".yaml", ".idx")):
        ways += [_word, _word, _word, _line, _line]
    elif data[:2] == b"PK":
        ways += [_member] * 8
    elif name.endswith(".safetensors"):
        ways += [_header] * 8
    return ways


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _flip_first(data: bytes, rng: random.Random) -> bytes:
    """Flip what describes the rest, which is at the beginning of most kinds."""
    return _flip(data[:400], rng) + data[400:]


def _put(data: bytes, rng: random.Random) -> bytes:
    at, piece = rng.randrange(len(data) + 1), rng.choice(BYTES)
    return data[:at] + piece + data[at + len(piece) * rng.randrange(2) :]


def _number(data: bytes, rng: random.Random) -> bytes:
    """Put a length or an offset where one may be."""
    code = rng.choice(("<I", ">I", "<Q", ">Q", "<H", ">H"))
    most = 2 ** (8 * struct.calcsize(code))
    value = rng.choice((0, 1, most - 1, most // 2, most // 2 - 1, len(data), len(data) * 2))
    at = rng.randrange(max(1, min(len(data), rng.choice((64, 600, len(data) or 1)))))
    piece = struct.pack(code, value % most)
    return data[:at] + piece + data[at + len(piece) :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _drop(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at + rng.randrange(1, 200) :]


def _repeat(data: bytes, rng: random.Random) -> bytes:
    at, length = rng.randrange(len(data) + 1), rng.randrange(1, 3000)
    return data[:at] + data[at : at + length] * rng.choice((2, 2, 3, 40)) + data[at + length :]


def _swap(data: bytes, rng: random.Random) -> bytes:
    one, two = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    length = rng.randrange(1, 100)
    return data[:one] + data[two : two + length] + data[one + length :]


def _noise(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(rng.choice((1, 4, 16, 200))) + data[at:]


PLAIN: list[Callable[[bytes, random.Random], bytes]] = [
    *(_flip, _flip, _flip_first, _flip_first, _put, _number, _number),
    *(_cut, _drop, _repeat, _swap, _noise),
]


def _word(data: bytes, rng: random.Random) -> bytes:
    """Put a word in place of another, or between two."""
    words = data.replace(b"\n", b" \n ").split(b" ")
    at = rng.randrange(len(words))
    words[at : at + rng.randrange(2)] = [rng.choice(WORDS).encode("utf-8", "surrogatepass")]
    return b" ".join(words).replace(b" \n ", b"\n")


def _line(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    separator = rng.choice((b",", b"\t", b" ", b": "))
    fields = lines[at].split(separator)
    fields[rng.randrange(len(fields))] = rng.choice(WORDS).encode("utf-8", "surrogatepass")
    lines[at] = separator.join(fields)
    if rng.randrange(2):
        lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return b"\n".join(lines)


def _json(data: bytes, rng: random.Random) -> bytes:
    """Put a value of another type or size somewhere in JSON."""
    try:
        values = json.loads(data)
    except ValueError:
        return _flip(data, rng)
    values = change_value(values, rng)
    return json.dumps(values).encode()


def change_value(values: Any, rng: random.Random) -> Any:
    """Return plain values with one of them, at any depth, replaced, taken out or put twice."""
    place = values
    while isinstance(place, dict | list) and place:
        key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and rng.randrange(8):
            place = inner
            continue
        how = rng.randrange(8)
        if how == 0:
            del place[key]
        elif how == 1 and isinstance(place, dict):
            place[rng.choice(WORDS)] = place.pop(key)
        elif how == 2 and isinstance(place, list):
            place.append(inner)
        else:
            place[key] = rng.choice(VALUES)
        return values
    return rng.choice(VALUES)


def _member(data: bytes, rng: random.Random) -> bytes:
    """Change what is inside of a zip, whose sums are right again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            members = [(one, file.read(one)) for one in file.infolist()]
    except FAULTS:
        return _flip(data, rng)
    if not members:
        return data
    chosen = rng.randrange(len(members))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for number, (one, content) in enumerate(members):
            changed = rng.choice(PLAIN)(content, rng) if number == chosen else content
            file.writestr(one.filename, changed, rng.choice((0, 0, 8)))
    return out.getvalue()


def _header(data: bytes, rng: random.Random) -> bytes:
    """Change the header of safetensors, its length right again."""
    length = int.from_bytes(data[:8], "little")
    changed = _json(data[8 : 8 + length], rng)
    return len(changed).to_bytes(8, "little") + changed + data[8 + length :]
