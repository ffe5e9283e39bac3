"""Photos to train on, fetched once: MS-COCO's validation set of 2017 (Lin et al. 2014), 5000 photos in 816 MB."""

import os
from pathlib import Path

from tqdm.auto import tqdm

from nst_helpers.runtime import printable

PHOTOS_URL = "http://images.cocodataset.org/zips/val2017.zip"
PHOTOS_DIGEST = "md5:442b8da7639aecaf257c1dceb8ba8c80"
PHOTOS_SOURCE = "MS-COCO val2017, cocodataset.org; the photos are their authors' on Flickr, under Creative Commons"

_OWN = "or give a folder of your own photos (--photos)"
_CHUNK = 2**20  # bytes
_PATIENCE = (10, 60)  # seconds, until a server answers and between its bytes
_COMPLETE = 416  # HTTP's status where nothing is left to send


def fetch_photos(folder: str | os.PathLike | None = None) -> Path:
    """The folder of MS-COCO val2017's photos, fetched where they aren't there yet and resumed where a part is.

    The archive's digest is checked; it was read in PaddleDetection (``ppdet/utils/download.py``) and is the same in
    other projects' scripts.

    Args:
        folder: keeps archive and photos; pooch's cache if left out.

    Raises:
        ImportError: pooch is not installed.
        OSError: the server can't be reached, or the folder can't be written; what has arrived is kept.
        ValueError: the archive is another one than it should be; it is not kept.
    """
    try:
        import pooch
        import requests
    except ModuleNotFoundError as error:
        raise ImportError(f'{error.name} is missing: pip install "nst-helpers[train]", {_OWN}.') from None
    folder = Path(pooch.os_cache("nst_helpers") if folder is None else os.path.expanduser(folder))
    name = PHOTOS_URL.rpartition("/")[2]
    unpack = pooch.Unzip(extract_dir=Path(name).stem)
    try:
        pooch.retrieve(PHOTOS_URL, PHOTOS_DIGEST, name, folder, processor=unpack, downloader=_resume)
    except requests.RequestException as error:
        arrived = _part(folder / name).stat().st_size if _part(folder / name).exists() else 0
        kept = f"; {arrived / 1e6:.0f} MB are kept, so that the same call goes on there" if arrived else ""
        raise OSError(f"{PHOTOS_URL} can't be fetched ({_reason(error)}){kept}: try it later, {_OWN}.") from error
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f"{printable(folder)} can't take the photos ({reason}): free 2 GB there, {_OWN}.") from error
    except ValueError as error:
        raise ValueError(f"{PHOTOS_URL} sent another file than it should, by its digest: try again, {_OWN}.") from error
    return folder / Path(name).stem


def _resume(url: str, output: str, _: object) -> None:
    """Download to a file, as pooch asks it, from where an earlier part ends; what arrives is kept in that part."""
    import requests

    part = _part(Path(output).with_name(url.rpartition("/")[2]))
    begun = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begun}-"} if begun else {})
    with requests.get(url, headers=headers, stream=True, timeout=_PATIENCE) as answer:
        if not begun or answer.status_code != _COMPLETE:
            answer.raise_for_status()
            begun *= answer.status_code == requests.codes.partial_content  # others send it all
            left = int(answer.headers.get("Content-Length", 0))
            with (
                open(part, "ab" if begun else "wb") as file,
                tqdm(desc=part.stem, total=begun + left, initial=begun, unit="B", unit_scale=True) as bar,
            ):
                for chunk in answer.iter_content(_CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
    os.replace(part, output)


def _part(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.part")


def _reason(error: Exception) -> str:
    """The innermost cause, which is the one that says what happened."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
