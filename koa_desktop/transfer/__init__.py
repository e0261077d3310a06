"""DICOM over the network, where the user has set it up: sending to an archive, receiving films.

pynetdicom, and with it every socket, is imported by `sending` and `receiving` alone, and these are
imported only once the network is turned on in the settings.
"""
