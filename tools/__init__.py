"""What builds and checks the course; not installed with it."""
