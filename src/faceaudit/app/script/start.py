"""The script that Streamlit runs for every session."""

from faceaudit.app.main import main

main()
