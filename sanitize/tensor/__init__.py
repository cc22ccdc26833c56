"""Tensors: numeric arrays on their way to a model's inputs."""
