"""The entry point of the web app: `streamlit run streamlit_app.py`."""

from pages.ui import frame

frame.run()
