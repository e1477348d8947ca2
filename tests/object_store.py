"""A real object store on loopback for the tests: moto's server, which speaks S3 over HTTP."""

import logging
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

from moto.server import ThreadedMotoServer

from tests.canaries import BUCKET_SECRET

HOST = "127.0.0.1"
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=tests/20260101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=00"
}
"""moto asks that a request is signed, and not by whom."""
KEY_ID = "AKIAOBJECTSTORE"


class ObjectServer:
    """Buckets on a port that the server keeps when it goes down and comes back; they keep what is in them."""

    def __init__(self) -> None:
        # It logs every request, which would stand among the output of the commands that are tested.
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._server = ThreadedMotoServer(HOST, 0, verbose=False)
        self._server.start()
        _, self._port = self._server.get_host_and_port()

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client has to be told."""
        return {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": BUCKET_SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.base_url,
        }

    def bucket(self) -> str:
        """The name of a new bucket."""
        name = f"clips-{uuid4().hex}"
        self._ask("PUT", name)
        return name

    def lose(self, bucket: str, key: str) -> None:
        """An object is gone, and nobody has asked for it."""
        self._ask("DELETE", f"{bucket}/{key}")

    def go_down(self) -> None:
        self._server.stop()

    def come_back(self) -> None:
        self._server = ThreadedMotoServer(HOST, self._port, verbose=False)
        self._server.start()

    def _ask(self, method: str, path: str) -> None:
        request = urllib.request.Request(f"{self.base_url}/{path}", method=method, headers=SIGNED)  # noqa: S310 - our own http
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
            answer.read()


@contextmanager
def object_server() -> Iterator[ObjectServer]:
    server = ObjectServer()
    try:
        yield server
    finally:
        server.go_down()
