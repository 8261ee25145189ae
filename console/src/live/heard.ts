import type { News } from './connection';

/** How much is kept. */
const KEPT = 500;

/** What the tab with the stream has heard, for tabs that open meanwhile. */
export class Heard {
  private kept: { id: string; news: News }[] = [];

  /** @param since the event from which on it hears; `null` where that is not known */
  constructor(private since: string | null) {}

  add(news: News) {
    if (news.kind === 'reload') [this.since, this.kept] = [null, []];
    if (!('id' in news) || news.id === null) return;
    this.kept.push({ id: news.id, news });
    if (this.kept.length > KEPT) this.since = this.kept.shift()?.id ?? null;
  }

  /** What came after an event; to load everything anew, where that is not known any more. */
  after(id: string | null): News[] {
    if (id === null) return [];
    if (this.since !== null && isAfter(this.since, id)) return [{ kind: 'reload' }];
    return this.kept.filter((one) => isAfter(one.id, id)).map(({ news }) => news);
  }
}

/** Whether one event comes after another; their ids are `evt_17_0`. */
function isAfter(one: string, other: string): boolean {
  const [a = 0, b = 0] = numbersOf(one);
  const [c = 0, d = 0] = numbersOf(other);
  return a === c ? b > d : a > c;
}

function numbersOf(id: string): number[] {
  return id.split('_').slice(1).map(Number);
}
