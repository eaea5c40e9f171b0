"""The errors a user can mend. This module imports nothing.

KldivError          anything kldiv refuses; ends with status 2
├── UsageError      what was typed cannot be right: an option, a name
├── InputError      what was read cannot be used: a file, a pipe, an operand
│   └── TypeBreak   a cell deep in a file does not fit the type its column was given
└── MissingExtra    a package that is only needed for this input is not installed
"""


class KldivError(Exception):
    """A fault the user can mend.

    Parameters
    ----------
    message : str
        What is wrong, and where: the operand, the row, the column.
    remedy : str
        What to do instead.
    """

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        """How a fault travels from one process to another."""
        return _remade, (type(self), self.__dict__)

    def __str__(self) -> str:
        return f"{self.message}\n  try: {self.remedy}"


class UsageError(KldivError):
    """What was typed cannot be right."""


class InputError(KldivError):
    """What was read cannot be used."""


class TypeBreak(InputError):
    """Cells do not fit the types that the first rows gave their columns."""

    def __init__(self, message: str, *, remedy: str, columns: tuple[str, ...]) -> None:
        super().__init__(message, remedy=remedy)
        self.columns = columns


class MissingExtra(KldivError):
    """An optional package is needed and not installed."""


def _remade(kind: type[KldivError], state: dict[str, object]) -> KldivError:
    fault = kind.__new__(kind, state["message"])
    fault.__dict__.update(state)
    return fault
