/** A server-sent event (WHATWG HTML, section 9.2). */
export interface SentEvent {
  id: string | null;
  data: string;
}

/** The events of a stream's text. Comments come as `null`: they say that the connection lives. */
export async function* sentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SentEvent | null> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) yield eventOf(block);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function eventOf(block: string): SentEvent | null {
  const event: SentEvent = { id: null, data: '' };
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name === 'id') event.id = value;
    if (name === 'data') event.data += value;
  }
  return event.data === '' ? null : event;
}
