import { bodyLimit } from './answer-request.ts';

const text = { type: 'string', minLength: 1, maxLength: 200 } as const;
const decimal = {
  type: 'string',
  pattern: '^\\d{1,11}(\\.\\d{1,4})?$',
  example: '1234.50',
} as const;
const currency = { type: 'string', description: 'ISO 4217', example: 'EUR' } as const;
const moment = { type: 'string', format: 'date-time' } as const;
const day = { type: 'string', format: 'date' } as const;

const problems = {
  400: 'no Idempotency-Key',
  401: 'no such token',
  403: 'token not for this company',
  409: 'the key was used for another body',
  413: 'body too large',
  422: 'fields that cannot be taken, each named',
  429: 'too many wrong tokens from this address',
  503: 'not scored or not stored; try again with the same key',
} as const;

/** What machines can ask, as OpenAPI 3.1. */
export const description = {
  openapi: '3.1.0',
  info: { title: 'Quittance', version: '1' },
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  paths: {
    '/api/v1/score': {
      post: {
        summary: 'Release, review or hold one payment request before the money leaves.',
        security: [{ token: [] }],
        parameters: [
          { name: 'Idempotency-Key', in: 'header', required: true, schema: text },
          {
            name: 'store',
            in: 'query',
            description: 'no: answer without storing; then no Idempotency-Key is needed',
            schema: { enum: ['no'] },
          },
        ],
        requestBody: {
          required: true,
          description: `At most ${bodyLimit} bytes.`,
          content: { 'application/json': { schema: requestSchema() } },
        },
        responses: {
          200: {
            description: 'suggestion, score, reasons, detectors asked and not asked, versions',
          },
          ...Object.fromEntries(
            Object.entries(problems).map(([status, why]) => [
              status,
              { description: why, content: { 'application/problem+json': {} } },
            ]),
          ),
        },
      },
    },
  },
} as const;

function requestSchema() {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['payment_request_id', 'company_id', 'vendor_id', 'amount', 'currency'],
    properties: {
      source: text,
      payment_request_id: text,
      company_id: text,
      vendor_id: text,
      amount: decimal,
      currency,
      account: text,
      requested_by_id: text,
      requested_at: moment,
      urgent: { type: 'boolean' },
      due_on: day,
      invoice: {
        type: 'object',
        additionalProperties: false,
        properties: {
          invoice_id: text,
          invoice_number: text,
          amount: decimal,
          currency,
          invoiced_on: day,
          received_at: moment,
          entered_at: moment,
          entered_by_id: text,
          category: text,
          purchase_order_id: text,
        },
      },
      approvals: {
        type: 'array',
        maxItems: 50,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['employee_id', 'approved_at'],
          properties: { employee_id: text, on_behalf_of_id: text, approved_at: moment },
        },
      },
    },
  };
}
