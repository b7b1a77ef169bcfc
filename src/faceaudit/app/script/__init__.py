"""What Streamlit runs: alone in a folder, as it takes any `pages` beside it for scripts."""
