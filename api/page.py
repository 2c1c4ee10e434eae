"""The page that shows the API. Everything it loads comes from here, and nothing runs on it but what it came with."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from api.shield import ASSETS

_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def _policy(page: bytes) -> str:
    """Return a policy under which exactly the scripts that stand in the page run, and those we serve."""
    digests = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _SCRIPT.findall(page))
    scripts = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in digests)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def install(app: FastAPI) -> None:
    """Serve the page at /docs, wherever a proxy has put the application."""

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=app.title,
            swagger_js_url=f"{root}{ASSETS}swagger-ui-bundle.js",
            swagger_css_url=f"{root}{ASSETS}swagger-ui.css",
            swagger_favicon_url=f"{root}{ASSETS}favicon.png",
        )
        page.headers["Content-Security-Policy"] = _policy(bytes(page.body))
        return page
