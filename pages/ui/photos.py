"""A visitor's own photo, from a file, the clipboard or the camera; kept while the visitor goes from page to page."""

import gc
import hashlib
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit
from weakref import WeakSet

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from cnn_core import images, limits
from pages.ui.components.gallery import gallery
from pages.ui.components.picker import Picked, picker
from pages.ui.lessons import locks

_PHOTOS, _CROPS = "photos.kept", "photos.crops"
_MOST, _MOST_ELSEWHERE = {"small": 60}, 300  # photos of all visitors together: two of each in a class
_HERE = ("localhost", "127.0.0.1", "::1")  # where browsers allow the camera without https
_NO_CAMERA = (
    "Browsers allow the camera on https and on localhost only, and this page came over http. Choose **Your photo** "
    "instead: on a phone that button offers the camera too."
)


@dataclass(frozen=True, eq=False)
class Photo:
    """A visitor's photo, checked and reduced: at most 4 MB of memory."""

    digest: str  # of the file's content
    image: Image.Image
    is_drawn: bool = False  # one of the samples


@dataclass(frozen=True)
class _Refused:
    """A file that cannot be opened, and the sentence that says why."""

    digest: str
    why: str


_everybodys: WeakSet[Photo] = WeakSet()  # what the sessions keep


def has_photo(source: str) -> bool:
    """Whether `own_photo` will return one, unless another is given just now."""
    return kept_photo(source) is not None


def kept_photo(source: str) -> Photo | None:
    """The visitor's photo from this source, given on whatever page; None before the first."""
    kept = _kept().get(source)
    return kept if isinstance(kept, Photo) else None


def latest_photo() -> Photo | None:
    """The photo that the visitor gave last, from whatever source and on whatever page; None before the first."""
    return next((kept for kept in reversed(_kept().values()) if isinstance(kept, Photo)), None)


def own_photo(source: str, page: str, *, width: int | Literal["stretch"] = "stretch") -> Photo | None:
    """A visitor's photo; from the camera where `source` says so, else from a file.

    The latest photo from each source stays in the session when the visitor goes to another page and comes back. None
    if there is no photo yet or the file cannot be opened; the page then says why. `page` begins the widgets' keys.
    """
    key = f"{page}.{source}"
    if locks.is_locked("photo"):
        st.caption("This step of the lesson takes no photo.")
        return kept_photo(source)
    if source == "camera":
        _ask_camera(source, key, width)
    elif picked := picker(key=key, label=f"Choose {'another' if has_photo(source) else 'a'} photo", width=width):
        _take(source, picked)
        st.rerun()  # the page may look otherwise with a photo
    kept = _kept().get(source)
    if isinstance(kept, _Refused):
        st.error(kept.why, icon=":material/broken_image:")
        return None
    if kept and source != "camera":  # the camera's widget has a button of its own
        with st.container(horizontal=True, vertical_alignment="center"):
            whose = (
                "This picture was drawn for this page."
                if kept.is_drawn
                else "Your photo is kept until you close this tab."
            )
            st.caption(whose)
            st.button("Remove", type="tertiary", on_click=_kept().pop, args=(source, None), key=f"{key}.remove")
    return kept


def keep_crop(photo: Photo, crop: images.Crop) -> None:
    """The square of this photo that the visitor cut out, for other pages."""
    st.session_state[_CROPS] = {photo.digest: crop}


def crop_of(photo: Photo) -> images.Crop:
    """The square that was cut out of this photo; the one in the middle before any was."""
    return st.session_state.get(_CROPS, {}).get(photo.digest, images.Crop())


def choose_sample(source: str, page: str) -> None:
    """Three pictures for who has no photo at hand; the one that is picked counts as the photo from `source`."""
    if locks.is_locked("photo"):
        return
    samples = list(images.SAMPLES.values())
    st.markdown(
        "**No photo at hand?** Guess what the network will say, then pick one. All three were drawn for this page."
    )
    index = gallery(
        np.stack([np.asarray(sample.draw()) for sample in samples]),
        ["?"] * len(samples),
        key=f"{page}.samples",
        label="Three drawn pictures",
        size=100,  # so that a phone shows them beside each other
        columns=3,
    )
    if index is not None:
        image = samples[index].draw()
        _kept().pop(source, None)
        _kept()[source] = Photo(_digest(image.tobytes()), image, is_drawn=True)
        st.rerun()


def _ask_camera(source: str, key: str, width: int | Literal["stretch"]) -> None:
    if not _may_use_camera(st.context.url):
        st.warning(_NO_CAMERA, icon=":material/no_photography:")
        return
    file = st.camera_input("Take a photo", key=key, on_change=_forget, args=(source, key), width=width)
    if file is not None and (content := file.getvalue()):  # empty: it was taken, and the page starts again
        _take(source, Picked(content, len(content)))
        _free(file)


def _free(file: UploadedFile) -> None:
    """Let the server forget the camera's file, of which `_kept` has the pixels; the widget goes on showing it."""
    context = get_script_run_ctx()
    context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
    file.truncate(0)


def _may_use_camera(url: str | None) -> bool:
    """Whether the browser gives this page the camera, as far as its address tells."""
    parts = urlsplit(url or "")
    host = parts.hostname or ""
    return parts.scheme != "http" or host in _HERE or host.endswith(".localhost")


def _take(source: str, picked: Picked) -> None:
    """Open a photo once, and keep it or why it is refused: either takes the place of what was there."""
    kept = _kept()
    digest = _digest(picked.content if picked.content is not None else str(picked.size).encode())
    if isinstance(kept.get(source), Photo) and kept[source].digest == digest:
        return
    kept.pop(source, None)  # the latest is the last
    try:
        if picked.content is None:
            raise images.ImageError(
                f"This browser cannot open the file, which with {picked.size / 1e6:,.0f} MB is too large to be sent "
                "as it is; save it as JPEG or PNG, or take a screenshot of it, and try again."
            )
        kept[source] = _opened(digest, picked.content)
    except images.ImageError as error:
        kept[source] = _Refused(digest, str(error))


def _opened(digest: str, content: bytes) -> Photo:
    """The photo, if the server has room for one more; a file of a few kilobytes may be one of 4 MB."""
    allowed = limits.current()
    most = _MOST.get(allowed.name, _MOST_ELSEWHERE)
    if len(_everybodys) >= most:
        _collect(int(time.monotonic() / 10))
    if len(_everybodys) >= most:
        raise images.ImageError("This server holds as many photos as it can; try again in some minutes.")
    photo = Photo(digest, images.open_safely(content, allowed.upload))
    _everybodys.add(photo)
    return photo


@lru_cache(maxsize=1)
def _collect(_moment: int) -> None:
    """Forget the photos of sessions that have ended, once a moment: Python itself waits long to do so."""
    gc.collect()


def _forget(source: str, key: str) -> None:
    """The visitor cleared the camera's photo."""
    if st.session_state[key] is None:
        _kept().pop(source, None)


def _kept() -> dict[str, Photo | _Refused]:
    """By source the latest photo of this visitor."""
    return st.session_state.setdefault(_PHOTOS, {})


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
