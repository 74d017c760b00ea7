import asyncapi from '@asyncapi/specs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect, test } from '../fixtures.ts';

// No browser is involved: one project is enough.
test.beforeEach(({}, testInfo) => test.skip(testInfo.project.name !== 'chromium'));

test('the OpenAPI document is valid', async ({ request }) => {
  const document = await (await request.get('/api/openapi.json')).json();
  expect(document.openapi).toBe('3.1.0');
  expect(await new Validator().validate(document)).toEqual({ valid: true });
});

test('the AsyncAPI document is valid', async ({ request }) => {
  const document = await (await request.get('/api/asyncapi.json')).json();
  expect(document.asyncapi).toBe('3.0.0');
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(asyncapi.schemasWithoutId['3.0.0']);
  validate(document);
  expect(validate.errors).toBeNull();
});
