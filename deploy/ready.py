"""Ends with 0 when the service in this container can take work: the images' health check."""

import os
import sys
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", int(os.environ["READY_PORT"]), timeout=4)
try:
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
except OSError as error:
    sys.exit(f"no answer: {error}")
sys.exit(0 if answer.status == 200 else answer.read().decode())  # noqa: PLR2004 - 200 OK
