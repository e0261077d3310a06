"""Boxes around knees and the crops cut out of them."""
