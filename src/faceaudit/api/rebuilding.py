"""One face rebuilt from one template, with the pictures on the way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from faceaudit.api.arguments import Cache, check_count, check_image, check_number, folders, shown
from faceaudit.api.embedding import EmbedderLike, check_embedder
from faceaudit.api.faces import FacesLike, check_faces, faces_at
from faceaudit.api.inversion import AttackLike
from faceaudit.api.spelling import AlignLike
from faceaudit.attacks.inversion.templates import Knowledge, TemplateOracle, template_inversions
from faceaudit.errors import InputError
from faceaudit.faces.alignment.between import Places, transfer_images
from faceaudit.metrics import normalized
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.under_test.base import Access
from faceaudit.types import Float64Array, FloatArray, ImageArray, IntArray

Looking = Callable[[int, ImageArray], None]
"""Is shown, after so many steps or queries, the picture (H, W, 3) that an attack has."""


@dataclass(frozen=True, eq=False)
class RebuiltFace:
    """A face that was rebuilt from a template, and how it came about.

    Attributes:
        images: (S, H, W, 3) uint8, the pictures on the way; the last one is what was found.
        done: (S,) after how many steps, or queries, the attack had each; rising.
        scores: (S,) the cosine of each picture's template with the stolen one.
        solved: whether the attack found a face at all; its last picture is black where not.
        queries: how many pictures the attacked system was asked about; 0 of an attack that asks
            nothing.
    """

    images: ImageArray
    done: IntArray
    scores: Float64Array
    solved: bool
    queries: int
    _places: Places | None = field(default=None, repr=False)

    @property
    def image(self) -> ImageArray:
        """The face that was found, (H, W, 3) uint8."""
        last: ImageArray = self.images[-1]
        return last

    def scores_with(self, embedder: EmbedderLike, photo: ImageArray) -> Float64Array:
        """Return the (S,) cosines of all pictures with a photo, as a network sees both.

        A network of another size is shown the pictures as its own crop would have them.

        Args:
            embedder: the network.
            photo: (H, W, 3) uint8 RGB of its size, such as another one of the person.

        Raises:
            InputError: the photo is of another size, or it is not known how pictures come to the
                network's size.
        """
        judge = check_embedder(embedder)
        seen = check_image(photo)
        if seen.shape[:2] != judge.size:
            raise InputError(
                f"expected a photo of the network's size {judge.size}, got {seen.shape[:2]}; load "
                "it at that size"
            )
        here = (int(self.images.shape[1]), int(self.images.shape[2]))
        images = self.images
        if here != judge.size:
            if self._places is None:
                raise InputError(
                    f"expected a network of the pictures' size {here}, got {judge.size}; rebuild "
                    "the face from faces that a source has loaded"
                )
            images = transfer_images(images, self._places, here, judge.size)
        return _cosines(judge.embed(images), judge.embed(seen[None])[0])


def rebuild_face(
    embedder: EmbedderLike,
    template: npt.ArrayLike,
    faces: FacesLike,
    *,
    attack: AttackLike = "white_box",
    threshold: float | None = None,
    watch: Looking | None = None,
    seed: int = 0,
    align: AlignLike | None = None,
    cache: Cache = None,
    progress: Progress = silent,
) -> RebuiltFace:
    """Rebuild a face from one template, and keep pictures on the way.

    It is for looking at a single person. `invert_templates` does it for many, and says how often
    such faces pass.

    Args:
        embedder: the network that made the template, from `load_network`, `train_embedder` or
            `Embedder.wrap`.
        template: (E,) what `embed` gave of a photo, of any length.
        faces: photos of other people, which the attacker has; loaded at the embedder's size, or
            where to load them from. Nobody of them should be who the template is of.
        attack: of `components("template_inversion")`; "look_alike", "average_face" and
            "random_face" rebuild nothing and are there to compare with. Those that go in steps
            show pictures after 0, 1, 2, 3, 5, 8, 12, 17 ... steps or queries.
        threshold: the cosine from which on the attacked system accepts, for an attack that is told
            no more than that; others do without. -1 to 1, which is 1 more than a threshold of
            `evaluate_verification`.
        watch: is shown each of those pictures when it is there.
        seed: of everything that is drawn.
        align: how the face in each photo is found, where they are loaded now.
        cache: a folder, or a `Store` to keep embeddings of the faces beside it.
        progress: told of long work.

    Returns:
        A `RebuiltFace`; the same inputs and seed give the same one.

    Raises:
        UnknownName: there is no such attack.
        OptionError: an option is wrong.
        InputError: the template is not one of the embedder's, or the attack needs more than there
            is: gradients of a network in a file, another network's templates, or a threshold,
            which is a cosine.
        FaceAuditError: the faces cannot be loaded.

    Example:
        >>> import faceaudit, torch
        >>> _ = torch.manual_seed(0)
        >>> module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 40 * 40, 32))
        >>> embedder = faceaudit.Embedder.wrap(module, size=(40, 40))
        >>> others = {"source": "synthetic", "people": 30, "photos": 2, "sessions": 1}
        >>> person = faceaudit.load_faces("synthetic", (40, 40), people=2, photos=1, sessions=1)
        >>> template = faceaudit.embed(embedder, person.faces.images[:1])[0]
        >>> attack = {"attack": "white_box", "steps": 8}
        >>> found = faceaudit.rebuild_face(embedder, template, others, attack=attack)
        >>> found.image.shape, found.done.tolist()
        ((40, 40, 3), [0, 1, 2, 3, 5, 8])
        >>> bool(found.scores[-1] > found.scores[0])
        True
    """
    attacked = check_embedder(embedder)
    stolen = _check_template(template, attacked.embedding_size)
    chosen = template_inversions.build(attack)
    if chosen.foreign:
        raise InputError(
            f"expected an attack on the templates of one network, got {chosen.name!r}; try "
            "white_box"
        )
    if threshold is not None:
        threshold = check_number(threshold, "the threshold, a cosine,", least=-1, most=1)
    elif chosen.access == Access.LABELS:
        raise InputError(
            f"expected a threshold for {chosen.name!r}, which is told whether a picture is "
            "accepted, got none; try threshold=0.5"
        )
    if chosen.access == Access.GRADIENTS:
        attacked.differentiable()
    rng = np.random.default_rng(check_count(seed, "seed", least=0))
    check_faces(faces, align)
    work = folders(cache, progress)
    loaded = faces_at(faces, [attacked.size], work, align=align)[0]
    asks = chosen.access not in (Access.EMBEDDINGS, Access.GRADIENTS)
    own = np.empty((len(loaded.faces), 0), dtype=np.float32)
    if not asks:
        images = loaded.faces.images
        own = normalized(
            embeddings(attacked, images, cache=work.embeddings, progress=progress).take()
        )
    known = threshold if chosen.access == Access.LABELS else None
    looked = _Looked(watch)
    found = chosen.invert(
        stolen[:, :0] if asks else stolen,
        Knowledge(
            loaded.faces,
            own,
            oracle=TemplateOracle(attacked, stolen, known) if asks else None,
            embedder=attacked if chosen.access == Access.GRADIENTS else None,
            progress=progress,
            watch=looked,
        ),
        rng,
    )
    done, pictures = looked.ended(found.images[0])
    return RebuiltFace(
        pictures,
        done,
        _cosines(attacked.embed(pictures), stolen[0]),
        bool(found.solved[0]),
        int(found.queries[0]),
        loaded.source,
    )


class _Looked:
    """Keeps pictures on the way: after 0, 1, 2, 3, 5, 8, 12, 17 ... steps or queries.

    Most happens at first, and the number of steps is known to nobody before the last one.
    """

    def __init__(self, watch: Looking | None) -> None:
        self._watch = watch
        self._next = 0.0
        self._last = 0
        self._done: list[int] = []
        self._images: list[ImageArray] = []

    def __call__(self, done: int, rows: slice, images: Callable[[], ImageArray]) -> None:
        """Keep the picture, if one is due."""
        del rows  # there is one template
        self._last = done
        if done >= self._next:
            self._keep(done, images()[0])
            self._next = max(done + 1.0, done * 2**0.5)

    def ended(self, image: ImageArray) -> tuple[IntArray, ImageArray]:
        """Return after how many steps there was which picture; the given one is the last."""
        if self._done and self._done[-1] == self._last:
            self._images[-1] = image  # the same, but where nothing was found
        else:
            self._keep(self._last, image)
        return np.array(self._done, dtype=np.int64), np.stack(self._images)

    def _keep(self, done: int, image: ImageArray) -> None:
        self._done.append(done)
        self._images.append(image)
        if self._watch is not None:
            self._watch(done, image)


def _check_template(template: npt.ArrayLike, length: int) -> FloatArray:
    """Return a template as (1, E) of length 1."""
    given = np.asarray(template)
    if given.shape != (length,) or given.dtype.kind not in "fiu" or not np.isfinite(given).all():
        raise InputError(
            f"expected a template ({length},) of finite numbers, got {shown(given)}; take a row of "
            "what faceaudit.embed gave by this network"
        )
    return normalized(given[None].astype(np.float32))


def _cosines(templates: FloatArray, one: FloatArray) -> Float64Array:
    """Return the (S,) cosines of templates with one."""
    first = normalized(templates).astype(np.float64)
    second = normalized(one[None].astype(np.float32))[0].astype(np.float64)
    found: Float64Array = first @ second
    return found
