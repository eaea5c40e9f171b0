"""``python -m kldiv_cli``."""

from kldiv_cli.cli import main

main()
