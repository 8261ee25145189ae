import { AssignMenu } from './AssignMenu';
import { LabelsMenu } from './LabelsMenu';
import { MergeMenu } from './MergeMenu';
import type { OpenMenu } from './menus';
import { PassDialog } from './PassDialog';
import { PriorityMenu } from './PriorityMenu';
import { SnoozeMenu } from './SnoozeMenu';
import { StageMenu } from './StageMenu';

const MENUS = {
  assign: AssignMenu,
  labels: LabelsMenu,
  snooze: SnoozeMenu,
  priority: PriorityMenu,
  stage: StageMenu,
  merge: MergeMenu,
  pass: PassDialog,
};

export function Menu(open: OpenMenu) {
  const Named = MENUS[open.name];
  return <Named {...open} />;
}
