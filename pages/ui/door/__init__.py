"""The door of the web server: who is let in, how much may be brought, and what every answer says about itself.

It is a middleware in front of Streamlit. What Streamlit's own options do (CORS, XSRF, the size of an upload and of a
message) is in `.streamlit/config.toml`; this is what they leave open.
"""

from pages.ui.door.door import Door, middleware
from pages.ui.door.welcome import opened

__all__ = ["Door", "middleware", "opened"]
