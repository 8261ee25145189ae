import type { ReactNode } from 'react';
import css from './ui.module.css';

/** A page or a list that has nothing to show: why, and what can be done. */
export function State({
  title,
  isPage = false,
  children,
  action,
}: {
  title: string;
  /** Whether it is all of a page, whose heading it then is. */
  isPage?: boolean;
  children?: ReactNode;
  action?: ReactNode;
}) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className={css.state}>
      <Title className={css.stateTitle}>{title}</Title>
      {children && <div className={css.stateText}>{children}</div>}
      {action}
    </div>
  );
}

/** Lines that stand for what is being loaded; they come late, so that what is fast does not flicker. */
export function Loading({ lines = 8 }: { lines?: number }) {
  const keys = Array.from({ length: lines }, (_, line) => line);
  return (
    <div className={css.loading} role="status" aria-label="Loading">
      {keys.map((key) => (
        <div key={key} className={css.line} />
      ))}
    </div>
  );
}
