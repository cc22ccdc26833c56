"""Records: dicts and lists of text, numbers and arrays, from forms, JSON and tools."""
