"""What is exchanged with other computers: the DICOM network."""
