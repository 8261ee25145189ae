import type { QueryClient } from '@tanstack/react-query';
import { api, told, toldWithTag } from '../api/client';
import { reasonOf } from '../api/problem';
import { viewsQuery } from '../api/queries';
import type { View } from '../api/types';
import { toast } from '../ui/toasts';

export type ViewChange = Partial<Pick<View, 'name' | 'filter' | 'sort' | 'shared'>>;

/** Saves a view. @returns its id, once the views have it. */
export async function saveView(client: QueryClient, view: ViewChange & { name: string }): Promise<string> {
  const { id } = await told(api.POST('/v1/views', { body: view }));
  await client.invalidateQueries(viewsQuery);
  return id;
}

/** Changes a view as it is now. */
export async function changeView(client: QueryClient, id: string, change: ViewChange) {
  const path = { id };
  const { etag } = await toldWithTag(api.GET('/v1/views/{id}', { params: { path } }));
  const header = { 'If-Match': etag ?? '*' };
  await told(api.PATCH('/v1/views/{id}', { params: { path, header }, body: change }));
  await client.invalidateQueries(viewsQuery);
}

/** Deletes a view as it is now. */
export async function deleteView(id: string) {
  const path = { id };
  const { etag } = await toldWithTag(api.GET('/v1/views/{id}', { params: { path } }));
  const header = { 'If-Match': etag ?? '*' };
  await told(api.DELETE('/v1/views/{id}', { params: { path, header } }));
}

/** Has a view show the list as it is now, and says so. */
export async function updateView(client: QueryClient, id: string, list: ViewChange) {
  try {
    await changeView(client, id, list);
    toast({ kind: 'done', text: 'The view is saved' });
  } catch (error) {
    toast({ kind: 'error', text: reasonOf(error) });
  }
}
