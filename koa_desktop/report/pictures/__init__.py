"""Pictures of a report, and the annotated picture of a film."""
