"""The settings of a network and its training, and recipes made of them."""
