"""What all HTTP routes share: middleware, dependencies and problem details."""
