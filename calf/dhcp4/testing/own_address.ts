/**
 * For which addresses a service's frames speak: what priv's filter on them decides in the kernel
 * (priv/bpf/programs.ts), written the slow way.
 *
 * @module
 */

const ETHERTYPE_ARP = 0x0806;
const BROADCAST = 0xffffffff;

/**
 * Whether a frame of DHCP or ARP speaks for `own` (0: there is none) or for no address at all: an ARP
 * request may be a probe, and a DHCP message that is not from `own` is from nobody to everybody.
 */
export function speaksForOwn(frame: Uint8Array, own: number): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint16(12) === ETHERTYPE_ARP) {
    const sender = view.getUint32(28);
    return sender === 0 ? view.getUint16(20) === 1 : sender === own;
  }
  const source = view.getUint32(26);
  const ciaddr = view.getUint32(42 + 12);
  if (source !== ciaddr) return false;
  return source === 0 ? view.getUint32(30) === BROADCAST : source === own;
}
