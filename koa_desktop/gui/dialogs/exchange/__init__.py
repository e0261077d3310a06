"""What comes from and goes to other computers: the DICOM network, and cases passed on."""
