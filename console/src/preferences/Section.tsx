import { Stack } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import css from './preferences.module.css';

/** Preferences that belong together. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className={css.heading}>
        {title}
      </h3>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}
