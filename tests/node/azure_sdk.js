// Calls what the loopback hub answers with the Azure SDK for Node.js, unpatched.
//
// IOTHUB_CONNECTION_STRING names the hub, which has the devices press-0001 to press-0150 over the sample
// source; NODE_EXTRA_CA_CERTS holds its certificate; NODE_PATH holds the SDK.
'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');
const { Client, Registry } = require('azure-iothub');

const DEVICE = 'press-0007';
const hub = process.env.IOTHUB_CONNECTION_STRING;
const client = Client.fromConnectionString(hub);
const registry = Registry.fromConnectionString(hub);

async function invoke(methodName, payload, module = '$edgeAgent') {
  const params = { methodName, payload, responseTimeoutInSeconds: 30, connectTimeoutInSeconds: 0 };
  const { result } = await client.invokeDeviceMethod(DEVICE, module, params);
  return result;
}

async function logs(more) {
  const items = [{ id: 'edge', filter: { tail: 3 } }];
  const result = await invoke('GetModuleLogs', { schemaVersion: '1.0', items, ...more });
  assert.strictEqual(result.status, 200);
  assert.deepStrictEqual(result.payload.map((part) => part.id), ['edgeAgent', 'edgeHub']);
  return result.payload;
}

async function refused(code, call) {
  await assert.rejects(call, (error) => error.response?.headers['iothub-errorcode'] === code);
}

async function main() {
  assert.deepStrictEqual(await invoke('ping', null), { status: 200, payload: null });
  for (const part of await logs({ encoding: 'none', contentType: 'text' })) {
    assert.strictEqual(part.payload.trimEnd().split('\n').length, 3);
  }
  for (const part of await logs({ encoding: 'gzip', contentType: 'json' })) {
    const records = JSON.parse(zlib.gunzipSync(Buffer.from(part.payloadBytes, 'base64')));
    assert.strictEqual(records[0].device, DEVICE);
  }
  const unknown = await invoke('nothing', {});
  assert.strictEqual(unknown.status, 400);

  const device = (await registry.get(DEVICE)).responseBody;
  assert.strictEqual(device.deviceId, DEVICE);
  assert.ok(device.capabilities.iotEdge);
  assert.match(device.deviceScope, /^ms-azure-iot-edge:\/\/press-0007-/);
  assert.deepStrictEqual(device.parentScopes, []);
  assert.strictEqual((await registry.list()).responseBody.length, 150);
  const modules = (await registry.getModulesOnDevice(DEVICE)).responseBody;
  assert.deepStrictEqual(
    modules.map((module) => module.moduleId),
    ['$edgeAgent', '$edgeHub', 'tempSensor'],
  );
  const twin = (await registry.getModuleTwin(DEVICE, '$edgeAgent')).responseBody;
  assert.strictEqual(twin.properties.reported.modules.tempSensor.runtimeStatus, 'running');
  assert.strictEqual((await registry.getTwin(DEVICE)).responseBody.deviceId, DEVICE);

  const query = registry.createQuery('SELECT * FROM devices WHERE capabilities.iotEdge = true', 100);
  const ids = [];
  while (query.hasMoreResults) {
    const { result } = await query.nextAsTwin();
    ids.push(...result.map((found) => found.deviceId));
  }
  assert.strictEqual(new Set(ids).size, 150);

  await refused('DeviceNotFound', () => registry.getTwin('nothere'));
  await refused('DeviceNotOnline', () => invoke('ping', null, 'tempSensor'));
  console.log('the Azure SDK for Node.js is content');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
