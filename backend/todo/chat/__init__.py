"""Conversations with the assistant: routes, storage, the agent and the local model."""
