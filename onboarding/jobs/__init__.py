"""What a task does, one module a kind of work. Knows nothing of Celery or of HTTP requests of people."""
