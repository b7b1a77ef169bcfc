"""What a page of the app is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page of the app.

    Attributes:
        name: its address, and the file of its words in every language.
        place: where it stands in the order that a new user is led through; 10, 20 and so on.
        icon: beside its title, as Streamlit spells it, such as ":material/face:".
        show: shows it, below its title and the sentence that says what is learned on it.
    """

    name: str
    place: int
    icon: str
    show: Callable[[], None]
