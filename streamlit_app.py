"""The entry point of the web app: `streamlit run streamlit_app.py`.

Streamlit finds `app` and serves it; then it runs this file as a script for every visit.
"""

import streamlit as st

from pages.ui import door, frame

if __name__ == "__main__":
    frame.run()
else:
    app = st.App(__file__, middleware=door.middleware(__file__), lifespan=door.opened)
