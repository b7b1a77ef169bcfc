"""A system behind an HTTP API, asked as its users ask it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from faceaudit.errors import OptionError, closest
from faceaudit.progress import Progress, silent
from faceaudit.registry import check_keys, digest
from faceaudit.systems.under_test.base import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    SystemUnderTest,
    VerifierUnderTest,
    systems_under_test,
)
from faceaudit.systems.under_test.common.answer_log import AnswerLog
from faceaudit.systems.under_test.common.http_about import Told, read_told
from faceaudit.systems.under_test.common.http_answer import says_no_answer
from faceaudit.systems.under_test.common.http_asking import Asker, Limits, fetch
from faceaudit.systems.under_test.common.http_description import (
    Description,
    Fields,
    Headers,
    Request,
    Role,
    Size,
    Value,
)
from faceaudit.systems.under_test.common.http_reading import (
    Asked,
    check_threshold,
    limit_of,
    reader_of,
    whole_reader,
)
from faceaudit.systems.under_test.common.http_ready import read_description
from faceaudit.systems.under_test.common.http_request import (
    Template,
    check_address,
    fill_keys,
    is_open,
)
from faceaudit.systems.under_test.common.http_systems import (
    HttpEmbedder,
    HttpIdentifier,
    HttpVerifier,
    Opened,
)
from faceaudit.systems.under_test.common.limited import limited


def _described(value: object) -> object:
    """Return a description that was given as a mapping; said here, its faults are said in full."""
    return Description(**check_keys(value)) if isinstance(value, Mapping) else value


@systems_under_test.register
class Http(Limits, SystemUnderTest):
    """A system behind an HTTP API: DeepFace, CompreFace, InsightFace-REST, or by a description."""

    name: ClassVar[str] = "http"
    paper: ClassVar[str] = (
        "the query access of black-box attacks (Shokri et al. 2017, arXiv 1610.05820), over HTTP"
    )

    path: Annotated[str | Description, BeforeValidator(_described)] = Field(
        description="a ready description (deepface, compreface, insightface-rest, faceaudit), the "
        "path of a YAML file, or a mapping"
    )
    url: str = Field("", description="the server's address; that of the description when empty")
    role: Role | None = Field(None, description="what it is asked as, where it can be several")
    size: Size | None = Field(None, description="height and width of the photos it is sent")
    threshold: float | None = Field(
        None, description="where the server makes no decision: the score that is needed for one"
    )
    values: Fields = Field(
        default_factory=dict, description="words of the description, as in {model_name: ArcFace}"
    )
    headers: Headers = Field(
        default_factory=dict, description="more headers; keys as ${NAME}, from the environment"
    )
    access: tuple[Access, ...] | None = Field(
        None, description="what to let the audit see; none: all that the server gives"
    )
    revision: str = Field(
        "",
        description="any text; another one when the system was changed, so that it is asked anew",
    )

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest:
        """Return the system, ready to be asked; a server that tells what it is, is asked that now.

        Raises:
            InputError: the description, the address or a key is missing or wrong, or the server
                cannot be reached where it is asked what it is.
        """
        del device
        parts = _Parts.of(self, progress)
        names = parts.told.names or parts.description.names
        if parts.role == "identifier" and not names:
            raise OptionError(
                "expected the names of the people that the identifier knows, got none; list them "
                "in the description's `names`"
            )
        access, read = reader_of(parts.asked, names, parts.told.access)
        limit = limit_of(parts.asked, self.threshold)
        if limit is not None and Access.SCORES in access:
            access |= {Access.LABELS}
        log = AnswerLog(cache / parts.id)
        if log.damaged:
            progress.note(
                f"{log.damaged:,} of the answers kept in {log.path.parent} are damaged; what is "
                "needed of them is asked again"
            )
        opened = Opened(
            parts.told.title or parts.description.title,
            parts.id if limit is None else digest([parts.id, str(limit)]),
            parts.size,
            access,
            limit,
            Asker(
                parts.template({**parts.values, "people": len(names)}),
                whole_reader(parts.asked, read),
                lambda reply: says_no_answer(reply, parts.asked.no_answer),
                self,
                log,
                parts.secrets,
            ),
            log,
            progress,
        )
        if parts.role == "identifier":
            return limited(HttpIdentifier(opened, names), self.access)
        asked = HttpVerifier(opened) if parts.role == "verifier" else HttpEmbedder(opened)
        return limited(asked, self.access)


@dataclass(frozen=True, eq=False, repr=False)
class _Parts:
    """What a door's options and its description come to."""

    description: Description
    request: Request
    address: str
    secrets: dict[str, str]
    values: dict[str, Value]
    told: Told
    role: Role
    size: Size
    asked: Asked
    id: str

    @classmethod
    def of(cls, door: Http, progress: Progress) -> _Parts:
        description = (
            door.path if isinstance(door.path, Description) else read_description(door.path)
        )
        address = check_address(door.url or description.url)
        values = {**description.values, **_known_values(door, description)}
        shared = {**description.headers, **door.headers}
        told = _tell(door, description, address, shared, values)
        role = _role(door, description, told)
        asked: Asked = getattr(description, role)
        check_threshold(asked, door.threshold)
        request, filled, secrets = fill_keys(asked.request, shared, values)
        if is_open(address):
            what = "keys and photos" if secrets else "photos"
            progress.note(f"{what} go to {address} unencrypted; try https")
        size = door.size or told.size or description.size
        if size is None:
            raise OptionError(
                "expected the size of the photos that the server is sent, got none; give "
                "size=[112, 112]"
            )
        determines = [
            Http.version,
            asked.model_dump(mode="json"),
            {name.lower(): value for name, value in shared.items()},  # keys by their names
            description.photo.model_dump(mode="json"),
            told.id or address,  # who says what it is may move to another address
            values,
            told.names or description.names,
            size,
            door.revision,
        ]
        id_ = digest(determines)
        return cls(description, request, address, secrets, filled, told, role, size, asked, id_)

    def template(self, values: dict[str, Value]) -> Template:
        """Return the requests about photos."""
        return Template.of(
            self.request,
            address=self.address,
            values=values,
            photo=self.description.photo,
            photos=2 if self.role == "verifier" else 1,
        )


def _tell(
    door: Http,
    description: Description,
    address: str,
    shared: dict[str, str],
    values: dict[str, Value],
) -> Told:
    """Return what the server says of itself; nothing where it is not asked."""
    about = description.about
    if about is None and description.identifier and _only(door, description) == "identifier":
        about = description.identifier.about
    if about is None:
        return Told()
    request, values, secrets = fill_keys(about.request, shared, values)
    template = Template.of(
        request, address=address, values=values, photo=description.photo, photos=0
    )
    return read_told(fetch(template, door, secrets), about, description, secrets)


def _only(door: Http, description: Description) -> Role | None:
    """Return what is asked as, as far as it is known without the server."""
    roles = description.roles
    return door.role or (roles[0] if len(roles) == 1 else None)


def _role(door: Http, description: Description, told: Told) -> Role:
    roles = description.roles
    chosen = _only(door, description) or told.role
    if chosen is None or chosen not in roles:
        raise OptionError(
            f"expected role={' or role='.join(roles)}, got {chosen or 'none'}; say what to ask "
            f"{description.title} as"
        )
    if told.role is not None and chosen != told.role:
        raise OptionError(f"expected role={told.role}, as the server says, got {chosen}")
    return chosen


def _known_values(door: Http, description: Description) -> dict[str, Value]:
    for word in door.values:
        if word not in description.values:
            close = closest(word, description.values)
            known = ", ".join(sorted(description.values)) or "there are none"
            raise OptionError(
                f"expected values of the description ({known}), got {word!r}"
                + (f"; try {close!r}" if close else "")
            )
    return door.values
