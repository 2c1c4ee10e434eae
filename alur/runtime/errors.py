"""The one base of everything that can go wrong before Alur itself runs."""


class HostProblem(Exception):
    """Something on this machine stands in the way; the text says what to do about it."""
