"""Owner Upload: own data, as JSON, plain or compressed."""

import json
import uuid
import zlib

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from sandbox import clock, owner_upload
from sandbox.deliveries import Delivery, Origin
from sandbox.endpoint import endpoint, owner_id
from sandbox.refusals import invalid_parameter, too_large
from sandbox.state import STATE

# Half a million rows with their texts are about 150 MB.
MOST_BYTES = 192 * 1024 * 1024


@endpoint("upload", "POST", in_json={"details": []})
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take own data (contract, "Owner Upload")."""
    asked = _json_object(request)
    owner = owner_id(asked)
    with STATE.slot(owner):
        contents = owner_upload.read(asked)
    taken = Delivery(str(uuid.uuid4()), Origin.UPLOAD, owner, clock.now(), contents)
    STATE.keep(taken)
    return JsonResponse({"requestId": taken.id})


def _json_object(request: HttpRequest) -> dict[str, object]:
    if request.content_type != "application/json":
        raise invalid_parameter("Content-Type", "application/json")
    try:
        asked = json.loads(_plain_body(request))
    except (ValueError, RecursionError) as error:
        raise invalid_parameter("body", "JSON") from error
    if not isinstance(asked, dict):
        raise invalid_parameter("body", "a JSON object")
    return asked


def _plain_body(request: HttpRequest) -> bytes:
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding == "identity":
        return request.body
    if encoding != "gzip":
        raise invalid_parameter("Content-Encoding", "gzip")
    # 16 + MAX_WBITS reads the gzip form; the bound is given to zlib itself, so a bomb is never unpacked whole.
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = unpacking.decompress(request.body, MOST_BYTES)
    except zlib.error as error:
        raise invalid_parameter("body", "gzip") from error
    if unpacking.unconsumed_tail:
        raise too_large("The unpacked body")
    if not unpacking.eof or unpacking.unused_data:
        raise invalid_parameter("body", "one whole gzip")
    return plain
