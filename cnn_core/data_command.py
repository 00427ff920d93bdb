"""The command `data`: CIFAR-10 is prepared, and data sets of one's own are brought in, listed, packed and removed."""

import argparse
from pathlib import Path

from cnn_core import data, runs
from cnn_core.commands import UsageError
from cnn_core.console import ProgressLine
from cnn_core.data import own


def data_sets(options: argparse.Namespace) -> int:
    """Prepare CIFAR-10, or keep data sets of your own: --from FOLDER --name NAME brings one in.

    Without options CIFAR-10 is found or downloaded, checked, and stored for this program. A data set of your own is a
    folder, or a zip, with a folder in it for each class. Runs that have learned it stay when it is removed.
    """
    if options.to and not options.export:
        raise UsageError("--to says where --export writes; name the data set with --export NAME.")
    if options.yes and not options.delete:
        raise UsageError("--yes answers the question of --delete NAME.")
    if options.source is not None and options.title is not None:
        return _bring_in(options.source, options.title)
    if options.rename:
        return _rename(options.rename, options.title)
    if options.title is not None:
        raise UsageError("--name names what --from brings in, or what --rename NAME renames; give one of the two.")
    if options.list:
        return _list()
    if options.export:
        return _export(options.export, options.to)
    if options.delete:
        return _delete(options.delete, options.yes)
    with ProgressLine() as line:
        data.prepare_cifar10(options.source, progress=line.data)
    print(f"CIFAR-10 is ready in {data.data_dir()}.")
    return 0


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `data` may be asked for."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="PATH",
        help="an archive or folder of CIFAR-10; with --name a folder or zip of your own, with a folder for each class",
    )
    one.add_argument("--list", action="store_true", help="list the data sets of your own")
    one.add_argument("--export", metavar="NAME", help="write a data set of your own as a zip, for --from elsewhere")
    one.add_argument("--rename", metavar="NAME", help="give a data set of your own another title, that of --name")
    one.add_argument("--delete", metavar="NAME", help="remove a data set of your own with all its images")
    parser.add_argument("--name", dest="title", metavar="NAME", help="what the data set is called")
    parser.add_argument("--to", type=Path, metavar="FILE", help="where --export writes (default: NAME.zip)")
    parser.add_argument("--yes", action="store_true", help="remove without asking")


def _bring_in(source: Path, title: str) -> int:
    if source.is_dir():
        found = own.bring_folder(source, title)
    elif source.is_file():
        found = own.bring_zip(source.read_bytes(), title)
    else:
        raise data.DataError(f"There is no folder and no zip called {source.name!r}.")
    print(_line(found))
    for sentence in (*found.notes, found.lacks()):
        if sentence:
            print(sentence)
    return 0


def _list() -> int:
    for found in own.sets():
        print(_line(found))
        if sentence := found.lacks():
            print(f"    {sentence}")
    return 0


def _rename(name: str, title: str | None) -> int:
    if title is None:
        raise UsageError("--rename NAME needs the new title: --name TITLE.")
    own.rename(name, title)
    print(_line(own.find(name)))
    return 0


def _export(name: str, file: Path | None) -> int:
    file = file or Path(f"{name}.zip")
    packed = own.to_zip(name)
    file.write_bytes(packed)
    print(f"{name}: {file} ({len(packed) / 1e6:.1f} MB)")
    return 0


def _delete(name: str, is_sure: bool) -> int:
    found = next((each for each in own.sets() if each.name == name), None)
    if found is None:
        raise data.DataError(f"There is no data set {name!r}; `data --list` lists them.")
    users = [run.title for run in runs.list_runs() if run.config.data_set.startswith(f"{name}@")]
    if users:
        print(f"Learned by {', '.join(users)}. Runs stay, but can no longer show its images.")
    if not is_sure:
        try:
            answer = input(f"Remove {found.title!r} with its {found.images:,} images for good? [y/N] ")
        except EOFError:
            raise UsageError("nobody is here to be asked; add --yes.") from None
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was removed.")
            return 1
    own.remove(name)
    print(f"{name}: removed")
    return 0


def _line(found: own.OwnSet) -> str:
    classes = ", ".join(f"{of_class.name} {of_class.images}" for of_class in found.classes)
    return f"{found.name}: {found.title}, {found.images:,} images{f' ({classes})' if classes else ''}"
