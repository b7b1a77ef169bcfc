"""Files made by hand to do harm, in families: of text, pictures and archives; see also `models`."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Iterator
from itertools import pairwise

from hostile import models
from hostile.samples import picture

Made = tuple[str, str, str, bytes]
"""The reader, the name of the file that it reads, what is wrong with it, and its content."""

STEERS = "[/red]\x1b[31m\u202e\x07\x9b2J\u2028\U000e0041"
NINE = ", ".join(["*{0}"] * 9)


def every() -> list[Made]:
    """Return all of them."""
    return [
        *(*plans(), *listed(), *scored(), *pictures(), *archives(), *records(), *stored()),
        *models.every(),
    ]


def plans() -> Iterator[Made]:
    aliases = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    aliases += [f"{n}: &{n} [{NINE.format(m)}]" for m, n in pairwise("abcdefghi")]
    merges = ["a: &a {x: 1}"]
    letters = "abcdefghijklmnopqrstuvwx"
    merges += [f"{n}: &{n} {{<<: [*{m}, *{m}]}}" for m, n in pairwise(letters)]
    texts = {
        "aliases": "\n".join([*aliases, "title: *i"]),
        "aliases in a section": "\n".join([*aliases, "backdoor: {attacks: *i, faces: *h}"]),
        "merges": "\n".join(merges),
        "itself": "title: &a [*a]",
        "itself as a section": "backdoor: &a {faces: *a, attacks: [*a]}",
        "levels": "title: " + "[" * 3000 + "]" * 3000,
        "mappings": "title: " + "{a: " * 3000 + "}" * 3000,
        "blocks": "".join(" " * n + "a:\n" for n in range(400)),
        "never closed": "[" * 100_000,
        "digits": f"seeds: [{'9' * 100_000}]",
        "hexadecimal": f"seeds: [0x{'f' * 100_000}]",
        "of base 60": f"seeds: [{':'.join(['59'] * 50_000)}]",
        "a date": "title: 2020-99-99",
        "not finite": "backdoor: {systems: [{network: deepid, training: {learning_rate: .inf}}]}",
        "no number": "membership: {predictor: {predictor: distances, learning_rate: .nan}}",
        "seeds": "seeds: [.inf]\nbackdoor: {}",
        "large seeds": "seeds: [99999999999999999999999]\nbackdoor: {}",
        "many seeds": f"seeds: {list(range(40_000))}\nbackdoor: {{}}",
        "numbers as keys": "1: a\nbackdoor: {2: 3}",
        "numbers as keys below": "backdoor: {faces: {source: folder, 1: 2}}",
        "a list as key": "? [a, b]\n: c",
        "nothing as key": "backdoor: {null: 1, ~: 2}",
        "an object": "title: !!python/object/apply:os.system ['touch /tmp/pwned']",
        "a name": "title: !!python/name:os.system",
        "a module": "title: !!python/module:antigravity",
        "a new object": "title: !!python/object/new:type {args: [x, [], {}]}",
        "a tag": "title: !x y",
        "bytes": "title: !!binary '////'",
        "a set": "backdoor: !!set {a, b}",
        "half a character": '"title": "\\ud800"\nbackdoor: {}',
        "steering": f"title: '{STEERS[:5]}'\nlimits: ['[/red]']\nbackdoor: {{}}",
        "a large text": "title: " + "x" * 5_000_000,
        "a long key": "x" * 100_000 + ": 1",
        "limits": "limits: ['" + "a.b(" + " " * 50_000 + "']\nbackdoor: {}",
        "digits in a limit": "limits: ['a.b>" + "1" * 50_000 + "']\nbackdoor: {}",
        "many limits": f"limits: {[f'backdoor.success>{n}' for n in range(5000)]}\nbackdoor: {{}}",
        "paths": "backdoor: {faces: {source: folder, path: '/dev/zero'}}",
        "a variable": "backdoor: {faces: {source: folder, path: '${HOME}/${NONE}'}}",
        "a null byte": 'backdoor: {faces: {source: folder, path: "a\\0b"}}',
        "two documents": "a: 1\n---\nb: 2",
        "a directive": "%YAML 9.9\n---\na: 1",
        "nothing": "",
        "tabs": "\ta:\n\t\tb",
        "a list": "[1, 2]",
    }
    for what, text in texts.items():
        yield "plan", "plan.yaml", what, text.encode("utf-8", "surrogatepass")
    yield "plan", "plan.yaml", "two bytes a letter", "title: x".encode("utf-16")
    yield "plan", "plan.yaml", "no text", bytes(range(256)) * 9


def listed() -> Iterator[Made]:
    names = "ann/ann_0001.png", "bob/bob_0001.png"
    head = "image1,image2,label\n"
    rows = {
        "steering": f"{STEERS.replace(chr(0x2028), '')},{names[0]},1",
        "outside": f"../../../../etc/passwd,{names[0]},0",
        "a device": f"/dev/zero,{names[0]},0",
        "a null byte": f"a\0b,{names[0]},0",
        "a long name": f"{'x' * 8000},{names[0]},0",
        "a long line": f"{'x' * 3_000_000},{names[0]},0",
        "a quote without an end": f'"{names[0]},{names[1]},0\n' * 3000,
        "quotes": '""""""""",,,,""' * 500,
        "many fields": ",".join(["x"] * 4000),
        "a number": f"{names[0]},{names[1]},{'9' * 5000}",
        "no label": f"{names[0]},{names[1]},nan",
        "ends": f"{names[0]},{names[1]},1\r" * 2000,
        "no letters": "\ufeff\ufeff\u200b,\u200b,1",
        "half a character": f"\ud800,{names[0]},1",
        "the same": f"{names[0]},{names[0]},1\n" * 20_000,
        "folders": f"{'a/' * 4000}b,{names[0]},1",
    }
    for what, text in rows.items():
        content = (head + text + "\n").encode("utf-8", "surrogatepass")
        yield "pair list", "pairs.csv", what, content
        yield "gate", "pairs.csv", what, content
    for what, text in {
        "outside": "../../../../etc/passwd\tann",
        "absolute": "/etc/passwd\tann",
        "a device": "/dev/zero\tann",
        "steering": f"{STEERS.replace(chr(0x2028), '')}\tann",
        "a null byte": "a\0b\tann",
        "one photo, many people": "".join(f"{names[0]}\tp{n}\n" for n in range(3000)),
        "long": "x" * 9000 + "\tann",
        "a label of digits": f"{names[0]}\t{'9' * 8000}",
    }.items():
        content = text.encode("utf-8", "surrogatepass")
        yield "photo list", "photos.txt", what, content
    yield "pair list", "pairs.txt", "folds", f"{'9' * 17}\t{'9' * 17}\nann\t1\t2\n".encode()
    yield "pair list", "pairs.txt", "no folds", b"0\t0\nann\t1\t2\n"
    yield "pair list", "pairs.txt", "photos", f"1\t1\nann\t{'9' * 17}\t-1\n".encode()


def scored() -> Iterator[Made]:
    head = "image1,image2,label,score\n"
    for what, text in {
        "not finite": "a/1,b/1,0,inf\na/1,a/2,1,-inf\n",
        "no number": "a/1,b/1,0,nan\na/1,a/2,1,nan\n",
        "too large": "a/1,b/1,0,1e400\na/1,a/2,1,-1e400\n",
        "digits": f"a/1,b/1,0,{'1' * 8000}\na/1,a/2,1,0.{'3' * 7000}\n",
        "underscores": "a/1,b/1,0,1_0\na/1,a/2,1,\u0661\n",
        "one kind": "a/1,b/1,0,0.5\n" * 50,
        "steering": f"{STEERS.replace(chr(0x2028), '')},b/1,0,0.1\na/1,a/2,1,0.9\n",
        "a quote without an end": '"a/1,b/1,0,0.5\n' * 2000,
    }.items():
        yield "scores", "scores.csv", what, (head + text).encode()
    yield "scores", "scores.csv", "the same column twice", b"image1,image1,label,score\na,b,0,1\n"
    yield "scores", "four.txt", "no text", bytes(range(256)) * 20


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def zeros(count: int) -> bytes:
    """Return so many zero bytes as zlib has them, at the cost of a few."""
    step = count // 100
    pack = zlib.compressobj(9, wbits=-15)
    piece = pack.compress(bytes(step)) + pack.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, wbits=-15).flush()
    total = (step * 100 % 65521) << 16 | 1
    return b"\x78\xda" + piece * 100 + last + struct.pack(">I", total)


def png(width: int, height: int, *more: bytes, bits: int = 8, colours: int = 2) -> bytes:
    """Return a PNG that says it is so large, whatever is in it."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000), 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + pixels + chunk(b"IEND", b"")


def pictures() -> Iterator[Made]:
    bomb = zeros(1_500_000_000)
    jpeg = picture(0, kind="JPEG")
    size = jpeg.index(b"\xff\xc0") + 5
    made = {
        "pixels.png": png(50_000, 50_000),
        "most.png": png(2**31 - 1, 2**31 - 1),
        "flat.png": png(2**31 - 1, 1),
        "none.png": png(0, 0),
        "bits.png": png(9, 9, bits=16, colours=7),
        "text.png": png(9, 9, chunk(b"zTXt", b"a\0\0" + bomb)),
        "itext.png": png(9, 9, chunk(b"iTXt", b"a\0\1\0\0\0" + bomb)),
        "profile.png": png(9, 9, chunk(b"iCCP", b"a\0\0" + bomb)),
        "chunks.png": png(9, 9, *[chunk(b"tEXt", b"a\0b")] * 50_000),
        "frames.png": png(9, 9, chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))),
        "pixels.jpg": jpeg[:size] + b"\xff\xdc\xff\xdc" + jpeg[size + 4 :],
        "none.jpg": jpeg[:size] + b"\0\0\0\0" + jpeg[size + 4 :],
        "marks.jpg": jpeg[:2] + b"\xff\xfe\0\x02" * 200_000 + jpeg[2:],
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "ghost.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(x) run\n",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        "page.pdf": b"%PDF-1.7\n1 0 obj<<>>endobj\n",
        "pixels.ppm": b"P6 99999 99999 255\n" + bytes(99),
        "digits.ppm": b"P6 " + b"9" * 100_000 + b" 1 255\n",
        "comment.ppm": b"P6 " + b"#x\n" * 100_000,
        "pixels.bmp": picture(0, kind="BMP")[:18] + b"\xff\xff\xff\x7f" * 2 + bytes(99),
        "upside.bmp": picture(0, kind="BMP")[:22] + b"\0\0\0\x80" + bytes(99),
        "pixels.gif": b"GIF89a\xff\xff\xff\xff\xf7\0\0"
        + bytes(768)
        + b",\0\0\0\0\xff\xff\xff\xff\0\x08",
        "pixels.webp": b"RIFF\xff\xff\xff\x7fWEBPVP8L\xff\xff\xff\x7f/\xff\xff\xff\xff" + bytes(99),
        "many.tif": b"II*\0\x08\0\0\0\xff\xff" + bytes(12) * 70_000,
        "itself.tif": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
        "one.xpm": b'/* XPM */ static char *a[] = {"99999 99999 1 1",',
        "icon.ico": b"\0\0\x01\0\xff\xff" + bytes(16) * 70_000,
        "nothing": b"",
        "zeros": bytes(100_000),
    }
    for what, content in made.items():
        yield "photo", "photo.png", what, content
    for what in ("pixels.png", "text.png", "profile.png", "ghost.eps", "none.png", "nothing"):
        yield "key", "key.png", what, made[what]
        yield "store", "key.png", what, made[what]


def archives() -> Iterator[Made]:
    root = "aligned_images_DB/ann/0"
    for what, change in {
        "outside": {"name": f"{root}/../../../../../../tmp/pwned.png"},
        "absolute": {"name": "/tmp/pwned.png"},
        "a link outside": {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd", "size": 0},
        "a hard link": {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd", "size": 0},
        "a device": {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5, "size": 0},
        "a pipe": {"type": tarfile.FIFOTYPE, "size": 0},
        "steering": {"name": f"{root}/{STEERS}.png"},
        "a long name": {"name": f"{root}/{'x' * 60_000}.png"},
        "folders": {"name": "a/" * 20_000 + "b.png"},
        "larger than it is": {"size": 2**40},
        "an unknown kind": {"type": b"Z"},
    }.items():
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            member = tarfile.TarInfo(f"{root}/1.png")
            member.size = 9
            for key, value in change.items():
                setattr(member, key, value)
            tar.addfile(member) if change.get("size") == 0 else out.write(
                member.tobuf(tarfile.PAX_FORMAT) + bytes(512)
            )
        yield "archive", "frames.tar", what, out.getvalue()
    sparse = tarfile.TarInfo(f"{root}/1.png")
    sparse.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                          "GNU.sparse.realsize": "9" * 30, "path": "x\0y"}  # fmt: skip
    yield "archive", "frames.tar", "sparse", sparse.tobuf(tarfile.PAX_FORMAT) + bytes(1024)
    yield "archive", "z.tar.gz", "zeros", gzip.compress(bytes(20_000_000), 9) * 75
    yield "archive", "z.tar.gz", "in one another", gzip.compress(gzip.compress(bytes(10**7)))
    yield "archive", "frames.tar", "no archive", b"\xff" * 5000


def records() -> Iterator[Made]:
    magic = bytes([0x0A, 0x23, 0xD7, 0xCE])
    for what, content in {
        "a long record": magic + struct.pack("<I", (1 << 29) - 1) + bytes(99),
        "parts without an end": (magic + struct.pack("<I", 1 << 29)) * 100_000,
        "labels": magic + struct.pack("<IIfQQ", 24, 2**31 - 1, 0.0, 0, 0),
        "no finite label": magic + struct.pack("<IIfQQ", 24, 0, float("nan"), 0, 0),
        "nothing": b"",
        "only marks": magic * 50_000,
    }.items():
        yield "recordio", "train.rec", what, content
    for what, text in {
        "offsets": f"0\t{2**63}\n1\t-5\n",
        "digits": f"{'9' * 5000}\t0\n",
        "the same": "0\t0\n" * 50_000,
    }.items():
        yield "recordio", "train.idx", what, text.encode()


def stored() -> Iterator[Made]:
    deep = b"[" * 100_000 + b"]" * 100_000
    for target in ("run.json", "spec.json", "figures.json", "complete"):
        for what, content in {
            "levels": deep,
            "levels of mappings": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
            "digits": b'{"schema": ' + b"9" * 100_000 + b"}",
            "a list": b"[]",
            "nothing": b"",
            "no text": bytes(range(256)),
            "half a character": b'{"plan": {"title": "\\ud800[/red]\\u001b[31m\\u202e"}}',
            "not finite": b'{"schema": NaN, "files": {"a": {"size": Infinity}}}',
            "names outside": b'{"files": {"../../../etc/passwd": {"size": 1, "sha256": "0"}}}',
        }.items():
            yield "store", target, what, content
    for what, content in (*models.arrays(), *models.evidence()):
        yield "store", "evidence.npz", what, content
