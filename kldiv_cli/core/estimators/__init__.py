"""Estimates that need the sample itself, not masses: from distances between neighbours."""

from __future__ import annotations

from kldiv_cli.core.estimators.row import ESTIMATORS, ONLY_JOINT, Estimator, estimator_named

__all__ = ["ESTIMATORS", "ONLY_JOINT", "Estimator", "estimator_named"]
