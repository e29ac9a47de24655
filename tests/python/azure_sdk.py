"""Calls everything that the loopback hub answers with the Azure SDK for Python, unpatched.

IOTHUB_CONNECTION_STRING names the hub, which has the devices press-0001 to press-0150 over the
sample source; REQUESTS_CA_BUNDLE holds its certificate; uploads go below UPLOAD_FOLDER.
"""

import base64
import gzip
import json
import os
import pathlib
import time
import zipfile

from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import CloudToDeviceMethod, QuerySpecification
from msrest.exceptions import HttpOperationError

DEVICE = "press-0007"
FOLDER = pathlib.Path(os.environ["UPLOAD_FOLDER"])

manager = IoTHubRegistryManager.from_connection_string(os.environ["IOTHUB_CONNECTION_STRING"])


def invoke(name, payload=None, module="$edgeAgent"):
    method = CloudToDeviceMethod(
        method_name=name,
        payload=payload,
        response_timeout_in_seconds=30,
        connect_timeout_in_seconds=0,
    )
    answer = manager.invoke_device_module_method(DEVICE, module, method)
    return answer.status, answer.payload


def logs(**more):
    request = {
        "schemaVersion": "1.0",
        "items": [{"id": "edge", "filter": {"tail": 3}}],
        "encoding": "none",
        "contentType": "text",
    }
    status, payload = invoke("GetModuleLogs", request | more)
    assert status == 200, (status, payload)
    assert [part["id"] for part in payload] == ["edgeAgent", "edgeHub"], payload
    return payload


def completed(answer):
    status, payload = answer
    assert status == 200 and payload["status"] == "Running", answer
    request = {"schemaVersion": "1.0", "correlationId": payload["correlationId"]}
    deadline = time.monotonic() + 60
    while payload["status"] == "Running" and time.monotonic() < deadline:
        status, payload = invoke("GetTaskStatus", request)
        assert status == 200, payload
    assert payload["status"] == "Completed", payload


def written(pattern):
    found = sorted(FOLDER.glob(f"localhost/{DEVICE}/{pattern}"))
    assert found, (pattern, list(FOLDER.rglob("*")))
    return found


def refused(status, code, call):
    try:
        call()
    except HttpOperationError as error:
        assert error.response.status_code == status, error
        assert error.response.headers["iothub-errorcode"] == code, error.response.headers
    else:
        raise AssertionError(f"{code} is missing")


# Direct methods.
assert invoke("ping") == (200, None)
assert invoke("ping", {}) == (200, None)
text = logs()
assert all(len(part["payload"].splitlines()) == 3 for part in text)
for part in logs(contentType="json"):
    records = json.loads(part["payload"])
    assert len(records) == 3 and records[0]["device"] == DEVICE, records
for part in logs(encoding="gzip"):
    assert part["payload"] is None
    assert len(gzip.decompress(base64.b64decode(part["payloadBytes"])).splitlines()) == 3

upload = {
    "schemaVersion": "1.0",
    "sasUrl": FOLDER.as_uri(),
    "items": [{"id": "tempSensor", "filter": {"tail": 5}}],
    "encoding": "gzip",
    "contentType": "text",
}
completed(invoke("UploadModuleLogs", upload))
(log,) = written("tempSensor-*.log.gz")
assert len(gzip.decompress(log.read_bytes()).splitlines()) == 5
completed(invoke("UploadSupportBundle", {"schemaVersion": "1.0", "sasUrl": FOLDER.as_uri()}))
(bundle,) = written("support-bundle-*.zip")
with zipfile.ZipFile(bundle) as archive:
    assert archive.testzip() is None
    assert "logs/edgeHub_log.txt" in archive.namelist(), archive.namelist()

restart = {"schemaVersion": "1.0", "id": "tempSensor"}
assert invoke("RestartModule", restart) == (200, None)
status, payload = invoke("RestartModule", restart | {"id": "nothere"})
assert status == 500, payload
assert payload == {"message": "Module nothere not found in the current environment"}, payload
status, payload = invoke("nothing")
assert status == 400 and "RestartModule" in payload["message"], payload

# Twins and identities.
twin = manager.get_module_twin(DEVICE, "$edgeAgent")
reported = twin.properties.reported
assert reported["modules"]["tempSensor"]["runtimeStatus"] == "running", reported
assert list(reported["systemModules"]) == ["edgeAgent", "edgeHub"], reported
assert manager.get_twin(DEVICE).capabilities.iot_edge
assert manager.get_device(DEVICE).device_id == DEVICE
modules = manager.get_modules(DEVICE)
assert [module.module_id for module in modules] == ["$edgeAgent", "$edgeHub", "tempSensor"]
assert modules[0].managed_by == "IotEdge"
assert manager.get_module(DEVICE, "$edgeHub").module_id == "$edgeHub"
assert len(manager.get_devices(20)) == 20

# Queries, in two pages.
for text, field in [
    ("SELECT * FROM devices WHERE capabilities.iotEdge = true", "device_id"),
    ("SELECT * FROM devices.modules WHERE moduleId = '$edgeAgent'", "device_id"),
]:
    query = QuerySpecification(query=text)
    first = manager.query_iot_hub(query, None, 100)
    assert first.continuation_token and len(first.items) == 100, first.items
    second = manager.query_iot_hub(query, first.continuation_token, 100)
    assert second.continuation_token is None and len(second.items) == 50, second.items
    ids = [getattr(item, field) for item in first.items + second.items]
    assert ids == [f"press-{number:04}" for number in range(1, 151)], ids

# Refusals.
refused(404, "DeviceNotFound", lambda: manager.get_twin("nothere"))
refused(404, "ModuleNotFound", lambda: manager.get_module_twin(DEVICE, "nothere"))
refused(404, "DeviceNotOnline", lambda: invoke("ping", module="tempSensor"))
refused(
    404,
    "DeviceNotOnline",
    lambda: manager.invoke_device_method(DEVICE, CloudToDeviceMethod(method_name="ping")),
)
refused(400, "ArgumentInvalid", lambda: manager.query_iot_hub(QuerySpecification(query="SELECT")))

print("the Azure SDK for Python is content")
