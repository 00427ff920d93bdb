"""Why a network says what it says: evidence that adds up, gradients, covering, changes, and checks of the maps.

Each function takes functions (of images), not networks, and knows no files.
"""
