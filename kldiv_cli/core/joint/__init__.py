"""Samples of several columns at once: distances between distributions in many dimensions."""
