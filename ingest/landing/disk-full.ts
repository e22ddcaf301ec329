/** True for errors of a full disk, whether Node or DuckDB met it. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || /no space left on device|ENOSPC|File too large|EFBIG/iu.test(message);
}
