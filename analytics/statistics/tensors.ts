import type * as core from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

/** TensorFlow.js with a backend that computes. */
export interface Tensors {
  readonly core: typeof core;
  readonly layers: typeof layers;
  /** `tensorflow` (native) or `wasm`. */
  readonly backend: string;
}

/** Named at run time: the native package is an option of the machine, not a dependency. */
const nativePackage = '@tensorflow/tfjs-node';
let opened: Promise<Tensors> | undefined;

/**
 * TensorFlow.js on the native library when `@tensorflow/tfjs-node` is installed and works here,
 * otherwise on WebAssembly, whose files are part of the package: nothing is downloaded.
 *
 * Errors  throws when neither backend starts
 */
export function openTensors(): Promise<Tensors> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Tensors> {
  const core = await import('@tensorflow/tfjs-core');
  const layers = await import('@tensorflow/tfjs-layers');
  if (await opensNative(core)) return { core, layers, backend: 'tensorflow' };
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await core.setBackend('wasm')))
    throw new Error(
      'The autoencoder needs WebAssembly, and this runtime did not start it; use another --detector',
    );
  return { core, layers, backend: 'wasm' };
}

/** The native package imports on runtimes where it cannot compute (Node 23 and later), so it is asked to. */
async function opensNative(tensors: typeof core): Promise<boolean> {
  try {
    await import(nativePackage);
    if (!(await tensors.setBackend('tensorflow'))) return false;
    return tensors.tidy(() => tensors.add(1, 1).dataSync()[0] === 2);
  } catch {
    return false;
  }
}
