"""Searches for master faces: a few faces that pass as many enrolled people, one a file."""

from faceaudit.attacks.master_face.base import (
    Known,
    MasterFaceAttack,
    covered_by,
    master_face_attacks,
)

__all__ = ["Known", "MasterFaceAttack", "covered_by", "master_face_attacks"]
