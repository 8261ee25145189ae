import { Button } from '@mantine/core';
import { State } from '../ui/State';

interface Props {
  view: { id: string; standard: boolean };
  isSearch: boolean;
  isNarrowed: boolean;
  /** Whether a search knows all that was written until it was made. */
  isUpToDate: boolean;
  onClear: () => void;
}

/** What an empty view means, by its name. */
const WORDS: Record<string, { title: string; text: string }> = {
  mine: { title: 'All done', text: 'You have no open tickets. New ones come in by themselves.' },
  unclaimed: { title: 'Nothing to claim', text: 'Every ticket has an owner or waits for one.' },
  waiting: { title: 'Nobody waits', text: 'Every ticket has found somebody.' },
  teams: { title: 'Your teams are done', text: 'No ticket of your teams is open.' },
  mentions: { title: 'No mentions', text: 'Tickets come here when a note names you.' },
  all: { title: 'Nothing is open', text: 'New tickets come in by themselves.' },
};
const SAVED = { title: 'Nothing here', text: 'No ticket fits this view now.' };

/** A list in which nothing is. */
export function Empty({ view, isSearch, isNarrowed, isUpToDate, onClear }: Props) {
  const { title, text } = (view.standard && WORDS[view.id]) || SAVED;
  if (isSearch) {
    return (
      <State
        title={isUpToDate ? 'Nothing found' : 'Nothing found yet'}
        action={<Clear onClick={onClear}>Clear the search</Clear>}
      >
        {isUpToDate || 'What is newest is found in a moment. '}A ticket's number, a phone number or its last
        six digits, a mail address, a name, or words of a ticket find it.
      </State>
    );
  }
  if (isNarrowed) {
    return (
      <State title="Nothing fits these filters" action={<Clear onClick={onClear}>Clear the filters</Clear>} />
    );
  }
  return <State title={title}>{text}</State>;
}

function Clear({ children, onClick }: { children: string; onClick: () => void }) {
  return (
    <Button variant="default" onClick={onClick}>
      {children}
    </Button>
  );
}
