/** Whether every typed word is at the beginning of one of a text's own. */
export function matches(typed: string, text: string): boolean {
  const own = wordsOf(text);
  return wordsOf(typed).every((word) => own.some((other) => other.startsWith(word)));
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}
