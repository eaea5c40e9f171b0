"""Every bad input ends with status 2, one message that names what is at fault, and a remedy; nothing is left behind."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kldiv_cli.cli import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GOOD_FILES = {
    "good.csv": b"x,y,g\n1,4,a\n2,5,b\n3,7,a\n4,8,b\n5,9,a\n6,3,b\n",
    "good.json": b'{"a": 3, "b": 5}',
    "labels.csv": b"g\na\nb\nb\nc\n",
    "numbers.csv": b"x\n1\n2\n2\n3\n",
    "mass.csv": b"label,count\na,3\nb,5\n",
}


@dataclass(frozen=True)
class Bad:
    """A command line that cannot work."""

    args: tuple[str, ...]
    names: str
    """What the message must hold: the operand or the option at fault."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    says: str = ""
    """What the message must say beside the name."""
    remedy: str = ""
    """What the remedy must hold."""


def npy(array: object, *, pickled: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=pickled)
    return stream.getvalue()


def npz(**arrays: object) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def corrupted(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(byte ^ 0xFF for byte in data[middle : middle + 8]) + data[middle + 8 :]


LONG_CSV = b"x,y\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(30_000))
DEEP_ROW = LONG_CSV.count(b"\n")


def operand_case(content: bytes, name: str, *options: str, says: str = "", remedy: str = "", against: str = "") -> Bad:
    """A file that cannot be read, as Q."""
    good = against or ("good.json" if name.startswith("mass") else "good.csv")
    return Bad((good, name, *options), name, {name: content}, says=says, remedy=remedy)


def typed_case(text: str, *, names: str = "", says: str = "", remedy: str = "", against: str = "1,2") -> Bad:
    """Masses typed wrongly, as Q."""
    return Bad((against, text), names or text, says=says, remedy=remedy)


def option_case(
    *options: str, names: str, says: str = "", remedy: str = "", operands: str = "good.csv good.csv"
) -> Bad:
    """An option that cannot be met."""
    return Bad((*operands.split(), *options), names, says=says, remedy=remedy)


PLACES = {
    "a missing file": Bad(("good.csv", "missing.csv"), "missing.csv"),
    "a missing file as P": Bad(("missing.csv", "good.csv"), "missing.csv"),
    "a misspelt file": Bad(("good.csv", "goood.csv"), "goood.csv", remedy="good.csv"),
    "a misspelt file with a column": Bad(("good.csv:x", "goood.csv:x"), "goood.csv", remedy="good.csv"),
    "a file in a missing folder": Bad(("good.csv", "nowhere/a.csv"), "nowhere/a.csv"),
    "an empty folder": Bad(("good.csv", "folder"), "folder"),
    "an empty operand": Bad(("good.csv", ""), "''"),
    "an operand of blanks": Bad(("good.csv", "   "), "'   '"),
    "a missing file with a label": Bad(("good.csv", "new=missing.csv"), "missing.csv"),
    "a label of nothing": Bad(("good.csv", "new="), "new="),
    "a file name that is no UTF-8": Bad(("good.csv", "\udcff.csv"), "\\xff.csv"),
    "a file name of 5,000 letters": Bad(("good.csv", "n" * 5000 + ".csv"), "nnnn"),
    "a web address": Bad(("good.csv", "https://example.org/a.csv"), "https://example.org/a.csv", remedy="curl"),
    "a function of no name we know": Bad(("good.csv", "nosuch(3)"), "nosuch(3)"),
    "a glob that fits no file": Bad(("good.csv", "nothing-*.csv"), "nothing-*.csv"),
    "a column of a missing file": Bad(("good.csv", "missing.csv:x"), "missing.csv"),
    "an unknown column": Bad(("good.csv:x", "good.csv:nosuch"), "nosuch", remedy="x, y, g"),
    "a misspelt column": Bad(
        ("r.csv:delay", "r.csv:dellay"), "dellay", {"r.csv": b"delay,k\n1,2\n2,3\n"}, remedy="delay"
    ),
    "column 0": Bad(("good.csv:x", "good.csv:0"), "'0'"),
    "a column number beyond the last": Bad(("good.csv:x", "good.csv:4"), "'4'", remedy="x, y, g"),
    "a column number of 400 digits": Bad(("good.csv:x", "good.csv:" + "9" * 400), "999"),
    "a column number beyond the digits of an int": Bad(("good.csv:x", "good.csv:" + "9" * 5000), "999"),
    "a column number in other digits": Bad(("good.csv:x", "good.csv:١"), "١"),
    "an unknown column of stdin": Bad(("good.csv:x", "-:nosuch"), "nosuch", stdin=b"x,y\n1,2\n"),
    "a column number beyond stdin": Bad(("good.csv:x", "-:3"), "'3'", stdin=b"x,y\n1,2\n"),
    "an unknown column of JSON records": Bad(
        ("r.json:x", "r.json:z"), "'z'", {"r.json": b'[{"x": 1, "y": 2}, {"x": 2, "y": 3}]'}
    ),
    "an unknown array of an npz": Bad(("r.npz:x", "r.npz:z"), "'z'", {"r.npz": npz(x=np.arange(3.0), y=np.ones(3))}),
    "stdin twice": Bad(("-", "-"), "stdin", stdin=b"1\n2\n"),
    "stdin twice, once with a column": Bad(("-", "-:x"), "stdin", stdin=b"x\n2\n"),
    "stdin twice under labels": Bad(("a=-", "b=-"), "stdin", stdin=b"1\n2\n"),
    "stdin three times": Bad(("good.csv", "-", "-"), "stdin", stdin=b"1\n2\n"),
    "empty stdin": Bad(("good.csv", "-"), "stdin", says="empty"),
    "blank stdin": Bad(("good.csv", "-"), "stdin", stdin=b"\n \n", says="empty"),
    "binary stdin": Bad(("good.csv", "-"), "stdin", stdin=bytes(range(256)), says="binary"),
    "truncated gzip on stdin": Bad(("good.csv", "-"), "stdin", stdin=gzip.compress(LONG_CSV)[:5000]),
    "uniform against samples": Bad(("good.csv:x", "uniform"), "good.csv:x", says="samples"),
    "uniform against uniform": Bad(("u=uniform", "uniform"), "uniform"),
    "uniform as the first word": Bad(("uniform", "1,2"), "uniform"),
    "one operand": Bad(("good.csv",), "Q", says="missing"),
    "options and no operand": Bad(("-m", "kl"), "P and Q"),
    "a misspelt command": Bad(("compair", "good.csv", "good.csv"), "compair", remedy="compare"),
    "a misspelt page": Bad(("explian", "kl"), "explian", remedy="explain"),
    "a misspelt completion": Bad(("completio", "bash"), "completio", remedy="completion"),
    "a command that is none": Bad(("xyzzy", "good.csv"), "xyzzy"),
    "a command with a dash that is none": Bad(("frob-nicate", "good.csv"), "frob-nicate"),
    "a file named like a command": Bad(("data", "good.csv"), "data", {"data": b"x\n1\n2\n"}, remedy="./data"),
    "a misspelt command behind options": Bad(("-m", "kl", "compair", "good.csv", "good.csv"), "compair"),
    "a word that nothing explains": Bad(("explain", "nosuch"), "nosuch"),
    "two words to explain": Bad(("explain", "kl", "js"), "js"),
    "a shell that we do not know": Bad(("completion", "tcsh"), "tcsh"),
    "completion of no shell": Bad(("completion",), "bash"),
}

TYPED = {
    "a word among numbers": typed_case("1,x", names="'x'"),
    "a word among labelled masses": typed_case("a:3,b:x", names="'x'"),
    "a label on one mass of two": typed_case("a:3,5", names="'5'", says="label"),
    "a division by zero": typed_case("1/0,2", names="'1/0'"),
    "half a fraction": typed_case("1/,2", names="'1/'"),
    "a fraction of fractions": typed_case("1/2/3,2", names="'1/2/3'"),
    "a mass that is NaN": typed_case("nan,1", says="NaN"),
    "a labelled mass that is NaN": typed_case("a:nan,b:1", names="'a'", says="NaN", against="a:1,b:2"),
    "an infinite mass": typed_case("inf,1", says="infinite"),
    "a mass beyond the largest float": typed_case("1e999,1", says="infinite"),
    "a mass of minus infinity": typed_case("1,-inf", says="infinite"),
    "a negative mass": typed_case("-0.5,1.5", says="negative"),
    "a negative mass as P": Bad(("-0.5,1.5", "1,2"), "-0.5,1.5", says="negative"),
    "a negative fraction": typed_case("-1/3,4/3", says="negative"),
    "a labelled negative mass": typed_case("a:-1,b:2", names="'a'", says="negative", against="a:1,b:2"),
    "zeros alone": typed_case("0,0", says="0"),
    "labelled zeros alone": typed_case("a:0,b:0", says="0", against="a:1,b:2"),
    "a comma alone": typed_case(","),
    "two commas": typed_case(",,"),
    "a mass before nothing": typed_case("1,,2"),
    "a comma first": typed_case(",1"),
    "a hexadecimal mass": typed_case("0x10,1", names="'0x10'"),
    "a mass with underscores": typed_case("1_000,2", names="'1_000'"),
    "a mass in Arabic digits": typed_case("١,2", names="'١'"),
    "a label without a mass": typed_case("a:3,b:", names="a:3,b:", against="a:1,b:2"),
    "masses of 3 against 2": typed_case("1,2,3", names="1,2,3", says="3"),
    "masses with labels against bare ones": typed_case("1,2", against="a:1,b:2", says="label"),
    "bare masses against labelled ones": typed_case("a:1,b:2", names="1,2", says="label"),
    "bare masses against samples": Bad(("good.csv:x", "1,2"), "1,2", says="samples"),
    "samples against bare masses": Bad(("1,2", "good.csv:x"), "1,2", says="samples"),
    "bare masses against a table": Bad(("good.csv", "1,2"), "1,2", says="samples"),
    "a mass whose share is below every float": typed_case("1e308,1e-308", names="1e308,1e-308"),
    "half a JSON list": typed_case("[0.2, 0.4"),
    "half a JSON object": typed_case("{", against="a:1,b:2"),
    "an empty JSON list": typed_case("[]", says="empty"),
    "an empty JSON object": typed_case("{}", says="empty"),
    "a JSON list of measurements": typed_case("[3, 4, 5]", says="sum to 12", remedy="--as samples"),
    "a JSON list with a negative number": typed_case("[-0.5, 1.5]"),
    "a JSON list with NaN": typed_case("[NaN, 1]"),
    "a JSON list of zeros": typed_case("[0, 0]"),
    "a JSON list of one 1": typed_case("[1]", against="[1]"),
    "a JSON list of lists": typed_case("[[1, 2], [3, 4]]"),
    "a JSON key twice": typed_case('{"a": 1, "a": 2}', names='{"a": 1, "a": 2}', says="'a'", against="a:1,b:2"),
    "a JSON object with a negative mass": typed_case('{"a": -1, "b": 2}', says="negative", against="a:1,b:2"),
    "a JSON object with NaN": typed_case('{"a": NaN, "b": 2}', says="NaN", against="a:1,b:2"),
    "a JSON object with Infinity": typed_case('{"a": Infinity, "b": 2}', says="infinite", against="a:1,b:2"),
    "a JSON object of zeros": typed_case('{"a": 0, "b": 0}', against="a:1,b:2"),
    "a JSON list of 100,000 brackets": typed_case("[" * 100_000, names="[[[", says="deep"),
    "counts asked of negative numbers": Bad(("[1, 2]", "[-1, 2]", "--as", "counts"), "[-1, 2]", says="negative"),
    "probabilities asked of NaN": Bad(("[0.5, 0.5]", "[NaN, 1]", "--as", "probs"), "[NaN, 1]", says="NaN"),
    "samples asked of labelled masses": Bad(("a:1,b:2", "a:2,b:3", "--as", "samples"), "a:1,b:2", says="samples"),
}

TEXT = {
    "an empty file": operand_case(b"", "f.csv", says="empty"),
    "a file of blanks": operand_case(b"  \n\t\n", "f.csv", says="empty"),
    "a file of line ends": operand_case(b"\r\n\r\n", "f.csv", says="empty"),
    "a byte order mark alone": operand_case(b"\xef\xbb\xbf", "f.csv", says="empty"),
    "comments alone": operand_case(b"# one\n# two\n", "f.csv", says="empty"),
    "a header alone": operand_case(b"x,y\n", "f.csv", says="no rows"),
    "a header alone without its line end": operand_case(b"x,y", "f.csv", says="no rows"),
    "a header alone with CRLF": operand_case(b"x,y\r\n\r\n", "f.csv", says="no rows"),
    "a header alone below comments": operand_case(b"# c\nx,y\n", "f.csv", says="no rows"),
    "a short row": operand_case(b"x,y,g\n1,4,a\n2,5\n", "f.csv", says="row"),
    "a long row": operand_case(b"x,y,g\n1,4,a\n2,5,b,c\n", "f.csv", says="row 3"),
    "a short first row": operand_case(b"x,y,g\n1\n", "f.csv", says="row 2"),
    "a row of two under a lone column": operand_case(b"x\n1\n2,3\n", "f.csv", says="row 3"),
    "a delimiter at the end of rows, not of the header": operand_case(b"x,y\n1,2,\n3,4,\n", "f.csv", says="row 2"),
    "a short row far down": operand_case(LONG_CSV + b"7\n", "f.csv", says="row"),
    "a long row far down": operand_case(LONG_CSV + b"7,8,9\n", "f.csv", says="row"),
    "a row of a million cells": operand_case(b"x,y\n1,2\n" + b"1," * 1_000_000 + b"1\n", "f.csv", says="1,000,001"),
    "a million cells far down": operand_case(LONG_CSV + b"1," * 1_000_000 + b"1\n", "f.csv", says="1,000,001"),
    "a header of 200,000 cells": operand_case(b",".join(b"c%d" % i for i in range(200_000)) + b"\n", "f.csv"),
    "a quote that is never closed": operand_case(b'x,y,g\n1,2,"a\n3,4,b\n', "f.csv", remedy="quote"),
    "text behind a closing quote": operand_case(b'x,y,g\n1,2,"a"b\n', "f.csv", remedy="quote"),
    "a quote that is never closed far down": operand_case(LONG_CSV + b'7,"8\n9,10\n', "f.csv", remedy="quote"),
    "a zero byte": operand_case(b"x,y\n1,\x002\n", "f.csv", says="binary"),
    "random bytes": operand_case(np.random.default_rng(1).bytes(3000), "f.csv"),
    "a picture": operand_case(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(50), "f.csv", says="binary"),
    "a program": operand_case(b"\x7fELF\x02\x01\x01" + bytes(60), "f", says="binary"),
    "a database": operand_case(b"SQLite format 3\x00" + bytes(60), "f.db", says="binary"),
    "bytes that are no UTF-8": operand_case(b"x,g\n1,a\n2,\xc4b\n", "f.csv", says="0xC4, line 3", remedy="--encoding"),
    "bytes that are no UTF-8 in the header": operand_case(b"\xe4,g\n1,a\n", "f.csv", remedy="--encoding"),
    "bytes that are no UTF-8 far down": operand_case(
        LONG_CSV + b"1,\xff\n", "f.csv", says=f"0xFF, line {DEEP_ROW + 1}", remedy="--encoding"
    ),
    "UTF-16": operand_case("x,y\n1,2\n".encode("utf-16"), "f.csv", says="UTF-16", remedy="--encoding utf-16"),
    "UTF-16 without a mark": operand_case("x,y\n1,2\n".encode("utf-16-le"), "f.csv", remedy="-"),
    "UTF-16 read as ASCII": operand_case("x,y\n1,2\n".encode("utf-16"), "f.csv", "--encoding", "ascii", says="ascii"),
    "UTF-8 read as UTF-16": operand_case(
        b"x,y\n1,2\n3,4", "f.csv", "--encoding", "utf-16", says="utf-16", against="f.csv"
    ),
    "Latin-1 read as ASCII": operand_case(b"g\n\xe9\n", "f.csv", "--encoding", "ascii", says="ascii", against="f.csv"),
    "a table drawn with boxes": operand_case("┌───┐\n│ x │\n├───┤\n│ 1 │\n└───┘\n".encode(), "f.csv", remedy="-csv"),
    "a table drawn with ASCII": operand_case(b"+---+\n| x |\n+---+\n| 1 |\n+---+\n", "f.csv", remedy="csv"),
    "a web page": operand_case(b"<!DOCTYPE html>\n<html></html>\n", "f.csv", says="HTML"),
    "a mass that is negative": operand_case(b"label,count\na,-3\nb,5\n", "mass.csv", says="negative"),
    "a mass that is missing": operand_case(b"label,count\na,NA\nb,5\n", "mass.csv", says="NaN"),
    "a mass that is infinite": operand_case(b"label,count\na,inf\nb,5\n", "mass.csv", says="infinite"),
    "masses of zero": operand_case(b"label,count\na,0\nb,0\n", "mass.csv", says="0"),
    "a mass without a label": operand_case(b"label,count\na,3\n,5\n", "mass.csv", says="label"),
    "a probability without a label": operand_case(b"label,p\nNA,0.5\nb,0.5\n", "mass.csv", says="label"),
    "two columns of masses": operand_case(b"label,p,q\na,1,2\nb,2,3\n", "mass.csv", remedy="mass.csv:p"),
    "bins that overlap": operand_case(b"lo,hi,count\n0,2,3\n1,3,4\n", "mass.csv", says="overlap", against="mass.csv"),
    "bins that leave a gap": operand_case(b"lo,hi,count\n0,1,3\n2,3,4\n", "mass.csv", says="gap", against="mass.csv"),
    "a bin whose ends are swapped": operand_case(b"lo,hi,count\n1,0,3\n", "mass.csv", against="mass.csv"),
    "a bin without an end": operand_case(b"lo,hi,count\n0,1,3\n1,inf,4\n", "mass.csv", against="mass.csv"),
    "a bin with a missing end": operand_case(b"lo,hi,count\n0,1,3\n1,,4\n", "mass.csv", against="mass.csv"),
    "a negative mass on bins": operand_case(
        b"lo,hi,count\n0,1,3\n1,2,-4\n", "mass.csv", says="negative", against="mass.csv"
    ),
    "a count that is no number in uniq -c": operand_case(
        b"      3 a\n      4 b\n      x c\n", "mass.txt", "-i", "uniq", says="row 3", against="mass.txt"
    ),
    "a row without a count in uniq -c": operand_case(b"a,b\n1,2\n", "mass.txt", "-i", "uniq", against="mass.txt"),
    "a ragged row of blanks": operand_case(b"x y\n1 2\n3\n", "f.txt", "-i", "blank", says="row 3"),
    "CSV with the wrong delimiter": operand_case(b"x;y\n1;2,5\n3;4\n", "f.csv", "-d", ",", says="row 2"),
}

NUMPY = {
    "a pickled npy": operand_case(npy(np.array([{"a": 1}, None], dtype=object), pickled=True), "f.npy"),
    "a truncated npy": operand_case(npy(np.arange(100.0))[:200], "f.npy"),
    "an npy of which only the magic is left": operand_case(b"\x93NUMPY", "f.npy"),
    "an npy with a broken header": operand_case(corrupted(npy(np.arange(3.0))[:128]), "f.npy"),
    "an npy of a later version": operand_case(b"\x93NUMPY\x09\x00" + bytes(100), "f.npy"),
    "an npy of text": operand_case(b"x,y\n1,2\n", "f.npy"),
    "an npy of no dimension": operand_case(npy(np.float64(3)), "f.npy", says="dimension"),
    "an npy of three dimensions": operand_case(npy(np.ones((2, 2, 2))), "f.npy", says="3 dimensions"),
    "an npy of nothing": operand_case(npy(np.empty(0)), "f.npy", says="empty"),
    "an npy of no columns": operand_case(npy(np.empty((3, 0))), "f.npy"),
    "an npy of complex numbers": operand_case(npy(np.ones(3, dtype=complex)), "f.npy", says="complex"),
    "an npy of durations": operand_case(npy(np.ones(3, dtype="m8[s]")), "f.npy", says="timedelta"),
    "an npy of void": operand_case(npy(np.zeros(3, dtype="V8")), "f.npy"),
    "a truncated npz": operand_case(npz(x=np.arange(100.0), y=np.arange(100.0))[:700], "f.npz"),
    "an npz with a flipped byte": operand_case(corrupted(npz(x=np.arange(100.0))), "f.npz"),
    "an npz of nothing": operand_case(npz(), "f.npz"),
    "an npz of vectors that differ in length": operand_case(npz(x=np.ones(2), y=np.ones(3)), "f.npz", says="length"),
    "an npz with a pickled member": operand_case(
        zipped(**{"x.npy": npy(np.array([None], dtype=object), pickled=True)}), "f.npz"
    ),
    "a zip archive of text": operand_case(zipped(**{"a.txt": b"hello"}), "f.zip"),
    "an Excel workbook": operand_case(
        zipped(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}), "f.xlsx", says="Excel"
    ),
    "an Excel workbook called csv": operand_case(
        zipped(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}), "f.csv", says="Excel"
    ),
    "an old Excel workbook": operand_case(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "f.xls"),
    "half a Parquet file": operand_case(b"PAR1" + bytes(100), "f.parquet"),
    "half an Arrow file": operand_case(b"ARROW1\x00\x00" + bytes(100), "f.arrow"),
    "half an ORC file": operand_case(b"ORC" + bytes(100), "f.orc"),
    "NaN masses in an npy": operand_case(
        npy(np.array([0.5, np.nan])), "f.npy", "--as", "counts", says="NaN", against="f.npy"
    ),
    "infinite masses in an npy": operand_case(
        npy(np.array([0.5, np.inf])), "f.npy", "--as", "probs", says="infinite", against="f.npy"
    ),
    "negative masses in an npy": operand_case(
        npy(np.array([0.5, -1])), "f.npy", "--as", "counts", says="negative", against="f.npy"
    ),
    "zero masses in an npy": operand_case(npy(np.zeros(3)), "f.npy", "--as", "counts", says="0", against="f.npy"),
    "labels in an npy asked to be counts": operand_case(
        npy(np.array(["a", "b"])), "f.npy", "--as", "counts", against="f.npy"
    ),
}

COMPRESSED = {
    "truncated gzip": operand_case(gzip.compress(LONG_CSV)[:9000], "f.csv.gz", says="early"),
    "gzip truncated in its first block": operand_case(gzip.compress(GOOD_FILES["good.csv"])[:20], "f.csv.gz"),
    "gzip without its checksum": operand_case(gzip.compress(GOOD_FILES["good.csv"])[:-8], "f.csv.gz"),
    "gzip of which only the magic is left": operand_case(b"\x1f\x8b", "f.csv.gz"),
    "gzip with flipped bytes": operand_case(corrupted(gzip.compress(LONG_CSV)), "f.csv.gz"),
    "gzip with another checksum": operand_case(
        gzip.compress(GOOD_FILES["good.csv"])[:-8] + b"\x00" * 8, "f.csv.gz", says="CRC"
    ),
    "gzip of nothing": operand_case(gzip.compress(b""), "f.csv.gz", says="empty"),
    "gzip of a broken second member": operand_case(gzip.compress(b"x\n1\n2\n") + b"\x1f\x8b\x08junk", "f.csv.gz"),
    "gzip of binary data": operand_case(gzip.compress(bytes(range(256))), "f.csv.gz", says="binary"),
    "gzip inside gzip": operand_case(gzip.compress(gzip.compress(b"x\n1\n")), "f.csv.gz.gz"),
    "truncated bzip2": operand_case(bz2.compress(LONG_CSV)[:5000], "f.csv.bz2", says="early"),
    "bzip2 of which only the magic is left": operand_case(b"BZh9", "f.csv.bz2"),
    "bzip2 with flipped bytes": operand_case(corrupted(bz2.compress(LONG_CSV)), "f.csv.bz2"),
    "truncated xz": operand_case(lzma.compress(LONG_CSV)[:5000], "f.csv.xz", says="early"),
    "xz of which only the magic is left": operand_case(b"\xfd7zXZ\x00", "f.csv.xz"),
    "xz with flipped bytes": operand_case(corrupted(lzma.compress(LONG_CSV)), "f.csv.xz"),
    "truncated gzip of JSON": operand_case(gzip.compress(json.dumps(list(range(9000))).encode())[:3000], "f.json.gz"),
    "truncated gzip of NumPy": operand_case(gzip.compress(npy(np.arange(9000.0)))[:3000], "f.npy.gz"),
    "a name in .gz without gzip": operand_case(b"x\n1\n", "f.csv.gz", says="gzip", remedy="rename"),
    "a name in .bz2 without bzip2": operand_case(b"x\n1\n", "f.csv.bz2", says="bzip2", remedy="rename"),
    "a name in .xz without xz": operand_case(b"x\n1\n", "f.csv.xz", says="xz", remedy="rename"),
    "a name in .zst without zstd": operand_case(b"x\n1\n", "f.csv.zst", says="zstd", remedy="rename"),
    "an empty file called .gz": operand_case(b"", "f.csv.gz", says="empty"),
    "broken zstd": operand_case(b"\x28\xb5\x2f\xfd\x00\x00", "f.csv.zst", says="zst"),
}

JSON = {
    "half a document": operand_case(b'{"a": 3, "b":', "mass.json", says="line 1"),
    "a document with a comma too many": operand_case(b'{"a": 3,\n "b": 5,\n}', "mass.json", says="line 3"),
    "a document in single quotes": operand_case(b"{'a': 3}", "mass.json"),
    "a document and rubbish": operand_case(b'{"a": 3} x', "mass.json"),
    "an empty JSON file": operand_case(b"", "mass.json", says="empty"),
    "a JSON file of blanks": operand_case(b" \n ", "mass.json", says="empty"),
    "a number": operand_case(b"3", "mass.json", says="shape"),
    "a string": operand_case(b'"a,b"', "mass.json", says="shape"),
    "null": operand_case(b"null", "mass.json", says="shape"),
    "true": operand_case(b"true", "mass.json", says="shape"),
    "an empty list": operand_case(b"[]", "mass.json", says="empty"),
    "an empty object": operand_case(b"{}", "mass.json", says="empty"),
    "lists of lists": operand_case(b"[[1, 2], [3]]", "mass.json", says="shape"),
    "numbers and objects": operand_case(b'[1, {"a": 2}]', "mass.json", says="shape"),
    "objects in an object": operand_case(b'{"a": {"b": 1}, "c": {"b": 2}}', "mass.json", says="shape"),
    "a list and a number in an object": operand_case(b'{"a": [1, 2], "b": 3}', "mass.json", says="shape"),
    "columns that differ in length": operand_case(b'{"a": [1], "b": [1, 2]}', "mass.json", says="length"),
    "columns of nothing": operand_case(b'{"a": [], "b": []}', "mass.json", says="empty"),
    "records of nothing": operand_case(b"[{}, {}]", "mass.json"),
    "records whose fields are nested": operand_case(b'[{"a": {"b": 1}}, {"a": [2]}]', "mass.json", says="nested"),
    "a key twice": operand_case(b'{"a": 1,\n "a": 2}', "mass.json", says="'a'"),
    "a key twice in a record": operand_case(b'[{"a": 1}, {"b": 2, "b": 3}]', "mass.json", says="'b'"),
    "100,000 brackets": operand_case(b"[" * 100_000 + b"]" * 100_000, "mass.json", says="deep"),
    "100,000 braces": operand_case(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "mass.json", says="deep"),
    "an integer of 5,000 digits": operand_case(b'{"a": ' + b"9" * 5000 + b', "b": 1}', "mass.json"),
    "an integer of 400 digits": operand_case(b'{"a": ' + b"9" * 400 + b', "b": 1}', "mass.json", says="1.8e308"),
    "an integer of 400 digits in a list": operand_case(b"[" + b"9" * 400 + b", 1]", "mass.json"),
    "an integer of 400 digits in a record": operand_case(b'[{"x": ' + b"9" * 400 + b"}]", "f.json", against="f.json"),
    "an integer of 400 digits as an edge": operand_case(
        b'{"edges": [0, ' + b"9" * 400 + b'], "counts": [1]}', "mass.json", against="mass.json"
    ),
    "measurements as a list": operand_case(b"[3, 4, 5]", "mass.json", says="sum to 12", remedy="--as samples"),
    "a list with a missing number": operand_case(b"[0.5, null, 0.5]", "mass.json"),
    "a negative mass in an object": operand_case(b'{"a": -3, "b": 5}', "mass.json", says="negative"),
    "NaN in an object": operand_case(b'{"a": NaN, "b": 5}', "mass.json", says="NaN"),
    "Infinity in an object": operand_case(b'{"a": Infinity, "b": 5}', "mass.json", says="infinite"),
    "1e999 in an object": operand_case(b'{"a": 1e999, "b": 5}', "mass.json", says="infinite"),
    "zeros in an object": operand_case(b'{"a": 0, "b": 0}', "mass.json", says="0"),
    "a negative mass in records": operand_case(
        b'[{"label": "a", "count": -1}, {"label": "b", "count": 2}]', "mass.json", says="negative"
    ),
    "a missing mass in records": operand_case(
        b'[{"label": "a", "count": null}, {"label": "b", "count": 2}]', "mass.json", says="NaN"
    ),
    "a mass without a label in records": operand_case(
        b'[{"label": "a", "count": 1}, {"count": 2}]', "mass.json", says="label"
    ),
    "as many edges as counts": operand_case(b'{"edges": [0, 1], "counts": [1, 2]}', "mass.json", says="edge"),
    "words for counts": operand_case(b'{"edges": [0, 1], "counts": ["a"]}', "mass.json", says="edge"),
    "edges that fall": operand_case(b'{"edges": [0, 2, 1], "counts": [1, 2]}', "mass.json", says="increase"),
    "an infinite edge": operand_case(b'{"edges": [0, 1, 1e999], "counts": [1, 2]}', "mass.json", says="finite"),
    "edges without counts": operand_case(b'{"edges": [0, 1], "counts": []}', "mass.json", says="edge"),
    "edges that are no list": operand_case(b'{"edges": 3, "counts": 4}', "mass.json", says="edge"),
    "a negative count on edges": operand_case(b'{"edges": [0, 1, 2], "counts": [1, -2]}', "mass.json", says="negative"),
    "zero counts on edges": operand_case(b'{"edges": [0, 1, 2], "counts": [0, 0]}', "mass.json", says="0"),
    "true for a count": operand_case(b'{"edges": [0, 1], "counts": [true]}', "mass.json", says="edge"),
    "a broken third line": operand_case(b'{"x": 1}\n{"x": 2}\n{"x": }\n', "f.ndjson", says="line 3"),
    "a number among records": operand_case(b'{"x": 1}\n{"x": 2}\n3\n', "f.ndjson", says="objects"),
    "a record among numbers": operand_case(b'1\n2\n{"x": 3}\n', "f.ndjson"),
    "a key twice on a line": operand_case(b'{"x": 1}\n{"x": 2, "x": 3}\n', "f.ndjson", says="'x'"),
    "a deep line": operand_case(b'{"x": 1}\n' + b'{"x":' * 100_000 + b"\n", "f.ndjson", says="deep"),
    "an empty NDJSON file": operand_case(b"", "f.ndjson", says="empty"),
    "an NDJSON file of line ends": operand_case(b"\n\n", "f.ndjson", says="empty"),
    "JSON that is no UTF-8": operand_case(b'{"a": 1, "\xc4": 2}', "mass.json", says="0xC4", remedy="--encoding"),
    "JSON in UTF-16": operand_case('{"a": 1}'.encode("utf-16"), "mass.json", says="UTF-16", remedy="--encoding"),
    "two documents on one line": operand_case(b'{"a": 1} {"a": 2}', "mass.json"),
}

SHAPES = {
    "labels against numbers": Bad(("labels.csv", "numbers.csv"), "labels.csv", says="numbers", remedy="--categorical"),
    "dates against numbers": Bad(("d.csv:x", "numbers.csv:x"), "d.csv", {"d.csv": b"x\n2024-01-01\n2024-01-02\n"}),
    "dates against labels": Bad(("d.csv:g", "labels.csv:g"), "d.csv", {"d.csv": b"g\n2024-01-01\n2024-01-02\n"}),
    "no column in common": Bad(("good.csv", "f.csv"), "f.csv", {"f.csv": b"u,v\n1,2\n"}, says="common"),
    "one column against several others": Bad(("good.csv", "f.csv"), "good.csv", {"f.csv": b"u\n1\n"}, remedy="-c"),
    "a column asked of both that one has not": Bad(
        ("good.csv", "f.csv", "-c", "x"), "f.csv", {"f.csv": b"u,v\n1,2\n"}, says="'x'"
    ),
    "an identifier alone": Bad(
        ("i.csv", "i.csv"), "identifier", {"i.csv": b"id\n" + b"".join(b"u%d\n" % i for i in range(60))}, remedy="--cat"
    ),
    "identifiers alone": Bad(
        ("i.csv", "i.csv"),
        "identifier",
        {"i.csv": b"id,key\n" + b"".join(b"u%d,v%d\n" % (i, i) for i in range(60))},
        remedy="--cat",
    ),
    "columns whose types all differ": Bad(
        ("a.csv", "b.csv"), "a.csv", {"a.csv": b"x,y\n1,a\n2,b\n", "b.csv": b"x,y\na,1\nb,2\n"}
    ),
    "all columns excluded": Bad(("good.csv", "good.csv", "--exclude", "x,y,g"), "good.csv", remedy="--exclude"),
    "bins that differ": Bad(
        ("a.json", "b.json"),
        "bins",
        {"a.json": b'{"edges": [0, 1, 2], "counts": [1, 2]}', "b.json": b'{"edges": [0, 1, 3], "counts": [1, 2]}'},
    ),
    "lists of different lengths": Bad(
        ("a.json", "b.json"), "b.json", {"a.json": b"[0.5, 0.5]", "b.json": b"[0.25, 0.25, 0.5]"}, says="3"
    ),
    "a list against an object": Bad(("good.json", "b.json"), "b.json", {"b.json": b"[0.5, 0.5]"}, says="label"),
    "a list against samples": Bad(("numbers.csv", "b.json"), "b.json", {"b.json": b"[0.5, 0.5]"}, says="samples"),
    "a type that breaks in a pipe": Bad(
        ("good.csv", "-"), "stdin", stdin=LONG_CSV + b"oops,3\n", says=f"row {DEEP_ROW + 1}", remedy="--categorical x"
    ),
    "a date that breaks in a pipe": Bad(
        ("good.csv:x", "-"),
        "stdin",
        stdin=b"x\n" + b"2024-01-02\n" * 30_000 + b"2024-13-02\n",
        remedy="--categorical x",
    ),
}

OPTIONS = {
    "an unknown measure": option_case("-m", "nosuch", names="nosuch"),
    "a misspelt measure": option_case("-m", "jss", names="jss", remedy="js"),
    "an unknown measure among others": option_case("-m", "kl,nosuch,js", names="nosuch"),
    "an unknown measure of typed masses": option_case("-m", "nosuch", names="nosuch", operands="1,2 2,3"),
    "no bins": option_case("-b", "0", names="'0'", remedy="-b"),
    "a negative number of bins": option_case("-b", "-1", names="'-1'", remedy="-b"),
    "half a bin": option_case("-b", "1.5", names="'1.5'", remedy="-b"),
    "a word for bins": option_case("-b", "many", names="'many'", remedy="-b"),
    "empty bins": option_case("-b", "", names="''", remedy="-b"),
    "bins of an unknown rule": option_case("-b", "sqrt:3", names="'sqrt:3'", remedy="-b"),
    "no quantiles": option_case("-b", "quantile:0", names="'quantile:0'", remedy="-b"),
    "quantiles without a number": option_case("-b", "quantile:", names="'quantile:'", remedy="-b"),
    "a word for a width": option_case("-b", "width:x", names="'width:x'", remedy="-b"),
    "too many bins": option_case("-b", "99999999999", names="'99999999999'", remedy="-b"),
    "a number of bins of 5,000 digits": option_case("-b", "9" * 5000, names="999", remedy="-b"),
    "bins in Arabic digits": option_case("-b", "١", names="'١'", remedy="-b"),
    "edges that stay": option_case("-b", "1,1", names="'1,1'", says="increase"),
    "edges that fall": option_case("-b", "3,2", names="'3,2'", says="increase"),
    "an edge that is NaN": option_case("-b", "0,nan", names="'0,nan'", says="finite"),
    "an infinite edge": option_case("-b", "0,inf", names="'0,inf'", says="finite"),
    "a word for an edge": option_case("-b", "1,x", names="'1,x'"),
    "edges that end in a comma": option_case("-b", "1,", names="'1,'"),
    "an unknown smoothing": option_case("-s", "nosuch", names="'nosuch'", remedy="-s"),
    "an empty smoothing": option_case("-s", "", names="''", remedy="-s"),
    "add without an amount": option_case("-s", "add", names="'add'", remedy="-s"),
    "add with an empty amount": option_case("-s", "add:", names="'add:'", remedy="-s"),
    "add with a word": option_case("-s", "add:x", names="'add:x'", remedy="-s"),
    "add of 0": option_case("-s", "add:0", names="'add:0'", remedy="-s"),
    "add below 0": option_case("-s", "add:-1", names="'add:-1'", remedy="-s"),
    "add of NaN": option_case("-s", "add:nan", names="'add:nan'", remedy="-s"),
    "add without end": option_case("-s", "add:inf", names="'add:inf'", remedy="-s"),
    "laplace with an amount": option_case("-s", "laplace:1", names="'laplace:1'", remedy="-s"),
    "none with an amount": option_case("-s", "none:1", names="'none:1'", remedy="-s"),
    "mix without an amount": option_case("-s", "mix", names="'mix'", remedy="-s"),
    "mix of 0": option_case("-s", "mix:0", names="'mix:0'", remedy="-s"),
    "mix of 1": option_case("-s", "mix:1", names="'mix:1'", remedy="-s"),
    "mix with a word behind": option_case("-s", "mix:0.1:nosuch", names="'mix:0.1:nosuch'", remedy="-s"),
    "mix pooled twice": option_case("-s", "mix:0.1:pooled:pooled", names="'mix:0.1:pooled:pooled'", remedy="-s"),
    "eps of 0": option_case("-s", "eps:0", names="'eps:0'", remedy="-s"),
    "eps of 1": option_case("-s", "eps:1", names="'eps:1'", remedy="-s"),
    "laplace on probabilities": option_case("-s", "laplace", names="P and Q", operands="0.5,0.5 0.2,0.8", remedy="-n"),
    "add on probabilities": option_case("-s", "add:2", names="P and Q", operands="0.5,0.5 0.2,0.8", remedy="--n-p"),
    "jeffreys on probabilities": option_case(
        "-s", "jeffreys", names="P and Q", operands="0.5,0.5 0.2,0.8", remedy="--n-p"
    ),
    "perks on probabilities": option_case("-s", "perks", names="P and Q", operands="0.5,0.5 0.2,0.8", remedy="--n-p"),
    "shrink on probabilities": option_case("-s", "shrink", names="P and Q", operands="0.5,0.5 0.2,0.8", remedy="--n-p"),
    "laplace on probabilities of Q alone": option_case(
        "-s", "laplace", names="Q holds", operands="1,2 0.2,0.8", remedy="--n-q"
    ),
    "laplace on probabilities of P alone": option_case(
        "-s", "laplace", names="P holds", operands="0.2,0.8 1,2", remedy="--n-p"
    ),
    "base 1": option_case("--base", "1", names="'1'", remedy="--base"),
    "base 0": option_case("--base", "0", names="'0'", remedy="--base"),
    "base -2": option_case("--base", "-2", names="'-2'", remedy="--base"),
    "a base that is NaN": option_case("--base", "nan", names="'nan'", remedy="--base"),
    "an infinite base": option_case("--base", "inf", names="'inf'", remedy="--base"),
    "a word for a base": option_case("--base", "two", names="'two'", remedy="--base"),
    "an empty base": option_case("--base", "", names="''", remedy="--base"),
    "a negative order": option_case("--alpha-order", "-1", names="'-1'", remedy="--alpha-order"),
    "an order that is NaN": option_case("--alpha-order", "nan", names="'nan'", remedy="--alpha-order"),
    "a word for an order": option_case("--alpha-order", "x", names="'x'", remedy="--alpha-order"),
    "an unknown output format": option_case("-f", "nosuch", names="'nosuch'"),
    "a misspelt output format": option_case("-f", "jsn", names="'jsn'", remedy="json"),
    "an empty output format": option_case("-f", "", names="''"),
    "an unknown input format": option_case("-i", "nosuch", names="'nosuch'", remedy="-i"),
    "an unknown input format of typed masses": option_case("-i", "nosuch", names="'nosuch'", operands="1,2 2,3"),
    "CSV read as JSON": option_case("-i", "json", names="good.csv", says="JSON"),
    "CSV read as NDJSON": option_case("-i", "ndjson", names="good.csv", says="JSON"),
    "CSV read as NumPy": option_case("-i", "npy", names="good.csv", says="NumPy"),
    "an unknown way of reading": option_case("--as", "nosuch", names="'nosuch'", remedy="--as"),
    "counts in a table of three columns": option_case("--as", "counts", names="good.csv", remedy="--weights"),
    "counts in a column of labels": option_case("--as", "counts", names="labels.csv", operands="labels.csv labels.csv"),
    "counts in a labelled column": option_case("--as", "counts", "--weights", "g", names="good.csv", says="g"),
    "a delimiter of two characters": option_case("-d", ",,", names="',,'", remedy="-d"),
    "a quote for a delimiter": option_case("-d", '"', names="delimiter", remedy="-d"),
    "a line end for a delimiter": option_case("-d", "\n", names="delimiter", remedy="-d"),
    "an empty delimiter": option_case("-d", "", names="delimiter", remedy="-d"),
    "a delimiter of two characters with typed masses": option_case(
        "-d", ",,", names="',,'", operands="1,2 2,3", remedy="-d"
    ),
    "a semicolon for a decimal mark": option_case("--decimal", ";", names="';'", remedy="--decimal"),
    "an empty decimal mark": option_case("--decimal", "", names="decimal mark", remedy="--decimal"),
    "a decimal mark of two characters": option_case("--decimal", ",,", names="',,'", remedy="--decimal"),
    "one mark for decimals and cells": option_case("--decimal", ",", "-d", ",", names="decimal mark", remedy="-d"),
    "a column that is not there": option_case("-c", "nosuch", names="'nosuch'", remedy="x, y, g"),
    "a number of no column": option_case("-c", "4", names="'4'", remedy="x, y, g"),
    "a misspelt column": option_case("-c", "colum", names="'colum'", operands="good.csv good.csv", remedy="x, y, g"),
    "weights that are not there": option_case("--weights", "nosuch", names="'nosuch'"),
    "weights that are labels": option_case("--weights", "g", names="good.csv", says="g"),
    "labels that are not there": option_case(
        "--as", "counts", "--weights", "x", "--labels", "nosuch", names="'nosuch'"
    ),
    "labels that are not there, of masses": option_case(
        "--labels", "nosuch", names="'nosuch'", operands="mass.csv mass.csv"
    ),
    "weights that are not there, of masses": option_case(
        "--weights", "nosuch", names="'nosuch'", operands="mass.csv mass.csv"
    ),
    "an excluded column that is not there": option_case("--exclude", "nosuch", names="'nosuch'"),
    "a number promised of a column that is not there": option_case("--numeric", "nosuch", names="'nosuch'"),
    "labels asked of a column that is not there": option_case("--categorical", "nosuch", names="'nosuch'"),
    "an order of a column that is not there": option_case("--order", "nosuch=a,b", names="'nosuch'"),
    "a promise that a cell breaks": option_case("--numeric", "g", names="column g", says="'a'"),
    "a column promised and forced": option_case("--numeric", "x", "--categorical", "x", names="x", says="categorical"),
    "an order of one label": option_case("--order", "g=a", names="'g=a'", remedy="--order"),
    "an order of nothing": option_case("--order", "", names="''", remedy="--order"),
    "an order that repeats itself": option_case("--order", "g=a,b,a", names="'g=a,b,a'", remedy="--order"),
    "an order of numbers": option_case("--order", "x=1,2", names="x", remedy="--categorical x"),
    "an order that leaves a label out": option_case("--order", "g=b,c", names="'a'", remedy="--order g=b,c,a"),
    "precision 0": option_case("--precision", "0", names="--precision"),
    "precision 18": option_case("--precision", "18", names="--precision"),
    "a word for a precision": option_case("--precision", "x", names="--precision"),
    "the top 0": option_case("--top", "0", names="--top"),
    "the top -1": option_case("--top", "-1", names="--top"),
    "a word for the top": option_case("--top", "x", names="--top"),
    "P of no observations": option_case("--n-p", "0", names="--n-p", operands="0.5,0.5 0.2,0.8"),
    "P of less than no observations": option_case("--n-p", "-5", names="--n-p", operands="0.5,0.5 0.2,0.8"),
    "P of a word of observations": option_case("--n-p", "x", names="--n-p", operands="0.5,0.5 0.2,0.8"),
    "P of NaN observations": option_case("--n-p", "nan", names="--n-p", operands="0.5,0.5 0.2,0.8"),
    "P of infinitely many observations": option_case("--n-p", "inf", names="--n-p", operands="0.5,0.5 0.2,0.8"),
    "Q of no observations": option_case("--n-q", "0", names="--n-q", operands="0.5,0.5 0.2,0.8"),
    "Q of NaN observations": option_case("--n-q", "nan", names="--n-q", operands="0.5,0.5 0.2,0.8"),
    "a colour of no name": option_case("--color", "sometimes", names="--color"),
    "a report without a file": option_case("--report", "json", names="'json'", remedy="--report"),
    "a report with an empty file": option_case("--report", "json=", names="'json='", remedy="--report"),
    "a report without a format": option_case("--report", "=r.json", names="'=r.json'", remedy="--report"),
    "a report of an unknown format": option_case("--report", "nosuch=r.txt", names="'nosuch'"),
    "a report into a missing folder": option_case("--report", "json=nowhere/r.json", names="nowhere/r.json"),
    "an unknown option": option_case("--nosuch", names="--nosuch"),
    "a misspelt option": option_case("--mesure", "kl", names="--mesure", says="--measure"),
    "an unknown letter": option_case("-z", names="-z"),
    "a measure left out": option_case("-m", names="-m"),
    "a base left out": option_case("--base", names="--base"),
    "an output file left out": option_case("-o", names="-o"),
    "a column left out": option_case("-c", names="-c"),
    "an encoding left out": option_case("--encoding", names="--encoding"),
    "an unknown encoding": option_case("--encoding", "utf-99", names="'utf-99'"),
    "an encoding that is no text": option_case("--encoding", "base64", names="'base64'"),
    "an encoding of typed masses that is unknown": option_case(
        "--encoding", "utf-99", names="'utf-99'", operands="1,2 2,3"
    ),
    "a value for a flag": option_case("--quiet=yes", names="--quiet"),
    "a value for --plot": option_case("--plot=yes", names="--plot"),
    "one number of several columns": option_case("-q", "-m", "js", names="-q", remedy="-c"),
    "one number where there is none": option_case(
        "-q", "-m", "w1", names="Wasserstein", operands="labels.csv labels.csv", remedy="-m"
    ),
    "one number of a scaled distance without a scale": Bad(
        ("f.csv", "f.csv", "-q", "-m", "w1-scaled"), "W1", {"f.csv": b"x\n1\n1\n"}, remedy="-m"
    ),
}

WITH_OUTPUT = {
    "output into a missing folder": option_case("-o", "nowhere/out.json", names="nowhere/out.json", remedy="folder"),
    "output onto a folder": option_case("-o", "folder", names="folder"),
    "output onto an empty name": option_case("-o", "", names="-o"),
    "output below a file": option_case("-o", "good.csv/out.json", names="good.csv/out.json"),
    "one number of several columns into a file": option_case("-q", "-m", "js", "-o", "out.txt", names="-q"),
    "output whose report cannot be written": option_case(
        "-o", "out.txt", "--report", "json=nowhere/r.json", names="nowhere/r.json"
    ),
}

GROUPS = {
    "places": PLACES,
    "typed": TYPED,
    "text": TEXT,
    "numpy": NUMPY,
    "compressed": COMPRESSED,
    "json": JSON,
    "shapes": SHAPES,
    "options": OPTIONS,
}
CASES = {f"{group}: {name}": bad for group, cases in GROUPS.items() for name, bad in cases.items()}
CONTENTS = {
    f"{group}: {name}": bad
    for group in ("text", "numpy", "compressed", "json")
    for name, bad in GROUPS[group].items()
    if bad.args[0] not in bad.files and "rename" not in bad.remedy and name != "an npy of text"
}
"""Those that are bad under any name, so a pipe must refuse them too."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of good files to stand in."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in ("FORCE_COLOR", "NO_COLOR", "_KLDIV_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    for name, content in GOOD_FILES.items():
        (here / name).write_bytes(content)
    (here / "folder").mkdir()
    return here


def put(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def pipe_in(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def everything_below(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.parent.rglob("*"))}


def assert_one_message(status: int, out: str, err: str, bad: Bad) -> None:
    """Status 2, nothing on stdout, one message with its remedy on stderr."""
    assert status == 2, err
    assert out == ""
    assert err.startswith("kldiv: ")
    assert sum(line.startswith("kldiv: ") for line in err.splitlines()) == 1
    assert "Traceback" not in err
    assert "internal error" not in err
    message, found, remedy = err.partition("\n  try: ")
    assert found, f"no remedy: {err}"
    assert remedy.strip()
    assert remedy.count("\n") == 1, "the remedy is the last line"
    assert bad.names in message
    assert bad.says in message
    assert bad.remedy in remedy
    assert all(line.startswith("  ") for line in message.splitlines()[1:])
    assert "\\x09" not in err, "a tab of ours is not foreign text"


@pytest.mark.parametrize("name", CASES)
def test_a_bad_input_is_one_message_with_a_remedy_and_status_2(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = CASES[name]
    put(bad.files, folder)
    before = everything_below(folder)
    pipe_in(bad.stdin, monkeypatch)
    status = run(list(bad.args))
    assert_one_message(status, *capsys.readouterr(), bad)
    assert everything_below(folder) == before, "a run without -o leaves no file behind"


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].args[0] not in ("explain", "completion")])
def test_a_bad_input_leaves_no_output_file_behind(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = CASES[name]
    put(bad.files, folder)
    (folder / "old.txt").write_text("old")
    before = everything_below(folder)
    for path in ("new.txt", "old.txt"):
        pipe_in(bad.stdin, monkeypatch)
        status = run(["-o", path, *bad.args])
        assert status == 2
        assert capsys.readouterr().out == ""
    assert everything_below(folder) == before


@pytest.mark.parametrize("name", CONTENTS)
def test_a_bad_file_is_as_bad_in_a_pipe(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = CONTENTS[name]
    (file_name, content), *_ = bad.files.items()
    styles = {".json": ("-i", "json"), ".ndjson": ("-i", "ndjson")}
    wanted = styles.get(os.path.splitext(file_name.removesuffix(".gz"))[1], ())
    pipe_in(content, monkeypatch)
    good = "a:3,b:5" if wanted or bad.args[0] == "good.json" else "good.csv"
    status = run(["-", good, *bad.args[2:], *wanted])
    out, err = capsys.readouterr()
    assert status == 2, err
    assert out == ""
    assert err.startswith("kldiv: ")
    assert "\n  try: " in err
    assert "internal error" not in err
    assert "stdin" in err


@pytest.mark.parametrize("name", WITH_OUTPUT)
def test_output_that_cannot_be_written_is_one_message(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = WITH_OUTPUT[name]
    before = everything_below(folder)
    pipe_in(b"", monkeypatch)
    status = run(list(bad.args))
    assert_one_message(status, *capsys.readouterr(), bad)
    assert everything_below(folder) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_one_message(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "locked.csv").write_bytes(b"x\n1\n")
    (folder / "locked.csv").chmod(0)
    status = run(["good.csv", "locked.csv"])
    assert_one_message(status, *capsys.readouterr(), Bad((), "locked.csv", says="ermission"))


def test_the_table_is_as_long_as_promised() -> None:
    assert len(CASES) + len(WITH_OUTPUT) >= 220


def test_a_message_cannot_colour_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(["good.csv", "\x1b[31mred\u202e.csv"])
    _, err = capsys.readouterr()
    assert status == 2
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert "red" in err


def test_a_line_end_in_a_file_name_forges_no_second_message(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(["good.csv", "a\nkldiv: all is well\n::error::b.csv"])
    _, err = capsys.readouterr()
    assert status == 2
    assert sum(line.startswith(("kldiv: ", "::error")) for line in err.splitlines()) == 1


PROCESSES = {
    "a missing file": Bad(("good.csv", "missing.csv"), "missing.csv"),
    "a broken pipe of gzip": Bad(("good.csv", "-"), "stdin", stdin=gzip.compress(LONG_CSV)[:5000]),
    "stdin twice": Bad(("-", "-"), "stdin", stdin=b"1\n2\n"),
    "100,000 brackets": Bad(("good.json", "-"), "stdin", stdin=b"[" * 100_000, says="deep"),
    "an unknown option": Bad(("1,2", "2,3", "--nosuch"), "--nosuch"),
    "bytes that are no UTF-8 in a name": Bad(("good.csv", "\udce9.csv"), "\\xe9.csv"),
    "output onto a full disk": Bad(("1,2", "2,3", "-o", "/dev/full"), "/dev/full"),
}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_bad_input_is_one_message_in_a_process_of_its_own(name: str, folder: Path) -> None:
    bad = PROCESSES[name]
    ended = subprocess.run(
        [sys.executable, "-m", "kldiv_cli", *map(os.fsencode, bad.args)],
        input=bad.stdin,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert_one_message(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), bad)


def test_a_closed_stdin_is_one_message(folder: Path) -> None:
    command = f"exec {sys.executable} -m kldiv_cli good.csv - <&-"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, check=False, timeout=30)
    assert_one_message(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), Bad((), "stdin"))
