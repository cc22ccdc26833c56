"""How well a pipeline finds attacks among rows that somebody labelled."""
