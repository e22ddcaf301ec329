export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
export const themeCookie = 'quittance_theme';

/** The theme a text names; anything else is the system's own. */
export const themeNamed = (name: string | undefined): Theme =>
  themes.find((theme) => theme === name) ?? 'system';
