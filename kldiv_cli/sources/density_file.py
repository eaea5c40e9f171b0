"""A density in a JSON file: ``{"family": "multivariate_normal", "mean": [...], "cov": [[...]]}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kldiv_cli.errors import InputError

if TYPE_CHECKING:
    from kldiv_cli.sources.spec import SourceSpec

_FAMILY = "multivariate_normal"


def density_document(spec: SourceSpec) -> dict[str, Any] | None:
    """The document, where the file holds a density; None where it holds something else.

    Raises
    ------
    InputError
        If it names a family that is not read from files, or lacks its parameters.
    """
    if spec.place != "file" or not spec.location.endswith(".json"):
        return None
    import json

    try:
        with open(spec.location, "rb") as file:
            content = file.read()
        if b'"family"' not in content:
            return None
        document = json.loads(content)
    except (OSError, ValueError, RecursionError):
        return None  # the reader of tables tells what is wrong
    if not isinstance(document, dict) or not isinstance(document.get("family"), str):
        return None
    if document["family"] != _FAMILY:
        raise InputError(
            f"{spec.label}: there is no family {document['family']!r} in files", remedy=f'"family": "{_FAMILY}"'
        )
    lacking = [name for name in ("mean", "cov") if name not in document]
    if lacking:
        raise InputError(f"{spec.label}: {lacking[0]} is missing", remedy='"mean": [0, 0], "cov": [[1, 0], [0, 1]]')
    unknown = [name for name in document if name not in ("family", "mean", "cov")]
    if unknown:
        raise InputError(f"{spec.label}: there is no {unknown[0]!r}", remedy="family, mean and cov")
    return document
