"""Ports to the systems outside: what others know and do, asked for over HTTP.

One module per outside system (`dukcapil`, `dtsen`, `bank`, `omspan`, `span`, `pos`); `connect` opens them all.
`simulator` is a separate process that plays them; it shares nothing with this package but the wire contract,
which `docs/integrations.md` writes down. This file stays empty so that the simulator loads none of the adapters.
"""
