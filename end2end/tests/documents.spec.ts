import asyncapi from '@asyncapi/specs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect, test } from '../fixtures.ts';

// No browser takes part: once is enough.
test.beforeEach(({}, testInfo) => test.skip(testInfo.project.name !== 'chromium'));

test('the HTTP calls are told in valid OpenAPI', async ({ request }) => {
  const document = await (await request.get('/api/openapi.json')).json();
  expect(document.openapi).toBe('3.1.0');
  expect(await new Validator().validate(document)).toEqual({ valid: true });
});

test('the WebSocket is told in valid AsyncAPI', async ({ request }) => {
  const document = await (await request.get('/api/asyncapi.json')).json();
  expect(document.asyncapi).toBe('3.0.0');
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(asyncapi.schemasWithoutId['3.0.0']);
  validate(document);
  expect(validate.errors).toBeNull();
});
