"""DICOM files decoded into grey values and a header."""
