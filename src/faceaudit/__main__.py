"""`python -m faceaudit`."""

from faceaudit.entry import main

main()
