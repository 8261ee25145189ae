import { matches } from '../ui/match';
import { type Command, isPossible } from './registry';

/** The commands that can be done now and are meant by what was typed; those whose titles begin so come first. */
export function found(commands: readonly Command[], text: string): Command[] {
  const meant = commands.filter(
    (command) =>
      isPossible(command) && matches(text, `${command.title} ${command.group} ${command.keywords ?? ''}`),
  );
  const typed = text.trim().toLowerCase();
  const rank = ({ title }: Command) => {
    if (title.toLowerCase().startsWith(typed)) return 0;
    return matches(text, title) ? 1 : 2;
  };
  return meant.toSorted((one, other) => rank(one) - rank(other));
}
