"""The passphrase of the case list: asked for, set, changed and removed."""
