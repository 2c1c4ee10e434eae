"""Siklus: the verval cycle, from its frozen list to the report that names whom it did not reach."""
