"""Answer some requests in a process of its own that counts into a shared folder; then say what it exposes.

Run by test_metrics, once for each process; the environment names the folder, the token and how many requests.
"""

import os
import sys

from django.test import Client


def main() -> None:
    client = Client()
    for _ in range(int(os.environ["REQUESTS"])):
        client.get("/healthz")
    reply = client.get("/metrics", headers={"Authorization": f"Bearer {os.environ['METRICS_TOKEN']}"})
    sys.stdout.write(reply.content.decode())
    sys.stdout.flush()
    # Stay until the others have counted too, as processes of one machine do.
    sys.stdin.read()
