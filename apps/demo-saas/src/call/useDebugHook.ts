/**
 * With ?debug=1 in the address the SDK's statistics can be read from the console and by tests; without it, nothing is
 * exposed.
 */
import { CallSDK } from '@rtc-platform/sdk';
import { useEffect } from 'react';

declare global {
  interface Window {
    __demoCall?: { getStats: () => ReturnType<typeof CallSDK.getStats> };
  }
}

export function useDebugHook(): void {
  useEffect(() => {
    if (new URLSearchParams(location.search).get('debug') !== '1') return;
    window.__demoCall = { getStats: () => CallSDK.getStats() };
    return () => {
      delete window.__demoCall;
    };
  }, []);
}
