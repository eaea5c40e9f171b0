"""Samples of several columns at once: distances between distributions in many dimensions."""

from kldiv_cli.core.joint.compare import compare_joint
from kldiv_cli.core.joint.sample import JointSample, joint_sample
from kldiv_cli.core.joint.table import DEFAULT_FOR_JOINT, JOINT, joint_named

__all__ = ["DEFAULT_FOR_JOINT", "JOINT", "JointSample", "compare_joint", "joint_named", "joint_sample"]
