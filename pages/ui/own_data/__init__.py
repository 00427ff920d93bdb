"""Data sets of one's own: made, filled by a whole class, split honestly, and learned.

`choosing` finds or makes the set, `bench` is the camera with the classes' cards, `filling` saves what arrives, `walls`
has all pictures of a class, `splits` says what is trained and tested on, `in_code` says it as code, `managing` renames
and removes, `collecting` is for pupils' phones, `learning` trains, and `rights` says who may do what.
"""

from pages.ui.own_data.page import show

__all__ = ["show"]
