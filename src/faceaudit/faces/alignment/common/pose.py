"""The pose of a head before the camera, fitted to five landmarks.

Taigman, Yang, Ranzato, Wolf 2014, DeepFace (CVPR, doi:10.1109/CVPR.2014.220), section 2, fit an
affine camera (eight unknowns) to 67 points by generalised least squares. Five points would leave
little to average over, so the camera here is a weak perspective one (rotation, scale and shift: six
unknowns for ten equations), and heads are expected to face the camera more or less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.faces.alignment.common.generic_head import Doubles, landmarks
from faceaudit.faces.alignment.common.similarity import similarity
from faceaudit.types import FloatArray

_STEPS = 20
_NOISE = 0.12
"""Standard deviation of a detector's landmarks, in centimetres."""

_FRONTAL = np.sin(np.radians([30.0, 10.0]))
"""Sines of the standard deviations of yaw and pitch that heads are expected to have."""


def _build_modes() -> Doubles:
    """Return the directions (M, 5, 3) in which people's landmarks differ.

    Each is one standard deviation long, in centimetres. The spreads are those of the synthetic
    renderer's people, and for the corners of the mouth also those of a smile.
    """
    modes = np.zeros((8, 5, 3))
    modes[0, :2, 0] = -0.22, 0.22  # distance of the eyes
    modes[1, :2, 1] = 0.16  # their height
    modes[2, 2, 1] = 0.34  # length of the nose
    modes[3, 2, 2] = 0.3  # how far it stands out
    modes[4, 3:, 1] = 0.3  # height of the mouth
    modes[5, 3:, 0] = -0.3, 0.3  # its width
    modes[6, 3:, 1] = 0.2  # smile
    modes[7, 3:, 2] = 0.3  # how far the mouth stands out
    return modes


_MODES = _build_modes()


@dataclass(frozen=True, eq=False)
class HeadPoses:
    """Poses of N generic heads before the camera in which their landmarks fit.

    Attributes:
        rotation: (N, 3, 3), head to camera.
        scale: (N,) pixels a centimetre.
        shift: (N, 2) pixel of the head's centre.
        residual: (N, 5, 2) pixels from the heads' landmarks to the ones given.
    """

    rotation: Doubles
    scale: Doubles
    shift: Doubles
    residual: Doubles

    @property
    def yaw(self) -> Doubles:
        """(N,) radians; positive when the nose points to the image's right."""
        return np.arctan2(-self.rotation[:, 2, 0], self.rotation[:, 2, 2])

    @property
    def pitch(self) -> Doubles:
        """(N,) radians; positive when the nose points down."""
        return -np.arcsin(np.clip(self.rotation[:, 2, 1], -1, 1))

    @property
    def roll(self) -> Doubles:
        """(N,) radians; positive when the head leans to the image's right."""
        return np.arctan2(-self.rotation[:, 0, 1], self.rotation[:, 1, 1])


def fit_poses(points: FloatArray) -> HeadPoses:
    """Return the poses in which the generic head's landmarks come closest to `points`.

    Generalised least squares by Gauss-Newton, all faces at once, from the best frontal pose on.
    What people's landmarks differ by makes the covariance, turned with the head in every step, and
    a weak prior keeps a long nose from passing for a lowered head.

    Args:
        points: (N, 5, 2) pixels, in the order of `FaceSet.landmarks`.

    Raises:
        InputError: a face's landmarks are not finite, or all in one place.
    """
    head = landmarks()
    flat = similarity(points, head[:, :2])[:, :, :2]  # from pixels to centimetres, and so reversed
    scale = 1 / np.hypot(flat[:, 0, 0], flat[:, 1, 0])
    rotation = np.zeros((len(points), 3, 3))
    rotation[:, :2, :2] = np.swapaxes(flat, 1, 2) * scale[:, None, None]
    rotation[:, 2, 2] = 1
    middle = np.einsum("nij,j->ni", rotation[:, :2, :2], head[:, :2].mean(axis=0))
    shift = points.mean(axis=1) - scale[:, None] * middle
    for _ in range(_STEPS):
        turned = np.einsum("nij,kj->nki", rotation, head)
        away = points - (scale[:, None, None] * turned[..., :2] + shift[:, None])
        whiten = _compute_whitening(rotation, scale)
        jacobian = whiten @ _compute_jacobian(turned, scale)
        error = np.einsum("nrs,ns->nr", whiten, away.reshape(len(points), -1))
        jacobian, error = _add_prior(jacobian, error, rotation)
        right = np.einsum("nrp,nr->np", jacobian, error)
        normal = np.einsum("nrp,nrq->npq", jacobian, jacobian)
        step = np.linalg.solve(normal, right[..., None])[..., 0]
        # Half a radian or half an octave at once is as far as the derivatives can be believed.
        step[:, :4] = np.clip(step[:, :4], -0.5, 0.5)
        rotation = _make_rotations(step[:, :3]) @ rotation
        scale, shift = scale * np.exp(step[:, 3]), shift + step[:, 4:]
    turned = np.einsum("nij,kj->nki", rotation[:, :2], head)
    residual = points - (scale[:, None, None] * turned + shift[:, None])
    return HeadPoses(rotation, scale, shift, residual)


def _compute_jacobian(turned: Doubles, scale: Doubles) -> Doubles:
    """Return the derivatives (N, 10, 6) of the pixels by rotation, log scale and shift."""
    x, y, z = np.moveaxis(turned, -1, 0)
    zero, one = np.zeros_like(x), np.ones_like(x)
    size = scale[:, None]
    across = np.stack([zero, z * size, -y * size, x * size, one, zero], axis=-1)
    down = np.stack([-z * size, zero, x * size, y * size, zero, one], axis=-1)
    return np.stack([across, down], axis=2).reshape(len(turned), -1, 6)


def _compute_whitening(rotation: Doubles, scale: Doubles) -> Doubles:
    """Return (N, 10, 10) that makes residuals independent, with a standard deviation of one."""
    modes = np.einsum("nij,mkj->nmki", rotation[:, :2], _MODES).reshape(len(rotation), -1, 10)
    covariance = np.einsum("nmr,nms->nrs", modes, modes) + _NOISE**2 * np.eye(10)
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)) / scale[:, None, None])


def _add_prior(jacobian: Doubles, error: Doubles, rotation: Doubles) -> tuple[Doubles, Doubles]:
    """Return derivatives (N, 12, 6) and errors (N, 12): two rows more draw heads to the front."""
    rows = np.zeros((len(jacobian), 2, 6))
    rows[:, :, 0], rows[:, :, 1] = rotation[:, 1, :2], -rotation[:, 0, :2]
    rows /= _FRONTAL[:, None]
    apart = -rotation[:, 2, :2] / _FRONTAL
    return np.concatenate([jacobian, rows], axis=1), np.concatenate([error, apart], axis=1)


def _make_rotations(vector: Doubles) -> Doubles:
    """Return rotations (N, 3, 3) about `vector` (N, 3) by its length (Rodrigues' formula)."""
    angle = np.linalg.norm(vector, axis=1)
    x, y, z = (vector / np.maximum(angle, 1e-12)[:, None]).T
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    cross = np.moveaxis(np.array(rows), -1, 0)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross))
