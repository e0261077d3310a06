"""What an export calls the patient, the study and the file."""
