"""Tests of batches that need no database."""
