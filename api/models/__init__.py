"""What the HTTP interface takes and answers with, by subject."""
