import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

interface Options {
  readonly challenge: string;
}

/** What a passkey pretends or does wrong, for a test. */
interface Lie {
  readonly origin?: string;
  readonly rp_id?: string;
  readonly type?: string;
  readonly counter?: number;
  /** Whether the device checked who holds it. */
  readonly verified?: boolean;
}

/** A passkey as a device keeps it (WebAuthn Level 3, ES256, no attestation), in plain code. */
export class SoftwarePasskey {
  readonly id = randomBytes(16).toString('base64url');
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #rpId: string;
  readonly #origin: string;
  counter = 0;

  constructor(origin: string) {
    this.#origin = origin;
    this.#rpId = new URL(origin).hostname;
  }

  /** The answer to `navigator.credentials.create`. */
  register({ challenge }: Options, lie: Lie = {}): string {
    const id = Buffer.from(this.id, 'base64url');
    const length = Buffer.from([0, id.length]);
    const credential = Buffer.concat([Buffer.alloc(16), length, id, this.#coseKey()]);
    const authData = Buffer.concat([this.#head(lie, 0x40), credential]);
    const attestation = Buffer.concat([
      Buffer.from([0xa3]),
      cborText('fmt'),
      cborText('none'),
      cborText('attStmt'),
      Buffer.from([0xa0]),
      cborText('authData'),
      cborBytes(authData),
    ]);
    return JSON.stringify({
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: this.#clientData('webauthn.create', challenge, lie).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal'],
      },
    });
  }

  /** The answer to `navigator.credentials.get`. */
  answer({ challenge }: Options, lie: Lie = {}): string {
    this.counter += 1;
    const clientData = this.#clientData('webauthn.get', challenge, lie);
    const authenticatorData = this.#head(lie, 0);
    const hash = createHash('sha256').update(clientData).digest();
    const signed = Buffer.concat([authenticatorData, hash]);
    return JSON.stringify({
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: sign('sha256', signed, this.#keys.privateKey).toString('base64url'),
      },
    });
  }

  #head(lie: Lie, more: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lie.counter ?? this.counter);
    const flags = 0x01 | (lie.verified === false ? 0 : 0x04) | more;
    const name = createHash('sha256').update(lie.rp_id ?? this.#rpId);
    return Buffer.concat([name.digest(), Buffer.from([flags]), counter]);
  }

  #clientData(type: string, challenge: string, lie: Lie): Buffer {
    const origin = lie.origin ?? this.#origin;
    return Buffer.from(JSON.stringify({ type: lie.type ?? type, challenge, origin }));
  }

  #coseKey(): Buffer {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    return Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
      cborBytes(Buffer.from(x, 'base64url')),
      Buffer.from([0x22]),
      cborBytes(Buffer.from(y, 'base64url')),
    ]);
  }
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

function cborBytes(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x58, bytes.length]), bytes]);
}
