"""What the pages share. Knows Streamlit; asks `cnn_core` for everything that is computed."""
