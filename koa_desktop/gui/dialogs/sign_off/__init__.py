"""Signing, addenda, reopening, the lock of an idle window, and the PIN that each may ask for."""
