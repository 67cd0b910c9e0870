/** A message that asks for attention: what happened and what to do. */
import type { ReactNode } from 'react';
import { Icon } from './Icon';

type NoticeProps = {
  tone: 'danger' | 'warn' | 'calm';
  title: string;
  children?: ReactNode;
  testId?: string;
  code?: string;
};

export function Notice({ tone, title, children, testId, code }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} role="alert" data-testid={testId} data-code={code}>
      <Icon name="alert" />
      <div className="notice-body">
        <strong>{title}</strong>
        {children}
      </div>
    </div>
  );
}
