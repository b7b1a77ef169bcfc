"""`python -m faceaudit`."""

from faceaudit.cli import main

main()
