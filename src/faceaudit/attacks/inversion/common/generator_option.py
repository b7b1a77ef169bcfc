"""The option of an attack that names a generator."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, SerializeAsAny

from faceaudit.attacks.inversion.generators.base import Generator, generators


def _dump(generator: Generator) -> dict[str, Any]:
    return generator.spec().as_json()


GeneratorOption = Annotated[
    SerializeAsAny[Generator], BeforeValidator(generators.build), PlainSerializer(_dump)
]
"""A generator, by name or with its options."""
