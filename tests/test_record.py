"""Our named tuples are those of typing, but for what their annotations cost."""

from __future__ import annotations

import pickle
import typing

import pytest

from kldiv_cli.record import NamedTuple, cached_property


class Point(NamedTuple):
    """A place."""

    x: float
    y: float = 2.0
    """How high."""
    name: NoSuchType | None = None  # type: ignore[name-defined]  # noqa: F821

    @property
    def doubled(self) -> float:
        """Twice x."""
        return 2.0 * self.x

    @classmethod
    def at_one(cls) -> Point:
        """At 1."""
        return cls(1.0)


class Typed(typing.NamedTuple):
    x: float
    y: float = 2.0
    name: str | None = None


def test_it_has_the_fields_defaults_and_methods_of_its_body() -> None:
    point = Point.at_one()
    assert point == (1.0, 2.0, None)
    assert point.doubled == 2.0
    assert point._replace(y=3.0) == Point(1.0, 3.0)
    assert (Point._fields, Point._field_defaults) == (Typed._fields, Typed._field_defaults)
    assert (Point.__name__, Point.__module__, Point.__doc__) == ("Point", __name__, "A place.")
    assert repr(point) == "Point(x=1.0, y=2.0, name=None)"
    assert set(Point.__annotations__) == set(Typed.__annotations__)


def test_it_travels_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(Point(1.0))) == Point(1.0)
    assert type(pickle.loads(pickle.dumps(Point(1.0)))) is Point


def test_what_is_missing_or_unknown_is_refused() -> None:
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Point(1.0, z=3.0)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Point(1.0).x = 2.0  # type: ignore[misc]


def test_a_field_without_a_default_after_one_with_is_refused() -> None:
    with pytest.raises(TypeError):

        class Wrong(NamedTuple):  # type: ignore[misc]
            x: float = 1.0
            y: float


class TestCachedProperty:
    class Counted:
        times = 0

        @cached_property
        def answer(self) -> int:
            """What it is."""
            self.times += 1
            return 40 + self.times

    def test_it_is_computed_once_an_instance(self) -> None:
        one, other = self.Counted(), self.Counted()
        assert (one.answer, one.answer, one.times) == (41, 41, 1)
        assert (other.answer, other.times) == (41, 1)

    def test_it_can_be_set_before_it_is_asked_for(self) -> None:
        one = self.Counted()
        one.answer = 7
        assert (one.answer, one.times) == (7, 0)

    def test_the_class_keeps_what_it_says(self) -> None:
        assert self.Counted.answer.__doc__ == "What it is."

    def test_what_it_raises_is_not_kept(self) -> None:
        class Fickle:
            fails = True

            @cached_property
            def answer(self) -> int:
                if self.fails:
                    raise ValueError("not yet")
                return 1

        one = Fickle()
        with pytest.raises(ValueError, match="not yet"):
            _ = one.answer
        one.fails = False
        assert one.answer == 1
