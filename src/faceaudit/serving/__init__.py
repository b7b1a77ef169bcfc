"""Systems served over HTTP, for tests and demonstrations."""

from faceaudit.serving.server import Server

__all__ = ["Server"]
