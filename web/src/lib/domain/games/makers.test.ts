import { expect, test } from 'vitest';

import type { ConfiguredTarget, Target } from '../../api/types';
import { hindrance } from './makers';

const target = (state: string, ...kept: string[]): Target => ({ state, worth_granting: kept.map((privilege) => ({ privilege })) }) as unknown as Target;
const configured = (control: boolean): ConfiguredTarget => ({ control }) as ConfiguredTarget;

test('a host makes servers when it answers, lets us, and somebody has allowed it', () => {
  expect(hindrance(target('online'), configured(true))).toBeNull();
  expect(hindrance(target('online', 'containers.exec'), configured(true))).toBeNull();
});

test('why it does not is told, what has to be done first before what comes then', () => {
  expect(hindrance(target('pending'), configured(true))).toBe('pending');
  expect(hindrance(target('unreachable', 'containers.create'), configured(false))).toBe('unreachable');
  expect(hindrance(target('online', 'containers.create'), configured(false))).toBe('readonly');
  expect(hindrance(target('online'), configured(false))).toBe('off');
  expect(hindrance(target('online'), undefined)).toBe('unknown');
});
