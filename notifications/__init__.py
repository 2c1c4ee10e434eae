"""Who is told what: a folder of templates per message, a function that returns its context, nothing personal in either.

A message names a case by its number, its village and its step; names, NIK and addresses stay in the register.
"""
