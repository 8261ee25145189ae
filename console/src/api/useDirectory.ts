import { useQuery } from '@tanstack/react-query';
import { type Directory, directoryQuery } from './queries';

const EMPTY: Directory = { agents: new Map(), teams: new Map(), labels: new Map(), stages: new Map() };

/** The names behind ids; empty until they are loaded. */
export function useDirectory(): Directory {
  return useQuery(directoryQuery).data ?? EMPTY;
}
