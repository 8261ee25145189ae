import { Modal, Text } from '@mantine/core';
import { useFocusBack } from '../ui/useFocusBack';
import { SignInForm } from './SignInForm';
import { signedInAgain, useSession } from './session';

/** Signing in again over the page as it stands: what was typed stays, and what was sent goes once one is signed in. */
export default function SessionEnded() {
  const { agent, storeId } = useSession();
  useFocusBack();
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Sign in again"
      size="sm"
      zIndex={300}
    >
      <Text size="sm" c="dimmed" mb="md">
        Your session has ended. This page stays as it is, and what you wrote is kept.
      </Text>
      <SignInForm storeId={storeId} email={agent.email} onDone={signedInAgain} />
      <Text size="sm" mt="md">
        <a href={`/s/${storeId}`}>Leave this page</a>, if this is not your address any more.
      </Text>
    </Modal>
  );
}
