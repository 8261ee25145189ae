import '../ui/choices.css';
import { Checkbox, Modal, SegmentedControl, Stack, Switch } from '@mantine/core';
import { useState } from 'react';
import { isAllowed } from '../notices/announce';
import { chime } from '../notices/chime';
import type { NoticeKind } from '../notices/notice';
import { useFocusBack } from '../ui/useFocusBack';
import { MailChoices } from './MailChoices';
import { setPreferences, usePreference } from './preferences';
import css from './preferences.module.css';
import { Section } from './Section';

export default function PreferencesDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  useFocusBack();
  return (
    <Modal opened={opened} onClose={onClose} title="Preferences">
      <Stack gap="xl">
        <Desk />
        <What />
        <How />
        <p className={css.hint}>These hold for this browser.</p>
        <MailChoices />
      </Stack>
    </Modal>
  );
}

function Desk() {
  const theme = usePreference('theme');
  const shortcuts = usePreference('shortcuts');
  return (
    <Section title="Desk">
      <SegmentedControl
        fullWidth
        aria-label="Theme"
        value={theme}
        onChange={(value) => setPreferences({ theme: value })}
        data={[
          { value: 'auto', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
      <Switch
        label="Single-key shortcuts"
        description="Ctrl K opens the palette also without them."
        checked={shortcuts}
        onChange={(event) => setPreferences({ shortcuts: event.currentTarget.checked })}
      />
    </Section>
  );
}

const KINDS: readonly { kind: NoticeKind; title: string }[] = [
  { kind: 'assigned', title: 'A ticket is assigned to me' },
  { kind: 'mentioned', title: 'A note mentions me' },
  { kind: 'woken', title: 'A ticket of mine wakes or is opened again' },
];

function What() {
  const kinds = usePreference('notices');
  const choose = (kind: NoticeKind, isOn: boolean) => {
    const others = kinds.filter((other) => other !== kind);
    setPreferences({ notices: isOn ? [...others, kind] : others });
  };
  return (
    <Section title="Tell me when">
      {KINDS.map(({ kind, title }) => (
        <Checkbox
          key={kind}
          label={title}
          checked={kinds.includes(kind)}
          onChange={(event) => choose(kind, event.currentTarget.checked)}
        />
      ))}
    </Section>
  );
}

function How() {
  const tabCount = usePreference('tabCount');
  const browserNotices = usePreference('browserNotices');
  const sound = usePreference('sound');
  const [isRefused, setRefused] = useState(false);
  const chooseBrowser = async (isOn: boolean) => {
    const isFine = !isOn || (await isAllowed());
    setRefused(!isFine);
    setPreferences({ browserNotices: isOn && isFine });
  };
  const chooseSound = (isOn: boolean) => {
    setPreferences({ sound: isOn });
    if (isOn) void chime();
  };
  return (
    <Section title="How, besides the bell">
      <Switch
        label="Count in the tab"
        checked={tabCount}
        onChange={(event) => setPreferences({ tabCount: event.currentTarget.checked })}
      />
      <Switch
        label="Browser notification"
        description={isRefused ? undefined : 'Not for a ticket that you are looking at.'}
        error={isRefused && 'The browser does not allow it. Its settings for this page can change that.'}
        checked={browserNotices}
        onChange={(event) => void chooseBrowser(event.currentTarget.checked)}
      />
      <Switch
        label="Quiet sound"
        checked={sound}
        onChange={(event) => chooseSound(event.currentTarget.checked)}
      />
    </Section>
  );
}
