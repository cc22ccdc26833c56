"""The Keras side: the guard, and the contract it holds inputs to."""
