"""`python -m spinloop`."""

from spinloop.cli import main

main()
