"""The laws of the house. Who may import whom is the architecture; change it on purpose or not at all."""

import ast
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"keras", "tensorflow"}
TENSORFLOW_WING = ROOT / "cnn_core" / "training"
CORE = sorted((ROOT / "cnn_core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
UI = sorted((ROOT / "pages" / "ui").rglob("*.py"))


def name(path):
    return str(path.relative_to(ROOT))


def imports(source):
    """Full names of what a file imports, wherever in the file the import stands."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages(source):
    return {imported.split(".")[0] for imported in imports(source)}


def test_the_house_is_where_the_laws_look():
    assert len(CORE) > 15
    assert len(PAGES) >= 6
    assert len(UI) > 5


@pytest.mark.parametrize("source", CORE, ids=name)
def test_the_core_knows_nothing_of_the_app(source):
    assert not packages(source) & {"streamlit", "pages"}


@pytest.mark.parametrize("source", [*CORE, *PAGES, *UI], ids=name)
def test_tensorflow_is_imported_in_its_rooms_only(source):
    if TENSORFLOW_WING not in source.parents:
        assert not packages(source) & HEAVY


@pytest.mark.parametrize("source", PAGES, ids=name)
def test_a_page_is_thin(source):
    """It imports no other page and no plotting library, defines no class, and stays short."""
    assert not packages(source) & {"plotly", "altair"}
    assert not any(i.startswith("pages.") and not i.startswith("pages.ui") for i in imports(source))
    assert not any(isinstance(node, ast.ClassDef) for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    assert len(source.read_text(encoding="utf-8").splitlines()) <= 140


@pytest.mark.parametrize("source", UI, ids=name)
def test_what_pages_share_does_not_know_them(source):
    assert not any(i.startswith("pages.") and not i.startswith("pages.ui") for i in imports(source))


@pytest.mark.parametrize("source", [*PAGES, *UI], ids=name)
def test_one_module_holds_every_cache(source):
    if source != ROOT / "pages" / "ui" / "cache.py":
        assert "st.cache_" not in source.read_text(encoding="utf-8")


@pytest.mark.parametrize("source", [*CORE, *PAGES, *UI], ids=name)
def test_only_the_runs_know_their_file_names(source):
    if (ROOT / "cnn_core" / "runs") not in source.parents:
        strings = [
            n.value for n in ast.walk(ast.parse(source.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)
        ]
        secret = re.compile(r"^(config\.json|events\.jsonl|checkpoint\.npz|predictions\.npz|worker\.lock|STOP)$")
        assert not [s for s in strings if isinstance(s, str) and secret.match(s)]


@pytest.mark.parametrize("source", CORE, ids=name)
def test_no_room_holds_two_nouns(source):
    assert len(source.read_text(encoding="utf-8").splitlines()) <= 360
    assert source.stem not in {"utils", "helpers", "common"}


def test_the_core_loads_without_tensorflow_but_for_the_its_rooms():
    light = [
        ".".join(source.relative_to(ROOT).with_suffix("").parts)
        for source in CORE
        if TENSORFLOW_WING not in source.parents and source.name != "__main__.py"
    ]
    probe = f"import sys; {'; '.join(f'import {module}' for module in light)}; print({HEAVY!r} & set(sys.modules))"
    output = subprocess.check_output([sys.executable, "-c", probe], cwd=ROOT, text=True)
    assert output.strip() == "set()"


@pytest.mark.parametrize(("environment", "is_warned"), [({}, True), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, False)])
def test_tensorflow_before_the_core_is_warned_of(environment, is_warned):
    """The order alone makes a training three times slower on many processors, without a word from TensorFlow."""
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


def test_no_page_brings_tensorflow_into_the_web_process(finished_run):
    """Every page is run as the app runs it, on a finished run, in a process of its own."""
    program = """
        import sys
        from streamlit.testing.v1 import AppTest
        app = AppTest.from_file("streamlit_app.py", default_timeout=120).run()
        for page in sys.argv[1:]:
            app.switch_page(page).run()
            assert not app.exception, (page, app.exception)
        print(sorted({"keras", "tensorflow"} & set(sys.modules)))
    """
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program), *map(name, PAGES)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert finished.stdout.strip().splitlines()[-1] == "[]"
