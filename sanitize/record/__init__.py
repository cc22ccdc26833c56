"""Records: dicts and lists, as from JSON, with text in their leaves."""
