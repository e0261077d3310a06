"""Signing a reading, addenda, reopening, and the PIN that each of them may ask for."""
