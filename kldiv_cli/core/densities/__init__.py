"""Distributions that are given by a formula: families, closed forms, quadrature."""
