"""DICOM objects made of an examination for the archive. `koa_desktop.dicom` reads films instead.

highdicom, which takes a second to load, is imported here alone; import this package late.
"""
