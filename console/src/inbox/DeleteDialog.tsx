import { Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { reasonOf } from '../api/problem';
import { viewsQuery } from '../api/queries';
import type { View } from '../api/types';
import { FormDialog } from '../ui/FormDialog';
import { deleteView } from './savedViews';

/** Asks before a view is deleted: that can not be undone. */
export default function DeleteDialog({ view, onClose }: { view: View; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const remove = async () => {
    try {
      await deleteView(view.id);
      onClose();
      await navigate({ to: '/inbox' });
      await client.invalidateQueries(viewsQuery);
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <FormDialog title={`Delete the view “${view.name}”?`} {...{ onClose }} onSubmit={remove}>
      <Text size="sm">
        {view.shared ? 'It goes for everybody. ' : ''}Its tickets stay. This can not be undone.
      </Text>
      {error !== null && (
        <Text size="sm" c="var(--danger-text)" role="alert">
          {reasonOf(error)}
        </Text>
      )}
      <Button type="submit" data-autofocus color="red">
        Delete
      </Button>
    </FormDialog>
  );
}
