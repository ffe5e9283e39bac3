"""Text that is harmless wherever it is shown or run: names of files, and what went wrong."""

import os

from nst_helpers.runtime import printable, ran_out_of_memory


def quoted(text: str) -> str:
    r"""The text as a program writes it, whatever characters it has.

    Example:
        >>> print(quoted('a "b".png'))
        "a \"b\".png"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'


def shortened(text: str, longest: int = 60) -> str:
    """The text, printable, its middle left out where it is longer."""
    text, half = printable(text), longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def file_name(path: str | os.PathLike) -> str:
    """A file as `load_image` takes its name as a string: a bare one that might be a bundled picture's gets a folder."""
    name = os.fsdecode(path)
    return os.path.join(".", name) if os.path.basename(name) == name and not os.path.splitext(name)[1] else name


def sentence(error: BaseException) -> str:
    """What went wrong and what to do, for a line under a button."""
    text = " ".join(str(error).split())
    explained = isinstance(error, ValueError | TypeError | OSError | ImportError | MemoryError) and bool(text)
    if not explained and ran_out_of_memory(error):
        return "memory ran out: take a smaller size, or restart the kernel if other work holds the memory."
    if explained:
        return text if text.endswith((".", "!", "?")) else f"{text}."
    return f"something unexpected happened ({type(error).__name__}{': ' if text else ''}{text})."
