"""The pages: what each shows, where it stands, and its text in every format."""
