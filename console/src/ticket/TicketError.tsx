import { Button } from '@mantine/core';
import { isMissing } from '../api/problem';
import { HOME } from '../app/focus';
import { PageError } from '../app/PageState';
import { useTitle } from '../app/title';
import { registry, useCommandsOf } from '../commands/commands';
import { isPossible } from '../commands/registry';
import { useSession } from '../session/session';
import { State } from '../ui/State';
import { useDraft } from './compose/drafts';
import css from './ticket.module.css';
import { useMoves } from './useTicketCommands';

const NEXT = ['list.next'];

/** A ticket that can not be shown. */
export function TicketError({ id, error }: { id: number; error: Error }) {
  useMoves(id);
  return isMissing(error) ? <Hidden id={id} /> : <PageError error={error} />;
}

/** One that is not there, or no longer for this person to see; what they had written about it is. */
function Hidden({ id }: { id: number }) {
  const draft = useDraft(useSession().agent.id, id);
  const [next] = useCommandsOf(NEXT);
  const written = [draft.note, draft.out, draft.in].filter(Boolean);
  useTitle(`Ticket #${id}`);
  return (
    <div className={css.page} tabIndex={-1} {...{ [HOME]: '' }}>
      <State
        title={`Ticket #${id} is not here for you`}
        isPage
        action={
          <div className={css.ways}>
            {next && isPossible(next) && <Button onClick={next.run}>Next ticket</Button>}
            <Button variant="default" onClick={() => registry.run('ticket.back')}>
              Back to the list
            </Button>
          </div>
        }
      >
        It was given to somebody whose tickets you do not see, or there never was one of this number.
        {written.length > 0 && (
          <section aria-label="What you had written">
            <p>What you had written:</p>
            {written.map((text) => (
              <blockquote key={text} className={css.written}>
                {text}
              </blockquote>
            ))}
          </section>
        )}
      </State>
    </div>
  );
}
