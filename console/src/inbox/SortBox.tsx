import type { TicketFilter } from '../api/types';
import css from './filters.module.css';

type Sort = NonNullable<TicketFilter['sort']>;

const SORTS: Record<Sort, string> = {
  match: 'Best match',
  newest: 'Newest',
  oldest: 'Oldest',
  priority: 'Priority',
  changed: 'Last changed',
};

interface Props {
  sort: TicketFilter['sort'];
  isSearch: boolean;
  onSort: (sort: Sort) => void;
}

export function SortBox({ sort = 'newest', isSearch, onSort }: Props) {
  const sorts = (Object.keys(SORTS) as Sort[]).filter((one) => one !== 'match' || isSearch);
  return (
    <select
      aria-label="Sort"
      className={css.tool}
      value={sort}
      onChange={(event) => onSort(event.currentTarget.value as Sort)}
    >
      {sorts.map((one) => (
        <option key={one} value={one}>
          {SORTS[one]}
        </option>
      ))}
    </select>
  );
}
