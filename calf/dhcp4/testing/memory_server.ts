/**
 * A DHCP server in memory: messages in, messages out.
 *
 * @module
 */
import "portable";
import { ip } from "../../sdk/sdk_fixture.ts";
import {
  DHCPACK,
  DHCPDECLINE,
  DHCPDISCOVER,
  DHCPINFORM,
  DHCPNAK,
  DHCPOFFER,
  DHCPRELEASE,
  DHCPREQUEST,
} from "../options.ts";
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
  /** Whether it answers a message of this type. */
  answers: (type: number) => boolean = () => true;
  /** True: each DHCPREQUEST is answered with a DHCPNAK. */
  refuses = false;
  /** True: a DHCPDISCOVER with option 80 is answered with a DHCPACK (RFC 4039). */
  rapid = false;
  /** Further options of DHCPOFFER and DHCPACK. */
  extra: Option[] = [];
  /** Leases given or extended, by DHCPACK. */
  acknowledged = 0;
  /** What was declined or released: the message type and the address. */
  readonly returned: [type: number, address: number][] = [];

  /** Answers `message`, sent to `destination` (0 = broadcast); null when there is no answer. */
  answer(message: Uint8Array, destination: number): Uint8Array | null {
    if (!this.up || (destination !== 0 && destination !== ip(this.address))) return null;
    const sent = readSent(message);
    if (!this.answers(sent.type)) return null;
    switch (sent.type) {
      case DHCPDISCOVER:
        if (!this.rapid || !sent.rapidCommit) return this.build(DHCPOFFER, sent.xid);
        this.acknowledged += 1;
        return this.build(DHCPACK, sent.xid, [[80, []]]);
      case DHCPREQUEST:
        return this.answerRequest(sent.xid, sent.server, sent.requested ?? sent.ciaddr);
      case DHCPINFORM:
        return buildMessage({ xid: sent.xid, yiaddr: "0.0.0.0", options: this.options(DHCPACK) });
      case DHCPDECLINE:
        this.returned.push([sent.type, sent.requested ?? 0]);
        return null;
      case DHCPRELEASE:
        this.returned.push([sent.type, sent.ciaddr]);
        return null;
      default:
        return null;
    }
  }

  /** Builds a message of `type` as this server would. */
  build(type: number, xid: number, more: Option[] = []): Uint8Array {
    if (type === DHCPNAK) {
      const options: Option[] = [[53, [type]]];
      if (this.identifies) options.push([54, word(this.address)]);
      return buildMessage({ xid, yiaddr: "0.0.0.0", options });
    }
    const time: Option[] = this.leaseTime === null ? [] : [[51, word(this.leaseTime)]];
    const options = [...this.options(type), ...time, ...more];
    return buildMessage({ xid, yiaddr: this.offer, options });
  }

  /** Options without those of a lease. */
  private options(type: number): Option[] {
    const options: Option[] = [[53, [type]]];
    if (this.identifies) options.push([54, word(this.address)]);
    options.push([1, word("255.255.255.0")], [3, word("192.0.2.1")], [6, word("192.0.2.53")]);
    return [...options, ...this.extra];
  }

  private answerRequest(xid: number, server: number | undefined, wanted: number) {
    if (server !== undefined && server !== ip(this.address)) return null;
    if (this.refuses || wanted !== ip(this.offer)) return this.build(DHCPNAK, xid);
    this.acknowledged += 1;
    return this.build(DHCPACK, xid);
  }
}
