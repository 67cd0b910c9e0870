// What the addon of this machine is called; src/native.ts looks for the same name.
export function addonName() {
  const { platform, arch } = process;
  const libc = platform !== 'linux' ? '' : process.report.getReport().header.glibcVersionRuntime ? '-gnu' : '-musl';
  return `rtc-server.${platform}-${arch}${libc}.node`;
}
