/** What the staging SQL reads of one SAP table: columns a file must have and those it may lack. */
export interface SapTable {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** The tables read, by stream name. Extracts often hold a few columns only, so little is required. */
export const sapTables = {
  ekko: {
    required: ['EBELN', 'BUKRS', 'LIFNR'],
    optional: ['AEDAT', 'ERNAM', 'WAERS', 'BSART', 'STATU', 'LOEKZ'],
  },
  ekpo: {
    required: ['EBELN', 'EBELP'],
    optional: ['NETWR', 'TXZ01', 'MATKL', 'LOEKZ', 'PSTYP', 'WEBRE'],
  },
  ekbe: {
    required: ['EBELN', 'EBELP', 'VGABE', 'BELNR', 'GJAHR'],
    optional: [
      'ZEKKN',
      'BUZEI',
      'BUDAT',
      'CPUDT',
      'CPUTM',
      'SHKZG',
      'ERNAM',
      'WRBTR',
      'WAERS',
      'BWART',
    ],
  },
  rbkp: {
    required: ['BELNR', 'GJAHR', 'LIFNR', 'RMWWR'],
    optional: [
      'BUKRS',
      'XBLNR',
      'BLDAT',
      'BUDAT',
      'CPUDT',
      'CPUTM',
      'USNAM',
      'WAERS',
      'WMWST1',
      'XRECH',
      'ZFBDT',
      'ZBD1T',
      'ZBD1P',
      'ZBD2T',
      'ZBD3T',
      'ZLSPR',
      'STBLG',
      'STJAH',
      'SGTXT',
      'RBSTAT',
    ],
  },
  rseg: {
    required: ['BELNR', 'GJAHR', 'EBELN', 'EBELP'],
    optional: ['BUZEI', 'WRBTR', 'SHKZG', 'BUKRS'],
  },
  bkpf: {
    required: ['BELNR', 'GJAHR'],
    optional: [
      'BUKRS',
      'BLART',
      'BLDAT',
      'BUDAT',
      'CPUDT',
      'CPUTM',
      'USNAM',
      'WAERS',
      'AWKEY',
      'AWTYP',
      'XBLNR',
      'STBLG',
    ],
  },
  bseg: {
    required: ['BELNR', 'GJAHR', 'LIFNR', 'DMBTR'],
    optional: [
      'BUKRS',
      'BUZEI',
      'KOART',
      'AUGBL',
      'AUGDT',
      'AUGGJ',
      'SHKZG',
      'WRBTR',
      'PSWSL',
      'WSKTO',
      'REBZG',
      'ZLSPR',
      'EBELN',
      'EBELP',
    ],
  },
  cdhdr: {
    required: ['OBJECTCLAS', 'OBJECTID', 'CHANGENR', 'UDATE'],
    optional: ['UTIME', 'USERNAME', 'TCODE'],
  },
  cdpos: {
    required: ['CHANGENR', 'TABNAME', 'FNAME'],
    optional: ['OBJECTCLAS', 'OBJECTID', 'TABKEY', 'CHNGIND', 'VALUE_NEW', 'VALUE_OLD'],
  },
  lfa1: {
    required: ['LIFNR', 'NAME1'],
    optional: [
      'LAND1',
      'STCD1',
      'STCEG',
      'STRAS',
      'PSTLZ',
      'ORT01',
      'ERDAT',
      'ERNAM',
      'XCPDK',
      'SPERR',
      'SPERM',
      'LOEVM',
      'KTOKK',
    ],
  },
  mkpf: { required: ['MBLNR', 'MJAHR'], optional: ['CPUDT', 'CPUTM', 'USNAM', 'BUDAT'] },
  mseg: {
    required: ['MBLNR', 'MJAHR'],
    optional: ['ZEILE', 'BWART', 'EBELN', 'EBELP', 'DMBTR', 'MENGE', 'SHKZG'],
  },
} as const satisfies Record<string, SapTable>;

export type SapTableName = keyof typeof sapTables;

export const sapTableNames = Object.keys(sapTables) as readonly SapTableName[];

/** The table a file holds, by a word of its name: `EKKO.csv`, `sap_ekko_2024.parquet`. */
export function tableOf(fileName: string): SapTableName | undefined {
  const words = fileName.toLowerCase().split(/[^a-z0-9]+/u);
  return sapTableNames.find((table) => words.includes(table));
}
