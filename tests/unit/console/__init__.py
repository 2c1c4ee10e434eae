"""Tests of the console without a database."""
