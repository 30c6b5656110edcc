"""The intake: where reports are handed in over HTTP, by a form, by programs, or sealed already."""
