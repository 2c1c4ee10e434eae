"""Proposals: what a village asks for a family, and the workbook it arrives in."""
