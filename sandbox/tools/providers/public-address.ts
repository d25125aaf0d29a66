/** Which addresses strangers may have us connect to: those of the public internet, on the ports of the web. */
import { BlockList, isIP } from "node:net";

/** Everything that IANA's special-purpose registries keep from the public internet, and ways to say an IPv4 address in IPv6. */
const NOT_PUBLIC = {
  ipv4: [
    ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
    ...["192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"],
    ...["192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
    ...["224.0.0.0/4", "240.0.0.0/4"],
  ],
  ipv6: [
    ...["::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32"],
    ...["2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"],
  ],
} as const;
const WEB_PORTS = [80, 443];

/** Two lists: in a common one an IPv4 address would be looked for among IPv6's mapped ones as well. */
const listOf = (family: "ipv4" | "ipv6"): BlockList => {
  const list = new BlockList();
  for (const range of NOT_PUBLIC[family]) {
    const [net, prefix] = range.split("/") as [string, string];
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
};
const [blocked4, blocked6] = [listOf("ipv4"), listOf("ipv6")];

/** Only what is surely public: an address that cannot be read is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return family === 4 ? !blocked4.check(address, "ipv4") : !blocked6.check(address, "ipv6");
}

export const isPublicWeb = (address: string, port: number): boolean =>
  WEB_PORTS.includes(port) && isPublicAddress(address);
