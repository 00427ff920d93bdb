"""Dockerfile, docs/deployment.md and README name what there is."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from image import context, steps

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SENT = set(context((ROOT / ".dockerignore").read_text(encoding="utf-8")))


def of(kind):
    return [what for name, what in steps(DOCKERFILE) if name == kind]


class TestImage:
    def test_dockerfile_has_no_fault_that_its_linter_knows(self):
        hadolint = shutil.which("hadolint", path=Path(sys.executable).parent)
        if hadolint is None:
            pytest.skip("hadolint is not installed")
        done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout

    def test_it_starts_the_app_as_readme_does(self):
        command = json.loads(of("CMD")[0])
        assert command[:5] == ["python", "-m", "streamlit", "run", "streamlit_app.py"]
        for text in (README, (ROOT / "Makefile").read_text(encoding="utf-8"), GUIDE):
            assert "streamlit run streamlit_app.py" in text

    def test_its_python_is_one_that_makefile_takes(self):
        minor = int(re.search(r"python:3\.(\d+)-slim", of("FROM")[0])[1])
        assert 11 <= minor <= 13

    def test_it_asks_for_health_where_it_serves(self):
        (port,) = of("EXPOSE")
        assert f"--server.port={port}" in of("CMD")[0]
        assert f":{port}/_stcore/health" in of("HEALTHCHECK")[0]
        assert f"{port}:{port}" in GUIDE

    def test_it_writes_to_its_volume_alone_and_as_no_root(self):
        (volume,) = of("VOLUME")
        folders = re.findall(r"CNN_(?:DATA|RUNS)_DIR=(\S+)", DOCKERFILE)
        assert len(folders) == 2
        assert all(folder.startswith(f"{volume}/") for folder in folders)
        assert f"-v classroom:{volume} " in GUIDE
        (user,) = of("USER")
        assert user.isdecimal()
        assert int(user) > 0

    def test_it_has_what_the_app_needs(self):
        assert {Path("streamlit_app.py"), Path("requirements.txt"), Path(".streamlit/config.toml")} <= SENT
        for folder in ("cnn_core", "pages", "assets/lessons", "assets/pages", "assets/facts", "assets/runs"):
            here = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
            assert {path for path in here if "__pycache__" not in path.parts} <= SENT

    def test_it_has_nothing_else(self):
        assert {path.parts[0] for path in SENT} == {
            ".streamlit", "LICENSE", "assets", "cnn_core", "pages", "requirements.txt", "streamlit_app.py",
        }  # fmt: skip
        assert not [path for path in SENT if path.name in ("secrets.toml", ".env")]
        assert not [path for path in SENT if "screenshots" in path.parts or path.suffix == ".pyc"]


class TestIgnored:
    def test_the_last_line_that_fits_decides(self, tmp_path):
        for name in ("a/one.py", "a/b/two.py", "a/b/two.pyc", "c.txt"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        assert set(context("*\n!a\na/b/*.pyc\n# !c.txt", tmp_path)) == {Path("a/one.py"), Path("a/b/two.py")}


class TestGuide:
    def test_its_variables_are_read_somewhere(self):
        code = "".join(
            file.read_text(encoding="utf-8") for room in ("cnn_core", "pages") for file in (ROOT / room).rglob("*.py")
        )
        known = set(re.findall(r"\bCNN_[A-Z]+(?:_[A-Z]+)*\b", code))
        named = set(re.findall(r"`(CNN_[A-Z]+(?:_[A-Z]+)*)\b", GUIDE))
        assert {"CNN_HOSTS", "CNN_FRAMES", "CNN_TEACHER_KEY", "CNN_SERVER"} <= named
        assert named - known == set()

    def test_all_variables_are_in_it(self):
        from cnn_core import limits

        assert [variable for variable in limits.VARIABLES.values() if f"`{variable}`" not in GUIDE] == []

    def test_its_proxies_pass_on_what_the_app_needs(self):
        nginx = re.search(r"```nginx\n(.*?)```", GUIDE, re.DOTALL)[1]
        passed_on = dict(re.findall(r"proxy_set_header (\S+) (\S+);", nginx))
        assert passed_on == {
            "Host": "$http_host",
            "X-Forwarded-For": "$remote_addr",
            "Upgrade": "$http_upgrade",
            "Connection": "$connection_upgrade",
        }
        assert nginx.count("{") == nginx.count("}")
        config = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
        most = int(re.search(r"maxUploadSize = (\d+)", config)[1])
        assert most < int(re.search(r"client_max_body_size (\d+)m", nginx)[1]) <= most + 5


class TestAudit:
    """What `.ci/audit.py` makes of pip-audit's answers; here a script answers in its place."""

    def audit(self, tmp_path, says):
        stand_in = tmp_path / "pip-audit"
        stand_in.write_text(f"#!{sys.executable}\nprint({says!r})\n")
        stand_in.chmod(0o755)
        command = [sys.executable, ROOT / ".ci" / "audit.py", stand_in, sys.executable]
        done = subprocess.run(command, capture_output=True, text=True)
        assert not done.stderr
        return done.returncode, done.stdout

    def test_a_hole_is_named_with_its_remedy(self, tmp_path):
        hole = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
        packages = [
            {"name": "leaky", "version": "1.0", "vulns": [hole]},
            {"name": "sound", "version": "1", "vulns": []},
        ]
        code, text = self.audit(tmp_path, json.dumps({"dependencies": packages}))
        assert code == 1
        assert "leaky 1.0: PYSEC-1, mended in 2.0" in text
        assert "1 of 2 packages have advisories" in text

    def test_without_a_hole_all_is_well(self, tmp_path):
        packages = [{"name": "sound", "version": "1", "vulns": []}, {"name": "own", "skip_reason": "not on PyPI"}]
        code, text = self.audit(tmp_path, json.dumps({"dependencies": packages}))
        assert code == 0
        assert "Not known to the registry: own" in text

    @pytest.mark.parametrize(
        "says", ["", "no network", json.dumps({"dependencies": [{"name": "a", "skip_reason": "b"}]})]
    )
    def test_where_nobody_can_be_asked_it_says_that_it_was_skipped(self, tmp_path, says):
        code, text = self.audit(tmp_path, says)
        assert code == 0
        assert text.startswith("Audit skipped: ")
