/** In this order: Edge and Opera also call themselves Chrome, Chrome also calls itself Safari. */
const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
/** An iPhone also calls itself Mac, Android also Linux. */
const systems = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** What a user agent text says about browser and system; empty where it says nothing known. */
export function browserNamed(userAgent: string): { browser: string; system: string } {
  const named = (list: readonly (readonly [string, string])[]): string =>
    list.find(([mark]) => userAgent.includes(mark))?.[1] ?? '';
  return { browser: named(browsers), system: named(systems) };
}
