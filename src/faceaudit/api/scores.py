"""Evaluation of scores alone: no network and no photos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import faceaudit
from faceaudit.api.arguments import StrPath, output_of, path_of
from faceaudit.errors import OptionError
from faceaudit.protocols import Result, Verification
from faceaudit.protocols.det import DRAWINGS, draw_det
from faceaudit.protocols.score_files import read_scores


def evaluate_scores(scores: StrPath, *, det: StrPath | None = None, **protocol: Any) -> Result:
    """Give the figures of a verification from its scores alone, without network and photos.

    Args:
        scores: what `evaluate_verification(..., scores_out=...)` wrote; or lines of four columns
            (claimed_id real_id test_label score) or five (claimed_id model_label real_id
            test_label score). Higher is more alike; NaN where a photo had no face. The order of
            the lines has no meaning.
        det: a file, .svg or .png, to draw the detection error tradeoff to.
        protocol: options of the protocol, as in `fmrs=[0.001]`. Those of the run that wrote the
            file give its figures to the last bit.

    Returns:
        Figures with their intervals and `thresholds`, as `evaluate_verification` gives them. What
        needs folds is unknown where the file has none.

    Raises:
        OptionError: an option of the protocol is wrong, or a file cannot be written.
        PairsError: the scores cannot be read, or have no genuine or no impostor comparison.
        InputError: there is one fold.

    Example:
        ::

            found = faceaudit.evaluate_scores("scores.csv", fmrs=[0.01])
            print(found.thresholds[0].threshold, found.thresholds[0].fmr)
    """
    asked = Verification(**protocol)
    file = path_of(scores, "a file of scores")
    drawing = check_drawing(det, beside=file)
    result = asked.judge(read_scores(file))
    if drawing is not None:
        draw_det({file.name: result}, drawing)
    facts = {"faceaudit": faceaudit.__version__, "scores": file.name, **result.facts}
    return replace(result, facts=facts)


def check_drawing(det: StrPath | None, *, beside: StrPath | None = None) -> Path | None:
    """Return a drawing to write, or None for none.

    Args:
        det: its file.
        beside: another file, which the drawing must not take the place of.

    Raises:
        OptionError: it is of another kind, in a place that cannot be written, or the other file.
    """
    if det is None:
        return None
    path = output_of(det, "a drawing to write")
    if path.suffix.lower() not in DRAWINGS:
        raise OptionError(f"expected a drawing as FILE.svg or FILE.png, got {path}")
    if beside is not None and path.resolve() == Path(beside).resolve():
        raise OptionError(
            f"expected two files, of scores and for a drawing, got {path} as both; try scores.csv"
        )
    return path
