"""Monitoring as code: what is generated from declarations, and committed."""
