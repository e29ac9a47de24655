"""The module `edgelogs` as Azure's SDK for devices connects it, unpatched.

    azure_device.py string   with the connection string in DEVICE_CONNECTION_STRING
    azure_device.py edge     with the environment of IoT Edge

CA is the file of the certificate to trust. Answers every method with its own name and payload, until
stdin ends.
"""

import os
import sys

from azure.iot.device import IoTHubModuleClient, MethodResponse
from azure.iot.device.exceptions import NoConnectionError

if sys.argv[1] == "edge":
    client = IoTHubModuleClient.create_from_edge_environment()
else:
    with open(os.environ["CA"]) as file:
        client = IoTHubModuleClient.create_from_connection_string(
            os.environ["DEVICE_CONNECTION_STRING"],
            server_verification_cert=file.read(),
            # It would fight with the one that takes over.
            connection_retry=False,
        )


def answer(request):
    payload = {"method": request.name, "payload": request.payload}
    client.send_method_response(MethodResponse.create_from_method_request(request, 200, payload))


client.connect()
client.on_method_request_received = answer
print("ready", flush=True)
sys.stdin.read()
try:
    client.shutdown()
except NoConnectionError:
    # Another one took over.
    pass
