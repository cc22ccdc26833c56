"""The audit trail: who was let in, in a chain of records that nobody can quietly edit."""
