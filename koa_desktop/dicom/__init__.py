"""DICOM files decoded into grey values and a header; compressed pixels in a child process."""
