"""OpenAPI documents whose server has changed its mind, or lies."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from kubewright.discovery import OpenAPIClient
from kubewright.errors import DecodeError
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.schema import GroupVersion
from tests.support.discovering import Answers

APPS = GroupVersion("apps", "v1")
PLACE = "/openapi/v3/apis/apps/v1"


class Changed(Answers):
    """Answers with a document of another hash than was asked for, as after a redirect."""

    def send(self, request: Request) -> Response:
        response = super().send(request)
        if request.path != PLACE:
            return response
        return Response(response.status, {"ETag": '"B2"'}, response.body)


def index(place: str) -> dict[str, object]:
    return {"paths": {"apis/apps/v1": {"serverRelativeURL": place}}}


def client(server: Answers, folder: Path) -> OpenAPIClient:
    rest: RESTClient = server.client()
    return OpenAPIClient(rest, folder=folder)


def test_a_document_is_not_kept_under_a_hash_that_is_not_its_own(tmp_path: Path) -> None:
    server = Changed({"/openapi/v3": index(f"{PLACE}?hash=A1"), PLACE: {"is": "new"}})
    assert client(server, tmp_path).document(APPS) == {"is": "new"}
    server.answers[PLACE] = {"is": "newer"}
    assert client(server, tmp_path).document(APPS) == {"is": "newer"}


@pytest.mark.parametrize(
    "place", ["//[", "https://elsewhere/openapi/v3", "//elsewhere/openapi/v3", "/api/v1/secrets"]
)
def test_documents_are_on_this_servers_openapi(tmp_path: Path, place: str) -> None:
    server = Answers({"/openapi/v3": index(place)})
    with pytest.raises(DecodeError, match="is not on this server"):
        client(server, tmp_path).document(APPS)
    assert server.asked == ["/openapi/v3"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    server = Answers({"/openapi/v3": index(f"{PLACE}?hash=A1"), PLACE: {"is": "there"}})
    client(server, tmp_path).document(APPS)
    (file,) = (path for path in tmp_path.rglob("openapi-*"))
    file.unlink()
    os.mkfifo(file)
    found: list[object] = []
    reader = threading.Thread(
        target=lambda: found.append(client(server, tmp_path).document(APPS)), daemon=True
    )

    reader.start()
    reader.join(5)

    assert found == [{"is": "there"}]
