import type { Ticket } from '../api/types';
import css from './icons.module.css';

const NAMES = { whatsapp: 'WhatsApp', email: 'Mail', tasks: 'Task' };
const PATHS = {
  whatsapp: 'M3 13l.9-3.1A5.5 5.5 0 1 1 6 12.1L3 13zM6 6.2c0 2.1 1.7 3.8 3.8 3.8',
  email: 'M2.5 4h11v8h-11zM2.5 4.5l5.5 4 5.5-4',
  tasks: 'M3.5 3.5h9v10h-9zM6 2.5h4v2H6zM6 7.5h4M6 10.5h4',
};

export function ChannelIcon({ channel }: { channel: Ticket['channel'] }) {
  return (
    <svg viewBox="0 0 16 16" className={css.icon} role="img" aria-label={NAMES[channel]}>
      <path d={PATHS[channel]} />
    </svg>
  );
}
