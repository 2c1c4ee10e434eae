"""Measurements: every figure as a ratio to a limit measured in the same run, on the same machine.

``python -m bench`` prints a table, ``python -m bench --json`` one object per figure. A figure without its limit says
more about the machine than about Alur, so each is taken in rounds that alternate with what bare PostgreSQL does with
the same rows in the same tables, and the median of the rounds' ratios is what counts.
"""
