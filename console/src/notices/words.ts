import type { NoticeKind } from './notice';

export const HEADLINES: Record<NoticeKind, string> = {
  assigned: 'Assigned to you',
  mentioned: 'You were mentioned',
  woken: 'Back with you',
};
