import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { memo, useEffect, useId, useState } from 'react';
import { viewsQuery } from '../api/queries';
import type { View } from '../api/types';
import { useCommands } from '../commands/commands';
import css from './views.module.css';

const NONE: never[] = [];
const NO_SEARCH = {};

/** What the standard views are called; the others have names of their own. */
const NAMES: Record<string, string> = {
  mine: 'Mine',
  unclaimed: 'Unclaimed',
  waiting: 'Waiting',
  teams: 'My teams',
  mentions: 'Mentions',
  all: 'All open',
};

export function nameOfView({ id, name, standard }: { id: string; name: string; standard: boolean }): string {
  return standard ? (NAMES[id] ?? name) : name;
}

/** The views with their counts; where there is no room beside the list, behind a button. */
export function Views({ className }: { className: string | undefined }) {
  const id = useId();
  const views = useQuery(viewsQuery).data ?? NONE;
  const navigate = useNavigate();
  const { view: current } = useParams({ strict: false });
  const [isOpen, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: going to a view closes the list of them
  useEffect(() => setOpen(false), [current]);
  useCommands(
    views.map((view, index) => ({
      id: `go.view.${view.id}`,
      title: nameOfView(view),
      group: 'Go to',
      keywords: 'view',
      ...(index < 9 && { shortcut: { code: `Digit${index + 1}` } }),
      run: () => void navigate({ to: '/inbox/$view', params: { view: view.id } }),
    })),
  );
  const shown = views.find((view) => view.id === current);
  return (
    <nav className={className} aria-label="Views">
      <button
        type="button"
        className={css.toggle}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <span>{shown ? nameOfView(shown) : 'Views'}</span>
        <span className={css.count}>{shown && countOf(shown.tickets)}</span>
      </button>
      <div id={id} className={css.lists} data-open={isOpen || undefined}>
        <ViewList views={views} standard />
        <ViewList views={views} standard={false} />
      </div>
    </nav>
  );
}

const ViewList = memo(function ViewList({ views, standard }: { views: View[]; standard: boolean }) {
  const listed = views.filter((view) => view.standard === standard);
  if (listed.length === 0) return null;
  return (
    <>
      {!standard && <h2 className={css.heading}>Saved</h2>}
      <ul className={css.views}>
        {listed.map((view) => (
          <li key={view.id}>
            <Link to="/inbox/$view" params={{ view: view.id }} search={NO_SEARCH} className={css.view}>
              <span>{nameOfView(view)}</span>
              <span className={css.count}>{countOf(view.tickets)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
});

const number = new Intl.NumberFormat('en');

function countOf({ count, more }: { count: number; more: boolean }): string {
  if (count === 0) return '';
  return more ? `${number.format(count)}+` : number.format(count);
}
