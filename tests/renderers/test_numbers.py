"""Numbers as people read them: enough digits, never a rounded lie."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kldiv_cli.renderers.numbers import exact, share, significant, unit, whole

finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 4, "0"),
        (-0.0, 4, "0"),
        (0.06131, 3, "0.0613"),
        (11.02, 4, "11.02"),
        (0.1, 4, "0.1000"),
        (1.0, 4, "1.000"),
        (123456.0, 4, "123456"),
        (1234567.0, 4, "1.235e+06"),
        (0.0001, 4, "0.0001000"),
        (1.2e-9, 2, "1.2e-09"),
        (-0.5, 2, "-0.50"),
        (math.inf, 4, "∞"),
        (-math.inf, 4, "-∞"),
        (5e-324, 4, "4.941e-324"),
        (1.7976931348623157e308, 4, "1.798e+308"),
        (12.5, 1, "12"),
    ],
)
def test_significant_digits_are_as_many_as_asked(value: float, digits: int, text: str) -> None:
    assert significant(value, digits) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(0.99996, 4, "1.000"), (9.9999, 4, "10.00"), (0.099999, 3, "0.100")]
)
def test_rounding_up_to_a_power_of_ten_adds_no_digit(value: float, digits: int, text: str) -> None:
    assert significant(value, digits) == text


@given(value=st.floats(-1e300, 1e300), digits=st.integers(1, 17))
@example(value=0.99996, digits=4)
def test_significant_is_as_near_as_its_digits_allow(value: float, digits: int) -> None:
    half_a_digit = 0.5000001 * 10.0 ** (1 - digits) + 2.3e-16  # and half an ulp: what is printed is read back rounded
    assert float(significant(value, digits)) == pytest.approx(value, rel=half_a_digit, abs=5e-324)


@given(value=finite)
def test_seventeen_digits_are_all(value: float) -> None:
    assert float(significant(value, 17)) == value


@given(value=st.floats(allow_nan=False))
def test_exact_loses_nothing(value: float) -> None:
    assert float(exact(value)) == value


def test_exact_spells_what_is_no_number() -> None:
    assert exact(None) == "-"
    assert exact(math.inf) == "inf"
    assert exact(3) == "3.0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.142, "14.2 %"),
        (0.5, "50 %"),
        (0.0004, "0.04 %"),
        (0.00123, "0.12 %"),
        (0.9997, "99.97 %"),
        (0.999999999, "99.9999999 %"),
        (1e-7, "1e-05 %"),
        (0.9994, "99.9 %"),
        (0.99949, "99.9 %"),
    ],
)
def test_a_share_is_a_percentage(value: float, text: str) -> None:
    assert share(value) == text


@given(value=st.floats(0.0, 1.0, exclude_min=True, exclude_max=True))
@example(value=0.99996)
@example(value=1.0 - 2.0**-53)
@example(value=5e-324)
def test_a_share_is_0_or_100_percent_only_when_it_is(value: float) -> None:
    assert 0.0 < float(share(value).removesuffix(" %")) < 100.0


@pytest.mark.parametrize(
    ("value", "text"), [(977.0, "977"), (1234567.0, "1,234,567"), (12.5, "12.5"), (0.0, "0"), (1e15, f"{10**15:,}")]
)
def test_a_count_has_decimals_only_where_it_needs_them(value: float, text: str) -> None:
    assert whole(value) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (None, ""),
        ("nats", "nats"),
        ("bits", "bits"),
        ("base-10", "base-10"),
        ("sqrt(nats)", "√nats"),
        ("sqrt(bits)", "√bits"),
        ("sqrt(base-10)", "√base-10"),
        ("data", "of data"),
        ("sqrt(data)", "√data"),
        ("days", "days"),
        ("sqrt(days)", "√days"),
    ],
)
def test_a_unit_is_written_as_people_do(name: str | None, text: str) -> None:
    assert unit(name) == text
