import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { memo, useMemo, useRef, useState } from 'react';
import { reasonOf } from '../api/problem';
import { ticketsQuery, viewsQuery } from '../api/queries';
import type { View } from '../api/types';
import { useTitle } from '../app/title';
import { useCommands } from '../commands/commands';
import { Keys } from '../ui/Keys';
import { Loading, State } from '../ui/State';
import { Chips } from './Chips';
import { Empty } from './Empty';
import { FilterMenu } from './FilterMenu';
import { filterIn, type Given } from './filter';
import filters from './filters.module.css';
import css from './inbox.module.css';
import { SearchBox } from './SearchBox';
import { SortBox } from './SortBox';
import { TicketList } from './TicketList';
import { ViewMenu } from './ViewMenu';
import { nameOfView } from './Views';

interface Props {
  /** The view as it was when it was opened; `viewsQuery` keeps it true. */
  view: View;
  given: Given;
}

/** `/inbox/{view}`. */
export const Inbox = memo(function Inbox({ view: opened, given }: Props) {
  const view = useQuery(viewsQuery).data?.find(({ id }) => id === opened.id) ?? opened;
  const filter = useMemo(() => filterIn(view, given), [view, given]);
  const list = useRef<HTMLElement>(null);
  const [isAdding, setAdding] = useState(false);
  const navigate = useNavigate();
  const tickets = useQuery(ticketsQuery(filter));
  const name = given.q ? 'Search' : nameOfView(view);
  useTitle(name);
  useCommands([
    {
      id: 'list.filter',
      title: 'Filter',
      group: 'List',
      shortcut: { code: 'KeyF' },
      keywords: 'narrow state label agent team priority age customer',
      run: () => setAdding(true),
    },
  ]);

  const narrow = (next: Given) => void navigate({ to: '.', search: next as never, replace: true });
  const search = (text: string) => {
    const { q: _, sort, ...others } = given;
    narrow({ ...others, ...(sort && sort !== 'match' && { sort }), ...(text && { q: text }) });
  };
  const isSearch = Boolean(given.q);
  const isNarrowed = Object.keys(given).some((condition) => condition !== 'sort');

  return (
    <div className={css.inbox}>
      <div className={css.bar}>
        <h1 className={css.title}>{name}</h1>
        <SearchBox
          key={view.id}
          text={given.q ?? ''}
          onSearch={search}
          onLeave={() => list.current?.focus()}
        />
        <div className={css.barTools}>
          <button type="button" className={filters.tool} onClick={() => setAdding(true)}>
            Filter <Keys of={{ code: 'KeyF' }} />
          </button>
          <SortBox sort={filter.sort} isSearch={isSearch} onSort={(sort) => narrow({ ...given, sort })} />
          <ViewMenu {...{ view, given }} />
        </div>
      </div>
      {isAdding && <FilterMenu {...{ view, given }} onChange={narrow} onClose={() => setAdding(false)} />}
      <Chips {...{ view, given }} onChange={narrow} />
      {tickets.data ? (
        <TicketList
          key={JSON.stringify(filter)}
          ref={list}
          filter={filter}
          name={name}
          list={tickets.data}
          empty={
            <Empty
              {...{ view, isSearch, isNarrowed }}
              isUpToDate={tickets.data.pages[0]?.upToDate ?? true}
              onClear={() => narrow({})}
            />
          }
        />
      ) : tickets.error ? (
        <State
          title="The list could not be loaded"
          action={<Button onClick={() => tickets.refetch()}>Try again</Button>}
        >
          {reasonOf(tickets.error)}
        </State>
      ) : (
        <Loading lines={14} />
      )}
    </div>
  );
});
