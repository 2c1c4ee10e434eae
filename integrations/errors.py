"""What can go wrong at a port: small classes that survive pickling and carry no personal data.

The class alone says what is safe to do next; whoever stores a call needs to know nothing about HTTP.
No class keeps the body of an answer, because task runners print exceptions and bodies hold NIK and names.
"""


class PortError(Exception):
    """Something went wrong between us and an outside system."""


class PortUnavailable(PortError):
    """This call did nothing there: it could not be reached, or it said so itself (429, 503). Safe to repeat.

    It says nothing of earlier calls with the same key: keep the key.
    """

    def __init__(self, path: str, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(path, reason, retry_after_s)  # all arguments, or unpickling fails
        self.path, self.reason, self.retry_after_s = path, reason, retry_after_s

    def __str__(self) -> str:
        return f"{self.path}: unavailable ({self.reason})"


class PortSilent(PortUnavailable):
    """It took our question and did not answer in time. Safe to repeat, later: at once would only wait as long again."""


class OutcomeUnknown(PortError):
    """The job was sent and no answer could be had: ask for it (`settle`) before anything else."""

    def __init__(self, path: str, key: str, reason: str) -> None:
        super().__init__(path, key, reason)
        self.path, self.key, self.reason = path, key, reason

    def __str__(self) -> str:
        return f"{self.path}/{self.key}: outcome unknown ({self.reason})"


class PortRefused(PortError):
    """The other side understood and refused: a problem document (RFC 9457) with a 4xx status.

    Sending the same again is useless. Status 409 means the key is already used for another body.
    """

    def __init__(self, path: str, status: int, type_: str, title: str, detail: str) -> None:
        super().__init__(path, status, type_, title, detail)
        self.path, self.status, self.type, self.title, self.detail = path, status, type_, title, detail

    def __str__(self) -> str:
        return f"{self.path}: refused, {self.status} {self.title}: {self.detail}"


class ReplyMalformed(PortError):
    """An answer came that can't be believed: not JSON, not the contract, not our key, body or rows.

    Nothing of it is used. The job may have been done, so ask again (`settle`) and tell a person when it stays so.
    """

    def __init__(self, path: str, key: str, reason: str) -> None:
        super().__init__(path, key, reason)
        self.path, self.key, self.reason = path, key, reason

    def __str__(self) -> str:
        return f"{self.path}/{self.key}: reply not believed ({self.reason})"
