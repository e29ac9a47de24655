"""The hub's side of direct methods on a plain MQTT broker, with paho-mqtt.

Every request asks for a task of its own, whose id the answer repeats: so an answer that belongs to
another request is found.

    mqtt_hub.py HOST PORT CA load REQUESTS IN_FLIGHT
    mqtt_hub.py HOST PORT CA steady        until stdin ends, through outages of the broker

Prints one JSON object at the end.
"""

import json
import ssl
import sys
import threading
import time
import uuid

import paho.mqtt.client as mqtt

HOST, PORT, CA, MODE = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
ANSWERS_WITHIN = 60
# An id must not come twice on a connection of the device, which outlasts this run.
RUN = uuid.uuid4()

lock = threading.Condition()
waiting = {}
answered, mixed, unknown = 0, 0, 0
online = threading.Event()


def on_connect(client, _userdata, _flags, code, *_):
    assert code == 0, code
    client.subscribe("$iothub/methods/res/#", qos=0)


def on_message(_client, _userdata, message):
    global answered, mixed, unknown
    head, _, rid = message.topic.partition("/?$rid=")
    status = int(head.rsplit("/", 1)[1])
    with lock:
        asked = waiting.pop(rid, None)
        if asked is None:
            unknown += 1
        elif status != 200 or json.loads(message.payload)["correlationId"] != asked:
            mixed += 1
        else:
            answered += 1
        lock.notify_all()


def new_client():
    if hasattr(mqtt, "CallbackAPIVersion"):
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, "the hub")
    else:
        client = mqtt.Client("the hub")
    client.tls_set(CA, tls_version=ssl.PROTOCOL_TLS_CLIENT)
    client.on_connect = on_connect
    client.on_message = on_message
    client.on_subscribe = lambda *_: online.set()
    client.on_disconnect = lambda *_: online.clear()
    client.reconnect_delay_set(min_delay=0.1, max_delay=0.5)
    client.connect_async(HOST, PORT, keepalive=30)
    client.loop_start()
    return client


def request(client, number):
    rid = f"{RUN}-{number:x}"
    task = str(uuid.uuid4())
    with lock:
        waiting[rid] = task
    payload = json.dumps({"schemaVersion": "1.0", "correlationId": task})
    client.publish(f"$iothub/methods/POST/GetTaskStatus/?$rid={rid}", payload, qos=0)


def load(client, requests, in_flight):
    for number in range(1, requests + 1):
        with lock:
            assert lock.wait_for(lambda: len(waiting) < in_flight, ANSWERS_WITHIN), waiting
        request(client, number)
    with lock:
        lock.wait_for(lambda: not waiting, ANSWERS_WITHIN)


def steady(client):
    ends = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ends.set()), daemon=True).start()
    number = 0
    while not ends.wait(0.02):
        if online.is_set():
            number += 1
            request(client, number)
    time.sleep(2)
    return number


client = new_client()
assert online.wait(ANSWERS_WITHIN), "no connection"
began = time.monotonic()
sent = int(sys.argv[5]) if MODE == "load" else None
if MODE == "load":
    load(client, sent, int(sys.argv[6]))
else:
    sent = steady(client)
print(
    json.dumps(
        {
            "sent": sent,
            "answered": answered,
            "mixed": mixed,
            "unknown": unknown,
            "unanswered": len(waiting),
            "seconds": round(time.monotonic() - began, 2),
        }
    )
)
