"""What chance alone does to a divergence: the value expected if nothing had changed, and how often it is reached."""

from kldiv_cli.core.significance.noise import REACHED, Noise

__all__ = ["REACHED", "Noise"]
