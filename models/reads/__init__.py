"""Reads of a family: who looked, when, why; and numbers shown open for a stated purpose."""
