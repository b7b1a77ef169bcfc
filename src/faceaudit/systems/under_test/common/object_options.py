"""What the user says of an object of their own: a function, an instance, a torch module."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.systems.under_test.base import Access, SystemUnderTest

Edge = Annotated[int, Field(ge=1, le=4096)]


class ObjectOptions(SystemUnderTest):
    """The options of doors to objects."""

    role: Literal["identifier", "verifier", "embedder"] | None = Field(
        None,
        description="what it is; none: found by a trial on two photos, where that can tell. A "
        "verifier is given two batches of photos and has to be named",
    )
    names: str | tuple[str, ...] | None = Field(
        None,
        description="whom an identifier knows: a file with one name a line in the order of labels, "
        "or the names; none: class-0 and so on; needed where it gives labels alone",
    )
    size: tuple[Edge, Edge] | None = Field(
        None, description="height and width of its photos; none: what its attribute `size` says"
    )
    preprocessing: Preprocessing | None = Field(
        None,
        description="order, mean and scale of the channels of float32 photos (N, 3, height, width);"
        " none: it is given uint8 photos (N, height, width, 3), RGB. A torch module needs it",
    )
    takes: Literal["numpy", "torch"] = Field(
        "numpy", description="what a function is given: arrays of NumPy, or tensors"
    )
    batch: int = Field(64, ge=1, le=4096, description="most photos that it is given at once")
    threshold: float | None = Field(
        None, description="the score from which on a verifier takes two photos for one person"
    )
    unanswered: bool = Field(
        default=False,
        description="whether a row of NaN, or a decision -1, says that there is no answer, as "
        "where no face is found; otherwise it is refused",
    )
    revision: str = Field(
        "",
        description="another text whenever the system behind it was changed in a way that its "
        "source does not show",
    )
    access: tuple[Access, ...] | None = Field(
        None, description="what to let the audit see; none: all that the system gives"
    )
