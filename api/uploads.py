"""Reading an uploaded file from a request: never more than is allowed, whatever the request says of its length.

Nothing of it touches a disk before it is encrypted: what is read stays in memory, here and in every other form.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from models.document.errors import DocumentTooLarge

MB = 1024 * 1024
_FORM_EXTRA = 16 * 1024
"""What a form may hold beside its file: boundaries, names, a few short fields."""


# For every form of the process, also those that the framework reads for a route or a page: 0 spools nothing to a file.
# How large a body may be says the gate (`api/shield.py`).
MultiPartParser.spool_max_size = 0


async def _limited(request: Request, most: int, mb_max: int) -> bytes:
    """Return the body, counted as it arrives.

    Raises:
        DocumentTooLarge: as soon as more than `most` bytes came, or at once when the request announces more.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise DocumentTooLarge(mb_max)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise DocumentTooLarge(mb_max)
    return bytes(body)


async def _form(headers: Headers, body: bytes) -> FormData:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        return await MultiPartParser(headers, whole(), max_files=1, max_fields=4, max_part_size=1024).parse()
    except MultiPartException as error:
        raise HTTPException(400) from error


async def read_upload(request: Request, mb_max: int) -> bytes:
    """Return the content of the uploaded file: the field `file` of a form, or the body itself.

    Raises:
        DocumentTooLarge: larger than `mb_max` times 1,048,576 bytes.
        HTTPException: 400, a form that cannot be read or has no file.
    """
    most = mb_max * MB
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await _limited(request, most, mb_max)
    body = await _limited(request, most + _FORM_EXTRA, mb_max)
    form = await _form(request.headers, body)
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise HTTPException(400)
        content = await file.read()
    finally:
        await form.close()
    if len(content) > most:
        raise DocumentTooLarge(mb_max)
    return content
