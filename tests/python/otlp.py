"""Reads OTLP/JSON lines with OpenTelemetry's own messages, and prints their records as JSON lines."""

import json
import sys

from google.protobuf.json_format import Parse
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData


def values(attributes):
    return {attribute.key: attribute.value.string_value for attribute in attributes}


for line in sys.stdin:
    for of_resource in Parse(line, LogsData()).resource_logs:
        for scope in of_resource.scope_logs:
            for record in scope.log_records:
                print(
                    json.dumps(
                        {
                            "resource": values(of_resource.resource.attributes),
                            "time": str(record.time_unix_nano),
                            "observed": str(record.observed_time_unix_nano),
                            "severityNumber": record.severity_number,
                            "severityText": record.severity_text,
                            "body": record.body.string_value,
                            "attributes": values(record.attributes),
                        }
                    )
                )
