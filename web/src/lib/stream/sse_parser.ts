// Server-sent events by the WHATWG rules, from text in pieces of any size. No I/O, no clock.

export interface SseFrame {
  type: string;
  data: string;
  /** The last id seen so far, also by earlier frames. */
  id: string;
}

export class SseParser {
  private line = '';
  private afterCarriageReturn = false;
  private started = false;
  private type = '';
  private data = '';
  private hasData = false;
  private lastId = '';
  /** The id of the last dispatch, with data or without: the server's keep-alives move it on too. */
  lastEventId = '';
  /** What `retry:` asked for, in milliseconds. */
  retryMs: number | null = null;

  constructor(private readonly onFrame: (frame: SseFrame) => void) {}

  /** `text` is decoded UTF-8; use a streaming TextDecoder with ignoreBOM so that only the first mark is dropped, here. */
  push(text: string): void {
    if (!this.started && text.length > 0) {
      this.started = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.afterCarriageReturn) {
        this.afterCarriageReturn = false;
        if (code === 10) {
          from = at + 1;
          continue;
        }
      }
      if (code !== 10 && code !== 13) continue;
      const line = this.line + text.slice(from, at);
      this.line = '';
      from = at + 1;
      this.afterCarriageReturn = code === 13;
      this.takeLine(line);
    }
    this.line += text.slice(from);
  }

  private takeLine(line: string): void {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'event') this.type = value;
    else if (field === 'data') {
      this.data += `${value}\n`;
      this.hasData = true;
    } else if (field === 'id') {
      if (!value.includes('\0')) this.lastId = value;
    } else if (field === 'retry' && /^[0-9]+$/.test(value)) this.retryMs = Number(value);
  }

  private dispatch(): void {
    const frame = { type: this.type || 'message', data: this.data.slice(0, -1), id: this.lastId };
    const has = this.hasData;
    this.lastEventId = this.lastId;
    this.type = '';
    this.data = '';
    this.hasData = false;
    if (has) this.onFrame(frame);
  }
}
