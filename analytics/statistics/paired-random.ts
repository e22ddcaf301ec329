/**
 * A number in [0, 1) that depends on nothing but its keys: two replays that ask with the same keys
 * draw the same, so that their difference is the change and not chance.
 *
 * Definition  a 32-bit mix of the seed and the keys (murmur3 finaliser after each)
 * Example     pairedRandom(1, 2, 3) === pairedRandom(1, 2, 3)
 */
export function pairedRandom(seed: number, first: number, second: number, third = 0): number {
  let hash = mix(seed | 0);
  hash = mix(hash ^ Math.imul(first | 0, 0x9e3779b1));
  hash = mix(hash ^ Math.imul(second | 0, 0x85ebca77));
  hash = mix(hash ^ Math.imul(third | 0, 0xc2b2ae3d));
  return (hash >>> 0) / 4_294_967_296;
}

function mix(value: number): number {
  let hash = (value + 0x6d2b79f5) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
