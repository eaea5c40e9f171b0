"""The use cases: specs in, a Report out."""
