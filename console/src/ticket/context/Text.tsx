import { useState } from 'react';
import css from './context.module.css';
import { piecesOf } from './links';

/** From where on a text is folded. */
const MOST = { characters: 900, lines: 12 };

/** A text as people wrote it: links can be followed, a long one is folded. */
export function Text({ of, className }: { of: string; className?: string | undefined }) {
  const [whole, setWhole] = useState(false);
  const short = folded(of);
  return (
    <div className={className}>
      <span className={css.text}>
        <Linked text={whole || short === null ? of : short} />
      </span>
      {short !== null && (
        <button type="button" className={css.more} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Show less' : 'Show more'}
        </button>
      )}
    </div>
  );
}

/** A text with its links. */
export function Linked({ text }: { text: string }) {
  return piecesOf(text).map(({ text: piece, href }, index) =>
    href ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other name
      <a key={index} href={href} target="_blank" rel="noopener noreferrer">
        {piece}
      </a>
    ) : (
      piece
    ),
  );
}

/** The beginning of a text that is too long to be shown whole. */
function folded(text: string): string | null {
  const lines = text.split('\n').slice(0, MOST.lines).join('\n');
  const short = lines.slice(0, MOST.characters);
  return text.length - short.length > MOST.characters / 4 || lines.length < text.length
    ? `${short.trimEnd()}…`
    : null;
}
