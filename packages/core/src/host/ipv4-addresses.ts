import { formatIpv4, type Ipv4Address, type Ipv4Cidr } from '../wire/index.js';
import { type AddressOptions, deleteAddress, type InterfaceAddress, insertAddress } from './address-list.js';
import type { Host } from './host.js';
import type { Interface } from './interface.js';

/** Adds an IPv4 address to an interface and tells everybody concerned (`ip address add`). False if it is there. */
export function addIpv4Address(
  host: Host,
  face: Interface,
  cidr: Ipv4Cidr,
  options: AddressOptions,
): boolean {
  const list = insertAddress(face.addressEntries(), cidr, options);
  if (list === null) return false;
  const { address, prefixLength } = cidr;
  face.replaceAddresses(list);
  host.derive();
  if (host.trace.isOn) {
    host.trace.emit('address.added', host.name, {
      interface: face.name,
      address: formatIpv4(address),
      prefixLength,
    });
  }
  host.tell({ kind: 'address', interface: face, address, prefixLength, op: 'add' });
  return true;
}

/** Removes an IPv4 address; with a primary its secondaries go unless promote_secondaries is set. False if it is not there. */
export function removeIpv4Address(
  host: Host,
  face: Interface,
  address: Ipv4Address,
  prefixLength: number | null,
): boolean {
  const promote = face.effective('promote_secondaries') !== 0;
  const deletion = deleteAddress(face.addressEntries(), address, prefixLength, promote);
  if (deletion === null) return false;
  face.replaceAddresses(deletion.list);
  host.derive();
  for (const entry of deletion.removed) addressRemoved(host, face, entry);
  return true;
}

function addressRemoved(host: Host, face: Interface, { address, prefixLength }: InterfaceAddress): void {
  if (!host.isLocalAddress(address)) host.routing.addressRemoved(address);
  if (host.trace.isOn) {
    host.trace.emit('address.removed', host.name, { interface: face.name, address: formatIpv4(address) });
  }
  host.tell({ kind: 'address', interface: face, address, prefixLength, op: 'del' });
}
