"""Documents: what a mail, a page or a file of data shows, and what it keeps from people."""
