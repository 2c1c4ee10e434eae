"""laporan."""
