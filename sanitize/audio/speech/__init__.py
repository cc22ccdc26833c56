"""What is said in sound: written down in a sandbox, and given to the detectors."""
