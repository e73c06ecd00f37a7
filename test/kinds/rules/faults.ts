import type { RuleCase } from './rules.test.ts'

const rule = (fields: object) => ({ hosts: ['a'], http: [{ route: [{ destination: { host: 'a' } }], ...fields }] })
const at = (field: string) => `/spec/http/0/${field}`
const all = { value: 100 }

/** Of VirtualServices: delays and aborts on purpose. */
export const faults: readonly RuleCase[] = [
  // A fault without a share is for no request.
  [rule({ fault: { abort: { httpStatus: 500 } } }), `no-effect ${at('fault/abort')}`],
  [rule({ fault: { delay: { fixedDelay: '2s' } } }), `no-effect ${at('fault/delay')}`],
  [rule({ fault: {} }), `field-missing ${at('fault')}`],
  [rule({ fault: { delay: { percentage: all } } }), `field-missing ${at('fault/delay')}`],
  [rule({ fault: { delay: { fixedDelay: '0s', percentage: all } } }), `form-invalid ${at('fault/delay/fixedDelay')}`],
  [
    rule({ fault: { delay: { exponentialDelay: '2s', percentage: all } } }),
    `unknown-word ${at('fault/delay/exponentialDelay')}`,
  ],
  [rule({ fault: { abort: { percentage: all } } }), `no-effect ${at('fault/abort')}`],
  [rule({ fault: { abort: { httpStatus: 600, percentage: all } } }), `out-of-range ${at('fault/abort/httpStatus')}`],
  [
    rule({ fault: { abort: { httpStatus: 500, grpcStatus: 'OK', percentage: all } } }),
    `field-conflict ${at('fault/abort/grpcStatus')}`,
  ],
  [
    rule({ fault: { abort: { grpcStatus: 'BROKEN', percentage: all } } }),
    `unknown-word ${at('fault/abort/grpcStatus')}`,
  ],
  [
    rule({ fault: { abort: { httpStatus: 500, percentage: { value: 100.5 } } } }),
    `out-of-range ${at('fault/abort/percentage/value')}`,
  ],
  [
    rule({ fault: { abort: { httpStatus: 500, percentage: { value: 0.00001 } } } }),
    `out-of-range ${at('fault/abort/percentage/value')}`,
  ],
  [rule({ fault: { abort: { httpStatus: 500, percentage: {} } } }), `no-effect ${at('fault/abort/percentage')}`],
]
