"""Instants: seconds since 1970-01-01 UTC, and how they print."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds(text: str) -> float:
    """Seconds of an ISO 8601 date or time; without an offset it is taken as UTC.

    Raises
    ------
    ValueError
        If the text is no such date.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) / timedelta(seconds=1)


def iso(instant: float) -> str:
    """An instant as ISO 8601: a date at midnight, else a time to the second (or finer) in UTC."""
    if not math.isfinite(instant):
        return str(instant)
    try:
        moment = _EPOCH + timedelta(seconds=instant)
    except OverflowError:
        return f"{instant:g} s"
    if moment.time().isoformat() == "00:00:00":
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat() + "Z"
