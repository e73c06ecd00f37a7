import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unknownService } from '../../src/diagnostics/codes.generated.ts'
import { explain } from '../../src/diagnostics/explain.ts'
import { renderJson } from '../../src/diagnostics/render-json.ts'
import { renderSummary, renderText } from '../../src/diagnostics/render-text.ts'
import { sortDiagnostics } from '../../src/diagnostics/sort.ts'
import type { Span } from '../../src/diagnostics/span.ts'

const span = (line: number, column: number, endLine: number, endColumn: number, file = 'mesh.ts'): Span => {
  return { file, line, column, endLine, endColumn }
}
const text = ['first', '  route("checkout", { to: "cart" })', '\troute({', '  a,', '\t})', '\u001b[31mred\u202e'].join(
  '\n',
)
const sources = new Map([['mesh.ts', text]])
const params = { kind: 'Route', name: 'checkout', service: 'cart' }

describe('text', () => {
  it('shows place, frame, label, related, notes and help', () => {
    const found = unknownService(
      {
        span: span(2, 26, 2, 32),
        label: 'no service has this name',
        related: [{ span: span(1, 1, 1, 6), message: '"carts" is declared here' }],
        notes: ['one\ntwo'],
        help: 'did you mean "carts"?',
      },
      params,
    )
    assert.equal(
      renderText([found], { sources, folder: 'shop/' }),
      `error[MW2104]: Route "checkout" sends traffic to service "cart", which is not declared
 --> shop/mesh.ts:2:26
2 |   route("checkout", { to: "cart" })
  |                          ^^^^^^ no service has this name
  = see: shop/mesh.ts:1:1 "carts" is declared here
  = note: one
    two
  = help: did you mean "carts"?
`,
    )
  })

  it('shows the ends of a range over several lines, and keeps tabs', () => {
    const found = unknownService({ span: span(3, 2, 5, 4), help: 'mend it' }, params)
    assert.equal(
      renderText([found], { sources }).split('\n').slice(1, 6).join('\n'),
      ' --> mesh.ts:3:2\n3 | \troute({\n  | \t^^^^^^^\n… |\n5 | \t})',
    )
  })

  it('shows of a long line the part that is meant', () => {
    for (const column of [1, 119, 121, 290, 386]) {
      const line = `${'a'.repeat(column - 1)}here${'z'.repeat(400 - column - 3)}`
      const found = unknownService({ span: span(1, column, 1, column + 4) }, params)
      const [, , shown = '', marks = ''] = renderText([found], { sources: new Map([['mesh.ts', line]]) }).split('\n')
      assert.equal(shown.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1), 'here')
      assert.ok(shown.length < 175, shown)
    }
  })

  it('keeps control characters of sources from the terminal, and colours only when asked', () => {
    const found = unknownService({ span: span(6, 1, 6, 2) }, { ...params, name: '\u001b[2J' })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(renderText([found], { sources }), /[\u0000-\u0009\u000b-\u001f\u202e]/)
    assert.ok(renderText([found], { sources, isColoured: true }).startsWith('\u001b[1;31merror'))
  })

  it('does without a source, a place or a frame that fits', () => {
    assert.match(renderText([unknownService({}, params)]), /^error\[MW2104\]: .*\n = help/)
    assert.match(
      renderText([unknownService({ span: span(99, 1, 99, 2) }, params)], { sources }),
      /--> mesh.ts:99:1\n {3}= help/,
    )
  })

  it('counts', () => {
    const found = unknownService({}, params)
    assert.equal(renderSummary([]), 'no findings')
    assert.equal(
      renderSummary([found, { ...found, severity: 'warning' }, { ...found, severity: 'warning' }]),
      '1 error, 2 warnings',
    )
  })
})

describe('JSON', () => {
  it('has the documented shape, with null for what is not known', () => {
    const subject = { kind: 'Route', namespace: 'shop', name: 'checkout' }
    const found = unknownService(
      { span: span(2, 26, 2, 32), subject, related: [{ span: span(1, 1, 1, 6), message: 'x' }] },
      params,
    )
    const report = JSON.parse(renderJson([found, unknownService({}, params)]))
    assert.deepEqual(report.diagnostics[0], {
      code: 'MW2104',
      severity: 'error',
      message: 'Route "checkout" sends traffic to service "cart", which is not declared',
      file: 'mesh.ts',
      line: 2,
      column: 26,
      endLine: 2,
      endColumn: 32,
      subject,
      help: 'declare the service, or correct its name',
      notes: [],
      related: [{ file: 'mesh.ts', line: 1, column: 1, endLine: 1, endColumn: 6, message: 'x' }],
    })
    assert.deepEqual([report.diagnostics[1].file, report.diagnostics[1].subject], [null, null])
    assert.deepEqual(report.summary, { errors: 2, warnings: 0, infos: 0 })
  })
})

describe('order', () => {
  it('is by file, line, column and code, without doubles', () => {
    const at = (file: string, line: number, column: number) =>
      unknownService({ span: span(line, column, line, column, file) }, params)
    const shuffled = [
      at('b.ts', 1, 1),
      at('a.ts', 10, 1),
      at('a.ts', 9, 5),
      unknownService({}, params),
      at('a.ts', 9, 4),
      at('b.ts', 1, 1),
    ]
    assert.deepEqual(
      sortDiagnostics(shuffled).map(
        found => found.span && `${found.span.file}:${found.span.line}:${found.span.column}`,
      ),
      [undefined, 'a.ts:9:4', 'a.ts:9:5', 'a.ts:10:1', 'b.ts:1:1'],
    )
  })
})

describe('explain', () => {
  it('prints the explanation by code and by slug', () => {
    assert.equal(explain('mw2104'), explain('unknown-service'))
    assert.match(explain('MW2104') ?? '', /^MW2104 unknown-service \(error\)\n\n<kind> "<name>" sends traffic/)
    assert.match(explain('MW1011') ?? '', /^MW1011 type-error \(error\)\n\nhelp: /, 'what TypeScript says is its own')
    assert.equal(explain('MW9999'), undefined)
  })
})
