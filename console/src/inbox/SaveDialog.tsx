import '../ui/choices.css';
import { Button, Switch, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Problem, reasonOf } from '../api/problem';
import type { View } from '../api/types';
import { useSession } from '../session/session';
import { FormDialog } from '../ui/FormDialog';
import { changeView, saveView, type ViewChange } from './savedViews';

interface Props {
  /** The view that is renamed; a new one when left out. */
  view?: View;
  /** What the view keeps besides its name. */
  list: ViewChange;
  onClose: () => void;
}

/** Names a view. */
export default function SaveDialog({ view, list, onClose }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { agent } = useSession();
  const [name, setName] = useState(view?.name ?? '');
  const [shared, setShared] = useState(view?.shared ?? false);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  const save = async () => {
    setBusy(true);
    try {
      const kept = { ...list, name: name.trim(), shared };
      if (view) await changeView(client, view.id, kept);
      else await navigate({ to: '/inbox/$view', params: { view: await saveView(client, kept) }, search: {} });
      onClose();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };

  return (
    <FormDialog
      title={view ? 'Rename or share the view' : 'Save as a new view'}
      {...{ onClose }}
      onSubmit={save}
    >
      <TextInput
        data-autofocus
        label="Name"
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={error !== null && ((error instanceof Problem && error.field('name')) || reasonOf(error))}
      />
      {agent.role !== 'agent' && (
        <Switch
          label="Everybody sees it"
          checked={shared}
          onChange={(event) => setShared(event.currentTarget.checked)}
        />
      )}
      <Button type="submit" loading={isBusy} disabled={name.trim() === ''}>
        Save
      </Button>
    </FormDialog>
  );
}
