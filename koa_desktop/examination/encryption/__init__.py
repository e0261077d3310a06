"""The passphrase of the case list: its key, the module that opens the file, and its change."""
