"""Fine-tuning the embedded detector on rows of one's own; needs the extra `train`."""
