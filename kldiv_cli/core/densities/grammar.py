"""``0.3*norm(0,1)+0.7*gamma(2,scale=3)`` read by a small parser of its own: nothing that is typed is evaluated."""

from __future__ import annotations

import math
import re

from kldiv_cli.errors import UsageError
from kldiv_cli.record import NamedTuple

_LOOKS_LIKE_ONE = re.compile(r"\s*(?:[-+0-9.eE/]+\s*\*\s*)?[A-Za-z_]\w*\s*\(.*\)\s*", re.DOTALL)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_]\w*)|(?P<mark>.))"
)
_EXAMPLE = "norm(0,1), gamma(2,scale=3), poisson(4) or 0.3*norm(0,1)+0.7*norm(5,2)"
_SUM_TOLERANCE = 1e-6
_LONGEST = 10_000


class Named(NamedTuple):
    """A family as it is written, with its parameters."""

    name: str
    positional: tuple[float, ...]
    named: tuple[tuple[str, float], ...]


class Part(NamedTuple):
    """One part of a mixture; a family alone has weight 1."""

    weight: float
    family: Named


def looks_like_density(text: str) -> bool:
    """Whether a text is meant as a density: a name with parentheses, perhaps with a weight.

    Examples
    --------
    >>> looks_like_density("norm(0,1)"), looks_like_density("0.3*norm(0,1)+0.7*t(3)"), looks_like_density("0.3,0.7")
    (True, True, False)
    """
    return _LOOKS_LIKE_ONE.fullmatch(text) is not None


def parsed(text: str) -> tuple[Part, ...]:
    """Parts of a mixture, or the one family.

    Raises
    ------
    UsageError
        If it is none, or weights are not positive with the sum 1.

    Examples
    --------
    >>> parsed("gamma(2, scale=1/3)")
    (Part(weight=1.0, family=Named(name='gamma', positional=(2.0,), named=(('scale', 0.3333333333333333),))),)
    """
    if len(text) > _LONGEST:
        raise UsageError("the density is longer than 10,000 characters", remedy=_EXAMPLE)
    return _Reader(text).parts()


class _Reader:
    """Takes the tokens of a text one by one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            (str(found.lastgroup), found[found.lastgroup or 0], found.start(found.lastgroup or 0))
            for found in _TOKEN.finditer(text.rstrip())
        ]
        self._place = 0

    def parts(self) -> tuple[Part, ...]:
        found = [self._part()]
        while self._taken("+"):
            found.append(self._part())
        if self._place < len(self._tokens):
            raise self._fault("'+' or the end")
        parts = tuple(Part(1.0 if weight is None else weight, family) for weight, family in found)
        unweighted = any(weight is None for weight, _ in found)
        if len(parts) == 1 and (unweighted or parts[0].weight == 1.0):
            return (parts[0]._replace(weight=1.0),)
        total = math.fsum(part.weight for part in parts)
        if unweighted or min(part.weight for part in parts) <= 0.0 or abs(total - 1.0) > _SUM_TOLERANCE:
            told = "a part has no weight" if unweighted else f"the weights sum to {total:.6g}"
            raise UsageError(
                f"the mixture {self._text!r}: {told}", remedy="weights above 0 that sum to 1: 0.3*norm(0,1)+0.7*t(3)"
            )
        return tuple(part._replace(weight=part.weight / total) for part in parts)

    def _part(self) -> tuple[float | None, Named]:
        weight = None
        if self._kind() == "number" or self._next() in ("-", "+"):
            weight = self._number()
            if not self._taken("*"):
                raise self._fault("'*' after a weight")
        if self._kind() != "name":
            raise self._fault("the name of a family")
        name = self._take()
        if not self._taken("("):
            raise self._fault("'(' after the name")
        return weight, Named(name, *self._arguments())

    def _arguments(self) -> tuple[tuple[float, ...], tuple[tuple[str, float], ...]]:
        positional: list[float] = []
        named: dict[str, float] = {}
        while not self._taken(")"):
            if self._kind() == "name":
                key = self._take()
                if not self._taken("="):
                    raise self._fault(f"'=' after {key!r}, or a number")
                if key in named:
                    raise UsageError(f"{self._text!r} gives {key} twice", remedy="each parameter once")
                named[key] = self._number()
            elif named:
                raise self._fault("NAME=NUMBER, for named parameters come last,")
            else:
                positional.append(self._number())
            if self._next() != ")" and not self._taken(","):
                raise self._fault("',' or ')'")
        return tuple(positional), tuple(named.items())

    def _number(self) -> float:
        sign = -1.0 if self._next() == "-" else 1.0
        if self._next() in ("-", "+"):
            self._take()
        if self._kind() != "number":
            raise self._fault("a number")
        value = float(self._take())
        if self._taken("/"):
            if self._kind() != "number":
                raise self._fault("a number after '/'")
            below = float(self._take())
            value = value / below if below else math.inf
        if not math.isfinite(value):
            raise UsageError(f"{self._text!r} holds a number that is not finite", remedy=_EXAMPLE)
        return sign * value

    def _kind(self) -> str | None:
        return self._tokens[self._place][0] if self._place < len(self._tokens) else None

    def _next(self) -> str | None:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else None

    def _take(self) -> str:
        self._place += 1
        return self._tokens[self._place - 1][1]

    def _taken(self, mark: str) -> bool:
        if self._next() != mark:
            return False
        self._place += 1
        return True

    def _fault(self, wanted: str) -> UsageError:
        if self._place >= len(self._tokens):
            where = "ends"
        else:
            _, token, start = self._tokens[self._place]
            where = f"has {token!r} at character {start + 1}"
        return UsageError(f"the density {self._text!r} {where} where {wanted} should be", remedy=_EXAMPLE)
