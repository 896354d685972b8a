"""The commands that ask what a query brings, what is stored, and why a paper came or did not."""

import typer

questions = typer.Typer()
