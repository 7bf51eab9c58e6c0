import { describe, expect, it } from 'vitest';
import { SseParser, type SseFrame } from './sse_parser';

function parse(...pieces: string[]): SseFrame[] {
  const frames: SseFrame[] = [];
  const parser = new SseParser((frame) => frames.push(frame));
  for (const piece of pieces) parser.push(piece);
  return frames;
}

const sample = (end: string) =>
  [`: ok`, `retry: 2000`, ``, `id: e-1`, `event: fleet_status`, `data: {"a":1}`, ``, `data: one`, `data: two`, ``, ``].join(end);

const expected: SseFrame[] = [
  { type: 'fleet_status', data: '{"a":1}', id: 'e-1' },
  { type: 'message', data: 'one\ntwo', id: 'e-1' },
];

describe('SseParser', () => {
  for (const [name, end] of [['LF', '\n'], ['CR', '\r'], ['CRLF', '\r\n']] as const) {
    it(`reads ${name} line ends`, () => expect(parse(sample(end))).toEqual(expected));

    it(`gives the same frames wherever ${name} text is split`, () => {
      const text = sample(end);
      for (let at = 0; at <= text.length; at++) {
        expect(parse(text.slice(0, at), text.slice(at)), `split at ${at}`).toEqual(expected);
      }
      expect(parse(...text)).toEqual(expected);
    });
  }

  it('ends a frame at CR CR LF across pieces', () => expect(parse('data: a\r', '\r\n', 'data: b\n\n')).toHaveLength(2));

  it('drops one byte order mark at the very start only', () => {
    expect(parse('\ufeffdata: a\n\n')).toEqual([{ type: 'message', data: 'a', id: '' }]);
    expect(parse('\ufeff', 'data: a\n\n')).toHaveLength(1);
    expect(parse('\ufeff\ufeffdata: a\n\n')).toEqual([]);
  });

  it('dispatches an empty data line and nothing without one', () => {
    expect(parse('data\n\n')).toEqual([{ type: 'message', data: '', id: '' }]);
    expect(parse('event: x\nid: 7\n\n')).toEqual([]);
  });

  it('forgets the event name of a frame without data', () => {
    expect(parse('event: x\n\ndata: a\n\n')[0]?.type).toBe('message');
  });

  it('removes one leading space only', () => expect(parse('data:  a\n\n')[0]?.data).toBe(' a'));

  it('keeps the last id for later frames, clears it on an empty id and ignores one with NUL', () => {
    const ids = parse('id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n').map((frame) => frame.id);
    expect(ids).toEqual(['1', '1', '1', '']);
  });

  it('never dispatches an unfinished frame', () => expect(parse('data: a\n')).toEqual([]));

  it('takes retry only as digits', () => {
    const parser = new SseParser(() => {});
    parser.push('retry: 2000\nretry: soon\nretry: -1\n');
    expect(parser.retryMs).toBe(2000);
  });

  it('ignores unknown fields and comments', () => {
    expect(parse(':\n: note\nfoo: bar\ndata: a\n\n')).toEqual([{ type: 'message', data: 'a', id: '' }]);
  });
});
