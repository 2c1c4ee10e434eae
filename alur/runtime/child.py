"""Start a program that ends when its supervisor ends, even by kill -9.

The kernel sends this process SIGTERM when its parent is gone, and keeps to that across exec. Asking for it
between fork and exec inside the supervisor is unsafe in a program with threads; a small program
in between is not. It is started by path, without site-packages, and therefore imports nothing of ours:
that costs 20 ms, and no memory, since it is replaced.

    python -I -S child.py SUPERVISOR_PID -- program argument…
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
#: What a shell answers for a program that is not there.
NOT_FOUND = 127


def main() -> None:
    """Become the program named in the arguments."""
    supervisor, _, *command = sys.argv[1:]
    signal.pthread_sigmask(signal.SIG_SETMASK, [])  # the supervisor waits for its signals with all of them blocked
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)  # Python ignores these, and a program inherits that
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):  # it ended before we asked
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - becoming another program is the purpose
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(NOT_FOUND)


if __name__ == "__main__":
    main()
