"""What tests of pages by AppTest share: what a page shows, and pictures to bring."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest


def html(page: AppTest) -> str:
    """Return all HTML and Markdown of a page."""
    return "\n".join(str(one.proto.body) for one in page.get("html")) + "\n".join(
        one.value for one in page.markdown
    )


def png(pixels: np.ndarray) -> bytes:
    """Return pixels as a file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
