"""`python -m faceaudit.cli`."""

from faceaudit.cli import main

main()
