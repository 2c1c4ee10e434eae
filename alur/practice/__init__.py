"""A practice region: a database of its own in which invented people have open work of every kind, and nothing counts.

`hands` moves cases as the people whose turn it is, `scenes` says which cases stand where, `region` puts them there, and
`run` is the command `alur practice`.
"""
