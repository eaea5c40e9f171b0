"""Places that fsspec opens: ``s3://``, ``gs://``, ``https://`` and others, when its packages are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from kldiv_cli.errors import InputError, KldivError, MissingExtra
from kldiv_cli.sources.meter import Stopped
from kldiv_cli.sources.spec import fixed_part, is_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from kldiv_cli.sources.spec import SourceSpec

_PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "http": "aiohttp",
    "https": "aiohttp",
}
"""What fsspec needs for a scheme."""
_BLOCK = 1 << 23


def opened_url(spec: SourceSpec) -> BinaryIO:
    """Open a URL for reading.

    Raises
    ------
    KldivError
        If a package is missing, or the place cannot be reached.
    """
    with explained(spec.label, spec.location):
        system, path = _system(spec.location)
        stream: BinaryIO = system.open(path, "rb", block_size=_BLOCK)
        return stream


def matching(url: str) -> list[tuple[str, str]] | None:
    """Files that a pattern matches, or that lie below a folder, sorted; None if it is a file.

    Of each the URL, and its path from the last folder on that has no wildcard.

    Raises
    ------
    KldivError
        If a package is missing, or the place cannot be reached.
    """
    with explained(url, url):
        system, path = _system(url)
        if is_pattern(path):
            found, fixed = system.glob(path), fixed_part(path)
        elif not url.startswith("http") and system.isdir(path):
            found, fixed = system.find(path), path.rstrip("/") + "/"
        else:
            return None
        files = sorted(name for name in found if not system.isdir(name))
        return [(str(system.unstrip_protocol(name)), name[len(fixed) :]) for name in files]


def _system(url: str) -> tuple[Any, str]:
    import fsspec

    system, path = fsspec.core.url_to_fs(url)
    return system, path


def explained(label: str, url: str) -> AbstractContextManager[None]:
    """Turn whatever a file system raises into an error that says what to do."""
    from contextlib import contextmanager

    scheme = url.partition("://")[0]

    @contextmanager
    def explaining() -> Iterator[None]:
        try:
            yield
        except ImportError as fault:
            needed = " ".join(dict.fromkeys(("fsspec", _PACKAGES.get(scheme, "fsspec"))))
            pipe = f", or curl -s {url} | kldiv ... -" if scheme in ("http", "https") else ""
            raise MissingExtra(
                f"{label}: {scheme}:// needs packages that are not installed ({fault})",
                remedy=f"pip install {needed}{pipe}",
            ) from None
        except (KldivError, Stopped):
            raise
        except FileNotFoundError:
            raise InputError(f"{label}: there is nothing at that address", remedy="check it") from None
        except Exception as fault:  # every file system has errors of its own
            raise InputError(
                f"{label}: {type(fault).__name__}: {fault}", remedy="check the address and the credentials"
            ) from None

    return explaining()
