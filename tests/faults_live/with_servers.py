"""Run a command with a PostgreSQL and a Redis of its own: ``python -m tests.faults_live.with_servers COMMAND…``."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults_live.servers import Postgres, Redis


def main(command: list[str]) -> int:
    """Run the command with the addresses of both in its environment; return how it ended."""
    with tempfile.TemporaryDirectory(prefix="servers-") as name:
        folder = Path(name)
        # The database server runs as another user.
        folder.chmod(0o755)
        postgres, redis = Postgres(folder), Redis(folder)
        addresses = {"DATABASE_URL": postgres.url, "CELERY_BROKER_URL": redis.url}
        try:
            return subprocess.run(command, env={**os.environ, **addresses}, check=False).returncode
        finally:
            redis.kill()
            postgres.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
