import { useMemo, useState } from 'react';
import css from './context.module.css';
import { linesOf, readingOf, type Shown } from './reading';
import { Linked, Text } from './Text';

/** How many entries of a list are shown before it is unfolded. */
const FEW = 10;
/** How many lines of a table are shown before it is unfolded. */
const LINES = 12;

/** What the ticket came with: a JSON object or list as a table, anything else as text; never as HTML. */
export function Context({ text }: { text: string }) {
  const reading = useMemo(() => readingOf(text), [text]);
  const [raw, setRaw] = useState(false);
  return (
    <section aria-labelledby="context" className={css.context}>
      <header>
        <h2 id="context">Context</h2>
        {reading && (
          <button type="button" className={css.more} aria-pressed={raw} onClick={() => setRaw(!raw)}>
            As it came
          </button>
        )}
      </header>
      {reading && !raw ? <Reading of={reading} /> : <Text of={text} />}
    </section>
  );
}

function Reading({ of }: { of: Shown }) {
  const [whole, setWhole] = useState(false);
  if (linesOf(of) <= LINES) return <Value of={of} />;
  return (
    <>
      <div className={whole ? undefined : css.folded}>
        <Value of={of} />
      </div>
      <button type="button" className={css.more} aria-expanded={whole} onClick={() => setWhole(!whole)}>
        {whole ? 'Show less' : 'Show more'}
      </button>
    </>
  );
}

function Value({ of }: { of: Shown }) {
  switch (of.is) {
    case 'text':
      return of.text === '' ? <span className={css.literal}>empty</span> : <Text of={of.text} />;
    case 'literal':
      return <span className={css.literal}>{of.text}</span>;
    case 'list':
      return <List items={of.items} />;
    default:
      return <Table rows={of.rows} />;
  }
}

function Table({ rows }: { rows: [string, Shown][] }) {
  if (rows.length === 0) return <span className={css.literal}>empty</span>;
  return (
    <table className={css.table}>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <Linked text={name} />
            </th>
            <td>
              <Value of={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function List({ items }: { items: Shown[] }) {
  const [whole, setWhole] = useState(false);
  if (items.length === 0) return <span className={css.literal}>empty</span>;
  const left = items.length - FEW;
  return (
    <>
      <ol className={css.list}>
        {(whole ? items : items.slice(0, FEW)).map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list of a text, which does not change
          <li key={index}>
            <Value of={item} />
          </li>
        ))}
      </ol>
      {left > 0 && (
        <button type="button" className={css.more} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Show less' : `Show ${left} more`}
        </button>
      )}
    </>
  );
}
