"""What the teacher changes of a data set besides its pictures: names, classes, and that it is there at all."""

from functools import partial

import streamlit as st

from cnn_core.config import LEAST_CLASSES, LONGEST_NAME, MOST_CLASSES
from cnn_core.data import DataError, own
from cnn_core.data.own import OwnClass, OwnSet
from pages.ui import cache, downloads, own_sets, presenter
from pages.ui.own_data import rights
from pages.ui.text import plain

CHOSEN = "own_data.set"  # the name of the set on the page


def show_set(own_set: OwnSet) -> None:
    """Export, rename and delete: the teacher's, since others' pictures are nobody's to take along."""
    if not rights.may_change() or presenter.is_on():
        return
    name, title = own_set.name, plain(own_set.title)
    if own_set.images:
        given = {"key": f"own_data.export.{name}", "icon": ":material/download:", "mime": "application/zip"}
        help_ = "A zip with a folder a class. It can be brought in again, here or in another copy of this app."
        downloads.offer("Export", partial(_zipped, name), f"{name}.zip", help=help_, **given)
    rename, delete = (f"own_data.{what}.{name}" for what in ("rename", "delete"))
    with (
        st.popover("Rename", icon=":material/edit:", key=rename, on_change="rerun"),
        st.form(f"{rename}.form", border=False),
    ):
        field = f"{rename}.title"
        st.text_input("Title", own_set.title, max_chars=LONGEST_NAME, key=field)
        st.form_submit_button("Save", on_click=_rename, args=(name, field, rename))
    with st.popover("Delete", icon=":material/delete:", key=delete, on_change="rerun") as place:
        if place.open:
            st.markdown(f"Delete **{title}** with its {own_set.images} pictures? This cannot be undone.")
            st.caption(_used_by(name))
            st.button("Delete it", type="primary", key=f"{delete}.it", on_click=_delete, args=(name, delete))


def show_remove_everything() -> None:
    """One button for all of it, which asks first."""
    if not rights.may_change() or presenter.is_on():
        return
    key = "own_data.everything"
    with st.popover("Remove everything", icon=":material/delete_sweep:", key=key, on_change="rerun") as place:
        if place.open:
            sets = own.sets()
            images = sum(one.images for one in sets)
            st.markdown(
                f"Remove **all {len(sets)} data sets** of this app with their {images} pictures? "
                "This cannot be undone. The runs that have learned them stay; they hold no picture."
            )
            st.button("Remove all of it", type="primary", key=f"{key}.it", on_click=_remove_everything, args=(key,))


def show_class(own_set: OwnSet, chosen: OwnClass) -> None:
    """Rename and remove the chosen class, and add another one."""
    if presenter.is_on():
        return
    name, called = own_set.name, plain(chosen.name)
    rename, remove = (f"own_data.class.{what}.{name}.{chosen.id}" for what in ("rename", "remove"))
    with st.container(horizontal=True, gap="xsmall"):
        if len(own_set.classes) < MOST_CLASSES:
            with st.popover("Another class", icon=":material/add:", key=f"own_data.more.{name}", on_change="rerun"):
                show_add_class(own_set)
        with (
            st.popover(f"Rename {called}", icon=":material/edit:", key=rename, on_change="rerun"),
            st.form(f"{rename}.form", border=False),
        ):
            field = f"{rename}.name"
            st.text_input("Name of the class", chosen.name, max_chars=LONGEST_NAME, key=field)
            st.form_submit_button("Save", on_click=_rename_class, args=(name, chosen.id, field, rename))
        if len(own_set.classes) > LEAST_CLASSES:
            with st.popover(f"Remove {called}", icon=":material/delete:", key=remove, on_change="rerun"):
                st.markdown(f"Remove **{called}** with its {chosen.images} pictures? This cannot be undone.")
                given = {"on_click": _remove_class, "args": (name, chosen.id, remove)}
                st.button("Remove it", type="primary", key=f"{remove}.it", **given)


def show_add_class(own_set: OwnSet) -> None:
    field = f"own_data.added.{own_set.name}"
    with st.form(f"{field}.form", border=False):
        st.text_input("Name of the new class", max_chars=LONGEST_NAME, key=field)
        st.form_submit_button("Add it", on_click=_add_class, args=(own_set.name, field))


def _used_by(name: str) -> str:
    titles = [run.title for run in own_sets.runs_of(name)]
    if not titles:
        return "No run has learned it."
    listed = ", ".join(map(plain, titles[:5])) + (f" and {len(titles) - 5} more" if len(titles) > 5 else "")
    return f"Learned by {listed}: what was measured stays, the pictures of these runs go."


def _zipped(name: str) -> bytes:
    """What the download gives; empty if another visitor has removed the set."""
    try:
        return own.to_zip(name)
    except DataError:
        return b""


def _rename(name: str, field: str, popover: str) -> None:
    st.session_state[popover] = False
    rights.attempt(partial(own.rename, name, st.session_state[field]))


def _delete(name: str, popover: str) -> None:
    st.session_state[popover] = False
    if rights.attempt(partial(_remove, [name])):
        st.session_state.pop(CHOSEN, None)


def _remove_everything(popover: str) -> None:
    st.session_state[popover] = False
    rights.attempt(_remove_all)
    st.session_state.pop(CHOSEN, None)


def _remove_all() -> None:
    _remove([one.name for one in own.sets()])


def _remove(names: list[str]) -> None:
    for name in names:
        own.remove(name)
    cache.forget_images()


def _rename_class(name: str, class_id: int, field: str, popover: str) -> None:
    st.session_state[popover] = False
    rights.attempt(partial(own.rename_class, name, class_id, st.session_state[field]))


def _remove_class(name: str, class_id: int, popover: str) -> None:
    st.session_state[popover] = False
    rights.attempt(partial(own.remove_class, name, class_id))


def _add_class(name: str, field: str) -> None:
    st.session_state[f"own_data.more.{name}"] = False
    if rights.attempt(lambda: own.add_class(name, st.session_state[field]) and None):
        st.session_state[field] = ""
