"""``python -m warehouse.cli``: as ``aw``, where the command itself is not installed."""

from warehouse.cli import main

main()
