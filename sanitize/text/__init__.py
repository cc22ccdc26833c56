"""Text: strings from people, pages, mails, models and tools."""
