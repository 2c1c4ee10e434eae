"""How the installation fares: figures for monitoring and for `alur doctor`."""
