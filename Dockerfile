# CNN Classroom in a container; docs/deployment.md says how to build and run it.
# `python tests/image.py FOLDER` takes these steps without Docker.
FROM python:3.12-slim

WORKDIR /app
ENV PIP_ROOT_USER_ACTION=ignore PYTHONUNBUFFERED=1
COPY requirements.txt .
# Without what only those need who write programs for TensorFlow: 350 MB.
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.txt \
    && pip uninstall --yes libclang \
    && rm -r "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tensorflow/include"
COPY . .
# The app's folder cannot be written later, and a visitor should not wait for what Python makes of it.
RUN python -m compileall -q cnn_core pages streamlit_app.py

# Data sets and runs, which outlive the container; nothing else is written.
ENV CNN_DATA_DIR=/classroom/data CNN_RUNS_DIR=/classroom/runs
RUN useradd --uid 10001 --no-create-home classroom && install -d -o classroom /classroom
VOLUME /classroom
USER 10001

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true", "--server.port=8501"]
