"""The version, by itself: whoever needs it imports nothing else."""

__version__ = "0.5.0"
