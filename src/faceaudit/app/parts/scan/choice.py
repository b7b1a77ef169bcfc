"""A model that somebody brings: taken, scanned in a process of its own, and forgotten."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from faceaudit.app.language import say
from faceaudit.app.outside import complain, complain_of
from faceaudit.app.parts.progress import bar
from faceaudit.app.parts.scan.apart import SECONDS, Asked, Scanning, begin
from faceaudit.app.parts.scan.found import show_found
from faceaudit.app.parts.scan.models import DOORS, SUFFIXES, model_of
from faceaudit.app.parts.scan.prepared import REFERENCES
from faceaudit.app.parts.sheet import heading, note, paragraph
from faceaudit.app.settings import Settings
from faceaudit.app.uploads import MEGABYTES, UploadError
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

SCANNING = "scan_under_way"
"""Where a session keeps its scan; the model is nowhere else."""
NAMED = 80
"""Letters of a model's name that are shown."""
EVERY = 1.0
"""Seconds between two looks at a scan that is under way."""
ONNX = ".onnx"


def under_way() -> Scanning | None:
    """Return this session's scan, under way or done; None where there is none."""
    kept: Scanning | None = st.session_state.get(SCANNING)
    return kept


def show_own(given: Settings, way: str) -> None:
    """Take a model and show its scan.

    Args:
        given: of the app.
        way: "upload", or "path" where nobody else can reach the app.
    """
    scanning = under_way()
    if scanning is None:
        _show_choice(given, way)
    elif scanning.running:
        st.fragment(_watch, run_every=EVERY)(scanning)
    else:
        _show_end(scanning)


def _show_choice(given: Settings, way: str) -> None:
    model: UploadedFile | str | None
    if way == "path":
        model = st.text_input(
            say("scan.bring_path"), placeholder=say("scan.bring_path_hint"), key="scan_path"
        ).strip()
    else:
        model = st.file_uploader(say("scan.bring", megabytes=MEGABYTES), key="scan_upload")
        st.caption(say("scan.bring_kept"))
    network_at, references_at = st.columns(2)
    with network_at:
        network = st.selectbox(
            say("scan.network"),
            ["", *_networks()],
            format_func=lambda one: one or say("scan.network_own"),
            help=say("scan.network_help"),
            key="scan_network",
        )
    with references_at:
        references = st.segmented_control(
            say("scan.references"),
            (REFERENCES, 0),
            default=REFERENCES,
            required=True,
            format_func=lambda one: say(f"scan.references_{one}"),
            help=say("scan.references_help"),
            key="scan_references",
        )
    if not model:
        paragraph(say("scan.wanted"))
        return
    if st.button(say("scan.start"), type="primary", icon=":material/search:", key="scan_start"):
        _start(given, model, network or "", REFERENCES if references is None else references)


def _start(given: Settings, model: UploadedFile | str, network: str, references: int) -> None:
    try:
        if isinstance(model, str):
            data: bytes | Path = (file := _there(model, given))
            door = "onnx" if file.suffix.lower() == ONNX else "file"
            suffix, name = "", file.name
        else:
            kind, data = model_of(model)
            door, suffix, name = DOORS[kind], SUFFIXES[kind], model.name
        asked = Asked(door, "" if door == "onnx" else network, references, given.faces)
        scanning = begin(given, asked, data, suffix=suffix, name=name[:NAMED])
    except UploadError as error:
        complain(error.words)
    except OptionError as error:
        complain_of(error)
    except (OSError, RuntimeError):
        complain(say("scan.no_room"))
    else:
        if scanning is None:
            complain(say("scan.busy"))
            return
        st.session_state[SCANNING] = scanning
        st.rerun()


def _there(named: str, given: Settings) -> Path:
    """Return the path of a model on this machine.

    Raises:
        OptionError: there is nothing, or others than this machine reach the app.
    """
    with suppress(OSError, RuntimeError):  # it may not be looked at; "~nobody" has no folder
        file = Path(named).expanduser()
        if not given.exposed and file.exists():
            return file.absolute()
    raise OptionError(f"expected the path of a model, got {named}; check it")


def _networks() -> list[str]:
    """Return the networks that weights can be of."""
    from faceaudit.networks.base import networks  # noqa: PLC0415 - looks through all files

    return [name for name in networks.names() if not networks.get(name).is_file]


def _watch(scanning: Scanning) -> None:
    if not scanning.running:
        st.rerun()
    st.html(bar(scanning.work, say("scan.scanning", name=scanning.name)))
    if scanning.brought:
        note(say("scan.bring_kept"))
    stop = say("scan.stop" if scanning.brought else "scan.stop_path")
    if st.button(stop, icon=":material/stop_circle:", key="scan_stop"):
        scanning.stop()
        st.session_state.pop(SCANNING, None)
        st.toast(say("scan.stopped" if scanning.brought else "scan.stopped_path"))
        st.rerun()


def _show_end(scanning: Scanning) -> None:
    """Show what was found, or why nothing was."""
    if scanning.found is not None:
        heading(say("scan.result", name=scanning.name))
        asked = (f"{scanning.asked.door}:{scanning.name}", scanning.asked.network)
        show_found(scanning.found, name=scanning.name, asked=asked)
    elif scanning.error:
        complain_of(RuntimeError(scanning.error))
    else:
        complain(say("scan.ended", minutes=SECONDS // 60))
    if st.button(say("scan.again"), icon=":material/refresh:", key="scan_again"):
        st.session_state.pop(SCANNING, None)
        st.rerun()
