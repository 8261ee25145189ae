/** A piece of a text; `href` where it is a link. */
export interface Piece {
  text: string;
  href?: string;
}

const ADDRESS = /https?:\/\/[^\s<>"]+/gi;

/** The web addresses of a text among the rest of it. What ends a sentence is no part of them. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const link = ended(found);
    if (!URL.canParse(link)) continue;
    if (index > from) pieces.push({ text: text.slice(from, index) });
    pieces.push({ text: link, href: new URL(link).href });
    from = index + link.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

function ended(link: string): string {
  const cut = link.replace(/[.,;:!?'…]+$/, '');
  const opened = cut.split('(').length;
  const closed = cut.split(')').length;
  return cut.endsWith(')') && closed > opened ? ended(cut.slice(0, -1)) : cut;
}
