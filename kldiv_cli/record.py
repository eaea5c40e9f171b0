"""Named tuples that are cheap to define, and properties that are cheap to keep.

Half a hundred of the first are defined at every start; the second are computed for every column that is compared.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING

__all__ = ["NamedTuple", "cached_property"]

if TYPE_CHECKING:
    from functools import cached_property
    from typing import NamedTuple
else:

    class cached_property:  # noqa: N801  it stands for the one of functools
        """A property that is computed once an instance; that of functools takes a lock for it, up to Python 3.11."""

        def __init__(self, compute):
            self.compute, self.__doc__ = compute, compute.__doc__

        def __set_name__(self, _owner, name):
            self.name = name

        def __get__(self, instance, _owner=None):
            if instance is None:
                return self
            value = instance.__dict__[self.name] = self.compute(instance)
            return value

    _OWN = {"__module__", "__qualname__", "__annotations__"}

    class _Definition(type):
        """Turns the body of a class into a named tuple, as ``typing.NamedTuple`` does.

        That one compiles the text of every annotation, which nobody reads while the program runs.
        """

        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.get("__annotations__", {})
            given = [field for field in fields if field in body]
            if given != list(fields)[len(fields) - len(given) :]:
                raise TypeError(f"a field of {name} without a default follows one with")
            made = namedtuple(name, fields, defaults=[body[field] for field in given], module=body["__module__"])
            made.__annotations__ = fields
            for key, value in body.items():
                if key not in _OWN and key not in fields:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Definition):
        """Base of a class whose annotated names are the fields of a tuple."""
