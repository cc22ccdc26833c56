"""The audio room: sound files from bytes to float32 mono samples."""
