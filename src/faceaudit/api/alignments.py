"""A hint which crop a network was trained on, measured on pairs of one's own photos."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from faceaudit.api.arguments import Cache, check_count, folders, shown
from faceaudit.api.embedding import EmbedderLike, check_embedder
from faceaudit.api.spelling import AlignLike, SourceLike, find_source
from faceaudit.errors import OptionError
from faceaudit.faces.alignment.base import Align, aligners
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.alignment.common.templates import TEMPLATES
from faceaudit.faces.detections import DetectionMemory
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.packing.packing import PACK_VERSION
from faceaudit.faces.reading.layout import PhotoFile
from faceaudit.faces.sources.base import Source
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.files.atomic import make_private
from faceaudit.progress import Progress, silent
from faceaudit.protocols.alignments import Measured, judge_framings, sample_pairs
from faceaudit.protocols.framing import Framing, embed_framings

__all__ = ["TEMPLATES", "ZOOMS", "AlignmentHint", "TriedAlignment", "compare_alignments"]

PAIRS = 300
"""Genuine pairs, and as many impostor pairs."""

ZOOMS = (0.85, 1.0, 1.15)
NOT_ALIGNED = "none"
"""The name of the way that looks for no face: the source's own crop."""


@dataclass(frozen=True)
class TriedAlignment:
    """A way to align, and what it gave.

    Attributes:
        template: its name, or "none" for the source's own crop of each photo.
        zoom: how much larger than in the template the face is.
        align: what to give as `align`; None for "none".
        measured: d-prime, AUC and accuracy with intervals, and how far it is behind the best.
    """

    template: str
    zoom: float
    align: Align | None
    measured: Measured

    @property
    def title(self) -> str:
        """It in a few words."""
        return self.template if self.zoom == 1 else f"{self.template}, zoom {self.zoom:g}"


@dataclass(frozen=True)
class AlignmentHint:
    """Ways to align, the best first, with what they gave on one sample of pairs.

    Attributes:
        tried: all of them.
        genuine, impostor, people, photos: what the figures rest on.
        left_out: photos of the sample in which no face was found or that could not be read.
    """

    tried: tuple[TriedAlignment, ...]
    genuine: int
    impostor: int
    people: int
    photos: int
    left_out: tuple[LeftOut, ...] = ()

    @property
    def best(self) -> TriedAlignment:
        """The way with the largest d-prime; see `verdict` for what that shows."""
        return self.tried[0]

    @property
    def rivals(self) -> tuple[TriedAlignment, ...]:
        """The ways from which the best is not shown to differ."""
        return tuple(one for one in self.tried[1:] if not one.measured.shown_worse)

    @property
    def verdict(self) -> str:
        """What the sample shows, in a sentence that claims no more."""
        others = len(self.tried) - 1
        if not others:
            return f"{self.best.title} alone was tried: nothing is compared"
        if not self.rivals:
            return f"{self.best.title} is best, shown against all {others} others"
        beaten = others - len(self.rivals)
        names = "; ".join(one.title for one in self.rivals[:5])
        more = f" and {len(self.rivals) - 5} more" if len(self.rivals) > 5 else ""
        return (
            f"{self.best.title} came out best, shown against {beaten} of {others} others; not "
            f"against {names}{more}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "verdict": self.verdict,
            "genuine": self.genuine,
            "impostor": self.impostor,
            "people": self.people,
            "photos": self.photos,
            "tried": [
                {
                    "template": one.template,
                    "zoom": one.zoom,
                    "align": None if one.align is None else one.align.spec().as_json(),
                    **asdict(one.measured),
                    "shown_worse": one.measured.shown_worse,
                }
                for one in self.tried
            ],
            "left_out": [{"id": out.id, "reason": out.reason} for out in self.left_out],
        }


def compare_alignments(
    embedder: EmbedderLike,
    source: SourceLike,
    align: AlignLike | None = None,
    *,
    templates: Sequence[str] = TEMPLATES,
    zooms: Sequence[float] = ZOOMS,
    pairs: int = PAIRS,
    seed: int = 0,
    cache: Cache = None,
    progress: Progress = silent,
    **options: Any,
) -> AlignmentHint:
    """Tell which crop suits a network: pairs of one sample of photos, framed in several ways.

    Each way is a template at a zoom; the source's own crop, without a look for faces, is one more.
    They are ordered by d-prime (`separation`), which tells good networks' crops apart where the AUC
    is all but 1. Intervals take pairs that share a person as clusters; differences are taken pair
    by pair, and all of them hold together at 95 %. The sample is not one to report figures on: the
    way that is chosen on it looks better there than elsewhere.

    Args:
        embedder: a network with its weights.
        source: photos of at least four people with two each, as `load_faces` takes it.
        align: `yunet:FILE`, or a mapping with further options such as `several`; its own template
            and zoom are not looked at. What the source says when None.
        templates: the templates to try.
        zooms: the zooms to try each at.
        pairs: genuine pairs at most; as many impostor pairs are drawn of the same photos.
        seed: draws the pairs.
        cache: a folder for the faces that are found, or a `Store` to keep them beside it;
            `$FACEAUDIT_CACHE` or `~/.cache/faceaudit` when None. No photo is packed.
        progress: told how many photos are done.
        options: options of the source.

    Returns:
        The ways `tried`, the `best` first, and a `verdict` in words.

    Raises:
        InputError: no embedder, or a number is none.
        OptionError: a template or zoom is none, the source has no photo files, or `align` finds no
            faces.
        SplitError: fewer than four people have two photos.
        SourceError: the photos cannot be used.
        WeightsError: the detector's weights cannot be used.

    Example:
        ::

            from faceaudit.api.alignments import compare_alignments

            hint = compare_alignments(embedder, "folder:/photos", "yunet:yunet.onnx")
            print(hint.verdict)
            faceaudit.load_faces("folder:/photos", align=hint.best.align)
    """
    chosen = check_embedder(embedder)
    check_count(pairs, "pairs", least=4)
    check_count(seed, "seed", least=0)
    found = photo_source(find_source(source, align=align, options=options))
    ways = find_ways(found.align, templates, zooms)
    finder = ways[0].align
    finder.key()  # weights that cannot be used are found out now
    work = folders(cache, progress)
    stream = found.photos()
    files = (one for one in stream.photos() if isinstance(one, PhotoFile))
    drawn = sample_pairs([one.location for one in files], pairs, seed=seed)
    asked = drawn.ids
    wanted = (
        one for one in stream.photos() if isinstance(one, PhotoFile) and one.location.id in asked
    )
    framings = [Framing(None, found.crop), *(Framing(way.align, found.crop) for way in ways)]
    make_private(work.faces)
    with (
        closing(DetectionMemory(work.faces, decoding=PACK_VERSION, progress=progress)) as memory,
        progress.task(f"framing in {len(framings)} ways", len(asked)) as advance,
    ):
        framed = embed_framings(chosen, wanted, finder, framings, memory=memory, advance=advance)
    used = drawn.among(framed.ids)
    measured = judge_framings(framed.embedded, framed.ids, used)
    tried = [TriedAlignment(NOT_ALIGNED, 1.0, None, measured[0])]
    tried += [
        TriedAlignment(way.template, way.zoom, way.align, one)
        for way, one in zip(ways, measured[1:], strict=True)
    ]
    tried.sort(key=lambda one: -one.measured.separation.value)
    genuine = int(used.same.sum())
    people = len({int(one) for one in used.people.ravel()})
    return AlignmentHint(
        tuple(tried), genuine, len(used.same) - genuine, people, len(used.ids), framed.left_out
    )


def photo_source(source: Source) -> PhotoSource:
    """Return a source whose photos are files.

    Raises:
        OptionError: it is another one.
    """
    if not isinstance(source, PhotoSource):
        raise OptionError(
            f"expected a source of photos, got {source.name!r}, which has no files; try folder:PATH"
        )
    return source


@dataclass(frozen=True)
class Way:
    """A template at a zoom, and how to align by it."""

    template: str
    zoom: float
    align: DetectingAligner


def find_ways(
    align: Align | None, templates: Sequence[str] = TEMPLATES, zooms: Sequence[float] = ZOOMS
) -> list[Way]:
    """Return each template at each zoom, as ways to align.

    Raises:
        OptionError: there is none, or `align` finds no faces or has no templates.
    """
    if not isinstance(align, DetectingAligner) or "zoom" not in type(align).model_fields:
        got = "none" if align is None else repr(align.name)
        raise OptionError(
            f"expected a way to align with templates, got {got}; try "
            "align='yunet:face_detection_yunet.onnx'"
        )
    for values, what in ((templates, "templates"), (zooms, "zooms")):
        if isinstance(values, str) or not isinstance(values, Sequence) or not values:
            raise OptionError(
                f"expected {what} to try, got {shown(values)}; leave them out to try the usual ones"
            )
    given = align.spec().as_json()
    found = []
    for template in dict.fromkeys(templates):
        for zoom in dict.fromkeys(zooms):
            made = aligners.build({**given, "template": template, "zoom": zoom, "shift": [0, 0]})
            assert isinstance(made, DetectingAligner)
            found.append(Way(template, float(zoom), made))
    return found
