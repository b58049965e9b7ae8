/**
 * A DHCP server in memory: messages in, messages out.
 *
 * @module
 */
import "portable";
import { ip } from "../../sdk/sdk_fixture.ts";
import { DHCPACK, DHCPDISCOVER, DHCPNAK, DHCPOFFER, DHCPREQUEST } from "../options.ts";
import { buildMessage, type Option, readSent, word } from "./messages.ts";

/** A server of 192.0.2.0/24 that has one address to give; tests change the fields. */
export class MemoryServer {
  /** Its address: server identifier, and where unicast reaches it. */
  address = "192.0.2.1";
  /** The address that it gives. */
  offer = "192.0.2.7";
  /** Option 51; null leaves it out. */
  leaseTime: number | null = 3600;
  /** Whether messages carry option 54. */
  identifies = true;
  /** False: it hears nothing. */
  up = true;
  /** True: each DHCPREQUEST is answered with a DHCPNAK. */
  refuses = false;
  /** Further options of DHCPOFFER and DHCPACK. */
  extra: Option[] = [];
  /** Leases given or extended, by DHCPACK. */
  acknowledged = 0;

  /** Answers `message`, sent to `destination` (0 = broadcast); null when there is no answer. */
  answer(message: Uint8Array, destination: number): Uint8Array | null {
    if (!this.up || (destination !== 0 && destination !== ip(this.address))) return null;
    const sent = readSent(message);
    if (sent.type === DHCPDISCOVER) return this.build(DHCPOFFER, sent.xid);
    if (sent.type !== DHCPREQUEST) return null;
    if (sent.server !== undefined && sent.server !== ip(this.address)) return null;
    const wanted = sent.requested ?? sent.ciaddr;
    if (this.refuses || wanted !== ip(this.offer)) return this.build(DHCPNAK, sent.xid);
    this.acknowledged += 1;
    return this.build(DHCPACK, sent.xid);
  }

  /** Builds a message of `type` as this server would. */
  build(type: number, xid: number): Uint8Array {
    const options: Option[] = [[53, [type]]];
    if (this.identifies) options.push([54, word(this.address)]);
    if (type === DHCPNAK) return buildMessage({ xid, yiaddr: "0.0.0.0", options });
    if (this.leaseTime !== null) options.push([51, word(this.leaseTime)]);
    options.push([1, word("255.255.255.0")], [3, word("192.0.2.1")], [6, word("192.0.2.53")]);
    options.push(...this.extra);
    return buildMessage({ xid, yiaddr: this.offer, options });
  }
}
