"""How a process dies at a moment of its own."""

import os
import signal


def die() -> None:
    """Without a chance to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: object, name: str, call: int) -> None:
    """Die before the call of that number."""
    function, calls = getattr(owner, name), []

    def called(*args, **keywords):
        calls.append(name)
        if len(calls) == call:
            die()
        return function(*args, **keywords)

    setattr(owner, name, called)
