"""Printed letters: what stands on them (`letter`), the documents themselves (`papers`), and the press that makes PDFs.

A new document is a function that returns a `Letter`; `press.pressed` makes the PDF and `press.handed_out` the answer:

    letter = Letter(title="Surat Rujukan", office=office_of(path), number="400.9/12", body=[Text("…"), Table(…)], …)
    return handed_out(await pressed(letter, site(request).settings.public_url), "rujukan-12")

Letters are in Indonesian whatever the reader's language, because offices sign and file them.
"""
