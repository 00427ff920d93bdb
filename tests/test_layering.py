"""The rules of the code. Which module may import which is the architecture; change it on purpose or not at all."""

import ast
import os
import subprocess
import sys
import textwrap
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cnn_core import data, runs, training
from cnn_core.inference import Anatomy
from cnn_core.presets import PRESETS
from cnn_core.worker import work

ROOT = Path(__file__).parents[1]
TENSORFLOW = {"keras", "tensorflow"}
NOT_IN_THE_WEB_PROCESS = TENSORFLOW | {"scipy", "sklearn"}
CORE = sorted((ROOT / "cnn_core").rglob("*.py"))
WING = sorted((ROOT / "cnn_core" / "training").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
UI = sorted((ROOT / "pages" / "ui").rglob("*.py"))
APP = [*CORE, *PAGES, *UI, ROOT / "streamlit_app.py"]
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))
TEST_HELPERS = sorted(file for file in (ROOT / "tests").rglob("*.py") if not file.name.startswith("test_"))
BROWSER = sorted(file for kind in ("js", "css", "html") for file in (ROOT / "pages").rglob(f"*.{kind}"))

MOST_LINES = 250  # of a file; a longer one holds two nouns
MOST_PAGE_LINES = 140
MOST_FUNCTION_LINES = 50

# What breaks a limit today and is being mended; to be empty.
NOT_YET_MENDED = {}

# A room may import rooms of the lines above its own, and no other: training knows no runs, plotting neither.
ORDER_OF_ROOMS = """
    control_groups text
    augmentation classroom facts locks places processes processor progress schema zips
    cifar10_facts lessons network_config stoppable
    config
    architecture clock cluster console evaluation images inference limits presets
    data
    batches convolution memory
    differences explanation
    games plotting runs training
    comparing completion importing rebuilding stopping sureness
    code lab_report results
    worker
    commands
    answering compare data_command explain
    __main__
"""

# Every name of a file of the runs. Those that are words, "title" for instance, count only where a path is built.
RUN_FILES = {value for name, value in vars(runs.files).items() if name.isupper() and isinstance(value, str)}
WORDS = {name for name in RUN_FILES if name.isalpha() and name.islower()}


def name(path):
    return path.relative_to(ROOT).as_posix()


def names(sources):
    """Each law is one test that names all who break it: a test for each file and law would take half a minute."""
    return sorted(map(name, sources))


@cache
def text(source):
    return source.read_text(encoding="utf-8")


@cache
def tree(source):
    return ast.parse(text(source))


def imports(source):
    """Full names of what a file imports, wherever in the file the import is."""
    found = set()
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages(source):
    return {imported.split(".")[0] for imported in imports(source)}


def room(source):
    return source.relative_to(ROOT / "cnn_core").with_suffix("").parts[0]


def test_the_house_is_where_the_laws_look():
    for files, fewest in (
        (CORE, 30),
        (WING, 5),
        (PAGES, 6),
        (UI, 15),
        (BENCHMARKS, 10),
        (TEST_HELPERS, 5),
        (BROWSER, 10),
    ):
        assert len(files) >= fewest


def test_no_two_test_files_have_one_name():
    """pytest collects two of one name only if it collects neither of them first."""
    found = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name, times in found.items() if times > 1]


class TestImports:
    def test_the_core_knows_nothing_of_the_app(self):
        assert not names(source for source in CORE if packages(source) & {"streamlit", "pages"})

    def test_tensorflow_is_imported_in_its_wing_only(self):
        allowed = TENSORFLOW | {"sklearn"}  # the worker draws the map
        assert not names(
            source
            for source in APP
            if packages(source) & NOT_IN_THE_WEB_PROCESS - (allowed if source in WING else set())
        )

    def test_each_room_knows_the_rooms_above_it_only(self):
        lines = [line.split() for line in ORDER_OF_ROOMS.split("\n") if line.strip()]
        height = {room: number for number, line in enumerate(lines) for room in line}
        without_a_place = {room(source) for source in CORE} - {"__init__"} ^ set(height)
        assert not without_a_place, "each room has its place in ORDER_OF_ROOMS"
        wrong = {
            f"{name(source)} imports {other}"
            for source in CORE
            for _, other in (i.split(".")[:2] for i in imports(source) if i.startswith("cnn_core."))
            if other != room(source) and height[other] >= height[room(source)]
        }
        assert not wrong

    def test_nobody_imports_a_page(self):
        assert not names(
            source
            for source in [*PAGES, *UI]
            if any(i.startswith("pages.") and not i.startswith("pages.ui") for i in imports(source))
        )

    def test_an_import_is_what_it_says(self):
        """For types alone nothing is imported, and no folder is put on the path but by the command line."""
        sources = [*APP, *BENCHMARKS]
        assert not names(source for source in sources if "TYPE_CHECKING" in text(source))
        with_a_path = names(source for source in sources if "sys.path" in text(source))
        assert with_a_path == ["cnn_core/__main__.py"]

    def test_the_core_loads_without_tensorflow_but_for_its_wing(self):
        light = [
            ".".join(source.relative_to(ROOT).with_suffix("").parts)
            for source in CORE
            if source not in WING and source.name != "__main__.py"
        ]
        probe = f"import sys; {'; '.join(f'import {module}' for module in light)}; print(*sys.modules)"
        loaded = subprocess.check_output([sys.executable, "-c", probe], cwd=ROOT, text=True)
        assert not NOT_IN_THE_WEB_PROCESS & set(loaded.split())

    @pytest.mark.parametrize(("environment", "is_warned"), [({}, True), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, False)])
    def test_tensorflow_before_the_core_is_warned_of(self, environment, is_warned):
        """The order alone makes training three times slower on many processors, without a warning from TensorFlow."""
        program = "import sys, types; sys.modules['tensorflow'] = types.ModuleType('tensorflow'); import cnn_core"
        inherited = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"}
        finished = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=inherited | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ("import cnn_core first" in finished.stderr) == is_warned

    def test_no_page_brings_tensorflow_into_the_web_process(self, run_with_network):
        """Every page and every step of the lab, as the app runs it, with a run that can be evaluated and asked."""
        program = """
            import sys
            from app import open_app
            from pages.ui.lab import STEPS

            def open_(page, **query):
                app = open_app(page, **query)
                assert not app.exception, (page, query, app.exception)
                return app

            for page in sys.argv[1:]:
                open_(page, run="RUN")
            for step in STEPS.values():
                open_("convolution", **{"convolution.step": step.title})
            app = open_("prediction", **{"run": "RUN", "prediction.source": "Test image"})
            assert any("%" in heading.value for heading in app.header), "it has answered"
            print(*sys.modules)
        """.replace("RUN", run_with_network.id)
        command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program), *(page.stem for page in PAGES)]
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        finished = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 0, finished.stderr[-3000:]
        assert not NOT_IN_THE_WEB_PROCESS & set(finished.stdout.split())


class TestSize:
    def test_no_file_holds_two_nouns(self):
        sources = [*APP, *BENCHMARKS, *TEST_HELPERS, *BROWSER]
        long = {
            name(source)
            for source in sources
            if len(text(source).splitlines()) > (MOST_PAGE_LINES if source in PAGES else MOST_LINES)
        }
        assert not long - set(NOT_YET_MENDED)
        assert not names(source for source in sources if source.stem in {"utils", "helpers", "common"})

    def test_a_function_fits_on_a_screen(self):
        long = {
            f"{name(source)}: {node.name}"
            for source in [*APP, *BENCHMARKS, *TEST_HELPERS]
            if name(source) not in NOT_YET_MENDED
            for node in ast.walk(tree(source))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.end_lineno - node.lineno + 1 > MOST_FUNCTION_LINES
        }
        assert not long

    def test_a_page_is_thin(self):
        """It draws no figure itself, and defines no class."""
        assert not names(source for source in PAGES if packages(source) & {"plotly", "altair"})
        assert not names(
            source for source in PAGES if any(isinstance(node, ast.ClassDef) for node in ast.walk(tree(source)))
        )


class TestOnePlace:
    def test_one_module_holds_every_cache(self):
        with_a_cache = names(source for source in [*PAGES, *UI] if "st.cache_" in text(source))
        assert with_a_cache == ["pages/ui/cache.py"]

    def test_only_the_runs_know_their_file_names(self):
        assert {"config.json", "events.jsonl", "title", "STOP"} <= RUN_FILES
        knowing = {}
        for source in [*APP, *BENCHMARKS]:
            constants = {node.value for node in ast.walk(tree(source)) if isinstance(node, ast.Constant)}
            known = constants & (RUN_FILES - WORDS) | set(parts_of_paths(source)) & WORDS
            if known and not room_of_runs(source) and name(source) not in NOT_YET_MENDED:
                knowing[name(source)] = known
        assert not knowing


def room_of_runs(source):
    return ROOT / "cnn_core" / "runs" in source.parents


def parts_of_paths(source):
    """What stands as a constant to the right of a slash, as in `folder / "title"`."""
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.right, ast.Constant):
            yield node.right.value


class TestTraining:
    @pytest.fixture
    def tests_read(self, monkeypatch):
        """How often each test image has been read so far, by its place in the split."""
        read, images = Counter(), data.Split.images

        def spy(split, positions=slice(None)):
            if split.name == "test":
                read.update(np.atleast_1d(np.arange(len(split))[positions]).tolist())
            return images(split, positions)

        monkeypatch.setattr(data.Split, "images", spy)
        return read

    @pytest.mark.slow
    def test_a_training_writes_no_file(self, tiny_data, tiny_config, tmp_path):
        """The loop writes no file: its results go to the functions that it was given."""
        with files_written() as written:
            np.save(tmp_path / "seen.npy", 0)
        assert written == [str(tmp_path / "seen.npy")]
        told = []
        with files_written() as written:
            training.train(tiny_config, tiny_data, on_batch=told.append, on_epoch=told.append)
        assert told
        assert not written

    @pytest.mark.slow
    def test_a_run_reads_the_test_split_when_it_is_stopped_and_when_it_finishes_and_at_no_other_time(
        self, tiny_data, tiny_config, tests_read, monkeypatch
    ):
        monkeypatch.setattr(training, "export_model", lambda model: (b"", b"", Anatomy(b"", (), (), {}, 0)))
        run = runs.create(tiny_config)
        read_before_the_end = []

        def epoch_done(epoch):
            read_before_the_end.append(dict(tests_read))
            if epoch.scores.epoch == 1:
                runs.request_stop(run)

        assert work(run, on_epoch=epoch_done) == 0
        assert run.state() == "stopped"
        assert tests_read == Counter(range(60))
        tests_read.clear()
        assert work(run, on_epoch=epoch_done) == 0
        assert run.state() == "finished"
        assert read_before_the_end == [{}, {}]
        assert tests_read == Counter(range(60))

    def test_the_report_alone_watches_the_test_split(self):
        watching = [preset for preset, config in PRESETS.items() if config.training.validate_on == "test"]
        assert watching == ["report"]


_watched = []  # by whom files are being watched; the hook cannot be taken away again


def _note_writing(event, arguments):
    if event == "open" and _watched:
        path, mode, flags = arguments
        if (flags or 0) & (os.O_WRONLY | os.O_RDWR) or set(mode or "") & set("wax+"):
            _watched[-1].append(str(path))


@contextmanager
def files_written():
    """The paths of the files that Python writes while the block runs: neither those without a name, which TensorFlow
    opens in the folder for temporary files, nor those of its compiler."""
    if not getattr(_note_writing, "is_hooked", False):
        sys.addaudithook(_note_writing)
        _note_writing.is_hooked = True
    written = []
    _watched.append([])
    try:
        yield written
    finally:
        watched = _watched.pop()
        written += [path for path in watched if "__autograph_generated_file" not in path and not os.path.isdir(path)]
