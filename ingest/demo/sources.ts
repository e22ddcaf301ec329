import type { SourceConfiguration } from '../configuration.ts';

/**
 * The sources a generated demo folder is loaded through: ERP extracts, bank statements and the
 * platform's settlement report. The answer key is none of them.
 *
 * Shape  paths with `*`, below `folder` (relative ones count from the data folder)
 */
export function demoSources(folder: string): SourceConfiguration[] {
  return [
    {
      name: 'erp',
      connector: 'files',
      settings: { mapping: 'demo-company' },
      paths: [`${folder}/erp/*.csv`],
    },
    { name: 'bank', connector: 'camt053', settings: {}, paths: [`${folder}/bank/*.xml`] },
    {
      name: 'platform',
      connector: 'payment-platform',
      settings: {},
      paths: [`${folder}/platform/*.csv`],
    },
  ];
}
