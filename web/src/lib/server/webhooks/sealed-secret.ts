import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const form = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

/** Seals a secret for the database with AES-256-GCM under a key of the data folder's secret. */
export function sealSecret(dataSecret: string, secret: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', keyOf(dataSecret), nonce);
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return `${form}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

/** Opens what `sealSecret` sealed; throws when it was changed or another secret sealed it. */
export function openSecret(dataSecret: string, sealed: string): string {
  const [version, text = ''] = sealed.split('.');
  if (version !== form)
    throw new Error(`A sealed secret begins with "${form}.", but this one with "${version}."`);
  const bytes = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv(
    'aes-256-gcm',
    keyOf(dataSecret),
    bytes.subarray(0, nonceBytes),
    { authTagLength: tagBytes },
  );
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const opened = decipher.update(bytes.subarray(nonceBytes + tagBytes));
  return Buffer.concat([opened, decipher.final()]).toString('utf8');
}

function keyOf(dataSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', dataSecret, '', 'quittance webhook secrets', 32));
}
