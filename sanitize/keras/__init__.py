"""What stands directly in front of a Keras model: the guard and its contract."""
