"""What is run for every session: the page's frame, and one page in it."""

from __future__ import annotations

from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from faceaudit.app import forgetting, texts
from faceaudit.app.door.headers import FORMS
from faceaudit.app.language import CHOSEN, language, say
from faceaudit.app.look import dress
from faceaudit.app.navigation import pages
from faceaudit.app.page import Page
from faceaudit.app.settings import settings

_ICON = str(Path(__file__).with_name("door") / "favicon.svg")


def main() -> None:
    """Show the page that was asked for."""
    forgetting.enter()
    st.set_page_config(page_title="faceaudit", page_icon=_ICON, layout="wide")
    dress()
    _say_language()
    shown = st.navigation(
        [
            st.Page(
                partial(_show, page),
                title=say(f"{page.name}.title"),
                icon=page.icon,
                url_path=page.name,
                default=number == 0,
            )
            for number, page in enumerate(pages())
        ]
    )
    with st.sidebar:
        _choose_language()
        if settings().password:
            st.html(f'<p><a href="{FORMS[1]}" target="_self">{say("app.door_out")}</a></p>')
    shown.run()


def _show(page: Page) -> None:
    st.title(say(f"{page.name}.title"), anchor=False)
    st.html(f'<p class="lead">{say(f"{page.name}.learn")}</p>')
    page.show()


def _say_language() -> None:
    """Tell the script of the page's frame in which language the page is."""
    skip = escape(say("app.skip"))
    st.html(f'<div hidden data-page-language="{language()}" data-skip="{skip}"></div>')


def _choose_language() -> None:
    known = texts.languages()
    st.selectbox(
        say("app.language_label"),
        list(known),
        index=list(known).index(language()),
        format_func=lambda code: known[code],
        key=CHOSEN,
    )


if __name__ == "__main__":
    main()
