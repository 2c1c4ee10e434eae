"""The outside world in one process: every system behind the ports, over HTTP, with faults that can be set.

It imports nothing of the product, so that the two sides can agree only through the contract
in `docs/integrations.md`. Start it with `python -m integrations.simulator`.
"""

from integrations.simulator.app import create_app

__all__ = ["create_app"]
